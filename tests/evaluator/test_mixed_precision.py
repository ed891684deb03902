"""Layers on crossbars against torch's own, noise against its formula, writes one by one, divergence, transfer."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from evaluator.mixedprecision import ModuleSettings, Tile, published_module
from measurements.errors import InputError, TrainingError

torch = pytest.importorskip("torch")

from evaluator.mixedprecision.layers import (  # noqa: E402
    MemristorConv2d,
    MemristorLinear,
    memristor_layers,
    with_memristors,
)
from evaluator.mixedprecision.product import Converters  # noqa: E402
from evaluator.mixedprecision.training import LossWatch, Recipe, train_lenet  # noqa: E402
from evaluator.mixedprecision.transfer import transfer  # noqa: E402
from evaluator.mixedprecision.updates import MixedPrecision, NaiveUpdates, write_where_passed  # noqa: E402


def module(**changes: object) -> ModuleSettings:
    """Nothing but levels: no noise, fine converters that are never full."""
    made = published_module("simulator")
    ideal = {"program_deviation": 0.0, "read_deviation": 0.0, "output_deviation": 0.0, "input_bits": 16,
             "output_bits": 16, "output_range": 1e-4, "levels": 64, "threshold": 1 / 63}  # fmt: skip
    return dataclasses.replace(made, **(ideal | changes))


def gradient(layer, values, mix):
    """Output, and gradients of the mixed sum by input and weights."""
    given = values.clone().requires_grad_()
    found = layer(given)
    (found * mix).sum().backward()
    return found.detach(), given.grad, layer.weight.grad


@pytest.mark.parametrize("tile", [Tile(64, 64), Tile(5, 4)])
def test_without_errors_a_layer_is_torchs_own(tile):
    torch.manual_seed(0)
    layer = MemristorLinear(12, 7, module(tile=tile))
    twin = torch.nn.Linear(12, 7)
    twin.weight.data, twin.bias.data = layer.weight.detach().clone(), layer.bias.detach().clone()
    values, mix = torch.rand(5, 12), torch.randn(5, 7)
    for found, expected in zip(gradient(layer, values, mix), gradient(twin, values, mix), strict=True):
        assert (found - expected).abs().max() < 2e-3 * expected.abs().max()


def test_without_errors_a_convolution_is_torchs_own():
    torch.manual_seed(0)
    layer = MemristorConv2d(3, 4, 3, module(tile=Tile(20, 64)), stride=2, padding=1)
    assert [part.stop - part.start for part in layer.arrays] == [18, 9]  # two channels, then one
    twin = torch.nn.Conv2d(3, 4, 3, stride=2, padding=1)
    twin.weight.data = layer.weight.detach().view(4, 3, 3, 3).clone()
    twin.bias.data = layer.bias.detach().clone()
    values, mix = torch.rand(2, 3, 7, 6), torch.randn(2, 4, 4, 3)
    found, expected = gradient(layer, values, mix), gradient(twin, values, mix)
    assert found[0].shape == expected[0].shape
    for one, other in zip(found[:2], expected[:2], strict=True):
        assert (one - other).abs().max() < 2e-3 * other.abs().max()
    assert torch.allclose(found[2], expected[2].flatten(1), atol=1e-3)


def test_errors_of_reads_have_the_stated_variance():
    settings = module(read_deviation=2e-6, output_deviation=1e-6)
    layer = MemristorLinear(9, 3, settings, bias=False)
    values = torch.rand(1, 9)
    found = layer(values.expand(20_000, 9)).detach()
    step = settings.step * settings.read_voltage
    scale = float(values.max())
    in_steps = 2 * ((2e-6 / settings.step) ** 2 * float((values / scale).square().sum()) + (1e-6 / step) ** 2)
    expected = math.sqrt(in_steps) * layer.cells.step * scale
    assert found.std(0).numpy() == pytest.approx(np.full(3, expected), rel=0.03)
    assert (found.mean(0) - values @ layer.weight.detach().t()).abs().max() < 0.05 * expected


def test_a_full_converter_clips():
    settings = module(output_range=20e-6, output_bits=8)
    layer = MemristorLinear(50, 1, settings, bias=False, limit=1.0)
    layer.cells.write(tuple(torch.ones(1, 50).nonzero(as_tuple=True)), torch.full((50,), 63.0))
    found = float(layer(torch.ones(1, 50)).detach())
    lowest = 50 * settings.lowest_conductance * settings.read_voltage
    assert found == pytest.approx((20e-6 - min(lowest, 20e-6)) / (settings.step * 0.1) * layer.cells.step, abs=0.1)
    assert Converters(settings).highest == 255


def test_programming_errors_stay_until_the_next_write():
    layer = MemristorLinear(40, 50, module(program_deviation=1e-6, levels=16, threshold=1 / 15), limit=1.0)
    error = (layer.cells.actual() - layer.cells.ideal()) / layer.cells.step
    assert float(error.std()) == pytest.approx(math.sqrt(2) * 1e-6 / 4e-6, rel=0.05)
    before = layer.cells.actual().clone()
    layer(torch.rand(3, 40))
    assert torch.equal(layer.cells.actual(), before)
    layer.cells.program_all()
    assert float((layer.cells.actual() == before).float().mean()) < 0.01


def test_cells_are_written_where_the_sum_passes_and_nowhere_else():
    layer = MemristorLinear(3, 1, module(levels=16, threshold=2 / 15), limit=1.5, bias=False)  # steps of 0.1
    cells = layer.cells
    with torch.no_grad():
        cells.target = torch.tensor([[0.0, 5.0, -1.0]])
        cells.program_all()
        layer.weight.copy_(cells.ideal() + torch.tensor([[0.19, 0.2, 0.31]]))
        assert write_where_passed(layer) == 2
    assert cells.target.tolist() == [[0.0, 7.0, 2.0]]
    assert layer.weight.detach().numpy() == pytest.approx(np.array([[0.19, 0.7, 0.2]]))
    assert cells.weight_writes.tolist() == [[0, 1, 1]]
    assert (cells.plus_writes.tolist(), cells.minus_writes.tolist()) == ([[0, 1, 1]], [[0, 0, 1]])
    assert cells.actual().numpy() == pytest.approx(np.array([[0.0, 0.7, 0.2]]), abs=1e-6)
    with torch.no_grad():
        layer.weight += 9.0  # beyond the highest level
        write_where_passed(layer)
    assert cells.target.tolist() == [[15.0, 15.0, 15.0]]


def test_naive_updates_write_every_cell_and_lose_what_is_below_half_a_step():
    layer = MemristorLinear(2, 1, module(levels=16, threshold=1 / 15), limit=1.5, bias=False)
    with torch.no_grad():
        layer.cells.target = torch.tensor([[3.0, -2.0]])
        layer.cells.program_all()
    model = torch.nn.Sequential(layer)
    naive = NaiveUpdates(torch.optim.SGD(model.parameters(), lr=1.0), model)
    for _ in range(5):
        layer.weight.grad = torch.tensor([[0.04, -0.06]])
        naive.step()
    assert layer.cells.target.tolist() == [[3.0, 3.0]]
    assert layer.cells.weight_writes.tolist() == [[5, 5]]
    mixed = MixedPrecision(torch.optim.SGD(model.parameters(), lr=1.0), model)
    with torch.no_grad():
        layer.weight.copy_(layer.cells.ideal())
    for _ in range(5):
        layer.weight.grad = torch.tensor([[0.04, 0.0]])
        mixed.step()
    assert layer.cells.target.tolist() == [[2.0, 3.0]]  # the third sum, 0.12, passes one step of 0.1
    assert layer.cells.weight_writes.tolist() == [[6, 5]]
    assert layer.weight.detach().numpy() == pytest.approx(np.array([[0.12, 0.3]]), rel=1e-5)


def test_a_users_model_is_put_on_crossbars():
    inner = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.ReLU())
    model = torch.nn.Sequential(inner, torch.nn.Flatten(), torch.nn.Linear(32, 3, bias=False))
    weights = [inner[0].weight.detach().flatten(1).clone(), model[2].weight.detach().clone()]
    assert with_memristors(model, module(), seed=4) is model
    layers = memristor_layers(model)
    assert [type(layer).__name__ for layer in layers] == ["MemristorConv2d", "MemristorLinear"]
    for layer, before in zip(layers, weights, strict=True):
        assert (layer.weight.detach() - before).abs().max() <= layer.cells.step / 2 * 1.001
    assert model(torch.rand(2, 1, 4, 4)).shape == (2, 3)
    with pytest.raises(InputError, match="below zero"):
        model(-torch.rand(2, 1, 4, 4))
    with pytest.raises(InputError, match="cannot be put on crossbars"):
        with_memristors(torch.nn.Sequential(torch.nn.Conv2d(2, 2, 3, groups=2)), module())
    with pytest.raises(InputError, match="no layer on crossbars"):
        MixedPrecision(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0), torch.nn.ReLU())
    with pytest.raises(InputError, match="above 0"):
        MemristorLinear(2, 2, module(), limit=0.0)


def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten classes: a bright bar at one of ten heights, in noise."""
    generator = np.random.default_rng(0)
    labels = np.arange(count, dtype=np.uint8) % 10
    images = generator.integers(0, 40, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 3 : 2 * label + 6, 4:24] = 220
    return images, labels


def test_training_learns_with_few_writes_and_the_weights_move_to_other_chips():
    torch.set_num_threads(1)  # small layers: a second thread costs more than it gives
    data, steps = digits(320), []
    recipe = Recipe(epochs=4, images=320, batch=16, rate=5e-3, test_images=100)
    ends = {}
    for mode, settings in (("mixed", published_module("simulator")), ("software", None)):
        for epoch, model in train_lenet(data, data, mode, settings, recipe, 1, steps.append):
            ends[mode] = epoch, model
    mixed, model = ends["mixed"]
    assert mixed.accuracy > 0.8
    assert ends["software"][0].accuracy > 0.8
    assert steps[:80] == list(range(1, 81))
    assert mixed.steps == 80
    assert mixed.wear is not None
    assert 0.1 < mixed.wear.writes_of_a_weight < 8  # 80 with every update
    assert mixed.wear.weights == 3220
    assert mixed.wear.busiest_cell >= mixed.wear.writes_of_a_weight
    moved = transfer(model, data, 100, 3, 5)
    assert min(moved.accuracies) > 0.7
    assert len(set(moved.accuracies)) > 1 or moved.mean == 1.0
    before = [layer.cells.plus.clone() for layer in memristor_layers(model)]
    transfer(model, data, 20, 1, 6)
    assert all(torch.equal(layer.cells.plus, plus) for layer, plus in zip(memristor_layers(model), before, strict=True))


def test_divergence_stops_the_training():
    watch = LossWatch("mixed", growing=True)
    for _ in range(100):
        watch.add(1.0)
    with pytest.raises(TrainingError, match=r"update 101 is nan; take a lower rate"):
        watch.add(math.nan)
    watch = LossWatch("mixed", growing=True)
    for loss in [1.0] * 50 + [9.0] * 49:
        watch.add(loss)
    with pytest.raises(TrainingError, match=r"up to update 100 is 9.*2\.3 is guessing"):
        watch.add(9.0)
    quiet = LossWatch("naive", growing=False)
    for loss in [1.0] * 50 + [9.0] * 50 + [2.0] * 50:
        quiet.add(loss)
