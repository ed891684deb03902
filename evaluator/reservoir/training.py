"""Trains a reservoir's readout on a task and judges it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluator.reservoir.layers import ReservoirSettings, deep_states, require_forgetting
from evaluator.reservoir.node import FloatArray, Node
from evaluator.reservoir.ridge import PENALTIES, LinearReadout, fit_ridge, normalised_error
from evaluator.reservoir.tasks import WASHOUT, Task


@dataclass(frozen=True, eq=False)
class Trained:
    """A task's rows of states, (count, features), and the readout of them whose penalty the validation part chose.

    `validation_error` and `test_error` are NRMSE of series and the share of wrong decisions of classes [1].
    """

    task: Task
    rows: FloatArray
    readout: LinearReadout
    validation_error: float
    test_error: float

    @property
    def training_rows(self) -> tuple[FloatArray, FloatArray]:
        """States and targets that the readout was made of."""
        return self.rows[self.task.training], self.task.targets[self.task.training]


def error_of(task: Task, outputs: FloatArray, part: slice) -> float:
    """NRMSE of a series, share of wrong decisions of classes [1], for the outputs of one part."""
    targets = task.targets[part]
    if task.kind == "series":
        return normalised_error(outputs, targets)
    return float(np.mean(np.argmax(outputs, axis=1) != np.argmax(targets, axis=1)))


def task_rows(task: Task, node: Node, settings: ReservoirSettings) -> FloatArray:
    """What the readout sees of a task, once the reservoir is seen to forget its past.

    Raises
    ------
    InputError
        As `loop_states` and `require_forgetting`.
    """
    if task.kind == "series":
        require_forgetting(task.inputs, settings, node, WASHOUT)
    return task.rows(deep_states(task.inputs, settings, node, task.training_part))


def train_rows(task: Task, rows: FloatArray, disturbance: FloatArray | None = None) -> Trained:
    """The readout of rows of states: ridge regression on the training part, its penalty by the validation part.

    With a `disturbance` the readout is made for cells that vary (`memristors.weight_disturbance`), and what they add is
    counted in the choice of the penalty.
    """
    train, seen = task.training, task.validation
    added = np.zeros(rows.shape[1]) if disturbance is None else disturbance
    found = fit_ridge(rows[train], task.targets[train], PENALTIES, disturbance)
    wanted = task.targets[seen]
    losses = [float(np.mean((r(rows[seen]) - wanted) ** 2) + np.mean(added @ r.weights**2)) for r in found]
    best = found[int(np.argmin(losses))]
    errors = [error_of(task, best(rows[part]), part) for part in (seen, task.test)]
    return Trained(task, rows, best, *errors)


def train_task(task: Task, node: Node, settings: ReservoirSettings) -> Trained:
    """`task_rows` and `train_rows`."""
    return train_rows(task, task_rows(task, node, settings))
