"""`MemristorLinear` and `MemristorConv2d`: torch.nn's Linear and Conv2d on crossbars (the extra `train`).

    model = with_memristors(torch.nn.Sequential(torch.nn.Conv2d(1, 4, 5), ..., torch.nn.Linear(192, 10)), settings)
    optimiser = MixedPrecision(torch.optim.Adam(model.parameters(), lr=2e-3), model)     # .updates

`weight` is the digital number in high precision that an optimiser changes; `cells` is what computes. Between two writes
of a weight the two differ by what was summed since. Biases are digital.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from evaluator.mixedprecision.cells import CellPairs
from evaluator.mixedprecision.product import AnalogProduct, Converters
from evaluator.mixedprecision.settings import ModuleSettings
from measurements.errors import InputError

LIMIT = 5.0
"""Weight of the highest level over torch's bound of initial weights, 1/sqrt(inputs), where not given [1]; assumed."""


class MemristorLayer(torch.nn.Module):  # type: ignore[misc]
    """What both layers share: digital weights (outputs, inputs), bias, cells, and the arrays that rows are cut into."""

    def __init__(
        self, weight: torch.Tensor, bias: torch.Tensor | None, settings: ModuleSettings, limit: float | None,
        seed: int, channel: int,
    ) -> None:  # fmt: skip
        super().__init__()
        flat = weight.detach().flatten(1)
        inputs = flat.shape[1]
        found = LIMIT / math.sqrt(inputs) if limit is None else limit
        if not 0 < found < math.inf:
            raise InputError(f"the weight of the highest level is {found:g}; a number above 0 is needed")
        self.settings, self.converters = settings, Converters(settings)
        self.cells = CellPairs(flat, found, settings, torch.Generator().manual_seed(seed))
        self.weight = torch.nn.Parameter(self.cells.ideal().clone())
        self.bias = None if bias is None else torch.nn.Parameter(bias.detach().clone())
        tall = max(settings.tile.rows // channel, 1) * channel if channel <= settings.tile.rows else settings.tile.rows
        self.arrays = tuple(slice(first, min(first + tall, inputs)) for first in range(0, inputs, tall))

    def product(self, vectors: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        """(n, inputs) to (n, outputs), with the bias."""
        found = AnalogProduct.apply(vectors, self.weight, scale, self.cells, self.converters, self.arrays)
        return found if self.bias is None else found + self.bias


def full_scale(values: torch.Tensor) -> torch.Tensor:
    """Largest input of each image, (images,): full scale of the row converters; inputs below zero are refused.

    Raises
    ------
    InputError
        A negative input: pulses on rows have one sign (use a layer after ReLU, or shift the inputs).
    """
    flat = values.detach().flatten(1)
    if bool((flat < 0).any()):
        raise InputError("an input of a crossbar is below zero", hint="put ReLU in front, or shift the inputs")
    return flat.amax(1).clamp_(min=1e-30)


class MemristorLinear(MemristorLayer):
    """`torch.nn.Linear` on crossbars: (images, inputs), not negative, to (images, outputs).

    `limit` is the weight that the highest level stands for; `seed` that of programming and reading.
    """

    def __init__(
        self, in_features: int, out_features: int, settings: ModuleSettings, *, bias: bool = True,
        limit: float | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        made = torch.nn.Linear(in_features, out_features, bias=bias)
        super().__init__(made.weight, made.bias, settings, limit, seed, 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return self.product(values, full_scale(values)[:, None])


class MemristorConv2d(MemristorLayer):
    """`torch.nn.Conv2d` on crossbars, one operation a place: (images, channels, height, width), not negative."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, settings: ModuleSettings, *, stride: int = 1,
        padding: int = 0, bias: bool = True, limit: float | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        made = torch.nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias)
        super().__init__(made.weight, made.bias, settings, limit, seed, kernel_size**2)
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(images, outputs, places down, places across)."""
        down, across = ((side + 2 * self.padding - self.kernel_size) // self.stride + 1 for side in values.shape[2:])
        patches = functional.unfold(values, self.kernel_size, padding=self.padding, stride=self.stride)
        vectors = patches.transpose(1, 2).reshape(-1, self.weight.shape[1])
        scale = full_scale(values).repeat_interleave(down * across)[:, None]
        found = self.product(vectors, scale).view(len(values), down * across, -1)
        return found.transpose(1, 2).unflatten(2, (down, across))


def with_memristors(
    model: torch.nn.Module, settings: ModuleSettings, *, seed: int = 0, limit: float | None = None
) -> torch.nn.Module:
    """The model with every `Linear` and `Conv2d` in it, however deep, replaced by ours with the same weights.

    `limit` is the weight of the highest level of all of them; where not given each has its own (`LIMIT`).

    Raises
    ------
    InputError
        A convolution with groups, dilation, or unequal kernel, stride or padding.
    """
    for number, (name, child) in enumerate(list(model.named_children())):
        setattr(model, name, _replaced(child, settings, 1009 * seed + number + 1, limit))
    return model


def memristor_layers(model: torch.nn.Module) -> list[MemristorLayer]:
    """Layers on crossbars, in the order of the model."""
    return [module for module in model.modules() if isinstance(module, MemristorLayer)]


def _replaced(module: torch.nn.Module, settings: ModuleSettings, seed: int, limit: float | None) -> torch.nn.Module:
    if isinstance(module, torch.nn.Linear):
        linear = MemristorLinear.__new__(MemristorLinear)
        MemristorLayer.__init__(linear, module.weight, module.bias, settings, limit, seed, 1)
        return linear
    if isinstance(module, torch.nn.Conv2d):
        size, stride, padding = _equal(module)
        convolution = MemristorConv2d.__new__(MemristorConv2d)
        MemristorLayer.__init__(convolution, module.weight, module.bias, settings, limit, seed, size**2)
        convolution.kernel_size, convolution.stride, convolution.padding = size, stride, padding
        return convolution
    return with_memristors(module, settings, seed=seed, limit=limit)


def _equal(module: torch.nn.Conv2d) -> tuple[int, int, int]:
    """Kernel, stride and padding, the same both ways."""
    pairs = (module.kernel_size, module.stride, module.padding)
    if module.groups != 1 or module.dilation != (1, 1) or any(isinstance(p, str) or p[0] != p[1] for p in pairs):
        raise InputError(
            f"{module} cannot be put on crossbars", hint="one group, no dilation, square and equal numbers"
        )
    return module.kernel_size[0], module.stride[0], module.padding[0]
