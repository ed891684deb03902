"""From a temperature history to cycles to failure and to the loss of a set state.

Assumed model: heat disorders the surroundings of a cell (fraction x, from 0 to 1) at an Arrhenius rate, and the
disorder heals by itself,

    dx/dt = (1 - x) r(T) - x/tau,   r(T) = rate exp(-Ea/k (1/T - 1/Tref))

A cell with disorder x survives N = fresh (1 - x) set-reset cycles at marginal compliance. A set filament ruptures as
d(dose)/dt = r(T); its state is kept with probability exp(-dose). Heat conduction in these arrays settles within
milliseconds (`HeatNetwork.slowest_time_constant`), so a recovery over minutes is not the cooling of the metal: tau
stands for ionic or structural relaxation and is an assumption wherever it was not fitted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from devicefit.card import Parameter
from measurements.errors import InputError
from measurements.sweep import FloatArray

BOLTZMANN = 8.617333262e-5  # eV/K
REFERENCE_TEMPERATURE = 400.0  # K, where rates are stated: inside the range that disturbs cells


@dataclass(frozen=True)
class Degradation:
    """Parameters: `fresh_cycles` [1], `rate` at 400 K [1/s], `activation_energy` [eV], `recovery_time` [s]."""

    fresh_cycles: Parameter
    rate: Parameter
    activation_energy: Parameter
    recovery_time: Parameter


def assumed_degradation() -> Degradation:
    """Values where nothing was fitted; only the fresh cycles were published.

    Recovery: 200 s leaves 5 % of the disorder after the published 10 minutes. Rate and energy: such that a
    second at 500 K disorders a cell and an hour at 300 K does not.
    """
    return Degradation(
        Parameter(14.0, "1", "published", note="13 to 15 cycles, fresh, at 10 uA: ECS 236 abstract 124730 (2019)"),
        Parameter(3.0e-3, "1/s", "assumed", note="nobody measured it"),
        Parameter(1.0, "eV", "assumed", note="nobody measured it; usual size for metal ions in oxides"),
        Parameter(200.0, "s", "assumed", note="full recovery published after 10 minutes or more; mechanism not known"),
    )


def rate(model: Degradation, temperature: FloatArray | float) -> FloatArray:
    """Arrhenius rate at `temperature` [K], in [1/s]."""
    inverse = 1.0 / np.asarray(temperature, dtype=np.float64) - 1.0 / REFERENCE_TEMPERATURE
    exponent = -model.activation_energy.value / BOLTZMANN * inverse
    return np.asarray(model.rate.value * np.exp(exponent), dtype=np.float64)


def disorder(model: Degradation, duration: FloatArray, temperature: FloatArray, start: float = 0.0) -> FloatArray:
    """Disorder x after each of successive spans of constant temperature [1].

    Exact: within a span x goes to r/(r + 1/tau) with the rate r + 1/tau.

    Parameters
    ----------
    duration [s], temperature [K]
        Equal-length arrays, a span an entry.
    start
        Disorder before the first span [1].

    Raises
    ------
    InputError
        Arrays of unequal length, a negative duration, or a temperature not above zero.
    """
    spans, kelvin = np.asarray(duration, dtype=np.float64), np.asarray(temperature, dtype=np.float64)
    if spans.shape != kelvin.shape or np.any(spans < 0) or np.any(kelvin <= 0):
        raise InputError("spans need as many temperatures, durations of zero or more, and temperatures above 0 K")
    result = np.empty(spans.size)
    x = start
    for index, (span, forward) in enumerate(zip(spans, rate(model, kelvin), strict=True)):
        total = float(forward) + 1.0 / model.recovery_time.value
        final = float(forward) / total
        x = final + (x - final) * math.exp(-total * float(span))
        result[index] = x
    return result


def cycles_left(model: Degradation, disordered: FloatArray | float) -> FloatArray:
    """Cycles to failure of a cell with disorder x [1]."""
    return np.asarray(model.fresh_cycles.value * (1.0 - np.asarray(disordered)), dtype=np.float64)


def kept_probability(model: Degradation, duration: FloatArray, temperature: FloatArray) -> float:
    """Probability that a set filament survives spans [s] of constant temperature [K]: exp(-sum r(T) t)."""
    dose = float(np.sum(rate(model, np.asarray(temperature)) * np.asarray(duration)))
    return math.exp(-dose)
