"""One delay loop: virtual nodes in a row, each fed by the loop's own output one delay ago."""

from __future__ import annotations

import numba
import numpy as np

from evaluator.compiled import compiled_parallel
from evaluator.reservoir.node import FloatArray, Node, settled
from measurements.errors import InputError


def loop_states(
    drive: FloatArray,
    node: Node,
    *,
    offset: float,
    feedback: float,
    separation: float,
    delay: int,
    history: float = 0.0,
    noise: FloatArray | None = None,
) -> FloatArray:
    """Output of a loop at the end of every virtual node.

    The node is a leaky integrator, tau dx/dt = f(u(t)) - x(t), with u = offset + feedback x(t - T) + masked input held
    for theta each. Sampled at the end of each theta, with m the running number of the virtual node,

        x[m] = a x[m-1] + (1 - a) f(offset + feedback x[m - delay] + drive[m]) + noise[m],   a = exp(-theta/tau)

    which is exact where u is constant within theta and takes the delayed output for constant there.

    Parameters
    ----------
    drive
        Masked and scaled input, (samples, steps, nodes) [unit of the node]; samples are apart from each other.
    offset, feedback
        Operating point [unit of the node], and factor on the delayed output [1].
    separation
        theta/tau [1].
    delay
        T/theta in virtual nodes: `nodes` is the same virtual node of the step before, one more its neighbour [1].
    history
        Output before the first step [unit of the node].
    noise
        As `drive`, added to every output; none by default.

    Returns
    -------
    FloatArray
        (samples, steps, nodes) [unit of the node].

    Raises
    ------
    InputError
        A value that a loop cannot have, an output that grows without bound, or a sum outside the node's table.
    """
    if delay < 1 or not separation > 0.0 or not np.isfinite([offset, feedback, separation, history]).all():
        raise InputError(
            f"a loop with delay {delay}, separation {separation:g}, feedback {feedback:g}, offset {offset:g}",
            hint="delay 1 or more, separation above 0, all finite",
        )
    drive = np.ascontiguousarray(drive, dtype=float)
    disturbance = np.zeros((1, 1, 1)) if noise is None else np.ascontiguousarray(noise, dtype=float)
    states = np.empty_like(drive)
    _march(
        drive.reshape(len(drive), -1), disturbance.reshape(len(disturbance), -1), states.reshape(len(drive), -1),
        offset, feedback, np.exp(-separation), delay, history,
        node.kind, node.exponent, node.low, node.step, node.values,
    )  # fmt: skip
    bad = ~np.isfinite(states)
    if np.any(bad):
        _, step, _ = np.argwhere(bad)[0]
        raise InputError(
            f"the loop with feedback {feedback:g} diverges at step {step}: its sum leaves what a {node.name} node takes"
            + (f", {node.low:g} to {node.high:g} V" if node.unit == "V" else ""),
            hint="lower the feedback or the input scaling",
        )
    return states


@compiled_parallel
def _march(
    drive: FloatArray, noise: FloatArray, states: FloatArray, offset: float, feedback: float, keep: float, delay: int,
    history: float, kind: int, exponent: float, low: float, step: float, values: FloatArray,
) -> None:  # fmt: skip
    """All samples; rows of `drive`, `states` and, where there is any, `noise`, are their virtual nodes."""
    noisy = noise.shape[1] > 1
    for sample in numba.prange(drive.shape[0]):
        last = history
        for place in range(drive.shape[1]):
            delayed = states[sample, place - delay] if place >= delay else history
            total = offset + feedback * delayed + drive[sample, place]
            last = keep * last + (1.0 - keep) * settled(total, kind, exponent, low, step, values)
            if noisy:
                last += noise[sample, place]
            states[sample, place] = last
