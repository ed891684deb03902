"""State of all layers while one image passes in steps of time, and the membranes' part of a step; compiled.

Single precision and short loops over a layer's neurons: the compiler turns them into code for eight and sixteen of them
at once. Rows of conductances are padded to whole vectors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devicefit.compiled import compile_kept
from evaluator.arithmetic import larger, smaller
from evaluator.compiled import borrowing, inlined
from evaluator.timestepped.rampneuron import RampNeuron

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
VECTOR = 64
"""Neurons that an unrolled loop of single-precision vectors takes at once."""
ASLEEP = np.float32(0.0)
AWAKE = np.float32(1.0)


class Steps(NamedTuple):
    """`number` of steps of `length` [s] until the end of the window; whether to stop at the first output spike."""

    number: int
    length: float
    stop_at_first: bool


class StepState(NamedTuple):
    """What changes, of all layers side by side: layer k has the neurons `first[k]` to `first[k + 1]` - 1.

    Lifts as conductance times share of a pulse [S]: `lift` (steps, neurons) of the first layer for some steps, with
    `variance` of it by read noise [S^2]; `later` (steps, neurons) of the others for all. Per neuron: `voltage` [V],
    `lifted` [V] and the grid point next to it, `cell`, before the leak, what of the leak's kick has `returned` [V],
    whether `awake` [1], static `power` [W], the comparator's `progress` [1], end of dead time [s], how `tired` [1] from
    the spike at `last` [s]. Per layer: how many are dead or make progress, `busy`; static supply power `drawn` before
    and after the step [W].
    """

    first: NDArray[np.int64]
    lift: Float32Array
    variance: Float32Array
    later: Float32Array
    voltage: Float32Array
    lifted: Float32Array
    cell: NDArray[np.uint32]
    returned: Float32Array
    awake: Float32Array
    power: Float32Array
    progress: FloatArray
    dead_until: FloatArray
    tired: FloatArray
    last: FloatArray
    busy: NDArray[np.int64]
    drawn: FloatArray


BEFORE, AFTER = 0, 1  # places in `StepState.drawn`


def padded(neurons: int) -> int:
    """Columns that a row of conductances of so many neurons is stored in."""
    return neurons if neurons <= VECTOR // 4 else -(-neurons // VECTOR) * VECTOR


def new_state(neurons: NDArray[np.int64], steps: int, steps_of_image: int, noisy: bool) -> StepState:
    """Arrays of layers of `neurons`, lifts of `steps` steps of the first layer at a time, to be put at rest."""
    total, columns = int(neurons.sum()), padded(int(neurons[0]))

    def single() -> Float32Array:
        return np.zeros(total, np.float32)

    def double() -> FloatArray:
        return np.zeros(total)

    return StepState(
        np.concatenate([[0], np.cumsum(neurons)]), np.zeros((steps, columns), np.float32),
        np.zeros((steps if noisy else 0, columns), np.float32),
        np.zeros((steps_of_image, total - int(neurons[0])), np.float32),
        single(), single(), np.zeros(total, np.uint32), single(), single(), single(),
        double(), double(), double(), double(), np.zeros(neurons.size, np.int64), np.zeros((neurons.size, 2)),
    )  # fmt: skip


@borrowing
def put_to_rest(state: StepState, power: float) -> None:
    """No lifts, membranes at 0 V, where each draws `power` [W]."""
    state.lift[:], state.variance[:], state.later[:] = ASLEEP, ASLEEP, ASLEEP
    state.voltage[:], state.returned[:], state.awake[:], state.power[:] = ASLEEP, ASLEEP, AWAKE, power
    state.progress[:], state.dead_until[:], state.tired[:], state.last[:], state.busy[:] = 0.0, -1.0, 0.0, 0.0, 0
    for layer in range(state.busy.size):
        state.drawn[layer] = power * (state.first[layer + 1] - state.first[layer])


def _lift_up(
    lift: Float32Array, scale: np.float32, start: np.float32, inverse_step: np.float32, last: np.float32,
    voltage: Float32Array, awake: Float32Array, lifted: Float32Array, cell: NDArray[np.uint32],
) -> np.uint32:  # fmt: skip
    """Membranes after the lifts of a step, `scale` [V/S] each, and the grid points next to them; the highest of these
    is returned. Neurons in their dead time stay at 0 V.
    """
    highest, zero, half = np.uint32(0), np.float32(0.0), np.float32(0.5)
    for neuron in range(voltage.size):
        high = (voltage[neuron] + scale * lift[neuron]) * awake[neuron]
        lifted[neuron] = high
        at = np.uint32(smaller(larger((high - start) * inverse_step + half, zero), last))
        cell[neuron] = at
        highest = at if at > highest else highest
    return highest


def _leak_down(
    cells: Float32Array, cell: NDArray[np.uint32], lifted: Float32Array, awake: Float32Array, calming: np.float32,
    start: np.float32, voltage: Float32Array, returned: Float32Array, power: Float32Array,
) -> None:  # fmt: skip
    """Membranes after the leak of the step, and the static power that each draws there [W]."""
    for neuron in range(voltage.size):
        at = cell[neuron]
        shift = cells[at, 2] - returned[neuron]
        moved = (lifted[neuron] - cells[at, 0] - cells[at, 1] * shift) * awake[neuron]
        voltage[neuron] = larger(moved, start)
        returned[neuron] += calming * shift
        power[neuron] = cells[at, 3]


def _sum_up(power: Float32Array) -> np.float32:
    """The power of all neurons [W]."""
    total = np.float32(0.0)
    for neuron in range(power.size):
        total += power[neuron]
    return total


_VECTORS = frozenset({"contract", "reassoc", "nsz", "nnan"})
"""Sums in the order that vectors take them in: the same for the same layer, whatever the batch."""
lift_up = compile_kept(_lift_up, inlined=True, borrowing=True, fastmath=_VECTORS)
leak_down = compile_kept(_leak_down, inlined=True, borrowing=True, fastmath=_VECTORS)
sum_up = compile_kept(_sum_up, inlined=True, borrowing=True, fastmath=_VECTORS)


@inlined
def move(kind: RampNeuron, state: StepState, layer: int, lift: Float32Array, scale: np.float32) -> np.uint32:
    """A layer's membranes through a step of `lift`, `scale` [V/S] each; the highest grid point is returned."""
    start, last = np.float32(kind.start), np.float32(kind.cells.shape[0] - 1)
    own = slice(state.first[layer], state.first[layer + 1])
    voltage, awake, power = state.voltage[own], state.awake[own], state.power[own]
    lifted, cell = state.lifted[own], state.cell[own]
    highest = lift_up(lift, scale, start, np.float32(kind.inverse_step), last, voltage, awake, lifted, cell)
    leak_down(
        kind.cells, cell, lifted, awake, np.float32(kind.calming), start, voltage, state.returned[own], power
    )  # fmt: skip
    state.drawn[layer, BEFORE] = state.drawn[layer, AFTER]
    state.drawn[layer, AFTER] = sum_up(power)
    return highest
