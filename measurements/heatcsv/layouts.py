"""The four row layouts: resistance against temperature, switching against stack, cycles to failure, disturb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from measurements.heat import (
    CyclesToFailure,
    HeatRecord,
    NeighbourDisturb,
    Operation,
    ResistanceTemperature,
    SharedLine,
    StackSwitching,
    ThermalStep,
)
from measurements.heatcsv.layout import Column, Fact, Layout, read_layout, write_layout
from measurements.textfile import TextFile

_NAMES = (Fact("device"), Fact("cell"))
_AMBIENT = Fact("ambient_temperature", "K")
_LINES = tuple(str(line) for line in SharedLine)

RESISTANCE_TEMPERATURE = Layout(
    "resistance against stage temperature",
    (*_NAMES, Fact("read_voltage", "V")),
    (Column("stage_temperature", "K"), Column("resistance", "ohm")),
    fewest_rows=2,
)
STACK_SWITCHING = Layout(
    "switching power against electrode stack",
    (*_NAMES, _AMBIENT),
    (
        Column("electrode"),
        Column("operation", words=tuple(str(operation) for operation in Operation)),
        Column("line_width", "m"),
        Column("resistance", "ohm"),
        Column("switching_power", "W"),
        Column("spread", "W", bound="not negative"),
        Column("count", "1"),
    ),
)
CYCLES_TO_FAILURE = Layout(
    "cycles to failure",
    (*_NAMES, Fact("heated_cell"), Fact("heating_power", "W"), Fact("heating_time", "s")),
    (
        Column("tested_cell"),
        Column("shared_line", words=_LINES),
        Column("compliance_current", "A"),
        Column("distance", "m"),
        Column("waiting_time", "s", bound="not negative"),
        Column("cycles", "1", bound="not negative"),
        Column("failed", "1", bound="zero or one"),
    ),
)
NEIGHBOUR_DISTURB = Layout(
    "neighbour disturb",
    (*_NAMES, _AMBIENT),
    (
        Column("aggressor"),
        Column("victim"),
        Column("shared_line", words=_LINES),
        Column("aggressor_energy", "J"),
        Column("aggressor_time", "s"),
        Column("distance", "m"),
        Column("resistance_before", "ohm"),
        Column("resistance_after", "ohm"),
        Column("waiting_time", "s", bound="not negative"),
    ),
)

LAYOUTS: dict[Layout, Callable[..., HeatRecord]] = {
    RESISTANCE_TEMPERATURE: ResistanceTemperature,
    STACK_SWITCHING: StackSwitching,
    CYCLES_TO_FAILURE: CyclesToFailure,
    NEIGHBOUR_DISTURB: NeighbourDisturb,
}
_LAYOUT_OF = {kind: layout for layout, kind in LAYOUTS.items()}


def parse_rows(text: TextFile, layout: Layout) -> HeatRecord:
    """The record of a row layout from lines already read.

    Raises
    ------
    InputError
        With file and line, as `read_layout`; or metadata missing or out of bounds.
    """
    preamble, columns = read_layout(text, layout)
    facts = {
        fact.name: preamble.number(fact.key) if fact.unit else preamble.required(fact.key) for fact in layout.facts
    }
    return LAYOUTS[layout](**facts, **columns, source=text.source, comment=preamble.comment)


def rows_text(record: HeatRecord) -> str:
    """A record of a row layout as text; reading it back gives every field but the source exactly."""
    if isinstance(record, ThermalStep):
        raise TypeError("a thermal step has a layout of its own: step_text")
    layout = _LAYOUT_OF[type(record)]
    facts: dict[str, Any] = {fact.name: getattr(record, fact.name) for fact in layout.facts}
    columns = {column.name: getattr(record, column.name) for column in layout.columns}
    return write_layout(layout, facts, columns, record.comment, record.source.file)
