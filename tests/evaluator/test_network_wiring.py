"""Layers unfolded onto arrays against plain convolutions and sums, and the shapes that fit on each other."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.networks import Convolution, Dense, LayeredNetwork, NeuronModel, Pooling, Recurrent, network_summary
from evaluator.networks.layers import Layer
from evaluator.networks.wiring import IDLE, wirings
from measurements.errors import InputError


def ternary(rng, *shape):
    return 0.1 * rng.integers(-1, 2, shape)


def convolved(image, layer):
    """Loops, no unfolding: (channels out, height, width)."""
    out, inside, height, width = layer.weights.shape
    pads = [(0, 0), *((pad, pad) for pad in layer.padding)]
    padded = np.pad(image, pads)
    shape = layer.shape_after(image.shape)
    found = np.zeros(shape)
    for o, y, x in np.ndindex(*shape):
        group = o // (out // layer.groups)
        for i, j, k in np.ndindex(inside, height, width):
            pixel = padded[
                group * inside + i,
                y * layer.stride[0] + j * layer.dilation[0],
                x * layer.stride[1] + k * layer.dilation[1],
            ]
            found[o, y, x] += layer.weights[o, i, j, k] * pixel
    return found


@pytest.mark.parametrize(
    ("shape", "weights", "options"),
    [
        ((1, 6, 5), (3, 1, 3, 2), {}),
        ((2, 6, 7), (4, 2, 3, 3), {"stride": (2, 1), "padding": (1, 2)}),
        ((4, 7, 6), (6, 2, 2, 3), {"groups": 2, "dilation": (2, 1)}),
    ],
)
def test_a_convolution_unfolds_to_the_same_sums(shape, weights, options):
    rng = np.random.default_rng(1)
    layer = Convolution(ternary(rng, *weights), **options)
    network = LayeredNetwork(shape, (layer, Dense(ternary(rng, int(np.prod(layer.shape_after(shape))), 2))))
    wiring = wirings(network)[0]
    image = rng.normal(size=shape)
    found = image.ravel() @ wiring.unfold(wiring.weights)
    np.testing.assert_allclose(found, convolved(image, layer).ravel(), atol=1e-12)
    assert (wiring.step * wiring.signs).ravel() == pytest.approx(wiring.weights.ravel())
    assert wiring.copies.sum() == (wiring.source != IDLE).sum()


@pytest.mark.parametrize(("kind", "share"), [("sum", 1.0), ("average", 0.25)])
def test_pooling_is_the_window_sum_in_front_of_the_weights(kind, share):
    rng = np.random.default_rng(2)
    dense = ternary(rng, 2 * 2 * 3, 4)
    network = LayeredNetwork((2, 4, 6), (Pooling(kind, (2, 2), (2, 2)), Dense(dense)))
    wiring = wirings(network)[0]
    image = rng.normal(size=(2, 4, 6))
    pooled = image.reshape(2, 2, 2, 3, 2).sum(axis=(2, 4)) * share
    np.testing.assert_allclose(image.ravel() @ wiring.unfold(wiring.weights), pooled.ravel() @ dense, atol=1e-12)
    assert wiring.pulse_step == pytest.approx(0.1 * share)
    assert wiring.signs.shape[0] == 48


def test_pooling_twice_and_in_front_of_a_recurrent_layer():
    rng = np.random.default_rng(3)
    two = (Pooling("sum", (2, 2), (2, 2)), Pooling("average", (2, 2), (2, 2)))
    layer = Recurrent(ternary(rng, 4, 3), ternary(rng, 3, 3), 1e-7)
    wiring = wirings(LayeredNetwork((1, 8, 8), (*two, layer)))[0]
    full = wiring.unfold(wiring.weights)
    assert full.shape == (67, 3)
    image = rng.normal(size=(1, 8, 8))
    pooled = image.reshape(2, 4, 2, 4).sum(axis=(1, 3)) / 4
    np.testing.assert_allclose(image.ravel() @ full[:64], pooled.ravel() @ layer.weights, atol=1e-12)
    np.testing.assert_allclose(full[64:], layer.recurrent_weights / 4, atol=1e-12)


def test_max_pooling_is_a_route():
    rng = np.random.default_rng(4)
    layers = (Convolution(ternary(rng, 1, 1, 1, 1) + 0.1), Pooling("max", (2, 2), (2, 2)), Dense(ternary(rng, 4, 2)))
    after = wirings(LayeredNetwork((1, 5, 4), layers))[1]
    assert after.once
    assert after.row_of.reshape(5, 4).tolist() == [[0, 0, 1, 1]] * 2 + [[2, 2, 3, 3]] * 2 + [[IDLE] * 4]
    assert after.rows == 4


def test_averages_leave_recurrent_weights_on_one_step():
    """One interface gain a layer: the average's share falls on the whole layer, and the summary counts every copy."""
    network = LayeredNetwork((1, 28, 28), (Convolution(np.ones((8, 1, 5, 5)), (2, 2)), Dense(np.ones((1152, 10)))))
    found = network_summary(network)
    first, second = found["layers"]
    assert (first["arrays"], first["tiles"], first["cells"]) == (144, 144, 144 * 25 * 16)
    assert (second["arrays"], second["tiles"], second["cells"]) == (1, 12, 1152 * 20)
    assert (first["synapses"], second["synapses"]) == (144 * 25 * 8, 11520)
    assert first["weight_bits"] == pytest.approx(200 * np.log2(3))
    assert found["cells"] == first["cells"] + second["cells"]


@pytest.mark.parametrize(
    ("shape", "layers", "message"),
    [
        ((4,), (Dense(np.ones((3, 2))),), "layer 1: dense weights of 3 inputs do not fit"),
        ((4,), (Convolution(np.ones((1, 1, 2, 2))),), "layer 1: a convolution of 1 channels does not fit"),
        ((1, 4, 4), (Convolution(np.ones((1, 1, 5, 5))),), "window of 5 does not fit a side of 4"),
        ((1, 4, 4), (Pooling("sum", (2, 2), (2, 2)),), "last layer is pooling"),
        ((1, 4, 4), (Pooling("max", (2, 2), (2, 2)), Dense(np.ones((4, 2)))), "max pooling of pixels"),
        ((70000,), (Dense(np.ones((70000, 1))),), "at most 65536"),
        ((4,), (), "1 to 64 layers"),
        ((0,), (Dense(np.ones((1, 1))),), "an input is"),
    ],
)
def test_layers_that_do_not_fit_are_refused(shape, layers: tuple[Layer, ...], message):
    with pytest.raises(InputError, match=message):
        LayeredNetwork(shape, layers)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Pooling("median", (2, 2), (2, 2)), "no pooling 'median'"),
        (lambda: Pooling("max", (3, 3), (2, 2)), "may not overlap"),
        (lambda: Dense(np.ones(3)), "2 dimensions"),
        (lambda: Dense(np.full((2, 2), np.nan)), "must be finite"),
        (lambda: Recurrent(np.ones((3, 2)), np.ones((3, 3)), 1e-8), "do not fit 2 neurons"),
        (lambda: Recurrent(np.ones((3, 2)), np.ones((2, 2)), 0.0), "delay must be positive"),
        (lambda: Convolution(np.ones((3, 1, 2, 2)), groups=2), "cut into 2 groups"),
        (lambda: Convolution(np.ones((3, 1, 2, 2)), (0, 1)), "stride must be two whole numbers"),
        (lambda: NeuronModel("lif", membrane_time=0.0), "membrane_time must be above 0"),
        (lambda: NeuronModel("if", threshold=0.0), "threshold must lie above"),
        (lambda: NeuronModel("izhikevich"), "no neuron 'izhikevich'"),
    ],
)
def test_parts_that_cannot_be_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
