"""The reservoir's node in ngspice: its hump, its time constant, and a staircase that the evaluator's loop follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from circuits.engine import Engine
from circuits.procedures.reservoir_node import ReservoirNodeProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from measurements.errors import NetlistError
from netlists.reservoirnode import ReservoirNode, reservoir_node_deck, reservoir_trace_deck
from netlists.technology import load_technology

TYPICAL = load_technology()
PROCEDURE = ReservoirNodeProcedure(ReservoirNode(), TYPICAL)
THERMAL = 1.380649e-23 * 300.15 / 1.602176634e-19


def settled(engine: Engine, voltage: float, procedure: ReservoirNodeProcedure = PROCEDURE) -> dict[str, float]:
    result = simulate_point(procedure, {"input_voltage": voltage}, engine)
    assert result.status is Status.OK, result.message
    assert result.diagnostics["closure_error"] < 1e-6
    return dict(result.quantities)


def test_it_rises_saturates_and_falls(engine: Engine) -> None:
    curve = [settled(engine, voltage)["output_voltage"] for voltage in (0.0, 0.2, 0.4, 0.6, 0.8)]
    assert curve == pytest.approx([0.01213, 0.1293, 0.2332, 0.1338, 0.0100], rel=0.01)


def test_the_figures_stated_in_the_cell_are_near(engine: Engine) -> None:
    found = settled(engine, 0.4)
    assert found["time_constant"] == pytest.approx(1.123e-8, rel=0.005)
    assert found["settling_time"] == pytest.approx(4.56 * found["time_constant"], rel=0.01)
    assert found["bias_power"] == pytest.approx(1.8 * 4e-6, rel=1e-3)
    tail = settled(engine, 0.15)["power"]  # no current from j to x there
    assert tail == pytest.approx(6.97e-6, rel=0.01)
    assert found["power"] == pytest.approx(tail + (0.65 - 0.15) ** 2 / 60e3, rel=0.01)
    assert found["energy"] == pytest.approx(2.28e-14, rel=0.02)


def test_only_the_mean_of_both_inputs_counts(engine: Engine) -> None:
    other = replace(PROCEDURE, node=ReservoirNode(delayed_voltage=0.05))
    assert settled(engine, 0.3, other)["output_voltage"] == pytest.approx(
        settled(engine, 0.3)["output_voltage"], rel=1e-6
    )


def test_weak_inversion_follows_the_formula_of_the_cell(engine: Engine) -> None:
    """I = I_tail/(1 + (4/S) cosh^2(x/(2nU))): both flanks of ln(I) run with 1/(nU), n of a p transistor near 1.4."""
    weak = replace(PROCEDURE, node=ReservoirNode(bias_current=4e-9, output_resistance=1e6, output_capacitance=1e-14))
    low, high = (np.log(settled(engine, v, weak)["output_voltage"]) for v in (0.15, 0.2))
    after, before = (np.log(settled(engine, v, weak)["output_voltage"]) for v in (0.6, 0.65))
    rising, falling = 0.05 / (high - low) / THERMAL, 0.05 / (after - before) / THERMAL
    assert rising == pytest.approx(1.4, rel=0.12)
    assert falling == pytest.approx(1.4, rel=0.12)
    peak = settled(engine, 0.4, weak)["output_voltage"]
    assert 0.5 < peak / (4e-9 * 1e6) < 0.75


def test_the_loop_of_the_evaluator_follows_a_staircase(engine: Engine) -> None:
    """x[m] = a x[m-1] + (1-a) f(u[m]) with the tabulated f and time constant, against the transistors."""
    sums = np.random.default_rng(4).uniform(0.05, 0.7, 24)
    dwell = 2.0 * ReservoirNode().time_constant  # about what reservoirs are run with
    waves = engine.run(reservoir_trace_deck(ReservoirNode(), TYPICAL, sums.tolist(), dwell))
    seen = np.array([waves.at("v(pin_out)", (k + 1) * dwell) for k in range(24)])
    grid = np.linspace(0.05, 0.7, 8)
    table = np.array([settled(engine, float(voltage))["output_voltage"] for voltage in grid])
    bent = PchipInterpolator(grid, table)(sums)
    keep = np.exp(-dwell / settled(engine, 0.3)["time_constant"])
    expected = np.empty(24)
    expected[0] = bent[0]
    for k in range(1, 24):
        expected[k] = keep * expected[k - 1] + (1.0 - keep) * bent[k]
    assert np.sqrt(np.mean((seen - expected) ** 2)) < 0.02 * table.max()
    assert np.corrcoef(seen, expected)[0, 1] > 0.998
    assert np.sqrt(np.mean((seen - bent) ** 2)) > 0.03 * table.max()


def test_what_no_node_can_have_is_refused() -> None:
    with pytest.raises(NetlistError, match="need 1 V below the supply"):
        ReservoirNode(reference_voltage=1.0)
    with pytest.raises(NetlistError, match="bias_current"):
        ReservoirNode(bias_current=0.0)
    with pytest.raises(NetlistError, match="input_voltage"):
        reservoir_node_deck(ReservoirNode(), TYPICAL, float("nan"))
    with pytest.raises(NetlistError, match="staircase"):
        reservoir_trace_deck(ReservoirNode(), TYPICAL, [], 1e-8)


def test_where_no_current_flows_there_is_no_number(engine: Engine) -> None:
    dead = replace(PROCEDURE, node=ReservoirNode(bias_current=1e-18, output_resistance=1e3, output_capacitance=1e-11))
    result = simulate_point(dead, {"input_voltage": 1.5}, engine)
    assert result.status is not Status.OK
    assert result.message
