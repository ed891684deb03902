"""State of one layer while one image passes in steps of time, and the membranes' part of a step; compiled.

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
    """What changes.

    `lift` (steps, neurons) of the membranes, as conductance times share of a pulse [S], and `variance` of it by read
    noise [S^2]. Per neuron: `voltage` [V], `lifted` [V] and its grid `cell` before the leak, what of the leak's kick
    has `returned` [V], whether `awake` [1], static `power` [W], the comparator's `progress` [1], end of dead time [s],
    how `tired` [1] from the spike at `last` [s]. `busy` (1,): how many are dead or make progress. Static supply power
    `drawn` (2,) by the layer before and after the step [W].
    """

    lift: Float32Array
    variance: Float32Array
    voltage: Float32Array
    lifted: Float32Array
    cell: NDArray[np.int32]
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


def new_state(neurons: int, steps: int, noisy: bool) -> StepState:
    """Arrays of a layer, lifts of `steps` steps at a time, to be put at rest."""

    def single() -> Float32Array:
        return np.zeros(neurons, np.float32)

    def double() -> FloatArray:
        return np.zeros(neurons)

    lifts, columns = (steps, padded(neurons)), padded(neurons)
    return StepState(
        np.zeros(lifts, np.float32), np.zeros(lifts if noisy else (0, columns), np.float32),
        single(), single(), np.zeros(neurons, np.int32), single(), single(), single(),
        double(), double(), double(), double(), np.zeros(1, np.int64), np.zeros(2),
    )  # fmt: skip


@borrowing
def put_to_rest(state: StepState, power: float) -> None:
    """No lifts, membranes at 0 V, where each draws `power` [W]."""
    state.lift[:], state.variance[:] = ASLEEP, ASLEEP
    state.voltage[:], state.returned[:], state.awake[:], state.power[:] = ASLEEP, ASLEEP, AWAKE, power
    state.progress[:], state.dead_until[:], state.tired[:], state.last[:] = 0.0, -1.0, 0.0, 0.0
    state.busy[0], state.drawn[:] = 0, power * state.voltage.size


def _lift_up(
    lift: Float32Array, place: int, scale: np.float32, start: np.float32, inverse_step: np.float32, last: np.float32,
    voltage: Float32Array, awake: Float32Array, lifted: Float32Array, cell: NDArray[np.int32],
) -> np.int32:  # fmt: skip
    """Membranes after the lifts of step `place`, `scale` [V/S] each, and the grid points next to them; the highest of
    these is returned. Neurons in their dead time stay at 0 V.
    """
    highest, zero, half = np.int32(0), np.float32(0.0), np.float32(0.5)
    for neuron in range(voltage.size):
        high = (voltage[neuron] + scale * lift[place, neuron]) * awake[neuron]
        lifted[neuron] = high
        at = np.int32(smaller(larger((high - start) * inverse_step + half, zero), last))
        cell[neuron] = at
        highest = at if at > highest else highest
    return highest


def _leak_down(
    cells: Float32Array, cell: NDArray[np.int32], lifted: Float32Array, awake: Float32Array, calming: np.float32,
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
def move(kind: RampNeuron, state: StepState, place: int, scale: np.float32) -> np.int32:
    """All membranes through step `place` of the lifts, `scale` [V/S] each; the highest grid cell is returned."""
    start, last = np.float32(kind.start), np.float32(kind.cells.shape[0] - 1)
    highest = lift_up(
        state.lift, place, scale, start, np.float32(kind.inverse_step), last, state.voltage, state.awake, state.lifted,
        state.cell,
    )  # fmt: skip
    leak_down(
        kind.cells, state.cell, state.lifted, state.awake, np.float32(kind.calming), start, state.voltage,
        state.returned, state.power,
    )  # fmt: skip
    state.drawn[BEFORE] = state.drawn[AFTER]
    state.drawn[AFTER] = sum_up(state.power)
    return highest
