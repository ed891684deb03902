"""Columns with units to the record they are: a sweep, reads at one voltage, or a table of figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from measurements.content import Content
from measurements.description import Fact, describe_table
from measurements.quantities import QuantityTable
from measurements.readers.reader import Origin, Reading
from measurements.reads import ReadSeries
from measurements.rows import read_columns, refuse_backwards, refuse_beyond
from measurements.sweep import FloatArray, Sweep
from measurements.sweepbuilder import build_sweep
from measurements.units import DIMENSIONLESS, Unit, parse_unit, split_header

_ROLES = {"s": "time", "V": "voltage", "A": "current"}
_SERIES_POINTS = 3
"""Reads at one unchanging voltage are a series from this number on [1]."""


@dataclass(frozen=True)
class Header:
    """Column names and units, and the index of the line they stand on (None where the user stated them)."""

    names: tuple[str, ...]
    units: tuple[Unit, ...]
    stated: tuple[bool, ...]
    line: int | None

    @property
    def place(self) -> str:
        """Where the header is, in words."""
        return "stated by the user" if self.line is None else f"line {self.line + 1}"


def parse_header(cells: Sequence[str], content: Content, line: int | None) -> Header:
    """Names and units of header cells.

    Raises
    ------
    InputError
        An unknown unit, a column without name, or a name that appears twice.
    """
    number = None if line is None else line + 1
    names, units, stated = [], [], []
    for place, cell in enumerate(cells, start=1):
        name, written = split_header(cell)
        unit = DIMENSIONLESS if written is None else parse_unit(written)
        if unit is None:
            hint = "known: V, A, s, ohm, S, W, J, F, m, Hz, K with prefixes f to T, degC, %, 1"
            raise content.error(f"column {name[:40]!r} has the unknown unit {str(written)[:20]!r}", number, hint)
        if not name:
            raise content.error(f"column {place} has no name", number)
        if name in names:
            raise content.error(f"column {name[:40]!r} appears twice", number, "name each column differently")
        names.append(name)
        units.append(unit)
        stated.append(written is not None)
    return Header(tuple(names), tuple(units), tuple(stated), line)


def read_table(
    content: Content, header: Header, first: int, delimiter: str, facts: Mapping[str, Fact], comment: str
) -> Reading:
    """The rows from the line at index `first` under the header, in SI, as the record they are.

    One voltage and one current column make a sweep (with or without a time column); where the voltage never
    changes and there is a time column they are a series of reads. Anything else is a table of figures, in
    which an empty cell is NaN.

    Raises
    ------
    InputError
        With line and reason: faulty rows, or values beyond any measurement.
    """
    text = content.text
    roles = _roles(header)
    # a trailing delimiter on every line is an empty last column
    names = [*header.names, ""] if text.lines[first].rstrip().endswith(delimiter) else list(header.names)
    taken = header.names if roles is None else tuple(roles.values())
    wanted = {place: name for place, name in enumerate(header.names) if name in taken}
    columns = read_columns(text, first, delimiter, names, wanted=wanted, gaps=roles is None)
    for name, unit in zip(header.names, header.units, strict=True):
        if name in columns:
            columns[name] = unit.to_si(columns[name])
            refuse_beyond(text, columns[name], name, unit.si, first + 1)
    origins = _origins(header, roles)
    if roles is None:
        return _figures(content, header, columns, facts, comment, origins)
    time = columns[roles["time"]] if "time" in roles else None
    if time is not None:
        refuse_backwards(text, time, first + 1)
    voltage, current = columns[roles["voltage"]], columns[roles["current"]]
    sweep, described = build_sweep(content, facts, time, voltage, current, comment=comment, first_line=first + 1)
    if time is None or voltage.size < _SERIES_POINTS or np.ptp(voltage) != 0.0 or "activity" in facts:
        return Reading((sweep,), origins + described)
    return Reading((_series(sweep),), (*origins, *_without_activity(described)))


def _series(sweep: Sweep) -> ReadSeries:
    """Reads at one unchanging voltage, which `sweep` was taken for."""
    notes = [line for line in sweep.comment.split("\n") if not line.startswith("[activity")]
    return ReadSeries(
        time=sweep.time,
        voltage=sweep.voltage,
        current=sweep.current,
        device=sweep.device,
        cell=sweep.cell,
        source=sweep.source,
        temperature=sweep.temperature,
        comment="\n".join(notes),
    )


def _without_activity(origins: tuple[Origin, ...]) -> tuple[Origin, ...]:
    kept = tuple(origin for origin in origins if origin.fact != "activity")
    return (*kept, Origin("kind", "series of reads", "the voltage never changes", inferred=True))


def _roles(header: Header) -> dict[str, str] | None:
    """Which columns are time, voltage and current; None where they are not one voltage and one current."""
    found: dict[str, list[str]] = {}
    for name, unit in zip(header.names, header.units, strict=True):
        if unit.si in _ROLES:
            found.setdefault(_ROLES[unit.si], []).append(name)
    counts = {role: len(names) for role, names in found.items()}
    if counts.get("voltage") != 1 or counts.get("current") != 1 or counts.get("time", 0) > 1:
        return None
    return {role: names[0] for role, names in found.items()}


def _origins(header: Header, roles: Mapping[str, str] | None) -> tuple[Origin, ...]:
    facts = {name: role for role, name in (roles or {}).items()}
    origins = []
    for place, (name, unit, stated) in enumerate(zip(header.names, header.units, header.stated, strict=True), 1):
        if roles is not None and name not in facts:
            origins.append(Origin("left out", name, f"{header.place}, column {place}"))
            continue
        shown = f"{name} [{unit}]" if stated else f"{name} [1]"
        origins.append(Origin(facts.get(name, "column"), shown, f"{header.place}, column {place}", not stated))
    return tuple(origins)


def _figures(
    content: Content,
    header: Header,
    columns: Mapping[str, FloatArray],
    facts: Mapping[str, Fact],
    comment: str,
    origins: tuple[Origin, ...],
) -> Reading:
    described = describe_table(content, facts, unnamed_cell="many")
    notes = list(described.notes)
    unstated = [name for name, stated in zip(header.names, header.stated, strict=True) if not stated]
    if unstated:
        notes.append(f"[no unit stated for {', '.join(unstated)}: taken as plain numbers]")
    record = QuantityTable(
        kind="plain",
        columns=columns,
        units={name: unit.si for name, unit in zip(header.names, header.units, strict=True)},
        device=described.device,
        cell=described.cell,
        source=content.source,
        comment="\n".join([*notes, comment] if comment else notes),
    )
    return Reading((record,), origins + described.origins)
