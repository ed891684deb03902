"""What the Clarius formats (.xlsx, .csv, .txt) have in common: run tables and cycle summaries.

A run table has Time [s], AI [A] and AV [V] of terminal A (B is common), beside columns that Clarius calculated by
the user's formulas; those are left out of the sweep, but their names tell what the run was for (VFORM, VSET,
VRESET, ILEAKAGE). A cycle summary has two header rows, the test and the quantity, so that quantities come again
under each test; units follow from the first letter of the quantity (I, V, R).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from measurements.content import Content
from measurements.description import Fact, describe_table
from measurements.quantities import QuantityTable
from measurements.readers.reader import Origin
from measurements.sweep import Activity, FloatArray, Sweep
from measurements.sweepbuilder import build_sweep

RUN_COLUMNS = {"Time": "time", "AV": "voltage", "AI": "current"}
RUN_UNITS = {"Time": "s", "AV": "V", "AI": "A"}
MISSING = ("#REF", "")
"""Cells in which Clarius writes that there is no value."""

_TERMINAL = re.compile(r"(?:[C-Z]|Gate|Drain|Source|Bulk|Base)[IV]", re.IGNORECASE)
_PURPOSE = {
    "VFORM": Activity.FORM,
    "VSET": Activity.SET,
    "VRESET": Activity.RESET,
    "ILEAKAGE": Activity.READ,
}
_UNITS = {"I": "A", "V": "V", "R": "ohm"}


def is_run(names: Sequence[str]) -> bool:
    """Whether the header of a table has the measured columns of a run."""
    return set(RUN_COLUMNS) <= set(names)


def is_summary(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two header rows are those of a cycle summary."""
    return bool(first) and bool(second) and (first[0], second[0]) == ("Cycle", "Index")


def third_terminal(names: Sequence[str]) -> str | None:
    """Name of a column of a terminal other than A and B; None where there is none."""
    return next((name for name in names if _TERMINAL.fullmatch(name)), None)


def purpose(names: Sequence[str], place: str) -> dict[str, Fact]:
    """What a run was for by its calculated columns, as a stated fact; none where they do not say."""
    for name, activity in _PURPOSE.items():
        if name in names:
            return {"activity": Fact(str(activity), None, f"{place}, calculated column {name}")}
    return {}


def run_sweep(
    content: Content,
    names: Sequence[str],
    columns: Mapping[str, FloatArray],
    facts: Mapping[str, Fact],
    *,
    place: str,
    comment: str,
    first_line: int,
) -> tuple[Sweep, tuple[Origin, ...]]:
    """The sweep of one run and where its facts came from; `columns` are named as in the file."""
    known = {**purpose(names, place), **facts}
    sweep, described = build_sweep(
        content, known, columns["Time"], columns["AV"], columns["AI"], comment=comment, first_line=first_line
    )
    taken = [
        Origin(role, f"{name} [{RUN_UNITS[name]}]", f"{place}, column {list(names).index(name) + 1}")
        for name, role in RUN_COLUMNS.items()
    ]
    calculated = [name for name in names if name and name not in RUN_COLUMNS]
    if calculated:
        taken.append(Origin("left out", ", ".join(calculated), f"{place}, calculated by Clarius"))
    return sweep, (*taken, *described)


def summary_table(
    content: Content, first: Sequence[str], second: Sequence[str], rows: FloatArray, place: str
) -> tuple[QuantityTable, tuple[Origin, ...]]:
    """A cycle summary as a table of figures; columns without any value are left out.

    Raises
    ------
    InputError
        A column appears twice.
    """
    names = ["cycle", *(f"{test} {quantity}" for test, quantity in zip(first[1:], second[1:], strict=True))]
    columns: dict[str, FloatArray] = {}
    units: dict[str, str] = {}
    empty = []
    for number, name in enumerate(names):
        if name in columns:
            raise content.error(f"{place}: column {name!r} appears twice")
        if np.all(np.isnan(rows[:, number])):
            empty.append(name)
            continue
        columns[name] = rows[:, number]
        units[name] = _unit(second[number])
    described = describe_table(content, {})
    notes = [*described.notes, "[units inferred from the first letter of Clarius' names]"]
    table = QuantityTable(
        kind="cycle summary",
        columns=columns,
        units=units,
        device=described.device,
        cell=described.cell,
        source=content.source,
        comment="\n".join(notes),
    )
    origins = [Origin("column", f"{name} [{unit}]", place, inferred=unit != "1") for name, unit in units.items()]
    if empty:
        origins.append(Origin("left out", f"{len(empty)} empty columns", place))
    return table, (*origins, *described.origins)


def _unit(quantity: str) -> str:
    if quantity == "Time":
        return "s"
    return "1" if quantity.startswith(("RATIO", "Index")) else _UNITS.get(quantity[:1], "1")
