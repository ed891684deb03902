"""The column interface of transistors: gain, virtual ground, subtraction, what it costs, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from circuits.characterize import provenance
from circuits.engine import Engine
from circuits.measure import MeasureError
from circuits.ngspice import Ngspice
from circuits.procedures.column_interface import ColumnInterfaceProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from measurements.errors import NetlistError
from netlists.columninterface import ColumnInterface, column_interface_deck
from netlists.technology import load_technology

TYPICAL = load_technology()
PROCEDURE = ColumnInterfaceProcedure(ColumnInterface(), TYPICAL)


def read(
    engine: Engine, sign: int, current: float, rest: float = 0.0, membrane: float = 0.5,
    procedure: ColumnInterfaceProcedure = PROCEDURE,
) -> dict[str, float]:  # fmt: skip
    point = {"sign": sign, "input_current": current, "rest_conductance": rest, "membrane_voltage": membrane}
    result = simulate_point(procedure, point, engine)
    assert result.status is Status.OK, result.message
    assert result.diagnostics["closure_error"] < 1e-5
    return dict(result.quantities)


def test_the_figures_stated_in_the_cell_are_near(engine: Engine) -> None:
    found = read(engine, 1, 2e-5)
    assert found["gain"] == pytest.approx(0.5183, rel=0.02)
    assert found["charge_gain"] == pytest.approx(0.5074, rel=0.02)
    assert found["input_resistance"] == pytest.approx(43.4, rel=0.02)
    assert found["column_offset"] == pytest.approx(-6.09e-3, rel=0.03)
    assert found["offset_current"] == pytest.approx(0.927e-6, rel=0.05)
    assert found["bandwidth"] == pytest.approx(463e6, rel=0.03)
    assert found["static_power"] == pytest.approx(59.6e-6, rel=0.02)
    assert found["bias_power"] == pytest.approx(71.3e-6, rel=0.02)
    assert found["energy"] == pytest.approx(0.8335e-12, rel=0.02)
    assert found["column_energy"] == pytest.approx(0.4 * 1.94e-5 * 5e-9, rel=0.02)


def test_minus_is_subtracted_with_the_same_gain(engine: Engine) -> None:
    plus, minus = read(engine, 1, 1e-4, 1e-3), read(engine, -1, 1e-4, 1e-3)
    assert minus["gain"] < 0.0
    assert plus["gain"] == pytest.approx(-minus["gain"], rel=0.04)
    assert minus["charge_gain"] == pytest.approx(-0.432, rel=0.02)
    # the row's 1 mS is on one side: 6 mV of it, mirrored, is the difference of the offsets
    difference = plus["offset_current"] - minus["offset_current"]
    assert difference == pytest.approx(2 * 0.5 * 1e-3 * 5.6e-3, rel=0.25)


def test_output_width_is_the_gain_and_bias_the_speed(engine: Engine) -> None:
    wide = replace(PROCEDURE, interface=ColumnInterface(output_width=32e-6))
    slow = replace(PROCEDURE, interface=ColumnInterface(bias_current=5e-6))
    assert read(engine, 1, 2e-5, procedure=wide)["gain"] == pytest.approx(2 * 0.5183, rel=0.04)
    found = read(engine, 1, 1e-4, 1e-3, procedure=slow)
    assert found["bandwidth"] < 0.85 * 186e6
    assert found["static_power"] < 0.85 * 78e-6


def test_inhibition_ends_near_ground(engine: Engine) -> None:
    assert abs(read(engine, -1, 4e-4, membrane=0.05)["gain"]) < 0.2


def test_a_false_current_is_noticed_and_a_dead_interface_is_no_number(engine: Engine) -> None:
    point = {"sign": 1.0, "input_current": 2e-5, "rest_conductance": 0.0, "membrane_voltage": 0.5}
    deck = PROCEDURE.deck(point)
    waves = engine.run(deck)
    vectors = dict(waves.vectors)
    wrong = Waveforms(waves.time, vectors | {"i(vpin_mem)": 1.05 * waves.vector("i(vpin_mem)")})
    assert PROCEDURE.closure_error(point, deck, waves) < 1e-5
    assert PROCEDURE.closure_error(point, deck, wrong) > 5 * PROCEDURE.closure_tolerance
    dead = Waveforms(waves.time, vectors | {"i(vpin_mem)": np.zeros_like(waves.time)})
    with pytest.raises(MeasureError, match="does not pass"):
        PROCEDURE.quantities(point, deck, dead)


def test_what_is_no_interface_is_refused() -> None:
    given = {"input_current": 1e-5, "rest_conductance": 0.0, "membrane_voltage": 0.5}
    with pytest.raises(NetlistError, match="sign is 0"):
        column_interface_deck(ColumnInterface(), TYPICAL, sign=0, **given)
    with pytest.raises(NetlistError, match="shorter than two edges"):
        ColumnInterface(pulse_width=1e-10)


SMALL = ColumnInterface(
    bias_current=1e-6, main_width=8e-6, output_width=8e-6, turn=4.0, pulse_width=20e-9, strobe_tail=10e-9,
    read_voltage=0.3, column_capacitance=160e-15,
)  # fmt: skip


def test_a_small_interface_at_a_tenth_of_the_bias_takes_a_sixth_and_has_its_gain(engine: Engine) -> None:
    procedure = replace(PROCEDURE, interface=SMALL)
    plus, minus = (read(engine, sign, 2e-5, 5e-4, procedure=procedure) for sign in (1, -1))
    assert plus["gain"] == pytest.approx(0.920, rel=0.02)
    assert minus["gain"] == pytest.approx(-0.968, rel=0.02)
    assert plus["charge_gain"] == pytest.approx(0.763, rel=0.03)
    assert plus["static_power"] == pytest.approx(10.6e-6, rel=0.03)
    assert plus["bias_power"] == pytest.approx(7.16e-6, rel=0.02)
    assert plus["input_resistance"] == pytest.approx(73.7, rel=0.05)


def test_the_turn_takes_its_first_branch_off_the_supply(engine: Engine) -> None:
    whole, small = (replace(PROCEDURE, interface=replace(SMALL, turn=turn)) for turn in (1.0, 4.0))
    powers = [read(engine, 1, 2e-5, 1e-6, procedure=one)["static_power"] for one in (whole, small)]
    # of 2 + 2 gain branches three quarters of one are saved, and what its mirror's finite output resistance adds
    assert 0.65 < powers[1] / powers[0] < 3.25 / 4.0


def test_a_lifted_reference_takes_the_rest_current_off(engine: Engine) -> None:
    low = read(engine, -1, 2e-5, 5e-4, procedure=replace(PROCEDURE, interface=SMALL))
    lifted = replace(PROCEDURE, interface=replace(SMALL, column_lift=4.5e-3))
    found = read(engine, -1, 2e-5, 5e-4, procedure=lifted)
    assert low["column_offset"] == pytest.approx(-4.47e-3, rel=0.03)
    assert found["column_offset"] == pytest.approx(-0.64e-3, rel=0.05)
    assert found["static_power"] < 0.75 * low["static_power"]


def test_a_mirror_that_makes_smaller_is_refused() -> None:
    with pytest.raises(NetlistError, match="turn"):
        ColumnInterface(turn=0.5)


MATCHED = replace(
    SMALL, bias_current=8e-7, main_width=2.5e-6, main_length=1.2e-6, output_width=2.6e-6, source_width=1e-6,
    source_length=6e-6, sense_length=4e-6, replica_width=5e-7, turn_length=7e-7, turn_ratio=3.0, column_lift=5e-4,
    pulse_width=50e-9,
)  # fmt: skip


def test_long_mirrors_leave_no_offset_down_to_low_membranes(engine: Engine) -> None:
    found = {
        volts: [
            read(engine, 1, 1e-6, 1.7e-4, volts, replace(PROCEDURE, interface=one))["offset_current"]
            for one in (replace(SMALL, column_lift=5e-3), MATCHED)
        ]
        for volts in (0.15, 0.5)
    }
    assert abs(found[0.5][1]) < 6e-8 < 1.5e-7 < abs(found[0.5][0])
    # what is left after a trim at 0.5 V
    small, matched = (found[0.15][k] - found[0.5][k] for k in (0, 1))
    assert 5e-9 < matched < 4e-8 < 2e-7 < small


def test_long_mirrors_hold_the_column_at_a_third_of_the_resistance(engine: Engine) -> None:
    small, matched = (
        read(engine, 1, 1e-6, 1.7e-4, procedure=replace(PROCEDURE, interface=one))
        for one in (replace(SMALL, bias_current=8e-7, pulse_width=50e-9), MATCHED)
    )
    assert matched["input_resistance"] < 0.5 * small["input_resistance"]
    assert matched["gain"] == pytest.approx(1.05, rel=0.05)
    assert matched["static_power"] == pytest.approx(4.9e-6, rel=0.05)


def test_a_size_left_to_its_default_is_no_attribute() -> None:
    """Files of tables hold numbers and texts; `source_width` follows `main_width` where it is not given."""
    found = provenance(PROCEDURE, Ngspice(Path("ngspice"), "0"))
    assert "interface_source_width" not in found
    assert None not in found.values()
    assert found["interface_main_width"] == ColumnInterface().main_width
