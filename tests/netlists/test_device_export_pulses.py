"""Mean steps from pulse trains: known steps come back, noise does not bend them, unusable trains are refused."""

from dataclasses import replace

import numpy as np
import pytest
from handmade import close, make_card
from pulsetrains import DOWN, HIGH, LOW, UP, real_trains, synthetic_trains, train

from devicefit.models.registry import published_card
from measurements.errors import FitError, InputError
from measurements.pulses import PulseDirection
from netlists.device_export.pulsesteps import common_range, pulse_steps
from netlists.device_export.simulatedpulses import PulseProgramme, simulated_trains
from netlists.device_export.updatemodel import predicted_curve, update_model

UPWARDS, DOWNWARDS = PulseDirection


def expected(ends, conductance):
    return np.interp(conductance, (LOW, HIGH), ends)


def test_steps_without_noise_come_back() -> None:
    steps = pulse_steps(synthetic_trains(3))
    assert steps.lowest == close(LOW, rel=0.05)
    assert steps.highest == close(HIGH, rel=0.02)
    # a step is given at the middle of its reads, the truth at its start: half a step times its slope
    np.testing.assert_allclose(steps.step_up, expected(UP, steps.conductance), rtol=5e-3)
    np.testing.assert_allclose(steps.step_down, expected(DOWN, steps.conductance), rtol=1e-2)


def test_read_noise_does_not_bend_the_steps() -> None:
    steps = pulse_steps(synthetic_trains(30, write_noise=3e-7, read_noise=2e-6))
    inner = slice(1, -1)
    np.testing.assert_allclose(steps.step_up[inner], expected(UP, steps.conductance)[inner], rtol=0.1)
    np.testing.assert_allclose(steps.step_down[inner], expected(DOWN, steps.conductance)[inner], rtol=0.1)


def test_the_update_model_has_the_noise_and_the_imbalance_of_the_truth() -> None:
    steps = pulse_steps(synthetic_trains(40, write_noise=5e-7, read_noise=1e-7))
    model = update_model(steps)
    half = (steps.highest - steps.lowest) / 2
    assert model.minimum_step == close(3.5e-6 / half, rel=0.02)
    assert model.imbalance == close((3.0 - 4.0) / 7.0, rel=0.05)
    square = np.mean(np.linspace(*UP, 1001) ** 2) + np.mean(np.linspace(*DOWN, 1001) ** 2)
    assert model.noise == close(np.sqrt(2) * 5e-7 / np.sqrt(square), rel=0.1)
    assert model.read_noise == close(1e-7 / half, rel=0.5)
    assert np.mean([model.up.mean(), model.down.mean()]) == close(1.0, rel=0.02)


def test_the_model_goes_the_way_of_the_mean_train() -> None:
    trains = synthetic_trains(20, write_noise=2e-7)
    steps = pulse_steps(trains)
    for way in PulseDirection:
        curves = [t.conductance for t in trains if t.direction is way]
        length = min(map(len, curves))
        mean = np.mean([curve[:length] for curve in curves], axis=0)
        weight = 2 * (mean - steps.lowest) / (steps.highest - steps.lowest) - 1
        predicted = predicted_curve(update_model(steps), length - 1, way is UPWARDS)
        assert np.abs(predicted - weight).max() < 0.05


def test_real_ramps_are_met_within_a_hundredth_of_the_range(shared_data) -> None:
    trains = real_trains(shared_data)
    steps = pulse_steps(trains)
    assert (steps.up.trains, steps.down.trains) == (39, 40)
    for way in PulseDirection:
        curves = [t.conductance for t in trains if t.direction is way]
        length = min(map(len, curves))
        weight = 2 * (np.mean([c[:length] for c in curves], axis=0) - steps.lowest) / (steps.highest - steps.lowest) - 1
        predicted = predicted_curve(update_model(steps), length - 1, way is UPWARDS)
        assert np.abs(predicted - weight).max() < 0.02  # of a range of 2


def test_pulses_and_voltages_of_the_trains_are_kept() -> None:
    trains = synthetic_trains(2)
    assert pulse_steps(trains).width_up is None
    given = [replace(t, amplitude=np.full(t.pulse.size, 1.5), width=np.full(t.pulse.size, 1e-7)) for t in trains]
    steps = pulse_steps(given)
    assert (steps.write_voltage_up, steps.width_down) == (1.5, 1e-7)
    growing = [replace(t, amplitude=np.linspace(1, 2, t.pulse.size)) for t in given]
    assert pulse_steps(growing).write_voltage_up is None


def test_fewer_nodes_where_pulses_are_few() -> None:
    trains = synthetic_trains(1)
    few = [train(t.conductance[::6], t.direction) for t in trains]
    steps = pulse_steps(few)
    assert 2 <= steps.conductance.size < 16
    assert steps.step_up.mean() == close(6 * 3e-6, rel=0.1)


def test_every_pulse_needs_its_read() -> None:
    skipping = [replace(t, pulse=2 * t.pulse) for t in synthetic_trains(2)]
    with pytest.raises(FitError, match="more than one pulse apart"):
        pulse_steps(skipping)


@pytest.mark.parametrize(
    ("trains", "message"),
    [
        ([train(np.linspace(1e-4, 2e-4, 20), UPWARDS)], "no depression"),
        ([train(np.linspace(2e-4, 1e-4, 20), DOWNWARDS)], "no potentiation"),
        (
            [train(np.linspace(1e-4, 2e-4, 20), UPWARDS), train(np.linspace(2e-4, 1e-4, 20), DOWNWARDS, cell="b")],
            "2 cells",
        ),
        (
            [
                train(np.linspace(1e-4, 2e-4, 20), UPWARDS),
                train(np.linspace(2e-4, 1e-4, 20), DOWNWARDS, read_voltage=1),
            ],
            "read voltages of 0.2 V, 1 V",
        ),
        (
            [train(np.linspace(1e-4, 2e-4, 20), UPWARDS), train(np.linspace(9e-4, 4e-4, 20), DOWNWARDS)],
            "range in common",
        ),
        ([train([1e-4] * 10 + [2e-4] * 10, UPWARDS), train([2e-4] * 10 + [1e-4] * 10, DOWNWARDS)], "device is abrupt"),
    ],
)
def test_trains_that_give_no_update_model_are_refused(trains, message) -> None:
    with pytest.raises(FitError, match=message):
        pulse_steps(trains)


def test_the_range_is_the_one_both_directions_cover() -> None:
    up = [train([1e-4, 5e-4], UPWARDS), train([1.2e-4, 5.2e-4], UPWARDS)]
    down = [train([5e-4, 2e-4], DOWNWARDS)]
    assert common_range(up, down) == (2e-4, 5e-4)


def test_pulses_simulated_from_a_card_switch_it_both_ways() -> None:
    card = published_card("yakopcic", "Miao TaOx")
    up, down = simulated_trains(card, PulseProgramme(0.2, -0.9, 5e-3, 60, 0.05))
    assert (np.diff(up.conductance) > 0).all()
    assert (np.diff(down.conductance) < 0).all()
    assert down.conductance[0] == up.conductance[-1]
    assert up.pulse.size == 61
    # the off state of this model conducts in proportion to its state x: I = a1 x sinh(b V)
    start = card.value("positive_amplitude") * card.value("resting_state") * np.sinh(card.value("slope") * 0.05) / 0.05
    assert up.conductance[0] == close(start)
    assert "simulated" in up.comment
    steps = pulse_steps((up, down))
    assert (steps.write_voltage_up, steps.write_voltage_down, steps.width_up) == (0.2, -0.9, 5e-3)
    assert steps.up.read_noise is None


def test_an_abrupt_device_has_no_update_model() -> None:
    with pytest.raises(FitError, match="abrupt"):
        pulse_steps(simulated_trains(make_card(), PulseProgramme(2.0, -2.0, 1e-5, 20, 0.1)))


@pytest.mark.parametrize("values", [(1.0, 1.0, 1e-6, 20, 0.1), (1.0, -1.0, 0.0, 20, 0.1), (1.0, -1.0, 1e-6, 3, 0.1)])
def test_a_programme_that_makes_no_trains_is_refused(values) -> None:
    with pytest.raises(InputError):
        PulseProgramme(*values)
