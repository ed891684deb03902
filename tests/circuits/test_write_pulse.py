"""Write pulses on a 1T1R cell: the transient against the load line, corners, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.loadline import LoadLine, load_line, write_on_load_line
from circuits.procedures.procedure import DidNotFire
from circuits.procedures.write_pulse import WritePulseProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from devicefit.models.registry import model_of
from devicefit.models.simulation import simulate_model
from devicefit.synthesis import reference_truth
from measurements.errors import InputError, NetlistError
from netlists.highvoltage import high_voltage_cards
from netlists.technology import Corner, load_technology
from netlists.writing import WritePulse, write_deck

TYPICAL = load_technology()
CARD = reference_truth()
MODEL = model_of(CARD)
SET = WritePulseProcedure(CARD, WritePulse("set", 4.5), TYPICAL)
RESET = WritePulseProcedure(CARD, WritePulse("reset", 3.0), TYPICAL)
POINT = {"voltage": 4.5, "word_voltage": 2.0, "width": 1e-6}
ERASE = {"voltage": 3.0, "word_voltage": 5.0, "width": 1e-6}


def test_a_set_ends_where_the_load_line_lets_it(engine: Engine) -> None:
    """ngspice's transient of transistors and memristor against LSODA on the load line: two integrators, one physics."""
    result = simulate_point(SET, POINT, engine)
    assert result.status is Status.OK, result.message
    assert result.diagnostics["closure_error"] < 1e-9
    found = result.quantities
    pulse = SET.pulse_at(POINT)
    line = load_line(pulse, TYPICAL, engine.run)
    expected = write_on_load_line(CARD, pulse, line, MODEL.at_fraction(MODEL.vector(CARD), 0.0))
    fraction = float(MODEL.fraction(MODEL.vector(CARD), expected.unknowns[None, :])[0])
    assert found["fraction"] == pytest.approx(fraction, rel=2e-3)
    assert found["device_energy"] == pytest.approx(expected.device_energy, rel=5e-3)
    assert found["pulse_energy"] == pytest.approx(expected.pulse_energy, rel=5e-3)
    assert found["peak_current"] == pytest.approx(expected.peak_current, rel=0.01)
    assert found["conductance"] == pytest.approx(0.1117e-3, rel=0.02)
    assert found["energy"] == pytest.approx(7.628e-9, rel=0.02)
    assert found["charge"] * 4.5 == pytest.approx(found["pulse_energy"], rel=5e-3)


def test_a_reset_is_that_of_the_projects_own_integrator(engine: Engine) -> None:
    """The voltage that ngspice puts over the memristor, given to `simulate_model`."""
    result = simulate_point(RESET, ERASE, engine)
    assert result.status is Status.OK, result.message
    deck = RESET.deck(ERASE)
    waves = engine.run(deck)
    kept = np.unique(waves.time, return_index=True)[1]
    across = (waves.vector("v(row)") - waves.vector("v(mid)"))[kept]
    own = simulate_model(MODEL, CARD, waves.time[kept], across, fraction=1.0)
    assert result.quantities["device_energy"] == pytest.approx(own.energy[-1], rel=1e-3)
    broken = own.time[np.argmax(own.fraction < 1e-3)]  # about the geometric mean of on and off
    assert result.quantities["switch_time"] + 25.25e-9 == pytest.approx(broken, rel=0.01)
    assert result.quantities["conductance"] == pytest.approx(7.725e-9, rel=0.01)
    assert result.quantities["energy"] == pytest.approx(2.163e-9, rel=0.02)


@pytest.mark.parametrize(("corner", "conductance"), [("ss", 39.8e-6), ("ff", 270.6e-6)])
def test_the_corner_moves_the_current_limit(corner: Corner, conductance: float, engine: Engine) -> None:
    result = simulate_point(replace(SET, technology=load_technology(corner=corner)), POINT, engine)
    assert result.status is Status.OK, result.message
    assert result.quantities["conductance"] == pytest.approx(conductance, rel=0.02)


def test_a_pulse_that_does_not_write_is_said_to(engine: Engine) -> None:
    weak = simulate_point(SET, POINT | {"voltage": 3.2}, engine)
    assert weak.status is Status.DID_NOT_FIRE
    assert not weak.quantities


def test_a_false_current_is_noticed_and_a_state_that_stays_is_no_write(engine: Engine) -> None:
    deck = SET.deck(POINT)
    waves = engine.run(deck)
    vectors = dict(waves.vectors)
    wrong = Waveforms(waves.time, vectors | {"i(vpin_vset)": 1.05 * waves.vector("i(vpin_vset)")})
    assert SET.closure_error(POINT, deck, wrong) > 10 * SET.closure_tolerance
    still = np.full_like(waves.time, -16.0)
    with pytest.raises(DidNotFire, match="does not write"):
        SET.quantities(POINT, deck, Waveforms(waves.time, vectors | {"v(xdevice.u)": still}))


def test_what_is_no_write_is_refused() -> None:
    with pytest.raises(NetlistError, match="rated 6 V"):
        WritePulse("set", 7.0)
    with pytest.raises(NetlistError, match="10 ns or more"):
        WritePulse("set", 3.0, width=1e-9)
    with pytest.raises(NetlistError, match="operation is 'form'"):
        WritePulse("form", 3.0)  # type: ignore[arg-type]
    with pytest.raises(NetlistError, match="starts from 2 unknowns"):
        write_deck(CARD, WritePulse("set", 3.0), TYPICAL, start=[0.0])
    with pytest.raises(NetlistError, match="mismatch is not drawn"):
        high_voltage_cards(replace(TYPICAL, mismatch_seed=1))
    with pytest.raises(InputError, match="falls from a positive current"):
        LoadLine(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
