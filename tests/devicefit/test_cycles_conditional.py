"""A cycle predicted from its first readings; the floor that a free table sets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.heldout_floor import table_error
from devicefit.cycles import Protocol, synthetic_cycles
from devicefit.cycles.conditional import first_readings, reading_voltages, started_values
from devicefit.cycles.fit import prepare_cell
from devicefit.cycles.preparation import Preparation
from devicefit.models import dynamic_memdiode
from measurements.sweep import Activity

MODEL = dynamic_memdiode.MODEL
PUBLISHED = MODEL.cards["Aguirre oxidation 0.1"]
CHANGED = {
    "on_current": 1e-3,
    "on_slope": 1.5,
    "off_current": 1e-7,
    "on_series_resistance": 20.0,
    "set_slope": 150.0,
    "reset_slope": 20.0,
}
TRUTH = replace(
    PUBLISHED,
    parameters={n: replace(p, value=CHANGED.get(n, p.value)) for n, p in PUBLISHED.parameters.items()},
)
SPREAD = {"off_current": 0.5, "on_current": 0.3}


@pytest.fixture(scope="module")
def cell() -> tuple[Preparation, list[float]]:
    protocol = Protocol(1.6, 2.4, set_points=61, reset_points=61, ramp_rates=(1.0,), noise=1e-10)
    made = synthetic_cycles(MODEL, TRUTH, protocol, SPREAD, 6, seed=2)
    prepared = prepare_cell(made.records, "synthetic", "(0,0)")
    return prepared, [values["off_current"] for values in made.values]


def test_first_readings_lie_below_every_event_and_lead_the_trace(cell: tuple[Preparation, list[float]]) -> None:
    prepared, _ = cell
    below = reading_voltages(prepared.traces)
    for trace in prepared.traces:
        first = first_readings(trace, below)
        count = int(first.sum())
        assert count >= 3
        assert first[:count].all()
        assert trace.event is not None
        assert trace.voltage[first].max() <= 0.5 * trace.event.voltage


def test_the_off_level_of_a_cycle_is_found_from_its_first_readings(cell: tuple[Preparation, list[float]]) -> None:
    prepared, drawn = cell
    below = reading_voltages(prepared.traces)
    centre = {name: parameter.value for name, parameter in TRUTH.parameters.items()}
    spreads = {"off_current": 0.5}
    for trace in prepared.traces:
        if trace.kind is not Activity.SET:
            continue
        found = started_values(MODEL, trace, below, centre, spreads)["off_current"]
        assert found == pytest.approx(drawn[trace.group], rel=0.1)
        untold = started_values(MODEL, trace, {Activity.SET: 0.0}, centre, spreads)
        assert untold["off_current"] == centre["off_current"]


def test_a_table_of_the_same_cycles_undercuts_one_of_others_and_finds_neighbours(
    cell: tuple[Preparation, list[float]],
) -> None:
    traces = cell[0].traces
    grown = [replace(trace, current=trace.current * 3.0**trace.place) for trace in traces]  # a steady drift
    even, odd = (tuple(trace for trace in grown if trace.place % 2 == rest) for rest in (0, 1))
    assert table_error(even, odd, reach=1) < 0.9 * table_error(even, odd)
    assert table_error(odd, odd, reach=0) < 0.5 * table_error(even, odd, reach=1)
    assert np.isfinite(table_error(even, odd, reach=0))
