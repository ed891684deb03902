"""A quantity of a table as a differentiable torch function of its axes (the extra `train`)."""

from __future__ import annotations

from typing import Any

import torch

from circuits.tables import Table
from measurements.errors import InputError


class _Lookup(torch.autograd.Function):  # type: ignore[misc]
    """The table's own interpolation forward, its own derivatives by the axes backward."""

    @staticmethod
    def forward(
        ctx: Any, table: Table, quantity: str, axes: tuple[str, ...], *coordinates: torch.Tensor
    ) -> torch.Tensor:
        at = {name: one.detach().cpu().double().numpy() for name, one in zip(axes, coordinates, strict=True)}
        values, gradient = table.gradient(quantity, at)
        slopes = [torch.from_numpy(gradient[name].copy()) if name in gradient else None for name in axes]
        ctx.slopes = slopes
        return torch.from_numpy(values.copy())

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        by_axis = (None if slope is None else grads[0] * slope for slope in ctx.slopes)
        return (None, None, None, *by_axis)


class DifferentiableTable(torch.nn.Module):  # type: ignore[misc]
    """A quantity of `table` at coordinates of `axes`, in their order; float64, in SI units.

    Values are those of `Table.lookup`, gradients those of `Table.gradient`: exact derivatives of what is looked up. By
    an axis of categories there is none. Outside its range the table raises.

    Raises
    ------
    InputError
        The axes are not those of the table.
    """

    def __init__(self, table: Table, quantity: str, axes: tuple[str, ...]) -> None:
        super().__init__()
        named = [axis.name for axis in table.axes]
        if sorted(named) != sorted(axes):
            raise InputError(f"{table.name} has the axes {', '.join(named)}, found {', '.join(axes)}")
        self.table, self.quantity, self.axes = table, quantity, axes

    def forward(self, *coordinates: torch.Tensor) -> torch.Tensor:
        """Values at `coordinates`, a tensor an axis, broadcast together.

        Raises
        ------
        TableError
            A coordinate outside the table, or a point that has no number.
        """
        given = torch.broadcast_tensors(*(one.double() for one in coordinates))
        return _Lookup.apply(self.table, self.quantity, self.axes, *given)
