"""Native CSV of Keysight EasyEXPERT (B1500A): settings, then `DataName` and `DataValue` lines.

Layout (a blank line may come first, values are parted by a comma and a blank)::

    SetupTitle, IV Channel Sweep
    TestParameter, Channel.VName, DrainV, SrcV
    TestParameter, Measurement.Primary.Compliance, 1E-05
    MetaData, TestRecord.RecordTime, 12/04/2022 08:42:23
    Dimension1, 201, 201
    DataName, DrainV, DrainI
    DataValue, -0.05, -6.7E-08

The channel of function VAR1 is the sweep; the compliance is that of the primary sweep. Where another channel is
driven too (its mode is not COMMON), as the gate of a transistor, a table of figures is given instead of a sweep.
Several setups in one file are several records.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measurements.content import Content
from measurements.dates import parse_date
from measurements.description import Fact, activity_of_title
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.records import Record
from measurements.rows import refuse_backwards, refuse_beyond, refuse_cut
from measurements.sweep import FloatArray
from measurements.sweepbuilder import build_sweep
from measurements.textfile import parse_number
from measurements.threeterminal import three_terminal

_KINDS = ("SetupTitle", "PrimitiveTest", "TestParameter", "MetaData", "AnalysisSetup", "Dimension1", "DataName")


@dataclass(frozen=True)
class _Setup:
    """One setup: stated values with their lines, columns in the order listed, and the line of the first row."""

    values: dict[str, tuple[list[str], int]]
    columns: dict[str, FloatArray]
    first_line: int

    def list_of(self, key: str) -> list[str]:
        return self.values.get(key, ([], 0))[0]

    def one(self, key: str) -> str:
        return next(iter(self.list_of(key)), "")

    def place(self, key: str) -> str:
        return f"line {self.values[key][1]}, {key}"


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    filled = (line for line in content.text.lines if line.strip())
    first = next(filled)
    second = next(filled, "")
    if not first.startswith("SetupTitle,") or second.split(",")[0] not in _KINDS:
        return None
    return Recognition(f"it starts with {first.strip()[:60]!r}, EasyEXPERT's setup block")


def _read(content: Content) -> Reading:
    starts = [index for index, line in enumerate(content.text.lines) if line.startswith("SetupTitle,")]
    records: list[Record] = []
    origins: list[Origin] = []
    for start, end in zip(starts, [*starts[1:], len(content.text.lines)], strict=True):
        record, found = _record(content, _setup(content, start, end))
        records.append(record)
        origins += found
    return Reading(tuple(records), tuple(origins))


def _setup(content: Content, start: int, end: int) -> _Setup:
    """The setup in the lines from index `start` to `end`."""
    values: dict[str, tuple[list[str], int]] = {}
    names: list[str] = []
    rows: list[list[float]] = []
    first_line = 0
    for index in range(start, end):
        kind, *cells = [cell.strip() for cell in content.text.lines[index].split(",")]
        if kind == "DataValue":
            first_line = first_line or index + 1
            rows.append(_row(content, index + 1, names, cells))
        elif kind == "DataName":
            names = cells
            if len(set(names)) < len(names) or not names:
                raise content.error("a column has no name of its own", index + 1)
        elif kind in ("TestParameter", "MetaData", "AnalysisSetup") and cells:
            values[cells[0]] = (cells[1:], index + 1)
        elif kind:
            values[kind] = (cells, index + 1)
    if not rows:
        raise content.error("no DataValue line: the test gave no data, or the file is cut off", start + 1)
    if end == len(content.text.lines):
        listed = [line for line in content.text.lines[start:end] if line.startswith("DataValue")]
        refuse_cut(content.text, [line.rsplit(",", 1)[-1] for line in listed], first_line + len(rows) - 1)
    table = np.array(rows, dtype=np.float64)
    setup = _Setup(values, {name: table[:, place] for place, name in enumerate(names)}, first_line)
    _check_count(content, setup, len(rows))
    return setup


def _row(content: Content, line: int, names: list[str], cells: list[str]) -> list[float]:
    if not names:
        raise content.error("DataValue before DataName", line)
    if len(cells) != len(names):
        raise content.error(f"the row has {len(cells)} values, DataName {len(names)}", line)
    return [parse_number(cell, name, content, line) for cell, name in zip(cells, names, strict=True)]


def _check_count(content: Content, setup: _Setup, found: int) -> None:
    """The file says how many points it has: fewer mean that it was cut off."""
    for cell in setup.list_of("Dimension1"):
        stated = parse_number(cell, "Dimension1", content, setup.values["Dimension1"][1])
        if stated != found:
            line = setup.values["Dimension1"][1]
            hint = "export the test again" if stated > found else "several sweeps in one test: export them singly"
            raise content.error(f"Dimension1 says {cell[:20]} points, {found} are there", line, hint)


def _record(content: Content, setup: _Setup) -> tuple[Record, list[Origin]]:
    voltages, currents = setup.list_of("Channel.VName"), setup.list_of("Channel.IName")
    modes, functions = setup.list_of("Channel.Mode"), setup.list_of("Channel.Func")
    if not len(voltages) == len(currents) == len(modes) == len(functions) or "VAR1" not in functions:
        line = setup.values.get("Channel.Func", ([], setup.first_line))[1]
        raise content.error("no channel of function VAR1: not an I/V sweep", line, "export an I/V sweep test")
    facts = _facts(setup)
    swept = functions.index("VAR1")
    driven = [place for place, mode in enumerate(modes) if mode != "COMMON"]
    units = {**dict.fromkeys(voltages, "V"), **dict.fromkeys(currents, "A")}
    units |= dict.fromkeys(setup.list_of("Channel.Time"), "s")
    for name, values in setup.columns.items():
        refuse_beyond(content.text, values, name, units.get(name, "1"), setup.first_line)
    if len(driven) > 1 or functions.count("VAR1") > 1 or "VAR2" in functions:
        bias = ", ".join(f"{voltages[place]} {_bias(setup, place, swept)}" for place in driven)
        comment = f"{_comment(setup)}; driven terminals: {bias}"
        named = {name: units.get(name, "1") for name in setup.columns}
        table, origins = three_terminal(content, setup.columns, named, facts, comment)
        return table, [*(Origin("column", f"{name} [{unit}]", "DataName") for name, unit in named.items()), *origins]
    return _sweep(content, setup, voltages[swept], currents[swept], facts)


def _sweep(
    content: Content, setup: _Setup, voltage: str, current: str, facts: dict[str, Fact]
) -> tuple[Record, list[Origin]]:
    for name in (voltage, current):
        if name not in setup.columns:
            hint = "export the list with the voltage and current of the swept channel"
            raise content.error(f"{name} of the swept channel is not listed", setup.first_line - 1, hint)
    time = next((setup.columns[name] for name in setup.list_of("Channel.Time") if name in setup.columns), None)
    if time is not None:
        refuse_backwards(content.text, time, setup.first_line)
    sweep, origins = build_sweep(
        content,
        facts,
        time,
        setup.columns[voltage],
        setup.columns[current],
        comment=_comment(setup),
        first_line=setup.first_line,
    )
    place = setup.place("Channel.Func")
    return sweep, [Origin("voltage", f"{voltage} [V]", place), Origin("current", f"{current} [A]", place), *origins]


def _facts(setup: _Setup) -> dict[str, Fact]:
    """What the settings state, in the words of `description`."""
    facts: dict[str, Fact] = {}
    activity = activity_of_title(setup.one("SetupTitle"))
    found = {
        "cell": ("TestRecord.TestTarget", setup.one("TestRecord.TestTarget")),
        "activity": ("SetupTitle", "" if activity is None else str(activity)),
        "taken": ("TestRecord.RecordTime", parse_date(setup.one("TestRecord.RecordTime"))),
    }
    functions, modes = setup.list_of("Channel.Func"), setup.list_of("Channel.Mode")
    if modes[functions.index("VAR1")] == "V":  # the limit of a forced current is a voltage
        key = "Measurement.Primary.Compliance"
        found["compliance_current [A]"] = (key, setup.one(key))
    for fact, (key, value) in found.items():
        if value:
            facts[fact] = Fact(value, setup.values[key][1], setup.place(key))
    return facts


def _bias(setup: _Setup, place: int, swept: int) -> str:
    sources = setup.list_of("Measurement.Bias.Source")
    return "swept" if place == swept else f"at {sources[place]} V" if place < len(sources) else "driven"


def _comment(setup: _Setup) -> str:
    keys = ("Start", "Stop", "Step", "Locus")
    ramp = [f"{key} {setup.one(f'Measurement.Primary.{key}')}" for key in keys]
    return f"EasyEXPERT {setup.one('SetupTitle')}: {', '.join(ramp)}"


READER = Reader(
    name="easyexpert",
    recognises="Keysight EasyEXPERT (B1500A) CSV: SetupTitle, TestParameter, …, DataName, DataValue lines",
    recognise=_recognise,
    read=_read,
)
