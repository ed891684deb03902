"""`memchar export-device`: a fitted device for other simulators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memchar.commands.output import Json, emit

if TYPE_CHECKING:
    from devicefit import DeviceCard
    from measurements.pulses import PulseTrain
    from netlists.device_export import PulseProgramme

FORMATS = "ngspice, verilog-a, json (from a card); aihwkit, crosssim, neurosim (from pulse trains; less from a card)."


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("export-device")(export_device_command)


def export_device_command(
    format_name: Annotated[str, typer.Option("--format", help=FORMATS)],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write; for crosssim a folder.")],
    card: Annotated[Path | None, typer.Argument(help="Device card (JSON) that memchar fit wrote.")] = None,
    pulses: Annotated[
        list[Path] | None,
        typer.Option("--pulses", help="Store, files or folder with measured pulse trains; repeatable."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="Device whose pulse trains to take.")] = None,
    cell: Annotated[str | None, typer.Option(help="Cell whose pulse trains to take.")] = None,
    simulate: Annotated[
        str | None,
        typer.Option(
            "--simulate-pulses",
            help="Instead of --pulses: SET,RESET,WIDTH,COUNT,READ such as '1.2V,-1.1V,1us,100,0.1V', run on the card.",
        ),
    ] = None,
    read_voltage: Annotated[
        str | None, typer.Option(help="Where to read a card without pulse trains, such as 0.1V (crosssim, neurosim).")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the subcircuit or module.")] = "device",
    override: Annotated[
        str | None, typer.Option(help="Why a fit that is not usable is exported all the same; written into the file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a fitted device for another simulator; tables of energy and delay are written by memchar export.

    What the data cannot give is named in the file, never filled in. Examples:

        memchar export-device device.json --format verilog-a -o device.va

        memchar export-device --pulses ramps/ --format aihwkit -o preset.json
    """
    from memchar.files import read_card, write_text
    from memchar.quantities import parse_quantity
    from netlists.device_export import DeviceSource, export_device

    found = None if card is None else read_card(card)
    trains = _trains(found, pulses or [], device, cell, simulate)
    volts = None if read_voltage is None else parse_quantity(read_voltage, "V")
    written = export_device(format_name, DeviceSource(found, trains, name, override, volts))
    paths = _places(output, written)
    for place, text in zip(paths, written.values(), strict=True):
        write_text(place, text)
    emit({"written": [str(path) for path in paths]}, [str(path) for path in paths], as_json=as_json)


def _places(output: Path, written: Mapping[str, str]) -> list[Path]:
    """Path of each file; the folder of several files is made."""
    if list(written) == [""]:
        return [output]
    output.mkdir(parents=True, exist_ok=True)
    return [output / name for name in written]


def _trains(
    card: DeviceCard | None, pulses: list[Path], device: str | None, cell: str | None, simulate: str | None
) -> tuple[PulseTrain, ...]:
    """Pulse trains from files, from the card under a programme, or none."""
    from measurements import InputError

    if simulate is not None:
        if card is None or pulses:
            raise InputError("--simulate-pulses needs a device card and no --pulses")
        from netlists.device_export import simulated_trains

        return simulated_trains(card, programme(simulate))
    if not pulses:
        return ()
    from memchar.pipeline import open_records

    trains = tuple(train for path in pulses for train in open_records(path).pulses)
    chosen = tuple(t for t in trains if device in (None, t.device) and cell in (None, t.cell))
    if not chosen:
        cells = sorted({f"{train.device} {train.cell}" for train in trains})
        raise InputError(
            f"no pulse trains of {device or 'any device'} {cell or 'any cell'} in {', '.join(map(str, pulses))}",
            hint=f"there are trains of {', '.join(cells)}"
            if cells
            else "memchar import --explain says what a file holds",
        )
    return chosen


def programme(text: str) -> PulseProgramme:
    """The pulse programme in `SET,RESET,WIDTH,COUNT,READ`."""
    from measurements import InputError
    from memchar.quantities import parse_quantity
    from netlists.device_export import PulseProgramme

    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 5 or not parts[3].isdigit():
        raise InputError(
            f"pulse programme {text!r} is not SET,RESET,WIDTH,COUNT,READ", hint="as 1.2V,-1.1V,1us,100,0.1V"
        )
    volts = [parse_quantity(parts[k], "V") for k in (0, 1, 4)]
    return PulseProgramme(volts[0], volts[1], parse_quantity(parts[2], "s"), int(parts[3]), volts[2])
