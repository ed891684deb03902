"""The procedures that look into the neuron's comparator, at single points in ngspice."""

from __future__ import annotations

import pytest

from circuits.engine import Engine
from circuits.procedures.neuron_charge import NeuronChargeProcedure
from circuits.procedures.neuron_comparator import NeuronComparatorProcedure
from circuits.procedures.neuron_trip import NeuronTripProcedure
from circuits.procedures.procedure import Procedure
from circuits.simulate import simulate_point
from circuits.status import Status
from netlists.neuron import Neuron
from netlists.technology import Technology, load_technology

SUPPLY, LOAD_CURRENT = 1.8, 0.4e-6


@pytest.fixture(scope="module")
def technology() -> Technology:
    return load_technology()


def quantities(procedure: Procedure, engine: Engine, **point: float) -> dict[str, float]:
    result = simulate_point(procedure, point, engine)
    assert result.status is Status.OK, result.message
    return dict(result.quantities)


@pytest.mark.parametrize("voltage", [-0.3, 0.3, 0.85])
def test_charge_is_the_capacitor_s_and_a_little_more(engine: Engine, technology: Technology, voltage: float) -> None:
    """1 pF, and gates and junctions of 0.5 to 4 % of it beside."""
    charge = quantities(NeuronChargeProcedure(Neuron(), technology), engine, membrane_voltage=voltage)["charge"]
    assert 1.005 < charge / (1e-12 * voltage) < 1.04


def test_a_membrane_higher_above_the_threshold_fires_sooner(engine: Engine, technology: Technology) -> None:
    procedure = NeuronTripProcedure(Neuron(), technology)
    slow, quick = (quantities(procedure, engine, membrane_voltage=voltage) for voltage in (1.0, 1.4))
    assert 5 * quick["delay"] < slow["delay"] < 200e-9
    assert slow["comparator_voltage"] == pytest.approx(SUPPLY / 2, abs=0.3)
    assert quick["comparator_rate"] > 3 * slow["comparator_rate"]
    # The comparator's own current and the biases' 0.2 uW flow meanwhile; the spike has only begun.
    assert slow["energy"] > 0.2e-6 * slow["delay"]


def test_a_membrane_below_the_threshold_stays_silent(engine: Engine, technology: Technology) -> None:
    procedure = NeuronTripProcedure(Neuron(), technology, watched=0.5e-6)
    assert simulate_point(procedure, {"membrane_voltage": 0.8}, engine).status is Status.DID_NOT_FIRE


def test_the_membrane_pulls_the_node_down_and_the_mirror_holds_it_up(engine: Engine, technology: Technology) -> None:
    procedure = NeuronComparatorProcedure(Neuron(), technology)

    def at(membrane: float, shift: float = 0.0) -> dict[str, float]:
        return quantities(procedure, engine, membrane_voltage=membrane, comparator_share=0.66, mirror_shift=shift)

    low, high, eased = at(0.5), at(1.33), at(1.33, 0.01)
    # Far below the threshold only the mirror's 0.4 uA moves the node; its capacitance is tens of femtofarads.
    assert LOAD_CURRENT / 100e-15 < -low["comparator_rate"] < LOAD_CURRENT / 5e-15
    assert high["comparator_rate"] > -low["comparator_rate"]
    # A mirror gate 10 mV higher gives less current, and falls back to its rest.
    assert 0.01 < eased["comparator_rate"] / high["comparator_rate"] - 1 < 0.3
    assert eased["mirror_rate"] < high["mirror_rate"]
    assert eased["comparator_middle"] == pytest.approx(0.66 * SUPPLY, abs=0.06)
