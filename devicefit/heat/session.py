"""A heating session as it was measured: what one cell's sweeps did to a cell nearby."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.heat.coupling import coupling_from
from devicefit.heat.degradation import BOLTZMANN, REFERENCE_TEMPERATURE, Degradation, rate
from devicefit.heat.stack import Array
from measurements.errors import InputError
from measurements.sweep import Sweep


@dataclass(frozen=True)
class SweepHeat:
    """Heat of one sweep: energy [J], time under power [s], peak and mean power [W]."""

    file: str
    energy: float
    duration: float
    peak_power: float

    @property
    def mean_power(self) -> float:
        """Energy over duration [W]."""
        return self.energy / self.duration


@dataclass(frozen=True)
class DisturbPrediction:
    """Prediction for a victim: `coupling` [K/W], highest rise [K], probability that its state is kept.

    `needed_rise` [K]: constant rise over the same time for an even chance of losing it. `needed_rate` [1]: how
    many times the model's rate the filament would have to have for an even chance under the rise it saw.
    """

    coupling: float
    peak_rise: float
    kept_probability: float
    needed_rise: float
    needed_rate: float


def sweep_heat(sweep: Sweep) -> SweepHeat:
    """Energy put into a cell and its lines by a sweep: integral of |V I| dt (trapezia over the time column).

    Raises
    ------
    InputError
        Fewer than two points, or no time between them.
    """
    span = float(sweep.time[-1] - sweep.time[0])
    if len(sweep) < 2 or not span > 0:
        raise InputError("a sweep of one moment holds no energy", path=sweep.source.file)
    power = np.abs(sweep.voltage * sweep.current)
    return SweepHeat(sweep.source.file, float(np.trapezoid(power, sweep.time)), span, float(power.max()))


def predict_disturb(
    array: Array,
    aggressor: tuple[int, int],
    victim: tuple[int, int],
    sweeps: Sequence[Sweep],
    model: Degradation,
    ambient_temperature: float = 300.0,
) -> DisturbPrediction:
    """Rise of the victim during the aggressor's sweeps, and what it does to a set filament.

    The rise follows the power at once (the lines settle within milliseconds, a point of such a sweep takes tens);
    the sweep's whole power counts as the aggressor's, an upper bound. Even chances mean a dose of ln 2.

    Raises
    ------
    InputError
        No sweep, or a cell outside the array.
    """
    if not sweeps:
        raise InputError("no sweep heated the aggressor")
    reach = float(coupling_from(array, array.cell(*aggressor))[array.cell(*victim)])
    peak, dose, time = 0.0, 0.0, 0.0
    for sweep in sweeps:
        rise = reach * np.abs(sweep.voltage * sweep.current)
        dose += float(np.trapezoid(rate(model, ambient_temperature + rise), sweep.time))
        time += float(sweep.time[-1] - sweep.time[0])
        peak = max(peak, float(rise.max()))
    logarithm = math.log(math.log(2.0) / (time * model.rate.value))
    inverse = 1.0 / REFERENCE_TEMPERATURE - logarithm * BOLTZMANN / model.activation_energy.value
    needed = math.inf if inverse <= 0 else 1.0 / inverse - ambient_temperature
    return DisturbPrediction(reach, peak, math.exp(-dose), needed, math.log(2.0) / dose)
