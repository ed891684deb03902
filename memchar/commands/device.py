"""`memchar import` and `memchar fit`: from instrument files to a device card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memchar.commands.output import Json, columns, emit
from memchar.quantities import format_quantity


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("import")(import_command)
    app.command("fit")(fit_command)


def import_command(
    files: Annotated[list[Path], typer.Argument(help="Instrument files, or folders to search for them.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Measurement store to write (HDF5).")],
    explain: Annotated[bool, typer.Option(help="Say for each file what was recognised, why, and from where.")] = False,
    facts: Annotated[
        Path | None, typer.Option(help="What the files do not say, per file (TOML, see docs/readers.md).")
    ] = None,
    series_resistance: Annotated[
        str | None, typer.Option(help="Resistor in series with the device in oscilloscope files, such as 1k.")
    ] = None,
    read_voltage: Annotated[
        str | None, typer.Option(help="Voltage of the reads in tables of currents, such as 100mV.")
    ] = None,
    swap_polarity: Annotated[
        bool, typer.Option("--swap-polarity", help="Change the sign of voltage and current of every sweep.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read instrument files into one measurement store; each file refused is named with its line and reason.

    Formats are recognised by content: Keithley 4200A and Clarius, Keysight EasyEXPERT, Keithley ACS, oscilloscope,
    pulse ramps, CSV with units, heat CSV, and stores written before, which are merged. Example:

        memchar import measurements/ -o data.h5 --explain
    """
    from measurements import FactRule, FileFacts, read_facts, write_store
    from memchar.explanation import explanation_lines, import_document
    from memchar.pipeline import measure
    from memchar.quantities import parse_quantity

    stated = FileFacts(
        series_resistance=None if series_resistance is None else parse_quantity(series_resistance, "ohm"),
        read_voltage=None if read_voltage is None else parse_quantity(read_voltage, "V"),
        swap_polarity=swap_polarity or None,
    )
    rules = (FactRule("*", stated), *(() if facts is None else read_facts(facts)))
    imported = measure(files, rules)
    write_store(output, imported.records)
    document = import_document(imported, output, explain=explain)
    emit(document, explanation_lines(imported, output, explain=explain), as_json=as_json)


def fit_command(
    data: Annotated[Path, typer.Argument(help="Measurement store (memchar import), instrument file or folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Device card to write (JSON).")],
    model: Annotated[
        str, typer.Option(help="Compact model; auto takes the one there is, threshold-memdiode.")
    ] = "auto",
    device: Annotated[str | None, typer.Option(help="Device to fit, such as 'wafer2(0,7)'.")] = None,
    cell: Annotated[
        str | None, typer.Option(help="Cell to fit, such as '(1,1)'; the one with most sets if not given.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Also draw fit over data into this PNG.")] = None,
    as_json: Json = False,
) -> None:
    """Fit the compact model to the set and reset sweeps of one cell, with error bars and cycle-to-cycle spread.

    Example:

        memchar fit data.h5 --device 'wafer2(0,7)' --cell '(1,1)' -o device.json --plot fit.png
    """
    from devicefit import card_to_json
    from measurements.errors import InputError
    from memchar.config import DeviceChoice
    from memchar.figures import fit_figure
    from memchar.files import write_bytes, write_text
    from memchar.pipeline import fit, open_records

    if model not in ("auto", "threshold-memdiode"):
        raise InputError(f"there is no model {model!r}", hint="use auto or threshold-memdiode")
    result = fit(open_records(data), DeviceChoice(device=device, cell=cell))
    write_text(output, card_to_json(result.card))
    if plot is not None:
        write_bytes(plot, fit_figure(result))
    card = result.card
    rows = [("parameter", "value", "standard error", "origin")]
    for name, p in card.parameters.items():
        error = "" if p.standard_error is None else format_quantity(p.standard_error, p.unit, 2)
        rows.append((name, format_quantity(p.value, p.unit, 4), error, p.origin))
    document = {
        "card": str(output),
        "device": card.device,
        "cell": card.cell,
        "synthetic": card.synthetic,
        "parameters": {
            name: {"value": p.value, "unit": p.unit, "standard_error": p.standard_error, "origin": p.origin}
            for name, p in card.parameters.items()
        },
    }
    emit(document, [f"{card.device} {card.cell} -> {output}", *columns(rows)], as_json=as_json)
