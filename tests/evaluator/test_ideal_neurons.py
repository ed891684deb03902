"""Neurons as described: against closed forms, an independent integrator, NIR's equations in Euler steps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from evaluator.networks import Convolution, Dense, LayeredNetwork, NeuronModel, Pooling, Recurrent, Timing, ideal_spikes
from evaluator.networks.exactneuron import cuba_after, cuba_crossing, lif_interval, lif_under_steady_input
from evaluator.networks.ideal import Spikes
from measurements.errors import InputError

TAU, SYN, DURATION = 20e-3, 5e-3, 1e-3
LIF = NeuronModel("lif", resistance=2.0, membrane_time=TAU, threshold=1.5, leak_voltage=0.25, reset=0.1)
CUBA = NeuronModel("cubalif", resistance=3.0, membrane_time=TAU, synapse_time=SYN, threshold=0.8, input_weight=4.0)


def one_layer(layer, inputs=1, window=0.2):
    return LayeredNetwork((inputs,), (layer,), timing=Timing(DURATION, 1.0))


def regular(interval, window, neuron=0):
    times = np.arange(1, int(window / interval)) * interval
    return Spikes(times, np.full(times.size, neuron))


def by_hand_lif(times, weight, window):
    """Jumps of R w d / tau between exact decays; Python floats."""
    u, last, found = 0.0, 0.0, []
    swing, reset = LIF.threshold - LIF.leak_voltage, LIF.reset - LIF.leak_voltage
    for time in times:
        u = u * np.exp(-(time - last) / TAU) + LIF.resistance * weight * DURATION / TAU
        last = time
        if u > swing and time < window:
            found.append(time)
            u = reset
    return found


def test_lif_spikes_are_those_of_the_closed_form():
    inputs = regular(2.3e-3, 0.2)
    spikes = ideal_spikes(one_layer(Dense(np.array([[4.0]]), LIF)), inputs, window=0.2)[0]
    expected = by_hand_lif(inputs.time, 4.0, 0.2)
    assert len(expected) > 4
    np.testing.assert_allclose(spikes.time, expected, rtol=1e-12)


def test_steady_input_gives_the_known_interval():
    interval = lif_interval(0.0, 2.0, 1.0, TAU)
    assert lif_under_steady_input(0.0, 2.0, interval, TAU) == pytest.approx(1.0, rel=1e-12)
    fine = 1e-6
    layer = Dense(np.array([[2.0 / 1e-3 * fine * 1.0]]), NeuronModel("lif", membrane_time=TAU))
    spikes = ideal_spikes(one_layer(layer), regular(fine, 0.05), window=0.05)[0]
    assert np.diff(spikes.time).mean() == pytest.approx(interval, rel=2e-3)


def test_if_counts_pulses_and_passes_its_threshold_strictly():
    layer = Dense(np.array([[0.25]]), NeuronModel(resistance=1 / DURATION))
    spikes = ideal_spikes(one_layer(layer), regular(1e-3, 0.0315), window=0.2)[0]
    np.testing.assert_allclose(spikes.time, np.arange(5, 31, 5) * 1e-3)


@pytest.mark.parametrize("synapse", [SYN, TAU, 3 * TAU])
def test_cubalif_between_pulses_solves_its_equations(synapse):
    def rate(_, state):
        return [-state[0] / synapse, (-state[1] + state[0]) / TAU]

    for start, drive in ((0.2, 1.7), (-0.4, 3.0), (0.6, -0.5)):
        times = np.linspace(0, 0.08, 9)
        truth = solve_ivp(rate, (0, 0.08), [drive, start], t_eval=times, rtol=1e-11, atol=1e-13).y[1]
        found = [cuba_after(start, drive, time, TAU, synapse) for time in times]
        np.testing.assert_allclose(found, truth, atol=1e-9)


def test_cubalif_crossing_is_a_root_on_the_way_up():
    time = cuba_crossing(0.1, 6.0, 0.9, 1.0, TAU, SYN)
    assert cuba_after(0.1, 6.0, time, TAU, SYN) == pytest.approx(0.9, rel=1e-12)
    assert cuba_after(0.1, 6.0, 0.99 * time, TAU, SYN) < 0.9
    assert cuba_crossing(0.1, 6.0, 0.9, 0.5 * time, TAU, SYN) == -1.0
    assert cuba_crossing(0.1, 4.0, 0.9, 1.0, TAU, SYN) == -1.0
    assert cuba_crossing(-4.0, 1.0, 0.9, 1.0, TAU, SYN) == -1.0


def nir_reference(model, times, weights, step, window):
    """NIR's equations in forward Euler, whole vectors, written from its documentation alone."""
    current, voltage = np.zeros(weights.shape[1]), np.full(weights.shape[1], model.leak_voltage)
    found = []
    for k in range(round(window / step)):
        inside = (times.time >= k * step - 1e-15) & (times.time < (k + 1) * step - 1e-15)
        pulse = np.zeros(weights.shape[1])
        for row in times.neuron[inside]:
            pulse += weights[row] * DURATION / step
        if model.kind == "cubalif":
            current = current + step / model.synapse_time * (-current + model.input_weight * pulse)
            drive = current
        else:
            drive = pulse
        voltage = voltage + step / model.membrane_time * (model.leak_voltage - voltage + model.resistance * drive)
        for neuron in np.flatnonzero(voltage > model.threshold):
            found.append(((k + 1) * step, int(neuron)))
            voltage[neuron] = model.reset
    return found


@pytest.mark.parametrize("model", [LIF, CUBA], ids=["lif", "cubalif"])
def test_time_steps_are_nirs_reference_and_halving_goes_to_the_events(model):
    rng = np.random.default_rng(5)
    weights = rng.uniform(-1.0, 4.0, (6, 3))
    order = np.sort(rng.uniform(0, 0.1, 300))
    inputs = Spikes(order, rng.integers(0, 6, 300))
    network = one_layer(Dense(weights, model), 6)

    def stepped(step):
        return ideal_spikes(network, inputs, window=0.1, quantised=False, time_step=step)[0]

    for step in (4e-4, 2e-4):
        expected = nir_reference(model, inputs, weights, step, 0.1)
        found = [(round(time / step), neuron) for time, neuron in zip(*stepped(step), strict=True)]
        assert found == [(round(time / step), neuron) for time, neuron in expected]
        assert len(found) > 30
    exact, errors = ideal_spikes(network, inputs, window=0.1, quantised=False)[0], []
    for step in (4e-6, 2e-6, 1e-6):
        spikes = stepped(step)
        apart = [np.abs(of(spikes, neuron)[:8] - of(exact, neuron)[:8]).mean() for neuron in range(3)]
        errors.append(float(np.mean(apart)))
    assert errors[-1] < 5e-6
    assert 1.5 < errors[0] / errors[1] < 2.7
    assert 1.5 < errors[1] / errors[2] < 2.7


def of(spikes, neuron):
    return spikes.time[spikes.neuron == neuron]


def test_spikes_come_back_after_the_delay():
    recurrent = np.array([[0.0, 2.0], [0.0, 0.0]])
    layer = Recurrent(np.array([[2.0, 0.0]]), recurrent, 7e-3, NeuronModel(resistance=1 / DURATION))
    spikes = ideal_spikes(one_layer(layer), Spikes(np.array([0.01, 0.05]), np.array([0, 0])), window=0.2)[0]
    assert spikes.neuron.tolist() == [0, 1, 0, 1]
    np.testing.assert_allclose(spikes.time, [0.01, 0.017, 0.05, 0.057])
    stepped = ideal_spikes(
        one_layer(layer), Spikes(np.array([0.01, 0.05]), np.array([0, 0])), window=0.2, time_step=1e-5
    )[0]
    np.testing.assert_allclose(stepped.time, spikes.time, atol=3e-5)


def test_max_pooling_passes_the_first_spike_of_a_window():
    unit = NeuronModel(resistance=1 / DURATION)
    first = np.full((1, 1, 1, 1), 2.0)
    layers = (Convolution(first, neuron=unit), Pooling("max", (2, 2), (2, 2)), Dense(np.full((1, 1), 2.0), unit))
    network = LayeredNetwork((1, 2, 2), layers, timing=Timing(DURATION, 1.0))
    inputs = Spikes(np.array([0.01, 0.02, 0.03]), np.array([2, 0, 2]))
    found = ideal_spikes(network, inputs, window=0.1)
    assert found[0].time.size == 3
    assert found[1].time.tolist() == [0.01]


def test_permuting_neurons_permutes_spikes():
    rng = np.random.default_rng(8)
    weights, order = rng.uniform(-1, 4, (6, 4)), np.array([2, 0, 3, 1])
    inputs = Spikes(np.sort(rng.uniform(0, 0.1, 200)), rng.integers(0, 6, 200))
    base = ideal_spikes(one_layer(Dense(weights, LIF), 6), inputs, window=0.1, quantised=False)[0]
    moved = ideal_spikes(one_layer(Dense(weights[:, order], LIF), 6), inputs, window=0.1, quantised=False)[0]
    for place, neuron in enumerate(order):
        np.testing.assert_array_equal(moved.time[moved.neuron == place], base.time[base.neuron == neuron])
    assert base.time.size > 10


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (Spikes(np.array([0.2, 0.1]), np.array([0, 0])), "sorted by time"),
        (Spikes(np.array([0.1]), np.array([1])), "inputs 0 to 0"),
        (Spikes(np.array([np.nan]), np.array([0])), "finite"),
    ],
)
def test_bad_inputs_are_refused(inputs, message):
    with pytest.raises(InputError, match=message):
        ideal_spikes(one_layer(Dense(np.ones((1, 1)))), inputs)
