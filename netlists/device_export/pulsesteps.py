"""What a pulse does at each conductance: the common ground of the exports to network simulators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.numerics import FloatArray
from measurements.errors import FitError
from measurements.pulse_update import PulseUpdate, pulse_update
from measurements.pulses import PulseDirection, PulseTrain

NODES = 16
"""Conductances at which the mean step is given [1], fewer where pulses are few; aihwkit takes less than 64."""
ABRUPT = 0.5
"""Share of a train's change that one pulse makes, from which the device counts as abrupt [1]."""
FEWEST_STEPS = 4
"""Steps beside each node, of all trains together, from which a mean is taken [1]."""


@dataclass(frozen=True, eq=False)
class PulseSteps:
    """Mean steps of one cell over the range of conductance that both directions cover.

    Parameters
    ----------
    up, down
        Figures of the potentiation and depression trains.
    conductance
        Nodes at equal distances from the lowest to the highest conductance [S] (n). The range is that of NeuroSim's
        measured devices: from the higher of the two lower ends to the lower of the two upper ends, means over trains.
    step_up, step_down
        Mean change by one pulse at each node [S] (n), both positive: least squares of the piecewise linear step over
        all pulses, each at the mean of the reads before and after it, where read noise cancels.
    read_voltage
        Of the reads [V].
    write_voltage_up, write_voltage_down [V], width_up, width_down [s]
        Of the pulses; None where the data do not say or the pulses grow.
    cell
        Device and cell of the trains.
    """

    up: PulseUpdate
    down: PulseUpdate
    conductance: FloatArray
    step_up: FloatArray
    step_down: FloatArray
    read_voltage: float
    write_voltage_up: float | None
    write_voltage_down: float | None
    width_up: float | None
    width_down: float | None
    cell: str

    @property
    def lowest(self) -> float:
        """Lowest conductance of the common range [S]."""
        return float(self.conductance[0])

    @property
    def highest(self) -> float:
        """Highest conductance of the common range [S]."""
        return float(self.conductance[-1])


def pulse_steps(trains: Sequence[PulseTrain], nodes: int = NODES) -> PulseSteps:
    """Mean steps up and down of the trains of one cell, at `nodes` conductances or as many as have pulses beside them.

    Raises
    ------
    FitError
        One direction is missing, cells or read voltages are mixed, a pulse has no read, the two directions have no
        conductance in common, one pulse makes most of a change, too few pulses lie beside a node, or a mean step has
        the wrong sign.
    """
    up, down = ([t for t in trains if t.direction is way and t.pulse.size >= 2] for way in PulseDirection)
    if not up or not down:
        missing = "potentiation" if not up else "depression"
        raise FitError(f"no {missing} pulses; an update model needs trains of both directions")
    cells = tuple(dict.fromkeys(f"{train.device} {train.cell}" for train in trains))
    if len(cells) > 1:
        raise FitError(f"trains of {len(cells)} cells ({', '.join(cells[:3])}, ...) are mixed; take one")
    voltages = {train.read_voltage for train in trains}
    if len(voltages) > 1:
        raise FitError(f"read voltages of {', '.join(f'{v:g} V' for v in sorted(voltages))} are mixed; take one")
    if any((np.diff(train.pulse) != 1).any() for train in trains):
        raise FitError(
            "some reads are more than one pulse apart; the noise of one update needs a read after each pulse"
        )
    _refuse_abrupt([*up, *down])
    low, high = common_range(up, down)
    grid = _grid(low, high, nodes, up, down)
    return PulseSteps(
        up=pulse_update(up),
        down=pulse_update(down),
        conductance=grid,
        step_up=_mean_steps(up, grid, "potentiation"),
        step_down=-_mean_steps(down, grid, "depression"),
        read_voltage=voltages.pop(),
        write_voltage_up=_constant(up, "amplitude"),
        write_voltage_down=_constant(down, "amplitude"),
        width_up=_constant(up, "width"),
        width_down=_constant(down, "width"),
        cell=cells[0],
    )


def _refuse_abrupt(trains: Sequence[PulseTrain]) -> None:
    shares = [np.abs(np.diff(t.conductance)).max() / max(float(np.ptp(t.conductance)), 1e-300) for t in trains]
    if float(np.median(shares)) > ABRUPT:
        raise FitError(
            f"one pulse makes {100 * float(np.median(shares)):.0f} % of a train's change: the device is abrupt, "
            "and no update model of small steps describes it"
        )


def common_range(up: Sequence[PulseTrain], down: Sequence[PulseTrain]) -> tuple[float, float]:
    """Lowest and highest conductance [S] that both directions cover, from the means of their first and last reads.

    Raises
    ------
    FitError
        There is none.
    """
    (up_first, up_last), (down_first, down_last) = (
        (float(np.mean([t.conductance[0] for t in side])), float(np.mean([t.conductance[-1] for t in side])))
        for side in (up, down)
    )
    low, high = max(up_first, down_last), min(up_last, down_first)
    if not 0 < low < high:
        raise FitError(
            f"potentiation covers {up_first:.3g} to {up_last:.3g} S and depression {down_first:.3g} to "
            f"{down_last:.3g} S; a positive range in common is needed"
        )
    return low, high


def middle_and_step(trains: Sequence[PulseTrain]) -> tuple[FloatArray, FloatArray]:
    """Mean conductance [S] and change of conductance [S] by one pulse, over each pair of neighbouring reads."""
    middles = [(train.conductance[1:] + train.conductance[:-1]) / 2 for train in trains]
    steps = [np.diff(train.conductance) for train in trains]
    return np.concatenate(middles), np.concatenate(steps)


def _grid(low: float, high: float, nodes: int, up: Sequence[PulseTrain], down: Sequence[PulseTrain]) -> FloatArray:
    """The finest grid of at most `nodes` conductances that has pulses of both directions beside each."""
    for count in range(nodes, 1, -1):
        grid = np.linspace(low, high, count)
        fewest = min(int((_hats(middle_and_step(side)[0], grid) > 0).sum(axis=0).min()) for side in (up, down))
        if fewest >= FEWEST_STEPS:
            return grid
    raise FitError(
        f"fewer than {FEWEST_STEPS} pulses beside {low:.3g} or {high:.3g} S; the change is too abrupt for an update "
        "model"
    )


def _hats(middle: FloatArray, grid: FloatArray) -> FloatArray:
    """Share of each node in each pulse (pulses x nodes); none in pulses outside the grid."""
    place = (middle - grid[0]) / (grid[-1] - grid[0]) * (grid.size - 1)
    inside = (place >= 0) & (place <= grid.size - 1)
    hats = np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(grid.size)[None, :]))
    return np.asarray(hats * inside[:, None])


def _mean_steps(trains: Sequence[PulseTrain], grid: FloatArray, name: str) -> FloatArray:
    """Values at the nodes of the piecewise linear step that fits all pulses best [S], signed."""
    middle, step = middle_and_step(trains)
    hats = _hats(middle, grid)
    inside = hats.sum(axis=1) > 0
    values: FloatArray = np.linalg.lstsq(hats[inside], step[inside], rcond=None)[0]
    wrong = np.flatnonzero(values <= 0 if name == "potentiation" else values >= 0)
    if wrong.size:
        raise FitError(
            f"{name}: the mean step at {grid[wrong[0]]:.3g} S is {values[wrong[0]]:.3g} S, of the wrong sign"
        )
    return values


def _constant(trains: Sequence[PulseTrain], name: str) -> float | None:
    """The one value of an array field over all trains; None where it is absent or not constant."""
    arrays = [getattr(train, name) for train in trains]
    if any(array is None for array in arrays):
        return None
    values = np.concatenate(arrays)
    return float(values[0]) if np.ptp(values) <= 1e-9 * abs(values[0]) else None
