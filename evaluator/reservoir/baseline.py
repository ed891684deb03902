"""An echo-state network of reservoirpy, of as many units, on the same split: the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec

import numpy as np

from evaluator.reservoir.node import FloatArray
from evaluator.reservoir.tasks import Task
from evaluator.reservoir.training import Trained, train_rows
from measurements.errors import InputError

PACKAGE = "reservoirpy"
RADII = (0.8, 0.95, 1.1)
SCALINGS = (0.003, 0.01, 0.03, 0.1)
"""Tried spectral radii and input scalings; the validation part chooses [1]."""


@dataclass(frozen=True, eq=False)
class Baseline:
    """What was chosen, and how it did."""

    trained: Trained
    spectral_radius: float
    input_scaling: float
    version: str


def has_reservoirpy() -> bool:
    """Whether the optional package is installed."""
    return find_spec(PACKAGE) is not None


def santa_fe_of_reservoirpy() -> tuple[FloatArray, str]:
    """The laser's series as the package carries it, and where it is from.

    Raises
    ------
    InputError
        The package is not installed.
    """
    if not has_reservoirpy():
        raise InputError(
            "the Santa Fe laser series is not there: reservoirpy, which carries it, is not installed",
            hint="pip install 'memchar[reservoir]', or give a file with --series",
        )
    with files(f"{PACKAGE}.datasets").joinpath("santafe_laser.npy").open("rb") as file:  # its own loader leaves it open
        series = np.load(file, allow_pickle=False)
    return np.asarray(series, dtype=float)[:, 0], f"reservoirpy {version(PACKAGE)}"


def echo_state_network(task: Task, units: int, seed: int) -> Baseline:
    """An echo-state network of `units` tanh units on a task: states of reservoirpy, readout and penalties as ours.

    Inputs are standardised on the training part as ours are. Radius and scaling of the input are the best of 12 on the
    validation part.

    Raises
    ------
    InputError
        The package is not installed.
    """
    if not has_reservoirpy():
        raise InputError("reservoirpy is not installed", hint="pip install 'memchar[reservoir]'")
    seen = task.inputs[task.training_part]
    inputs = (task.inputs - seen.mean()) / seen.std()
    found = []
    for radius in RADII:
        for scaling in SCALINGS:
            trained = train_rows(task, task.rows(_states(inputs, units, seed, radius, scaling)))
            found.append(Baseline(trained, radius, scaling, version(PACKAGE)))
    return min(found, key=lambda one: one.trained.validation_error)


def _states(inputs: FloatArray, units: int, seed: int, radius: float, scaling: float) -> FloatArray:
    from reservoirpy.nodes import Reservoir

    reservoir = Reservoir(units=units, sr=radius, input_scaling=scaling, seed=seed)
    states = np.empty((*inputs.shape[:2], units))
    for number, sample in enumerate(inputs):
        if number:
            reservoir.reset()
        states[number] = reservoir.run(sample)
    return states
