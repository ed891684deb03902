"""A vector-matrix product on arrays of noisy cells between converters, forward and backward.

Inputs become codes of the row converters, x = s round(n v/s)/n, n = 2^bits - 1. A column of an array of rows r gives

    I = sum_r x_r g_r + e,      var e = read^2 sum_r x_r^2 + converter^2

in steps of the device (exact variance of fresh errors of each cell, drawn once an output), clipped to the output
converter's range and rounded to its step; then arrays add, plus less minus columns, digitally. The eight pulses of an
input share one error, so that its variance is not averaged down over them.

Backward the same cells are driven from their columns: errors of both signs in two turns, each vector scaled to full
scale. Gradients of weights are digital: sums of outer products of the errors and the inputs.
"""

from __future__ import annotations

from typing import Any

import torch

from evaluator.mixedprecision.cells import CellPairs
from evaluator.mixedprecision.settings import ModuleSettings


class Converters:
    """Numbers of `settings` in steps of the device and of the output converter."""

    def __init__(self, settings: ModuleSettings) -> None:
        current = settings.step * settings.read_voltage
        self.codes = 2**settings.input_bits - 1
        self.highest = 2**settings.output_bits - 1
        self.unit = settings.output_range / self.highest / current
        self.cell_variance = (settings.read_error / self.unit) ** 2
        self.own_variance = (settings.output_deviation / current / self.unit) ** 2

    def entered(self, values: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        """Codes over full scale, -1 to 1."""
        return torch.round(values * (self.codes / scale)).div_(self.codes)

    def read(self, current: torch.Tensor, squares: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Codes of the output converter for `current` in its units (changed in place); `squares` of inputs, (n, 1)."""
        deviation = torch.sqrt(squares * self.cell_variance + self.own_variance)
        noise = torch.randn(current.shape, generator=generator)
        return current.addcmul_(noise, deviation).clamp_(0, self.highest).round_()


class AnalogProduct(torch.autograd.Function):  # type: ignore[misc]
    """(n, inputs) times (outputs, inputs) transposed, on cells; `scale` (n, 1) is full scale of each vector."""

    @staticmethod
    def forward(
        ctx: Any, values: torch.Tensor, _weights: torch.Tensor, scale: torch.Tensor, cells: CellPairs,
        converters: Converters, arrays: tuple[slice, ...],
    ) -> torch.Tensor:  # fmt: skip
        ctx.save_for_backward(values)
        ctx.cells, ctx.converters = cells, converters
        entered, total = converters.entered(values, scale), None
        for rows in arrays:
            part = entered[:, rows]
            current = part @ (cells.conductance[rows] / converters.unit)
            found = converters.read(current, (part * part).sum(1, keepdim=True), cells.generator)
            plus, minus = found.chunk(2, dim=1)
            total = plus - minus if total is None else total.add_(plus).sub_(minus)
        return total * (scale * (converters.unit * cells.step))

    @staticmethod
    def backward(ctx: Any, *errors: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (error,), (values,) = errors, ctx.saved_tensors
        of_weights = error.t() @ values
        of_values = transposed(error, ctx.cells, ctx.converters) if ctx.needs_input_grad[0] else None
        return of_values, of_weights, None, None, None, None


def transposed(error: torch.Tensor, cells: CellPairs, converters: Converters) -> torch.Tensor:
    """(n, outputs) times the weights, (n, inputs), read from the columns in two turns."""
    scale = error.abs().amax(1, keepdim=True).clamp_(min=1e-30)
    entered = converters.entered(error, scale)
    squares = (entered * entered).sum(1, keepdim=True)
    positive, negative = entered.clamp(min=0), (-entered).clamp(min=0)
    matrix = cells.conductance.t() / converters.unit
    first = converters.read(torch.cat([positive, negative], 1) @ matrix, squares, cells.generator)
    second = converters.read(torch.cat([negative, positive], 1) @ matrix, squares, cells.generator)
    return first.sub_(second).mul_(scale * (converters.unit * cells.step))
