"""Where the spikes of a layer go: to rows of the next layer, all or only the first of a window, and back to itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluator.compiled import borrowing
from evaluator.networks.wiring import Wiring
from evaluator.pulses import Pulses, add_pulse

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NEVER = -1.0
"""Delay of a layer whose spikes do not come back [s]."""


class Route(NamedTuple):
    """Of one layer: `row` of the next layer that each neuron drives, -1 for none, and whether each such row takes only
    its first spike, `once`; its own spikes come back after `delay` [s], if not negative, on rows from `inputs` on, as
    `share` of a pulse of its rows' width; `copies` of row drivers that a pulse on each of its rows switches.
    """

    row: IntArray
    once: bool
    delay: float
    share: float
    inputs: int
    copies: IntArray


def routes_of(wirings: tuple[Wiring, ...], widths: tuple[float, ...], spike_width: float) -> tuple[Route, ...]:
    """Routes of all layers; pulses on their rows have `widths` [s], spikes that come back last `spike_width` [s]."""
    found = []
    for index, (wiring, width) in enumerate(zip(wirings, widths, strict=True)):
        after = wirings[index + 1] if index + 1 < len(wirings) else None
        found.append(
            Route(
                row=np.zeros(0, np.int64) if after is None else after.row_of,
                once=after is not None and after.once,
                delay=NEVER if wiring.delay is None else wiring.delay,
                share=spike_width / width,
                inputs=wiring.inputs,
                copies=wiring.copies,
            )
        )
    return tuple(found)


@borrowing
def send(
    route: Route, own: Pulses, following: Pulses, taken: NDArray[np.bool_], last: bool,
    time: float, neuron: int, share: float,
) -> None:  # fmt: skip
    """Put a spike's pulses on the rows that it drives; a row that is `taken` takes no second one where only the first
    counts.
    """
    if route.delay >= 0.0:
        add_pulse(own, time + route.delay, route.inputs + neuron, share * route.share)
    if last:
        return
    row = route.row[neuron]
    if row >= 0 and not (route.once and taken[row]):
        taken[row] = True
        add_pulse(following, time, row, share)
