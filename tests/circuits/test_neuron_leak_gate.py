"""The gate of the neuron's leak after its membrane has moved, at single points in ngspice."""

from __future__ import annotations

import pytest

from circuits.engine import Engine
from circuits.procedures.neuron_fire import NeuronFireProcedure
from circuits.procedures.neuron_leak_gate import NeuronLeakGateProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from measurements.errors import NetlistError
from netlists.leakgate import leak_gate_deck
from netlists.neuron import Neuron
from netlists.technology import load_technology


def at(engine: Engine, voltage: float) -> dict[str, float]:
    result = simulate_point(NeuronLeakGateProcedure(Neuron(), load_technology()), {"membrane_voltage": voltage}, engine)
    assert result.status is Status.OK, result.message
    return dict(result.quantities)


def test_a_rising_membrane_lifts_the_gate_which_returns_within_half_a_microsecond(engine: Engine) -> None:
    """6 mV at 0.4 V, through the channel below 0.2 V; 257 nS times that are 5 % of the 30 nA."""
    found = at(engine, 0.4)
    assert found["gate_shift"] == pytest.approx(6.08e-3, rel=0.02)
    assert found["recovery"] == pytest.approx(493e-9, rel=0.02)
    assert found["sensitivity"] == pytest.approx(256e-9, rel=0.02)


def test_below_ground_it_is_pulled_down_and_the_leak_runs_the_other_way(engine: Engine) -> None:
    found = at(engine, -0.3)
    assert found["gate_shift"] == pytest.approx(-24.96e-3, rel=0.02)
    assert found["sensitivity"] == pytest.approx(-438e-9, rel=0.03)


def test_a_stop_before_the_end_of_the_edge_is_refused() -> None:
    with pytest.raises(NetlistError, match="stop_time"):
        leak_gate_deck(Neuron(), load_technology(), 0.4, 3e-9, 6e-9)


def test_a_second_spike_soon_after_the_first_is_narrower_and_its_reset_longer(engine: Engine) -> None:
    """At 10 uA the second comes 233 ns after the first: 1.5 ns longer dead, 1 % narrower, the mirror 0.2 mV lower."""
    procedure = NeuronFireProcedure(Neuron(), load_technology())
    result = simulate_point(procedure, {"initial_voltage": 0.0, "input_current": 1e-5}, engine)
    assert result.status is Status.OK, result.message
    found = result.quantities
    assert found["dead_time"] == pytest.approx(123.0e-9, rel=2e-3)
    assert found["later_dead_time"] - found["dead_time"] == pytest.approx(1.55e-9, rel=0.05)
    assert found["later_width"] / found["spike_width"] == pytest.approx(0.990, rel=2e-3)
    assert -4e-4 < found["mirror_change"] < -1e-4
