"""List form of EasyEXPERT: the display list of a B1500A test as CSV, `V1,I1,absI`, no settings.

The names are EasyEXPERT's defaults for the voltages and currents of the units, in V and A; there is no time. Where
several voltages are listed, the one that changes is the sweep; others that are not zero make it a three-terminal
measurement. Columns of other names are functions of these and are left out.
"""

from __future__ import annotations

import re

import numpy as np

from measurements.content import Content
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.rows import read_columns, refuse_backwards, refuse_beyond
from measurements.sweep import FloatArray
from measurements.sweepbuilder import build_sweep
from measurements.threeterminal import three_terminal

_NAME = re.compile(r"(?P<quantity>[VI]|Time|T)(?P<number>\d{1,3})?", re.ASCII)
_UNITS = {"V": "V", "I": "A", "Time": "s", "T": "s"}


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    header, names = _header(content)
    found = {name[0] for name in names if re.fullmatch(r"[VI]\d{1,3}", name, re.ASCII)}
    if found != {"V", "I"}:
        return None
    return Recognition(f"line {header + 1} lists EasyEXPERT's variables {', '.join(names)}")


def _header(content: Content) -> tuple[int, list[str]]:
    header = next(index for index, line in enumerate(content.text.lines) if line.strip())
    return header, [name.strip() for name in content.text.lines[header].split(",")]


def _read(content: Content) -> Reading:
    text = content.text
    header, names = _header(content)
    wanted = {place: name for place, name in enumerate(names) if _NAME.fullmatch(name)}
    if len(set(wanted.values())) < len(wanted):
        raise text.error("a variable appears twice", header + 1)
    columns = read_columns(text, header + 1, ",", names, wanted=wanted)
    units = {name: _UNITS[_quantity(name)] for name in columns}
    for name, values in columns.items():
        refuse_beyond(text, values, name, units[name], header + 2)
    left_out = tuple(
        Origin("left out", name, f"line {header + 1}, column {place + 1}")
        for place, name in enumerate(names)
        if place not in wanted and name
    )
    swept = _swept(columns)
    if swept is None:
        comment = "more than one voltage is listed and not zero"
        table, origins = three_terminal(content, columns, units, {}, comment)
        return Reading((table,), (*left_out, *origins))
    current = "I" + swept[1:]
    if current not in columns:
        raise text.error(f"the current {current} of the swept voltage {swept} is not listed", header + 1)
    time = next((values for name, values in columns.items() if units[name] == "s"), None)
    if time is not None:
        refuse_backwards(text, time, header + 2)
    sweep, origins = build_sweep(content, {}, time, columns[swept], columns[current], first_line=header + 2)
    line = f"line {header + 1}"
    taken = (Origin("voltage", f"{swept} [V]", line), Origin("current", f"{current} [A]", line))
    return Reading((sweep,), (*taken, *left_out, *origins))


def _quantity(name: str) -> str:
    match = _NAME.fullmatch(name)
    return "V" if match is None else match["quantity"]


def _swept(columns: dict[str, FloatArray]) -> str | None:
    """The one voltage that is not zero throughout; None where there are more."""
    voltages = {name: values for name, values in columns.items() if _quantity(name) == "V"}
    driven = [name for name, values in voltages.items() if np.any(values != 0.0)]
    if len(driven) > 1:
        return None
    return driven[0] if driven else next(iter(voltages))


READER = Reader(
    name="easyexpert-list",
    recognises="Keysight EasyEXPERT list CSV: variables V1, I1, … without settings",
    recognise=_recognise,
    read=_read,
)
