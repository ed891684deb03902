"""Program and verify: targets reached in both integrators, reasons where they are not, draws of the cycle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.programming import LoadLineWriter, Programmed, Scheme, TransientWriter, program
from devicefit.card import DeviceCard
from devicefit.estimation.distributions import fit_joint_distribution
from devicefit.models.registry import model_of
from devicefit.synthesis import reference_truth
from measurements.errors import FitError, InputError
from netlists.technology import load_technology

TYPICAL = load_technology()
CARD = reference_truth()


@pytest.fixture(scope="module")
def writer(engine: Engine) -> LoadLineWriter:
    return LoadLineWriter(TYPICAL, engine.run)


def varying(spread: float) -> DeviceCard:
    """The reference card with a cycle-to-cycle law: synthetic, independent, `spread` on each threshold [V]."""
    rng = np.random.default_rng(3)
    table = {name: rng.normal(CARD.value(name), spread, 60) for name in ("set_voltage", "reset_voltage")}
    units = {name: model_of(CARD).spec(name).unit for name in table}
    return replace(CARD, distribution=fit_joint_distribution(table, units))


def checked(found: Programmed, tolerance: float) -> Programmed:
    assert found.reached, found.reason
    assert abs(found.conductance / found.target - 1.0) <= tolerance
    assert found.pulses[-1].conductance == found.conductance
    assert found.energy == pytest.approx(sum(pulse.energy for pulse in found.pulses), rel=1e-3)
    return found


@pytest.mark.parametrize("target", [2e-5, 1e-4, 5e-4])
def test_intermediate_conductances_are_reached(target: float, writer: LoadLineWriter) -> None:
    found = checked(program(CARD, target, writer), 0.1)
    words = [pulse.word_voltage for pulse in found.pulses if pulse.operation == "set"]
    assert len(found.pulses) == {2e-5: 11, 1e-4: 13, 5e-4: 12}[target]
    assert 1.0 <= words[-1] <= 3.0
    assert found.time == pytest.approx(len(found.pulses) * 1.125e-6 + (len(found.pulses) + 1) * 10e-9)


def test_both_integrators_take_the_same_pulses(writer: LoadLineWriter, engine: Engine) -> None:
    scheme = Scheme(tolerance=0.1, lowest_word=1.8, word_step=0.1, width=5e-7)
    fast = checked(program(CARD, 1e-4, writer, scheme), 0.1)
    slow = checked(program(CARD, 1e-4, TransientWriter(TYPICAL, engine.run), scheme), 0.1)
    assert len(fast.pulses) > 1
    assert [pulse.word_voltage for pulse in slow.pulses] == [pulse.word_voltage for pulse in fast.pulses]
    for one, other in zip(slow.pulses, fast.pulses, strict=True):
        assert one.conductance == pytest.approx(other.conductance, rel=0.01)
        assert one.energy == pytest.approx(other.energy, rel=0.01)


def test_a_reset_comes_first_where_the_cell_is_too_conductive(writer: LoadLineWriter) -> None:
    found = checked(program(CARD, 1e-4, writer, start_fraction=1.0), 0.1)
    resets = [pulse.voltage for pulse in found.pulses if pulse.operation == "reset"]
    assert found.pulses[0].operation == "reset"
    assert resets[0] < resets[1]  # the first reset is too weak


def test_what_cannot_be_reached_is_said_with_its_reason(writer: LoadLineWriter) -> None:
    assert "ends below the target" in program(CARD, 3e-3, writer, Scheme(word_step=1.0)).reason
    assert "ends above the target" in program(CARD, 3e-8, writer).reason
    coarse = Scheme(tolerance=0.001, finest_step=0.15)
    abrupt = program(CARD, 1e-4, writer, coarse)
    assert not abrupt.reached
    assert "abrupt: within 0.2 V" in abrupt.reason
    assert "within 3 pulses" in program(CARD, 5e-4, writer, Scheme(maximum_pulses=3)).reason
    weak = Scheme(lowest_reset=1.0, highest_reset=1.5)
    assert "leaves the conductance above" in program(CARD, 1e-4, writer, weak, start_fraction=1.0).reason


def test_cycles_are_drawn_from_the_card(writer: LoadLineWriter) -> None:
    card = varying(0.05)
    found = [checked(program(card, 1e-4, writer, seed=seed), 0.1) for seed in range(4)]
    again = program(card, 1e-4, writer, seed=0)
    assert again.conductance == found[0].conductance
    assert len({one.pulses[0].conductance for one in found}) == 4
    assert len({one.conductance for one in found}) == 4
    with pytest.raises(FitError):
        program(CARD, 1e-4, writer, seed=0)
    with pytest.raises(InputError, match="target conductance is 0"):
        program(CARD, 0.0, writer)
    with pytest.raises(InputError, match="tolerance is 0"):
        Scheme(tolerance=0.0)
