"""Two-channel oscilloscope CSV of a device in series with a resistor to ground.

Layout::

    x-axis,1,2
    second,Volt,Volt
    -50.0E-03,-1.08E-03,+1.79E-03

Generator, device and resistor are in series. One channel sees the generator, the other the resistor::

    I = V_resistor / R_series,   V_device = V_drive - V_resistor

The resistor never sees more than the generator, so the channel of larger swing is the drive; `drive_channel`
states it where the swings are alike. The resistor's value is not in the file: the user states it
(`--series-resistance`, or a facts file). A current probe (`Ampere` in the second line) needs none. Offsets of the
channels are kept as measured.

The series circuit, with the resistor on the lower channel, is that of the self-directed-channel memristor data of
Hajtó et al. (doi 10.48550/arXiv.2505.15757; github.com/sdpenguin/memristor-state-characterisation, functions.py).
"""

from __future__ import annotations

import numpy as np

from measurements.content import Content
from measurements.description import USER
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.rows import read_columns, refuse_backwards, refuse_beyond
from measurements.sweep import FloatArray
from measurements.sweepbuilder import build_sweep
from measurements.units import parse_unit

MINIMUM_SWING_RATIO = 1.05
"""Swing of the drive over that of the resistor [1] below which the file does not say which channel is which."""


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    lines = content.text.lines
    if len(lines) < 3 or not lines[0].strip().lower().startswith("x-axis,"):
        return None
    return Recognition("line 1 starts with x-axis and line 2 names the units of the channels")


def _read(content: Content) -> Reading:
    text = content.text
    names = [name.strip() for name in text.lines[0].split(",")]
    units = _units(content, names)
    columns = read_columns(text, 2, ",", names, wanted=dict(enumerate(names)))
    for name, unit in zip(names, units, strict=True):
        refuse_beyond(text, columns[name], name, unit, 3)
    refuse_backwards(text, columns[names[0]], 3)
    voltage, current, origins = _device(content, names, units, columns)
    resistance = content.facts.series_resistance
    comment = "" if resistance is None else f"oscilloscope with a series resistor of {resistance} ohm"
    sweep, described = build_sweep(content, {}, columns[names[0]], voltage, current, comment=comment, first_line=3)
    return Reading((sweep,), (Origin("time", f"{names[0]} [s]", "line 1, column 1"), *origins, *described))


def _units(content: Content, names: list[str]) -> list[str]:
    words = [word.strip() for word in content.text.lines[1].split(",")]
    if len(set(names)) < len(names):
        raise content.error("a channel appears twice", 1)
    if len(words) != len(names):
        raise content.error(f"{len(words)} units for {len(names)} columns", 2)
    if len(names) != 3:
        hint = "export generator and resistor channel, no others"
        raise content.error(f"{len(names) - 1} channels; two are needed", 1, hint)
    units = []
    for name, word, expected in zip(names, words, (("s",), ("V", "A"), ("V", "A")), strict=True):
        unit = parse_unit(word)
        if unit is None or unit.si not in expected or unit.exponent:
            raise content.error(f"column {name} is in {word!r}, expected {' or '.join(expected)}", 2)
        units.append(unit.si)
    return units


def _device(
    content: Content, names: list[str], units: list[str], columns: dict[str, FloatArray]
) -> tuple[FloatArray, FloatArray, tuple[Origin, ...]]:
    """Voltage over the device [V], current through it [A], and where they came from."""
    if set(units[1:]) == {"V", "A"}:
        volts, amperes = names[1 + units[1:].index("V")], names[1 + units[1:].index("A")]
        found = (Origin("voltage", f"channel {volts}", "line 2"), Origin("current", f"channel {amperes}", "line 2"))
        return columns[volts], columns[amperes], found
    if units[1:] != ["V", "V"]:
        raise content.error("two currents and no voltage", 2, "export the voltage over the device")
    resistance = content.facts.series_resistance
    if resistance is None:
        raise content.error(
            "two voltages and no current: the series resistor that turns one into a current is not in the file",
            2,
            "state it with --series-resistance 1k, or series_resistance in a facts file",
        )
    drive, resistor, place = _channels(content, names, columns)
    current = columns[resistor] / resistance
    return (
        columns[drive] - columns[resistor],
        current,
        (
            Origin("series_resistance", f"{resistance} ohm", USER),
            Origin("drive", f"channel {drive}", place, inferred=place != USER),
            Origin("voltage", f"channel {drive} minus channel {resistor} [V]", "series circuit"),
            Origin("current", f"channel {resistor} / {resistance} ohm [A]", "series circuit"),
        ),
    )


def _channels(content: Content, names: list[str], columns: dict[str, FloatArray]) -> tuple[str, str, str]:
    """Names of the drive and of the resistor channel, and how they were told apart."""
    first, second = names[1], names[2]
    stated = content.facts.drive_channel
    if stated is not None:
        if str(stated) not in (first, second):
            raise content.error(f"there is no channel {stated}", 1, f"drive_channel is {first} or {second}")
        return str(stated), second if str(stated) == first else first, USER
    swings = {name: float(np.ptp(columns[name])) for name in (first, second)}
    resistor, drive = sorted(swings, key=lambda name: swings[name])
    shown = f"{swings[drive]:.3g} V of channel {drive} against {swings[resistor]:.3g} V of channel {resistor}"
    if swings[drive] < MINIMUM_SWING_RATIO * swings[resistor]:
        hint = "state drive_channel in a facts file"
        raise content.error(f"which channel drives? their swings are alike: {shown}", 1, hint)
    aligned = float(np.corrcoef(columns[first], columns[second])[0, 1]) if swings[resistor] > 0 else 0.0
    if aligned < 0:
        hint = "is a probe inverted? state drive_channel in a facts file if not"
        raise content.error(f"the channels run against each other (correlation {aligned:.2f})", 1, hint)
    return drive, resistor, f"larger swing: {shown}"


READER = Reader(
    name="oscilloscope",
    recognises="two-channel oscilloscope CSV (x-axis,1,2 / second,Volt,Volt) with a series resistor",
    recognise=_recognise,
    read=_read,
)
