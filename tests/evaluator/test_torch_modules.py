"""torch modules with snnTorch neurons as our description: the same spikes as snnTorch itself, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from evaluator.networks import Convolution, Dense, Pooling, Recurrent, ideal_spikes
from evaluator.networks.ideal import Spikes
from evaluator.networks.nirgraph import DEFAULT_TIMING
from measurements.errors import InputError

torch = pytest.importorskip("torch")
snn = pytest.importorskip("snntorch")
nn = torch.nn
STEP = DEFAULT_TIMING.spike_duration * DEFAULT_TIMING.scale


def leaky(beta=0.9, **options):
    return snn.Leaky(beta=beta, reset_mechanism="zero", reset_delay=False, init_hidden=True, **options)


def network_from(modules, shape):
    from evaluator.networks.torchmodules import network_from_modules

    return network_from_modules(modules, shape)


def snntorch_spikes(modules, inputs):
    """(steps, outputs) of 0 and 1 for inputs (steps, *shape)."""
    with torch.no_grad():
        return torch.stack([modules(step[None])[0] for step in inputs]).numpy()


@pytest.mark.parametrize("beta", [0.9, 1.0])
def test_spikes_are_those_of_snntorch(beta):
    torch.manual_seed(3)
    modules = nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2, padding=1, bias=False), leaky(beta), nn.AvgPool2d(2), nn.Flatten(),
        nn.Dropout(0.5), nn.Linear(12, 4, bias=False), leaky(beta, threshold=0.4),
    ).eval()  # fmt: skip
    with torch.no_grad():
        modules[0].weight.copy_(torch.randint(-4, 9, (3, 1, 3, 3)) / 8)
        modules[5].weight.copy_(torch.randint(-4, 9, (4, 12)) / 8)
    inputs = (torch.rand(60, 1, 8, 8) < 0.2).float()
    expected = snntorch_spikes(modules, inputs)
    network = network_from(modules, (1, 8, 8))
    assert [type(layer) for layer in network.layers] == [Convolution, Pooling, Dense]
    step, pixel = np.nonzero(inputs.reshape(60, -1).numpy())
    found = ideal_spikes(network, Spikes((step + 1) * STEP, pixel), window=1.0, quantised=False)[-1]
    ours = np.zeros_like(expected)
    np.add.at(ours, (np.rint(found.time / STEP).astype(int) - 1, found.neuron), 1)
    assert expected.sum() > 20
    np.testing.assert_array_equal(ours, expected)


def test_recurrent_neurons_hear_themselves_a_step_later():
    torch.manual_seed(1)
    neurons = snn.RLeaky(beta=0.8, linear_features=3, reset_mechanism="zero", init_hidden=True)
    with torch.no_grad():
        neurons.recurrent.bias.zero_()
    network = network_from([nn.Linear(5, 3, bias=False), neurons], (5,))
    layer = network.layers[0]
    assert isinstance(layer, Recurrent)
    np.testing.assert_allclose(layer.recurrent_weights, neurons.recurrent.weight.detach().numpy().T)
    assert layer.delay == DEFAULT_TIMING.spike_duration


def test_the_decay_is_beta_a_step():
    layer = network_from([nn.Linear(2, 2, bias=False), leaky(0.7)], (2,)).layers[0]
    assert np.exp(-DEFAULT_TIMING.spike_duration / layer.neuron.membrane_time) == pytest.approx(0.7)
    assert layer.neuron.jump(DEFAULT_TIMING.spike_duration) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        (lambda: [nn.Linear(2, 2), leaky()], "module 0 .Linear.: has a bias"),
        (lambda: [nn.Linear(2, 2, bias=False), snn.Leaky(beta=0.9)], "resets by 'subtract'"),
        (lambda: [nn.Linear(2, 2, bias=False)], "last weights have no neurons"),
        (lambda: [leaky()], "no weighted module comes before"),
        (lambda: [nn.Linear(2, 2, bias=False), nn.ReLU()], "weights follow on weights"),
        (lambda: [nn.ReLU()], "module 0 .ReLU.: is not known"),
        (lambda: [nn.Linear(2, 2, bias=False), leaky(torch.tensor([0.5, 0.6]))], "beta differs between neurons"),
        (lambda: [nn.Flatten(2)], "must flatten all but the batch"),
        (lambda: [nn.MaxPool2d(3, stride=2)], "may not overlap"),
        (lambda: [nn.Conv2d(1, 1, 3, padding="same", bias=False), leaky()], "padding must be numbers"),
    ],
)
def test_what_cannot_be_represented_is_refused(modules, message):
    with pytest.raises(InputError, match=message):
        network_from(modules(), (2,))
