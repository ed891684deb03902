"""torch functions around the compiled training neurons, and the ternary straight-through estimator."""

from __future__ import annotations

from typing import Any

import torch

from evaluator import training_neuron

SURROGATE_SLOPE = 5.0


class LifLayer(torch.autograd.Function):  # type: ignore[misc]
    """Drive (images, steps, neurons) to spikes of the same shape."""

    @staticmethod
    def forward(
        ctx: Any, drive: torch.Tensor, leak: float, recovery: float, floor: float, dead_steps: int
    ) -> torch.Tensor:
        spikes, before = torch.empty_like(drive), torch.empty_like(drive)
        training_neuron.spikes_forward(
            drive.detach().numpy(), leak, recovery, floor, dead_steps, spikes.numpy(), before.numpy()
        )
        ctx.before, ctx.recovery, ctx.floor = before, recovery, floor
        return spikes

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None, None, None, None]:
        grad_drive = torch.empty_like(ctx.before)
        training_neuron.spikes_backward(
            ctx.before.numpy(),
            grads[0].contiguous().numpy(),
            ctx.recovery,
            ctx.floor,
            SURROGATE_SLOPE,
            grad_drive.numpy(),
        )
        return grad_drive, None, None, None, None


class MembraneLayer(torch.autograd.Function):  # type: ignore[misc]
    """Drive (images, steps, neurons) to the membranes of neurons that never fire."""

    @staticmethod
    def forward(ctx: Any, drive: torch.Tensor, leak: float, recovery: float, floor: float) -> torch.Tensor:
        before = torch.empty_like(drive)
        training_neuron.membrane_forward(drive.detach().numpy(), leak, recovery, floor, before.numpy())
        ctx.before, ctx.recovery, ctx.floor = before, recovery, floor
        return before

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None, None, None]:
        grad_drive = torch.empty_like(ctx.before)
        training_neuron.membrane_backward(
            ctx.before.numpy(), grads[0].contiguous().numpy(), ctx.recovery, ctx.floor, grad_drive.numpy()
        )
        return grad_drive, None, None, None


def ternary(latent: torch.Tensor) -> torch.Tensor:
    """-1, 0, +1 of latent weights with one threshold per layer; the gradient passes straight through."""
    threshold = 0.7 * latent.detach().abs().mean()
    hard = torch.sign(latent.detach()) * (latent.detach().abs() > threshold)
    return latent + (hard - latent).detach()
