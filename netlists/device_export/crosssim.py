"""Tables for CrossSim (Sandia): change of conductance against conductance and probability, and error magnitudes.

Two kinds of file, since CrossSim has had two kinds of input:

- `dG_increasing.txt`, `dG_decreasing.txt`: the update look-up tables of CrossSim 1 and 2 (training). Layout, from
  `examples/lookup_table_generation` of github.com/sandialabs/cross-sim (39fd461): line 1 free text; line 2 conductances
  [S]; line 3 cumulative probabilities, 0 to 1; then one line a probability with the change of conductance [S] at each
  conductance, all separated by commas. Both grids are equally spaced and the same in both files.
- `device.json`: the part `xbar.device` of a parameter file of CrossSim 3 (inference): resistance range, and magnitudes
  of read noise and programming error as shares of the highest conductance.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from devicefit.numerics import FloatArray
from measurements.errors import FitError
from measurements.pulse_update import PulseUpdate
from measurements.pulses import PulseDirection, PulseTrain
from netlists.device_export.cardreads import CardReads
from netlists.device_export.pulsesteps import PulseSteps, middle_and_step

CONDUCTANCES = 101
PROBABILITIES = 101
WINDOW = 1 / 50
"""Share of the range of conductance on each side of a table column whose pulses it is made of [1]; CrossSim's own
script has 50 bins."""
FEWEST_PULSES = 8
"""Pulses in that window [1]."""


def update_table(trains: Sequence[PulseTrain], steps: PulseSteps, direction: PulseDirection, title: str) -> str:
    """One look-up table as text.

    Raises
    ------
    FitError
        Too few pulses near one of the conductances.
    """
    middle, step = middle_and_step([train for train in trains if train.direction is direction])
    grid = np.linspace(steps.lowest, steps.highest, CONDUCTANCES)
    probability = np.linspace(0.0, 1.0, PROBABILITIES)
    reach = WINDOW * (steps.highest - steps.lowest)
    share = write_share(steps.up if direction is PulseDirection.POTENTIATION else steps.down)
    table = np.empty((PROBABILITIES, CONDUCTANCES))
    for column, conductance in enumerate(grid):
        near = step[np.abs(middle - conductance) <= reach]
        if near.size < FEWEST_PULSES:
            raise FitError(f"{direction}: {near.size} pulses near {conductance:.3g} S; {FEWEST_PULSES} are needed")
        mean = float(near.mean())
        table[:, column] = mean + share * (np.quantile(near, probability) - mean)
    _check_sign(table, probability, direction)
    rows = [grid, probability, *table]
    text = title.replace("\n", " ").replace(",", ";")
    return "\n".join([text, *(",".join(f"{value:.9e}" for value in row) for row in rows), ""])


def write_share(update: PulseUpdate) -> float:
    """What part of the deviation of the difference of two reads is the update's own [1]; the rest is read noise."""
    if update.read_noise is None:
        return 1.0
    own = update.update_noise.value
    return own / math.hypot(own, math.sqrt(2.0) * update.read_noise.value)


def _check_sign(table: FloatArray, probability: FloatArray, direction: PulseDirection) -> None:
    """CrossSim refuses tables whose mean change has the wrong sign."""
    mean = float(np.mean(np.trapezoid(table, probability, axis=0)))
    if (mean > 0) != (direction is PulseDirection.POTENTIATION):
        raise FitError(f"{direction}: the mean change by a pulse is {mean:.3g} S, of the wrong sign")


def card_parameters(reads: CardReads, about: Mapping[str, Any]) -> str:
    """As `device_parameters`, from a card alone: the resistance range at its read voltage, and as programming error the
    spread of the on resistance from cycle to cycle, which scales with conductance.
    """
    missing = {
        "read_noise": "needs repeated reads",
        "drift_error": "needs reads over time after programming",
        "cell_bits": "a choice, not a measurement",
        "dG_increasing.txt, dG_decreasing.txt": "need pulse trains of both directions",
    }
    device: dict[str, Any] = {"Rmin": 1 / reads.highest, "Rmax": 1 / reads.lowest}
    if reads.on_deviation is None:
        missing["programming_error"] = "needs the on resistance of three cycles or more"
    else:
        model = "NormalProportionalDevice"
        device["programming_error"] = {"enable": True, "model": model, "magnitude": reads.on_deviation}
    document = {"xbar": {"device": device}, "memchar": {"not_measured": missing, **about}}
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=True) + "\n"


def device_parameters(steps: PulseSteps, about: Mapping[str, Any]) -> str:
    """`xbar.device` of CrossSim 3 as JSON, and beside it, under `memchar`, where the numbers are from.

    Programming error is that of open-loop programming, counting pulses: the deviation between trains at the same pulse.
    """
    missing = {"drift_error": "needs reads over time after programming", "cell_bits": "a choice, not a measurement"}
    reads = [side.read_noise.value for side in (steps.up, steps.down) if side.read_noise is not None]
    writes = [side.train_deviation.value for side in (steps.up, steps.down) if side.train_deviation is not None]
    device: dict[str, Any] = {"Rmin": 1 / steps.highest, "Rmax": 1 / steps.lowest}
    for name, values in (("read_noise", reads), ("programming_error", writes)):
        if values:
            magnitude = math.sqrt(sum(value**2 for value in values) / len(values)) / steps.highest
            device[name] = {"enable": True, "model": "NormalIndependentDevice", "magnitude": magnitude}
        else:
            missing[name] = "the trains do not show it"
    document = {"xbar": {"device": device}, "memchar": {"not_measured": missing, **about}}
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=True) + "\n"
