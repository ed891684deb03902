"""Collated CSV of a Keithley 4200A-SCS, one sweep a file.

Layout::

    ---
    comment, any text (optional block; lines such as `activity: set` state facts, see `description`)
    ---
    Time,BI,BV,AI,AV
    0.0231,1.2e-9,0,-1.2e-9,0

Time [s], BI [A], BV [V] (inert electrode, optional), AI [A], AV [V] (active electrode, Cu), columns in any
order.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from measurements.content import Content, read_content
from measurements.description import DESCRIBED, FENCE, split_comment
from measurements.errors import InputError
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.sweep import FloatArray, Sweep
from measurements.sweepbuilder import build_sweep
from measurements.textfile import MAXIMUM_LINE, TextFile, parse_number

REQUIRED_COLUMNS = ("Time", "AI", "AV")
KNOWN_COLUMNS = ("Time", "BI", "BV", "AI", "AV")
LARGEST = {"Time": 1e9, "BI": 100.0, "BV": 1e4, "AI": 100.0, "AV": 1e4}
"""Largest magnitudes taken ([s], [A], [V]); a 4200A gives 1 A and 210 V, so more is a broken file."""


def read_keithley(path: Path) -> Sweep:
    """Read one 4200A CSV; positive voltage is on the active electrode (A side).

    Device, cell, activity and compliance come from `key: value` lines of the comment block, else from the
    file name, else they are inferred from the sweep and `comment` says so. `cycle` is 0: only an import knows
    the order.

    Raises
    ------
    InputError
        With file and line: no or a doubtful header, a row of wrong length, a cell that is not a finite
        number, time that runs backwards, a cut last row, no row, or a form, set, reset or cycle of one point.
    """
    return _sweep(read_content(path))[0]


def is_keithley(text: TextFile) -> bool:
    """Whether the first line after the comment block names at least two of the 4200A's columns."""
    return _recognised(text) is not None


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    reason = _recognised(content.text)
    return None if reason is None else Recognition(reason)


def _recognised(text: TextFile) -> str | None:
    try:
        header = _header_line(text)
    except InputError:
        opened = text.lines[0].strip() == FENCE
        return f"line 1 opens a comment block with {FENCE}" if opened else None
    cells = [cell.strip() for cell in text.lines[header].split(",")]
    found = [name for name in KNOWN_COLUMNS if name in cells]
    return f"line {header + 1} names the columns {', '.join(found)}" if len(found) >= 2 else None


def _read(content: Content) -> Reading:
    sweep, origins = _sweep(content)
    return Reading((sweep,), origins)


def _sweep(content: Content) -> tuple[Sweep, tuple[Origin, ...]]:
    text = content.text
    header = _header_line(text)
    facts, comment = split_comment(text, header)
    columns = _read_columns(text, header)
    names = [name.strip() for name in text.lines[header].split(",")]
    taken = {"time": "Time", "voltage": "AV", "current": "AI"}
    units = {"time": "s", "voltage": "V", "current": "A"}
    origins = tuple(
        Origin(fact, f"{column} [{units[fact]}]", f"line {header + 1}, column {names.index(column) + 1}")
        for fact, column in taken.items()
    )
    sweep, described = build_sweep(
        content, facts, columns["Time"], columns["AV"], columns["AI"], comment=comment, first_line=header + 2
    )
    return sweep, origins + described


def keithley_text(sweep: Sweep) -> str:
    """The sweep as text in the 4200A layout; `read_keithley` gives all but source and cycle back exactly.

    Raises
    ------
    InputError
        Comment, device or cell cannot stand in the comment block: a `---` line, NUL, carriage return,
        byte-order mark, or a comment line that would read as a fact the sweep does not have.
    """
    values = {
        "device": sweep.device,
        "cell": sweep.cell,
        "activity": str(sweep.activity),
        "compliance_current [A]": None if sweep.compliance_current is None else repr(float(sweep.compliance_current)),
        "temperature [K]": None if sweep.temperature is None else repr(float(sweep.temperature)),
    }
    facts = [f"{key}: {value}" for key, value in values.items() if value is not None]
    lines = [*facts, *sweep.comment.split("\n")] if sweep.comment else facts
    for line in lines:
        match = DESCRIBED.fullmatch(line)
        false_fact = match is not None and values[match[1]] is None
        if false_fact or line.strip() == FENCE or len(line) > MAXIMUM_LINE or re.search("[\0\r\n\ufeff]", line):
            raise InputError(f"{line[:40]!r} cannot stand in a comment block", path=sweep.source.file)
    columns = zip(sweep.time.tolist(), sweep.current.tolist(), sweep.voltage.tolist(), strict=True)
    rows = [f"{time!r},{-current!r},0.0,{current!r},{voltage!r}" for time, current, voltage in columns]
    return "\n".join([FENCE, *lines, FENCE, ",".join(KNOWN_COLUMNS), *rows, ""])


def _header_line(text: TextFile) -> int:
    """Index of the header: the first line that is not blank after the comment block."""
    filled = (index for index, line in enumerate(text.lines) if line.strip())
    first = next(filled)
    if text.lines[first].strip() != FENCE:
        return first
    closing = next((index for index in filled if text.lines[index].strip() == FENCE), None)
    if closing is None:
        raise text.error(f"the comment block opened by {FENCE} is not closed", first + 1, "add a line of ---")
    header = next(filled, None)
    if header is None:
        raise text.error("nothing after the comment block; expected the column names", closing + 1)
    return header


def _read_columns(text: TextFile, header: int) -> dict[str, FloatArray]:
    names = _column_names(text, header)
    rows = []
    for index in range(header + 1, len(text.lines)):
        line = text.lines[index]
        if not line.strip():
            if any(later.strip() for later in text.lines[index + 1 :]):
                raise text.error("an empty line between the rows", index + 1, "one sweep a file")
            break
        rows.append(_read_row(text, index, names))
    if not rows:
        raise text.error("no row after the header", header + 1)
    table = np.array(rows, dtype=np.float64)
    columns = {name: table[:, place] for place, name in enumerate(name for name in names if name)}
    back = np.flatnonzero(np.diff(columns["Time"]) < 0)
    if back.size:
        raise text.error("time runs backwards", header + int(back[0]) + 3)
    _refuse_cut_row(text, columns["AV"], header + len(rows) + 1)
    return columns


def _read_row(text: TextFile, index: int, names: list[str]) -> list[float]:
    """Values of the named columns in the line at `index`."""
    cells = text.lines[index].split(",")
    if len(cells) != len(names) or (names[-1] == "" and cells[-1].strip()):
        raise text.error(f"the row has {len(cells)} cells, the header {len(names)}", index + 1)
    values = []
    for cell, name in zip(cells, names, strict=True):
        if name:
            value = parse_number(cell, name, text, index + 1)
            if abs(value) > LARGEST[name]:
                raise text.error(f"column {name}: {value:.4g} is beyond any 4200A ({LARGEST[name]:g})", index + 1)
            values.append(value)
    return values


def _column_names(text: TextFile, header: int) -> list[str]:
    """Names in order; one empty name at the end where every line has a trailing comma."""
    names = [name.strip() for name in text.lines[header].split(",")]
    found = names[:-1] if names[-1] == "" else names
    expected = f"expected {','.join(KNOWN_COLUMNS)} in any order, BI and BV optional"
    for name in found:
        if name not in KNOWN_COLUMNS:
            raise text.error(f"unknown column {name[:40]!r}", header + 1, expected)
        if found.count(name) > 1:
            raise text.error(f"column {name} appears {found.count(name)} times", header + 1, expected)
    missing = [name for name in REQUIRED_COLUMNS if name not in found]
    if missing:
        raise text.error(f"column {missing[0]} is missing", header + 1, expected)
    return names


def _refuse_cut_row(text: TextFile, voltage: FloatArray, last_line: int) -> None:
    """Without a line end the last number may be cut (`-4.9` of `-4.95`); its step then differs."""
    if text.ends_with_newline or voltage.size < 4:
        return
    steps = np.diff(voltage)
    usual = float(np.median(np.abs(steps[:-1])) * np.sign(steps[-2]))
    if abs(float(steps[-1]) - usual) > 0.5 * abs(usual):
        raise text.error(
            f"the last row looks cut off: AV steps by {steps[-1]:.4g} V, before by {usual:.4g} V", last_line
        )


READER = Reader(
    name="keithley-4200a",
    recognises="Keithley 4200A-SCS collated CSV: Time, AI, AV columns, optional comment block between --- lines",
    recognise=_recognise,
    read=_read,
)
