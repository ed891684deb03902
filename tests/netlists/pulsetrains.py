"""Pulse trains made by hand, synthetic, and the real ones beside the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from measurements.pulses import PulseDirection, PulseTrain
from measurements.sweep import Source

LOW, HIGH = 1e-4, 5e-4
UP, DOWN = (4e-6, 2e-6), (2e-6, 6e-6)
"""Mean step at the lowest and highest conductance [S]; linear between, the one down positive."""
SYNTHETIC = Source("synthetic trains", "0" * 64)


def train(
    conductance, direction: PulseDirection, number: int = 0, cell: str = "(0,0)", read_voltage: float = 0.2, **more
) -> PulseTrain:
    values = np.asarray(conductance, dtype=np.float64)
    return PulseTrain(
        pulse=np.arange(values.size, dtype=np.float64),
        current=values * read_voltage,
        read_voltage=read_voltage,
        direction=direction,
        train=number,
        device="synthetic",
        cell=cell,
        source=SYNTHETIC,
        comment="synthetic",
        **more,
    )


def step_at(conductance: float, direction: PulseDirection) -> float:
    """The mean step [S], signed."""
    up = direction is PulseDirection.POTENTIATION
    low, high = UP if up else DOWN
    size = low + (high - low) * (conductance - LOW) / (HIGH - LOW)
    return size if up else -size


def synthetic_trains(count: int = 20, write_noise: float = 0.0, read_noise: float = 0.0, seed: int = 7, **more):
    """Trains from end to end with a linear step; noise as deviations [S]."""
    random, trains = np.random.default_rng(seed), []
    for direction in PulseDirection:
        up = direction is PulseDirection.POTENTIATION
        for number in range(count):
            state = [LOW if up else HIGH]
            while LOW <= state[-1] <= HIGH and len(state) < 1000:
                state.append(state[-1] + step_at(state[-1], direction) + write_noise * random.standard_normal())
            reads = np.array(state) + read_noise * random.standard_normal(len(state))
            trains.append(train(reads, direction, number, **more))
    return tuple(trains)


def real_trains(folder: Path) -> tuple[PulseTrain, ...]:
    """The ramps of `crosssim-pulse-ramps`: currents at 0.1 V, a column a ramp, blank or 0 where it ended."""
    trains = []
    for name, direction in zip(("set.csv", "reset.csv"), PulseDirection, strict=True):
        table = np.genfromtxt(folder / "crosssim-pulse-ramps" / name, delimiter=",", skip_header=1)
        for column in table.T:
            length = int(np.argmin(np.append(np.isfinite(column) & (column != 0), False)))
            trains.append(train(column[:length] / 0.1, direction, read_voltage=0.1))
    return tuple(trains)
