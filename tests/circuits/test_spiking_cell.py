"""The procedure for a user's own spiking cell: an ideal cell done by hand, the two examples, cells that misbehave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from toycells import LEAKY, PAST_THE_PINS, dead_time, ideal_cell

from circuits.characterize import characterize
from circuits.engine import Engine
from circuits.procedures.spiking_cell import SpikingCellProcedure
from circuits.procedures.terminals import Terminal, terminal_closure
from circuits.rheobase import bracket, find_rheobase, interval_law
from circuits.runner import run_deck
from circuits.simulate import simulate_point
from circuits.status import Status
from measurements.errors import NetlistError
from netlists.composition import cell as packaged
from netlists.spikingcell import Pin, SpikingCell, spiking_cell_deck
from netlists.technology import geometries_in, load_technology

GRID = (2e-9, 2e-8, 2e-7, 2e-6, 2e-5)


def transistor_cell(name: str, *biases: Pin, corner: str = "typical", **run: float) -> SpikingCell:
    technology = load_technology(corner=corner)  # type: ignore[arg-type]
    text = packaged(name)
    return SpikingCell(
        name,
        (
            Pin("mem", "input", initial_voltage=0.0),
            Pin("vdd", "supply", voltage=1.8),
            Pin("vss", "ground"),
            Pin("spk", "output", load=20e-15),
            *biases,
        ),
        (technology.cards_for(geometries_in(text)), packaged("transistors"), text),
        includes=(technology.source,),
        **run,  # type: ignore[arg-type]
    )


def axon_hillock(corner: str = "typical") -> SpikingCell:
    bias = Pin("vpw", "bias", voltage=0.9)
    return transistor_cell("axon_hillock", bias, corner=corner, charge_per_spike=1.2e-12, dead_time=5e-7)


def indiveri() -> SpikingCell:
    currents = {"leak_bias": 3e-11, "follower_bias": 5e-8, "refractory_bias": 1e-7}
    biases = (Pin(name, "bias", current=value) for name, value in currents.items())
    return transistor_cell("indiveri_neuron", *biases, charge_per_spike=1.8e-12, dead_time=1.2e-6)


def test_an_ideal_cell_done_by_hand(engine: Engine) -> None:
    """While it spikes, the supply of 2 V drives 20 kohm and 200 kohm in series and 1 uA in proportion to the output."""
    result = simulate_point(SpikingCellProcedure(ideal_cell()), {"input_current": 1e-7}, engine)
    assert result.status is Status.OK, result.message
    found, dead = result.quantities, dead_time(1e-7)
    assert found["latency"] == pytest.approx(1e-5, rel=2e-3)
    assert found["interval"] == pytest.approx(0.9e-5 + dead, rel=2e-3)
    assert found["rate"] == pytest.approx(1.0 / found["interval"])
    assert found["adaptation"] == pytest.approx(1.0, rel=2e-3)
    assert found["pulse_width"] == pytest.approx(dead, rel=0.05)
    assert found["pulse_amplitude"] == pytest.approx(2.0 / 1.1, rel=0.01)
    assert found["input_voltage"] == pytest.approx(1.0, rel=0.01)
    assert found["static_power"] == pytest.approx(2.0 * 1e-9 + 0.5 * 0.5e-6, rel=0.01)
    spiking = 2.0 / 220e3 + 1e-6 / 1.1
    assert found["energy_vdd"] == pytest.approx(2.0 * (1e-9 * found["interval"] + spiking * dead + 1.8e-14), rel=0.04)
    assert found["energy"] - found["energy_vdd"] == pytest.approx(0.5 * 0.5e-6 * found["interval"], rel=1e-3)
    falling = 1e-7 * (0.2e-6 * 0.9 + 0.02 * dead)
    assert found["input_energy"] == pytest.approx(0.5 * (1.0 - 0.1**2) * 1e-12 + falling, rel=0.005)
    assert result.diagnostics["closure_error"] < 1e-6


def test_rheobase_and_interval_law_of_a_leaky_cell() -> None:
    """1 pF with 1 Gohm beside it and a threshold of 1 V: 1 nA. Switches open at a time step: 0.5 is tolerated."""
    procedure = SpikingCellProcedure(ideal_cell(LEAKY), (3e-10, 3e-9, 1e-8, 3e-8, 1e-7, 2e-7, 3e-7), 0.5)
    table = characterize([procedure], jobs=1)["spiking_cell"]
    assert table["status"].to_numpy().tolist() == [Status.DID_NOT_FIRE, *[Status.OK] * 6]
    assert np.isnan(table["interval"].to_numpy()[0])
    assert (bracket(table).silent, bracket(table).firing) == (3e-10, pytest.approx(3e-9))
    found = find_rheobase(procedure, table, ratio=1.1)
    assert found.silent is not None
    assert found.firing is not None
    # In the 4.2 ms that are watched, the membrane of 1 ms reaches 1 V from 1.015 nA on.
    assert 0.9e-9 < found.silent < 1.015e-9 < found.firing < 1.12e-9
    law = interval_law(table)
    assert law is not None
    assert law.shows
    assert law.charge == pytest.approx(0.9e-12, rel=0.05)
    assert law.refractory_period == pytest.approx(dead_time(2e-7), rel=0.2)


def test_a_cell_that_never_fires_has_a_name_for_it_and_no_numbers(engine: Engine) -> None:
    silent = replace(ideal_cell(LEAKY), charge_per_spike=3e-12)
    result = simulate_point(SpikingCellProcedure(silent), {"input_current": 1e-10}, engine)
    assert (result.status, result.quantities) == (Status.DID_NOT_FIRE, {})


def test_a_cell_that_fires_once_is_a_failed_measure(engine: Engine) -> None:
    hasty = replace(ideal_cell(), charge_per_spike=3e-13)
    result = simulate_point(SpikingCellProcedure(hasty), {"input_current": 1e-7}, engine)
    assert result.status is Status.MEASURE_FAILED
    assert "raise charge_per_spike" in result.message


def test_a_cell_that_is_not_solved_has_a_name_for_it(engine: Engine) -> None:
    text = ".subckt ideal mem vdd vss spk gain\nB1 spk vss I=v(spk,vss)*v(spk,vss)+1\nR1 mem vss 1k\n.ends\n"
    broken = replace(ideal_cell(), definitions=(text,))
    result = simulate_point(SpikingCellProcedure(broken), {"input_current": 1e-7}, engine)
    assert result.status is Status.NOT_CONVERGED
    assert result.quantities == {}


def test_current_past_the_pins_is_noticed(engine: Engine) -> None:
    result = simulate_point(SpikingCellProcedure(ideal_cell(PAST_THE_PINS)), {"input_current": 1e-7}, engine)
    assert result.status is Status.CONSERVATION_VIOLATED


def test_terminal_closure_notices_what_is_missing() -> None:
    cell = ideal_cell()
    waveforms = run_deck(spiking_cell_deck(cell, 1e-7))
    pins = [Terminal(f"v({pin.node})", pin.current_vector, pin.inward) for pin in cell.pins]
    window = (1e-5, 3.7e-5)
    assert terminal_closure(waveforms, pins, window) < 1e-9
    assert terminal_closure(waveforms, pins[:2] + pins[3:], window) > 0.1
    backward = [replace(pin, inward=-pin.inward) for pin in pins]
    assert terminal_closure(waveforms, backward, window) > 0.9


@pytest.mark.parametrize("current", [1e-9, 1e-7, 1e-6])
def test_axon_hillock_follows_meads_equations(current: float, engine: Engine) -> None:
    """Interval = Cfb*V/I + Cfb*V/(I_r - I), within 10 %: the amplifier's delay lengthens it by 6 to 8 %."""
    result = simulate_point(SpikingCellProcedure(axon_hillock()), {"input_current": current}, engine)
    assert result.status is Status.OK, result.message
    found = result.quantities
    step = 0.4e-12 * 1.8
    reset_current = 3.26e-6
    expected = step / current + step / (reset_current - current)
    assert 1.0 < found["interval"] / expected < 1.10
    assert found["latency"] == pytest.approx(0.88e-12 / current, rel=0.04)
    assert found["pulse_amplitude"] == pytest.approx(1.8, abs=0.02)
    assert found["static_power"] < 1e-10


def test_indiveri_neuron_follows_its_equations(engine: Engine) -> None:
    """Interval = C*V_spike/(I - I_leak) + T_refractory, within 4 %, over four decades."""
    for current in (1e-9, 1e-7, 1e-5):
        result = simulate_point(SpikingCellProcedure(indiveri()), {"input_current": current}, engine)
        assert result.status is Status.OK, result.message
        found = result.quantities
        ramp = 1e-12 * found["input_voltage"] / (current - 30e-12)
        assert found["interval"] == pytest.approx(ramp + 0.7e-6, rel=0.05)
        assert found["static_power"] == pytest.approx(0.101e-6, rel=0.02)


def test_axon_hillock_fires_in_every_corner(engine: Engine) -> None:
    for corner in ("ff", "ss", "fs", "sf"):
        result = simulate_point(SpikingCellProcedure(axon_hillock(corner)), {"input_current": 1e-7}, engine)
        assert result.status is Status.OK, f"{corner}: {result.message}"


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ([Pin("a", "input"), Pin("b", "supply", voltage=1.0), Pin("c", "ground")], "one pin is the output"),
        ([Pin("a", "input"), Pin("a", "output")], "named twice"),
        ([Pin("a", "input"), Pin("b", "output"), Pin("c", "ground")], "at least one pin is a supply"),
    ],
)
def test_pins_that_make_no_cell_are_refused(pins: list[Pin], message: str) -> None:
    with pytest.raises(NetlistError, match=message):
        SpikingCell("x", tuple(pins), ())


@pytest.mark.parametrize(
    "values", [{"role": "supply"}, {"role": "bias"}, {"role": "bias", "voltage": 1.0, "current": 1e-9}]
)
def test_a_pin_without_its_value_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(NetlistError, match="pin a: "):
        Pin("a", **values)  # type: ignore[arg-type]
    with pytest.raises(NetlistError, match="not made of lower-case"):
        Pin("a\n.control", "ground")
