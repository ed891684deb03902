"""Differentiable tables and memristor layers: gradients against differences, levels and draws, an ordinary loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
import synthetic_tables as ideal

from evaluator import IsiEncoder, NeuronBehaviour
from evaluator.networks import evaluate_layers
from measurements.errors import InputError, TableError

torch = pytest.importorskip("torch")

from evaluator.networks.torchdevice import TrainingDevice, levelled  # noqa: E402
from evaluator.networks.torchlayers import (  # noqa: E402  needs torch
    MemristorConv2d,
    MemristorLinear,
    PixelSpikes,
    SumPool,
    TableMembranes,
    TableNeurons,
    network_of,
    physics_of,
)
from evaluator.networks.torchtables import DifferentiableTable  # noqa: E402
from evaluator.training import TrainingPhysics, TrainingPlan, race_loss  # noqa: E402

AXES = ("active_rows", "device_resistance", "row_load", "on_fraction")
PHYSICS = TrainingPhysics(step=50e-9)


def test_a_tables_gradient_is_its_derivative(tables):
    table = DifferentiableTable(tables["column_read"], "energy", AXES)
    at = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in ([9.0, 25.0], [700.0, 3e4], [1e-3, 3e-3],
                                                                             [0.3, 0.8])]  # fmt: skip
    value = table(*at)
    expected = tables["column_read"].lookup("energy", dict(zip(AXES, [x.detach().numpy() for x in at], strict=True)))
    np.testing.assert_array_equal(value.detach().numpy(), expected.values)
    value.sum().backward()
    for number, one in enumerate(at[:3]):
        step = 1e-5 * one.detach()
        moved = [[x.detach() + (sign * step if k == number else 0) for k, x in enumerate(at)] for sign in (1, -1)]
        difference = (table(*moved[0]) - table(*moved[1])) / (2 * step)
        assert one.grad.numpy() == pytest.approx(difference.numpy(), rel=1e-5)
        assert np.abs(one.grad.numpy()).min() > 0
    with pytest.raises(TableError):
        table(torch.tensor(1e3), *[x.detach()[0] for x in at[1:]])
    with pytest.raises(InputError, match="has the axes"):
        DifferentiableTable(tables["column_read"], "energy", AXES[:2])


def test_gradients_of_step_and_input_against_differences():
    torch.manual_seed(0)
    layer = MemristorLinear(6, 3, TrainingDevice(), pulse_step=0.05)
    after = TableMembranes(TrainingPhysics(leak=0.0, recovery=0.0, floor=-1e6))
    spikes = (torch.rand(4, 20, 6) < 0.3).float()
    mix = torch.randn(4, 20, 3)

    def loss(given):
        return (after(layer(given)) * mix).sum()

    spikes.requires_grad_(True)
    loss(spikes).backward()
    for parameter, gradient, step in ((layer.log_step, layer.log_step.grad, 1e-2), (spikes, spikes.grad, 1e-1)):
        place = tuple(0 for _ in parameter.shape)
        with torch.no_grad():
            values = []
            for sign in (1, -1):
                parameter[place] += sign * step
                values.append(float(loss(spikes)))
                parameter[place] -= sign * step
        assert float(gradient[place]) == pytest.approx((values[0] - values[1]) / (2 * step), rel=5e-3)


def test_convolution_and_pooling_are_torchs_on_each_step():
    torch.manual_seed(1)
    layer, spikes = MemristorConv2d(2, 3, 3, TrainingDevice(), stride=2, padding=1), torch.rand(2, 5, 2, 8, 8)
    found = layer(spikes)
    assert found.shape == (2, 5, 3, 4, 4)
    alone = torch.nn.functional.conv2d(spikes[1, 3][None], layer.weights(), stride=2, padding=1)[0]
    torch.testing.assert_close(found[1, 3], alone)
    torch.testing.assert_close(SumPool(2)(found)[0, 0, 0, 0, 0], found[0, 0, 0, :2, :2].sum())


def test_levels_and_the_straight_through_gradient():
    latent = torch.tensor([-1.0, -0.4, 0.05, 0.3, 0.9], requires_grad=True)
    for levels, expected in ((1, [-1, -1, 0, 0, 1]), (3, [-3, -1, 0, 1, 3])):
        whole = levelled(latent, levels)
        assert whole.detach().round().tolist() == expected
        latent.grad = None
        whole.sum().backward()
        assert latent.grad.tolist() == [float(levels)] * 5


def test_cells_are_drawn_while_training_only():
    card = ideal.ideal_card(on_resistance=ideal.resistance_spread(p10=550.0, median=600.0, p90=9000.0))
    device = TrainingDevice.from_card(card, 2e3)
    assert device.sigma == pytest.approx(math.log(8500 / 50) / 2.5631031310892007)
    assert device.series_share == pytest.approx(2500 / 2600)
    torch.manual_seed(2)
    layer = MemristorLinear(200, 50, device)
    first, second = layer.weights(), layer.weights()
    assert not torch.equal(first, second)
    layer.eval()
    torch.testing.assert_close(layer.weights(), layer.weights())
    nominal = layer.weights()
    on = nominal != 0
    ratio = (first / nominal)[on].detach().numpy()
    normal = np.random.default_rng(0).standard_normal(200_000)
    expected = 1 / (device.series_share + (1 - device.series_share) * np.exp(device.sigma * normal))
    np.testing.assert_allclose(np.quantile(ratio, [0.1, 0.5, 0.9]), np.quantile(expected, [0.1, 0.5, 0.9]), rtol=0.03)
    assert (first[~on] == 0).all()


def test_physics_of_the_tables_neuron(tables):
    neuron = NeuronBehaviour.from_tables(tables)
    found = physics_of(neuron)
    assert found.leak == pytest.approx(30e-9 / 1e-12 / neuron.threshold, rel=0.02)
    assert found.recovery == pytest.approx(0.7e-6 / 1e-12, rel=0.02)
    assert found.dead_time == pytest.approx(110e-9, rel=0.02)


def test_pixels_spike_as_the_encoder_says():
    encoder = IsiEncoder(phases=1)
    spikes = PixelSpikes(encoder, 3, 50e-9)(torch.tensor([[255, 0, 128]], dtype=torch.uint8))
    assert spikes.shape == (1, 40, 3)
    assert spikes.sum(dim=1).tolist() == [[16, 0, encoder.spike_times(128 / 255).size]]
    assert spikes[0, :, 2].nonzero().ravel().tolist() == (encoder.spike_times(128 / 255) / 50e-9).astype(int).tolist()


def test_an_ordinary_loop_learns_and_the_tables_agree(tables, card):
    """Bars across and down on 6 by 6 pixels: 95 % in training's steps, and on the tables what training said."""
    rng, side = np.random.default_rng(5), 6
    labels = rng.integers(0, 2, 400)
    images = np.zeros((400, side, side), np.uint8)
    for image, label, place in zip(images, labels, rng.integers(0, side, 400), strict=True):
        if label:
            image[:, place] = 255
        else:
            image[place] = 255
    torch.manual_seed(4)
    encoder = IsiEncoder(phases=4)
    modules = torch.nn.Sequential(
        PixelSpikes(encoder, (1, side, side), PHYSICS.step),
        MemristorConv2d(1, 6, 3, TrainingDevice(), pulse_step=0.12),
        TableNeurons(PHYSICS),
        SumPool(2),
        MemristorLinear(24, 2, TrainingDevice(), pulse_step=0.12),
        TableMembranes(PHYSICS),
    )
    optimiser = torch.optim.Adam(modules.parameters(), lr=0.03)
    given, wanted = torch.from_numpy(images), torch.from_numpy(labels)
    plan = TrainingPlan(urgency=1.0)
    for _ in range(12):
        for chosen in torch.randperm(400).split(40):
            loss = race_loss(modules(given[chosen]), wanted[chosen], plan)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            for module in modules:
                if hasattr(module, "keep_in_range"):
                    module.keep_in_range()
    from evaluator.networks.convtraining import modules_accuracy

    learnt = modules_accuracy(modules, (images, labels), plan)
    assert learnt > 0.95
    network = network_of(modules, encoder, "bars")
    assert network.sizes == (36, 96, 2)
    found = evaluate_layers(network, tables, card, images[:100], labels[:100]).total
    assert abs(found.accuracy - learnt) < 0.06
    with pytest.raises(InputError, match="must be PixelSpikes"):
        network_of(modules[1:], encoder, "")
