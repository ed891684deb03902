"""Update curves of synthetic trains with known nonlinearity, noise and asymmetry; then measured ramps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from measurements import Source, import_files
from measurements.errors import FitError
from measurements.pulse_asymmetry import asymmetry
from measurements.pulse_update import levels, nonlinearity, pulse_update, update_curve
from measurements.pulses import PulseDirection, PulseTrain

UP, DOWN = PulseDirection.POTENTIATION, PulseDirection.DEPRESSION


def train(conductance: np.ndarray, direction: PulseDirection = UP, number: int = 0) -> PulseTrain:
    pulse = np.arange(1.0, conductance.size + 1)
    return PulseTrain(pulse, 0.1 * conductance, 0.1, direction, number, "d", "c", Source("p", ""))


def trains(nu: float, update: float, read: float, count: int = 20, seed: int = 0) -> list[PulseTrain]:
    random = np.random.default_rng(seed)
    curve = 1e-5 + 4e-5 * update_curve(np.linspace(0, 1, 120), nu)
    return [
        train(curve + np.cumsum(random.normal(0, update, 120)) + random.normal(0, read, 120), number=n)
        for n in range(count)
    ]


@pytest.mark.parametrize("nu", [-3.0, 0.0, 0.4, 5.0])
def test_nonlinearity_of_noiseless_curves(nu: float) -> None:
    curve = 1e-5 + 4e-5 * update_curve(np.linspace(0, 1, 120), nu)
    assert nonlinearity(curve) == pytest.approx(nu, abs=1e-4)
    falling = 5e-5 - 4e-5 * update_curve(np.linspace(0, 1, 120), nu)
    assert nonlinearity(falling) == pytest.approx(nu, abs=1e-4)


def test_neurosim_form_is_the_same_curve() -> None:
    """G = B (1 - exp(-P/A)) + G_min with nu = P_max/A."""
    pulse, pulses, a = np.arange(101.0), 100.0, 40.0
    b = 1 / (1 - np.exp(-pulses / a))
    assert update_curve(pulse / pulses, pulses / a) == pytest.approx(b * (1 - np.exp(-pulse / a)))


def test_figures_cover_the_truth() -> None:
    inside = dict.fromkeys(("nonlinearity", "update", "read"), 0)
    for seed in range(150):
        found = pulse_update(trains(2.0, 5e-8, 3e-8, seed=1000 + seed))
        assert found.read_noise is not None
        inside["nonlinearity"] += found.nonlinearity.low <= 2.0 <= found.nonlinearity.high
        inside["update"] += found.update_noise.low <= 5e-8 <= found.update_noise.high
        inside["read"] += found.read_noise.low <= 3e-8 <= found.read_noise.high
        assert not found.update_noise.low <= 8e-8 <= found.update_noise.high
    assert min(inside.values()) / 150 >= 0.9, inside


def test_range_step_and_levels() -> None:
    found = pulse_update(trains(0.0, 0.0, 1e-7, count=30))
    assert found.end_conductance.value - found.start_conductance.value == pytest.approx(4e-5, rel=0.01)
    assert found.step.value == pytest.approx(4e-5 / 119, rel=0.01)
    assert found.curvature < 0.02
    assert found.read_levels == pytest.approx(levels(4e-5, 1e-7), rel=0.1)
    assert found.pulse_levels == pytest.approx(levels(4e-5, 1e-7), rel=0.2)


def test_asymmetry_of_mirrored_and_of_equal_curves() -> None:
    share = np.linspace(0, 1, 120)
    up = [train(1e-5 + 4e-5 * update_curve(share, 2.0), UP, n) for n in range(4)]
    back = [train(1e-5 + 4e-5 * update_curve(share, 2.0)[::-1], DOWN, n) for n in range(4)]
    assert asymmetry(up, back).value < 0.02  # each step down undoes the step up at the same conductance
    soft = [train(5e-5 - 4e-5 * update_curve(share, 2.0), DOWN, n) for n in range(4)]
    state = np.linspace(0.1, 0.9, 17)
    middle = (state[1:] + state[:-1]) / 2
    rise, fall = 1 / (1 - np.exp(-2.0)) - middle, 1 / (1 - np.exp(-2.0)) - (1 - middle)
    expected = np.sqrt(np.mean(((rise - fall) / (rise + fall)) ** 2))
    found = asymmetry(up, soft)
    assert found.value == pytest.approx(expected, rel=0.03)
    with pytest.raises(FitError, match="in common"):
        asymmetry(up, [train(share + 1.0, DOWN)])


def test_refusals() -> None:
    with pytest.raises(FitError, match="one direction"):
        pulse_update([train(np.arange(10.0)), train(np.arange(10.0), DOWN)])
    with pytest.raises(FitError, match="16 reads"):
        pulse_update([train(np.arange(5.0))])


def test_measured_ramps(shared_data: Path) -> None:
    """Ranges and signs as the plots of the 79 ramps show them: 160 to 250 uA at 0.1 V, set slow at first."""
    folder = shared_data / "crosssim-pulse-ramps"
    if not folder.is_dir():
        pytest.skip("the pulse ramps are not beside the project")
    pulses = import_files([folder / "set.csv", folder / "reset.csv"]).records.pulses
    up, down = ([train for train in pulses if train.direction is way] for way in (UP, DOWN))
    rise, fall = pulse_update(up), pulse_update(down)
    assert (rise.trains, fall.trains) == (39, 40)
    assert rise.start_conductance.value == pytest.approx(1.64e-3, rel=0.02)
    assert rise.end_conductance.value == pytest.approx(fall.start_conductance.value, rel=0.01)
    assert rise.nonlinearity.high < -1.0
    assert 0.0 < fall.nonlinearity.low < fall.nonlinearity.high < 0.4
    assert rise.step.value > 0 > fall.step.value
    assert 0.05 < asymmetry(up, down).value < 0.3
