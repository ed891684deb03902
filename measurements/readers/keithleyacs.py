"""CSV of Keithley ACS: columns `Smu1.V[1][1]`, one group of indices a sweep.

Layout::

    Item,Smu1.Time[1][1],Smu1.V[1][1],Smu1.I[1][1],Smu1.R[1][1],
    1,0,1.01E-06,-6.57E-10,-1547.6
    2,0.0831,0.00999,4.48E-10,22300866.6,

The names carry the unit: Time [s], V [V], I [A], R [ohm]. R is V/I and is not kept. The file has neither
compliance nor the purpose of the sweep.
"""

from __future__ import annotations

import re

from measurements.content import Content
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.records import Record
from measurements.rows import read_columns, refuse_backwards, refuse_beyond
from measurements.sweepbuilder import build_sweep
from measurements.textfile import TextFile

_COLUMN = re.compile(r"(?P<unit>\w+)\.(?P<quantity>Time|V|I|R)(?P<indices>\[\d{1,6}\]\[\d{1,6}\])")
_ROLES = {"Time": "time", "V": "voltage", "I": "current"}


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    header, cells = _header(content.text)
    found = [cell for cell in cells if _COLUMN.fullmatch(cell)]
    if len(found) < 2:
        return None
    return Recognition(f"line {header + 1} has ACS columns such as {found[0]}")


def _header(text: TextFile) -> tuple[int, list[str]]:
    header = next(index for index, line in enumerate(text.lines) if line.strip())
    return header, [cell.strip() for cell in text.lines[header].split(",")]


def _read(content: Content) -> Reading:
    text = content.text
    header, names = _header(text)
    groups: dict[tuple[str, str], dict[str, int]] = {}
    for place, name in enumerate(names):
        match = _COLUMN.fullmatch(name)
        if match is None or match["quantity"] == "R":
            continue
        group = groups.setdefault((match["unit"], match["indices"]), {})
        role = _ROLES[match["quantity"]]
        if role in group:
            raise text.error(f"column {name} appears twice", header + 1)
        group[role] = place
    records: list[Record] = []
    origins: list[Origin] = []
    for (unit, indices), group in groups.items():
        missing = [role for role in ("voltage", "current") if role not in group]
        if missing:
            hint = "export voltage and current of the swept unit"
            raise text.error(f"{unit}{indices} has no {missing[0]} column", header + 1, hint)
        record, found = _sweep(content, header, names, group)
        records.append(record)
        origins += found
    units = {unit for unit, _ in groups}
    if len(units) > 1:
        raise text.error(
            f"columns of {len(units)} units ({', '.join(sorted(units))}): no two-terminal sweep",
            header + 1,
            "export the unit on the active electrode alone",
        )
    return Reading(tuple(records), tuple(origins))


def _sweep(content: Content, header: int, names: list[str], group: dict[str, int]) -> tuple[Record, list[Origin]]:
    text, first = content.text, header + 1
    columns = read_columns(text, first, ",", names, wanted={place: role for role, place in group.items()})
    for role, unit in (("voltage", "V"), ("current", "A")):
        refuse_beyond(text, columns[role], names[group[role]], unit, first + 1)
    time = columns.get("time")
    if time is not None:
        refuse_backwards(text, time, first + 1)
    units = {"time": "s", "voltage": "V", "current": "A"}
    taken = [
        Origin(role, f"{names[place]} [{units[role]}]", f"line {header + 1}, column {place + 1}")
        for role, place in group.items()
    ]
    sweep, origins = build_sweep(content, {}, time, columns["voltage"], columns["current"], first_line=first + 1)
    return sweep, [*taken, *origins]


READER = Reader(
    name="keithley-acs",
    recognises="Keithley ACS CSV: columns Smu1.Time[1][1], Smu1.V[1][1], Smu1.I[1][1]",
    recognise=_recognise,
    read=_read,
)
