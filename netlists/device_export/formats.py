"""The formats a device can be exported in, by name, and the one call that writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from devicefit.card import DeviceCard
from devicefit.cardfile import card_to_json
from devicefit.usability import recorded_override, refuse_unusable
from measurements.errors import InputError
from measurements.pulses import PulseDirection, PulseTrain
from netlists.device_export import aihwkit, crosssim, neurosim
from netlists.device_export.cardreads import CardReads, card_reads
from netlists.device_export.header import header_lines
from netlists.device_export.pulsesteps import PulseSteps, pulse_steps
from netlists.device_export.simulatedpulses import SIMULATED
from netlists.device_export.subcircuit import subcircuit_file
from netlists.device_export.verilog import verilog_module


@dataclass(frozen=True)
class DeviceSource:
    """What a device is exported from.

    `card`: the fitted device; None where only pulses were measured. `trains`: pulse trains of one cell, measured or
    simulated from the card. `name`: of the subcircuit or module. `override`: the reason to export a fit that is not
    usable. `read_voltage` [V]: at which a card without trains is read, None where it need not be.
    """

    card: DeviceCard | None = None
    trains: tuple[PulseTrain, ...] = ()
    name: str = "device"
    override: str | None = None
    read_voltage: float | None = None


@dataclass(frozen=True)
class DeviceFormat:
    """A format: what it needs, one line for people, and what writes it (file name, or '' for the only file -> text)."""

    needs: Literal["card", "pulses", "either"]
    summary: str
    write: Callable[[DeviceSource], Mapping[str, str]]


def export_device(format_name: str, source: DeviceSource) -> Mapping[str, str]:
    """Text of each file of the format by its name; the only file of a format has the name ''.

    Raises
    ------
    InputError
        The format is not known, lacks its card or pulses, or the card's fit is not usable and there is no override.
    FitError
        The pulse trains cannot give an update model.
    NetlistError
        The model's subcircuit has something that Verilog-A text cannot be made of.
    """
    if format_name not in DEVICE_FORMATS:
        raise InputError(f"there is no device format {format_name!r}", hint=f"one of {', '.join(DEVICE_FORMATS)}")
    chosen = DEVICE_FORMATS[format_name]
    if chosen.needs == "card" and source.card is None:
        raise InputError(f"{format_name} needs a device card", hint="name the JSON file that memchar fit wrote")
    if not source.trains and (
        chosen.needs == "pulses" or (chosen.needs == "either" and None in (source.card, source.read_voltage))
    ):
        less = "; a card and --read-voltage give what needs no pulses" if chosen.needs == "either" else ""
        raise InputError(
            f"{format_name} needs pulse trains of both directions",
            hint=f"name them with --pulses, or simulate them on a card with --simulate-pulses{less}",
        )
    if source.card is not None:
        refuse_unusable(source.card, source.override)
    return chosen.write(source)


def _card(source: DeviceSource) -> DeviceCard:
    if source.card is None:
        raise InputError("a device card is needed")
    return source.card


def _aihwkit(source: DeviceSource) -> Mapping[str, str]:
    steps = pulse_steps(source.trains)
    return {"": aihwkit.aihwkit_preset(steps, {"provenance": _about(source, steps)})}


def _crosssim(source: DeviceSource) -> Mapping[str, str]:
    if not source.trains:
        return {"device.json": crosssim.card_parameters(_reads(source), {"provenance": _about_card(source)})}
    steps = pulse_steps(source.trains)
    about = _about(source, steps)
    title = (
        f"1st Row = Gbins; 2nd Row = CDF Points; 3rd row onward = dG matrix (rows = CDF; columns = Gbins); {steps.cell}"
    )
    title += "; simulated from a device card" if about["simulated"] else ""
    return {
        "dG_increasing.txt": crosssim.update_table(source.trains, steps, PulseDirection.POTENTIATION, title),
        "dG_decreasing.txt": crosssim.update_table(source.trains, steps, PulseDirection.DEPRESSION, title),
        "device.json": crosssim.device_parameters(steps, {"provenance": about}),
    }


def _neurosim(source: DeviceSource) -> Mapping[str, str]:
    if not source.trains:
        head = header_lines(_card(source), "NeuroSim parameters", source.override)
        return {"": neurosim.card_block(_reads(source), head)}
    steps = pulse_steps(source.trains)
    about = _about(source, steps)
    lines = [f"NeuroSim parameters of {steps.cell}, written by memchar"]
    lines += [
        f"{key}: {text}" for key, value in about.items() for text in (value if isinstance(value, list) else [value])
    ]
    return {"": neurosim.parameter_block(steps, [_line(line) for line in lines])}


def _about(source: DeviceSource, steps: PulseSteps) -> dict[str, Any]:
    """Where the numbers of a pulse format are from."""
    trains = source.trains
    about: dict[str, Any] = {
        "cell": steps.cell,
        "trains": [f"{steps.up.trains} potentiation, {steps.down.trains} depression"],
        "files": sorted({f"{train.source.file} sha256 {train.source.sha256}" for train in trains}),
        "simulated": all(train.source.file == SIMULATED for train in trains),
        "comments": sorted({line for train in trains for line in train.comment.splitlines() if "column " not in line}),
    }
    return about | _about_card(source)


def _about_card(source: DeviceSource) -> dict[str, Any]:
    if source.card is None:
        return {}
    card = source.card
    about: dict[str, Any] = {"card": f"{card.device} {card.cell}, model {card.model}", "synthetic": card.synthetic}
    reason = refuse_unusable(card, source.override)
    return about if reason is None else about | {"override": reason}


def _reads(source: DeviceSource) -> CardReads:
    return card_reads(_card(source), 0.0 if source.read_voltage is None else source.read_voltage)


def _line(text: object) -> str:
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in str(text))


DEVICE_FORMATS: Mapping[str, DeviceFormat] = MappingProxyType(
    {
        "ngspice": DeviceFormat(
            "card",
            "subcircuit for ngspice, ports te be",
            lambda source: {"": subcircuit_file(_card(source), source.name, source.override)},
        ),
        "verilog-a": DeviceFormat(
            "card",
            "Verilog-A module, the same equations",
            lambda source: {"": verilog_module(_card(source), source.name, source.override)},
        ),
        "json": DeviceFormat(
            "card",
            "the device card itself",
            lambda source: {"": card_to_json(recorded_override(_card(source), source.override))},
        ),
        "aihwkit": DeviceFormat("pulses", "preset of PiecewiseStepDevice for aihwkit (JSON)", _aihwkit),
        "crosssim": DeviceFormat(
            "either", "folder of update look-up tables and device parameters for CrossSim", _crosssim
        ),
        "neurosim": DeviceFormat("either", "parameter lines for Cell.cpp of MLP+NeuroSim V3", _neurosim),
    }
)
