"""The row driver of transistors: level, delay, energy, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.measure import MeasureError
from circuits.procedures.row_drive import RowDriveProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from measurements.errors import NetlistError
from netlists.rowswitch import RowSwitch, row_switch_deck
from netlists.technology import Corner, load_technology

TYPICAL = load_technology()
PROCEDURE = RowDriveProcedure(RowSwitch(), TYPICAL)


def driven(conductance: float, engine: Engine, capacitance: float = 2e-14) -> dict[str, float]:
    point = {"load_conductance": conductance, "row_capacitance": capacitance}
    result = simulate_point(PROCEDURE, point, engine)
    assert result.status is Status.OK, result.message
    assert result.diagnostics["closure_error"] < 1e-5
    return dict(result.quantities)


def test_the_switch_divides_with_the_cells(engine: Engine) -> None:
    """Level = 1/(1 + R_on G), R_on 67 ohm; the cells get G V^2 for its width, vread gives vread G V."""
    for conductance in (1e-4, 1e-3, 1e-2):
        found = driven(conductance, engine)
        assert found["level"] == pytest.approx(1.0 / (1.0 + 67.0 * conductance), rel=0.005)
        ideal = conductance * (0.1 * found["level"]) ** 2 * found["pulse_width"]
        assert found["cell_energy"] == pytest.approx(ideal, rel=0.06)
        bought = 0.5 * conductance * 0.1 * found["level"] * found["pulse_width"]
        assert found["read_energy"] == pytest.approx(bought + 7e-15, rel=0.02)


def test_the_figures_stated_in_the_cell_are_near(engine: Engine) -> None:
    found = driven(1e-3, engine)
    assert found["delay"] == pytest.approx(0.711e-9, rel=0.02)
    assert found["fall_delay"] == pytest.approx(0.60e-9, rel=0.02)
    assert found["energy"] == pytest.approx(1.053e-12, rel=0.02)
    assert found["read_energy"] == pytest.approx(0.236e-12, rel=0.02)
    assert found["cell_energy"] == pytest.approx(0.0426e-12, rel=0.02)
    assert found["input_capacitance"] == pytest.approx(3.885e-15, rel=0.02)
    assert found["static_power"] == pytest.approx(15.5e-12, rel=0.05)
    assert driven(1e-3, engine, 1e-13)["delay"] > found["delay"]


@pytest.mark.parametrize(("corner", "delay", "level"), [("ff", 0.537e-9, 0.950), ("ss", 0.970e-9, 0.919)])
def test_it_drives_in_the_corners(corner: Corner, delay: float, level: float, engine: Engine) -> None:
    procedure = replace(PROCEDURE, technology=load_technology(corner=corner))
    found = simulate_point(procedure, {"load_conductance": 1e-3, "row_capacitance": 2e-14}, engine)
    assert found.status is Status.OK, found.message
    assert found.quantities["delay"] == pytest.approx(delay, rel=0.02)
    assert found.quantities["level"] == pytest.approx(level, rel=0.005)


def test_a_false_current_is_noticed_and_a_dead_row_is_no_number(engine: Engine) -> None:
    point = {"load_conductance": 1e-3, "row_capacitance": 2e-14}
    deck = PROCEDURE.deck(point)
    waves = engine.run(deck)
    vectors = dict(waves.vectors)
    wrong = Waveforms(waves.time, vectors | {"i(vpin_row)": 1.05 * waves.vector("i(vpin_row)")})
    assert PROCEDURE.closure_error(point, deck, waves) < 1e-5
    assert PROCEDURE.closure_error(point, deck, wrong) > 100 * PROCEDURE.closure_tolerance
    dead = Waveforms(waves.time, {name: np.zeros_like(values) for name, values in vectors.items()})
    with pytest.raises(MeasureError, match="does not cross"):
        PROCEDURE.quantities(point, deck, dead)


def test_what_is_no_driver_is_refused() -> None:
    with pytest.raises(NetlistError, match="shorter than two edges"):
        RowSwitch(spike_width=1e-10)
    with pytest.raises(NetlistError, match="load_conductance"):
        row_switch_deck(RowSwitch(), TYPICAL, load_conductance=-1.0, row_capacitance=0.0)
