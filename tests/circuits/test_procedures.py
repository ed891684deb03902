"""The three procedures on real decks: numbers by hand, and balances that notice tampering."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from circuits.characterize import plan
from circuits.engine import Engine
from circuits.procedures.column_read import ColumnReadProcedure, column_closure
from circuits.procedures.neuron_balance import neuron_closure
from circuits.procedures.neuron_fire import NeuronFireProcedure
from circuits.procedures.neuron_leak import NeuronLeakProcedure
from circuits.procedures.origin import card_digest
from circuits.procedures.procedure import GridAxis
from circuits.runner import run_deck
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from devicefit import card_from_json, card_to_json, on_resistance, reference_truth
from devicefit.card import DeviceCard, Parameter
from devicefit.estimation.distributions import JointDistribution, Quantity
from devicefit.estimation.laws import Distribution
from measurements.errors import InputError
from netlists.neuron import INPUT_START, Neuron
from netlists.technology import Technology, load_technology
from netlists.wires import Wire

VALUES = {
    "on_current": 1.2e-3,
    "on_slope": 1.5,
    "off_current": 1e-9,
    "off_slope": 3.0,
    "series_resistance": 55.0,
    "set_voltage": 0.9,
    "set_slope": 35.0,
    "reset_voltage": 0.8,
    "reset_slope": 25.0,
    "activation_energy": 0.5,
    "state_limit": 16.0,
    "ambient_temperature": 300.0,
    "thermal_resistance": 2e5,
    "thermal_capacitance": 1e-14,
}
CARD = DeviceCard("threshold-memdiode", "hand", "0", {name: Parameter(v, "", "assumed") for name, v in VALUES.items()})


@pytest.fixture(scope="module")
def technology() -> Technology:
    return load_technology()


def test_one_cell_column_is_ohms_law(engine: Engine) -> None:
    procedure = ColumnReadProcedure(CARD, rows=1, active_rows=(1,))
    point = {"active_rows": 1.0, "device_resistance": 2000.0, "row_load": 0.0, "on_fraction": 1.0}
    result = simulate_point(procedure, point, engine)
    assert result.status is Status.OK
    resistance = 100.0 + 2000.0 + 20e3 + 2.5 + 10.0
    flat, edge = 4.8e-9, 0.2e-9
    assert result.quantities["charge"] == pytest.approx(0.1 * 5e-9 / resistance, rel=1e-4)
    assert result.quantities["energy"] == pytest.approx(0.01 * (flat + edge * 2 / 3) / resistance, rel=3e-4)
    assert 0.0 < result.quantities["delay"] < 1e-12


def test_row_load_costs_this_column_nothing_but_drive(engine: Engine) -> None:
    procedure = ColumnReadProcedure(CARD, rows=1, active_rows=(1,), driver=replace(ColumnReadProcedure(CARD).driver))
    at = {"active_rows": 1.0, "device_resistance": 2000.0, "on_fraction": 0.0}
    free = simulate_point(procedure, at | {"row_load": 0.0}, engine).quantities
    loaded = simulate_point(procedure, at | {"row_load": 5e-3}, engine).quantities
    divider = 1.0 / (1.0 + 100.0 * 5e-3)
    expected = divider * (100.0 + 22012.5) / (100.0 * divider + 22012.5)
    assert loaded["charge"] / free["charge"] == pytest.approx(expected, rel=1e-4)
    assert loaded["energy"] / free["energy"] == pytest.approx(expected, rel=1e-3)


def test_idle_cells_that_are_on_take_their_share_of_the_current(engine: Engine) -> None:
    """Three cells, the middle one read; a wire of 1 kohm a cell makes the currents easy to divide by hand."""
    procedure = ColumnReadProcedure(CARD, rows=3, active_rows=(1,), wire=Wire(1e3, 1e-18))
    at = {"active_rows": 1.0, "device_resistance": 2000.0, "row_load": 0.0}
    found = {f: simulate_point(procedure, at | {"on_fraction": f}, engine).quantities["charge"] for f in (0.0, 1.0)}
    idle = procedure.spec(at | {"on_fraction": 1.0}).idle_resistance
    assert idle == pytest.approx(20.1e3 + on_resistance(CARD), rel=1e-6)

    def charge(idle_conductance: float) -> float:
        beyond = idle_conductance + 1 / (1e3 + 10.0)
        down = 1 / (1e3 + 1 / beyond)  # through the wire to the last cell and the sense resistor
        up = 1 / (1e3 + 1 / idle_conductance) if idle_conductance else 0.0
        column = 0.1 / (22.1e3 * (down + up) + 1)
        return 5e-9 * column * down / beyond / (1e3 + 10.0)

    assert found[1.0] == pytest.approx(charge(1 / idle), rel=1e-3)
    assert found[0.0] == pytest.approx(charge(0.0), rel=2e-3)
    assert found[0.0] > 1.05 * found[1.0]


def test_column_balance_notices_what_is_missing() -> None:
    procedure = ColumnReadProcedure(CARD, rows=4, active_rows=(2,))
    point = {"active_rows": 2.0, "device_resistance": 610.0, "row_load": 1e-3, "on_fraction": 0.5}
    spec = procedure.spec(point)
    waveforms = run_deck(procedure.deck(point))
    assert column_closure(spec, waveforms) < 1e-6
    for name in ("i(vdrive)", "v(sense)", "v(col1)", "v(row1)"):
        assert column_closure(spec, _scaled(waveforms, name, 1.05)) > 1e-5, name


def test_neuron_fires_as_its_charge_says(engine: Engine, technology: Technology) -> None:
    neuron = Neuron()
    procedure = NeuronFireProcedure(neuron, technology)
    result = simulate_point(procedure, {"initial_voltage": 0.0, "input_current": 1e-5}, engine)
    assert result.status is Status.OK
    found = result.quantities
    assert found["charge"] == pytest.approx(1e-5 * found["delay"], rel=1e-3)
    on_membrane = found["charge"] - neuron.leak_bias * found["delay"]
    assert on_membrane == pytest.approx(neuron.membrane_capacitance * found["trip_voltage"], rel=0.05)
    assert found["interval"] > found["delay"]
    assert 0.0 < found["spike_width"] < 0.2 * found["interval"]
    assert 1e-14 < found["energy"] < 1e-11
    assert result.diagnostics["closure_error"] < 1e-6
    assert result.diagnostics["step_error_energy"] < 0.01


def test_an_input_below_the_leak_does_not_fire(engine: Engine, technology: Technology) -> None:
    procedure = NeuronFireProcedure(Neuron(), technology, silent_time=2e-7)
    result = simulate_point(procedure, {"initial_voltage": 0.0, "input_current": 2e-8}, engine)
    assert result.status is Status.DID_NOT_FIRE
    assert result.quantities == {}
    assert result.message == ""


def test_a_run_too_short_for_two_spikes_is_a_failed_measure(engine: Engine, technology: Technology) -> None:
    class TooShort(NeuronFireProcedure):
        def deck(self, point):  # type: ignore[no-untyped-def]
            from netlists.neuron import neuron_fire_deck

            return neuron_fire_deck(self.neuron, self.technology, point["input_current"], 0.0, 2e-7)

    result = simulate_point(TooShort(Neuron(), technology), {"initial_voltage": 0.0, "input_current": 1e-5}, engine)
    assert result.status is Status.MEASURE_FAILED
    assert "1 spikes" in result.message


def test_leak_of_a_charged_membrane_is_the_leak_bias(engine: Engine, technology: Technology) -> None:
    neuron = Neuron()
    procedure = NeuronLeakProcedure(neuron, technology)
    result = simulate_point(procedure, {"initial_voltage": 0.6, "interval": 1e-7}, engine)
    assert result.status is Status.OK
    found = result.quantities
    assert found["charge"] == pytest.approx(neuron.leak_bias * 1e-7, rel=0.1)
    assert found["final_voltage"] == pytest.approx(0.6 - found["charge"] / neuron.membrane_capacitance, rel=1e-6)
    assert 0.0 < found["energy"] < 1e-12


def test_neuron_balance_notices_what_is_missing(technology: Technology) -> None:
    neuron = Neuron()
    procedure = NeuronFireProcedure(neuron, technology)
    waveforms = run_deck(procedure.deck({"initial_voltage": 0.0, "input_current": 1e-4}))
    assert neuron_closure(neuron, waveforms) < 1e-6
    for name in ("i(vdd)", "i(vmem)", "i(vspk)", "i(vss)"):
        assert neuron_closure(neuron, _scaled(waveforms, name, 1.05)) > 1e-5, name
    reversed_supply = _scaled(_scaled(waveforms, "v(vdd)", -1.0), "v(mem)", -1.0)
    assert neuron_closure(neuron, reversed_supply) > 0.1


def test_default_grids() -> None:
    technology = load_technology()
    procedures = (
        ColumnReadProcedure(CARD),
        NeuronFireProcedure(Neuron(), technology),
        NeuronLeakProcedure(Neuron(), technology),
    )
    for procedure in procedures:
        sizes = [len(axis.values) for axis in procedure.axes()]
        assert len(plan([procedure])) == np.prod(sizes)
        assert [quantity.unit for quantity in procedure.measured if quantity.name == "energy"] == ["J"]
        settings = procedure.settings()
        assert all(isinstance(value, (str, int, float)) for value in settings.values())
    fire = procedures[1].axes()
    assert [axis.name for axis in fire] == ["initial_voltage", "input_current"]
    assert fire[1].values[0] == pytest.approx(1e-7)
    assert fire[1].values[-1] == pytest.approx(1e-4)
    assert INPUT_START > 0


def test_the_card_digest_depends_on_every_parameter() -> None:
    other = replace(CARD, parameters={**CARD.parameters, "set_slope": Parameter(36.0, "", "assumed")})
    assert card_digest(CARD) == card_digest(replace(CARD))
    assert card_digest(CARD) != card_digest(other)


def test_the_card_digest_takes_a_distribution_and_is_that_of_the_card_read_back() -> None:
    law = Distribution("normal", {"mean": 1.0, "standard_deviation": 0.1})
    joint = JointDistribution((Quantity("set_voltage", "V", law, {}, 50),), np.eye(1))
    drawn = replace(reference_truth(), distribution=joint)
    assert card_digest(drawn) != card_digest(reference_truth())
    assert card_digest(card_from_json(card_to_json(drawn))) == card_digest(drawn)


@pytest.mark.parametrize(
    ("values", "scale", "integer"),
    [
        ((), "linear", False),
        ((1.0, 1.0), "linear", False),
        ((0.0, 1.0), "log", False),
        ((1.0, 2.5), "log", True),
    ],
)
def test_bad_axes_are_refused(values: tuple[float, ...], scale: str, integer: bool) -> None:
    with pytest.raises(InputError, match=r"^axis x: "):
        GridAxis("x", values, "1", "x", scale, integer)  # type: ignore[arg-type]


def _scaled(waveforms: Waveforms, name: str, factor: float) -> Waveforms:
    return replace(waveforms, vectors={**waveforms.vectors, name: waveforms.vectors[name] * factor})
