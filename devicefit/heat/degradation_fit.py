"""Fits to cycles to failure and to neighbour disturb."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import lmfit
import numpy as np
from scipy.special import log_ndtr

from devicefit.card import Parameter
from devicefit.heat.degradation import BOLTZMANN, REFERENCE_TEMPERATURE
from devicefit.heat.step_response import LARGEST_ERROR
from measurements.errors import FitError
from measurements.heat import CyclesToFailure, NeighbourDisturb, SharedLine
from measurements.sweep import FloatArray

_LINES = (SharedLine.ACTIVE, SharedLine.INERT)
_ROUNDS = 5  # the scatter and the censored rows' weights settle within these
_SETTLED = 0.01  # relative change of the scatter
_LEAST_SCATTER = 0.1  # cycles; counts are whole numbers
_ENDLESS = 100.0  # logarithm of a reach or recovery that the rows cannot show


@dataclass(frozen=True)
class HeatEffectFit:
    """Parameters by name with error bars; `undetermined` names those the data leave open; `scatter`: standard
    deviation of the rows about the fit, in cycles or in ln(resistance).

    Parameters are fitted as logarithms: a 95 % interval is value exp(-+1.96 standard_error/value).
    """

    parameters: Mapping[str, Parameter]
    undetermined: tuple[str, ...]
    scatter: float

    def value(self, name: str) -> float:
        """Value of a parameter in its unit."""
        return self.parameters[name].value


def fit_cycles(record: CyclesToFailure) -> HeatEffectFit:
    """Fit N = fresh [1 - loss exp(-d/reach) exp(-t/recovery)], with reach and recovery of each shared line.

    d is the distance to the heated cell, t the waiting time; cells that share no line count as fresh. Scatter
    is normal in cycles; a test ended before failure says only that N is larger (censored likelihood). `loss` is
    that at no distance, right after heating, of the power and time in the record. Parameters named
    `fresh_cycles`, `loss`, `reach_Cu`, `reach_Pt` [m], `recovery_Cu`, `recovery_Pt` [s].

    Raises
    ------
    FitError
        No fresh cell, no cell on a shared line, or cycles that determine neither.
    """
    lines = [line for line in _LINES if str(line) in record.shared_line]
    fresh = np.array([word == SharedLine.NONE for word in record.shared_line])
    if not lines or not np.any(fresh):
        raise FitError(f"{record.source.file}: cells on a shared line and fresh cells (none) are both needed")
    parameters = lmfit.Parameters()
    parameters.add("fresh_cycles", math.log(max(float(np.mean(record.cycles[fresh])), 1.0)))
    parameters.add("loss", math.log(0.5))
    words = np.array(record.shared_line)
    for line in lines:
        for name, values in (("reach", record.distance), ("recovery", record.waiting_time)):
            own = values[words == str(line)]
            seen = bool(np.ptp(own) > 0)  # a single distance or waiting time tells of no decay: none is taken
            parameters.add(f"{name}_{line}", math.log(float(np.median(own)) or 1.0) if seen else _ENDLESS, vary=seen)
    units = {"fresh_cycles": "1", "loss": "1"}
    units |= {f"reach_{line}": "m" for line in lines} | {f"recovery_{line}": "s" for line in lines}

    def predicted(trial: lmfit.Parameters) -> FloatArray:
        values = {name: math.exp(min(max(item.value, -200.0), 200.0)) for name, item in trial.items()}
        left = np.zeros(record.cycles.size)
        for line in lines:
            own = words == str(line)
            decay = record.distance[own] / values[f"reach_{line}"]
            decay = decay + record.waiting_time[own] / values[f"recovery_{line}"]
            left[own] = values["loss"] * np.exp(-decay)
        return np.asarray(values["fresh_cycles"] * (1.0 - left), dtype=np.float64)

    scatter = max(float(np.std(record.cycles[fresh])), 0.5)
    for _ in range(_ROUNDS):
        current = scatter

        def residual(trial: lmfit.Parameters, scatter: float = current) -> FloatArray:
            return _tobit(predicted(trial), record, scatter)

        fit = _minimize(parameters, residual)
        scatter = _scatter(predicted(fit.params), record, scatter, len(fit.var_names))
        if abs(scatter / current - 1.0) < _SETTLED:
            break
        parameters = fit.params
    return _result(fit, units, scatter, record.source.file, needed=("fresh_cycles",))


def fit_disturb(
    record: NeighbourDisturb, coupling: Callable[[str, float], float], *, recovers: bool = True
) -> HeatEffectFit:
    """Fit ln(after/before) = rate(T) time exp(-wait/recovery), with T from the aggressor's power and the coupling.

    T = ambient + (energy/time) coupling(shared line, distance); rate(T) is that of `degradation`. The coupling
    [K/W] is given, from geometry or a thermometer: rate and activation energy cannot be told from a coupling that
    is unknown as well. Parameters `rate` at 400 K [1/s], `activation_energy` [eV], `recovery_time` [s].

    Raises
    ------
    FitError
        Too few rows, or rows that determine no rate.
    """
    power = record.aggressor_energy / record.aggressor_time
    pairs = zip(record.shared_line, record.distance.tolist(), strict=True)
    kelvin = record.ambient_temperature + power * np.array([coupling(line, distance) for line, distance in pairs])
    change = np.log(record.resistance_after / record.resistance_before)
    if change.size < 4:
        raise FitError(f"{record.source.file}: {change.size} rows, four or more are needed")
    if not np.mean(change) > 0:
        raise FitError(f"{record.source.file}: resistances do not rise under heating; nothing to fit")
    inverse = (1.0 / kelvin - 1.0 / REFERENCE_TEMPERATURE) / BOLTZMANN
    parameters = lmfit.Parameters()
    parameters.add("rate", math.log(float(np.mean(change) / np.mean(record.aggressor_time))))
    parameters.add("activation_energy", math.log(0.5))
    parameters.add("recovery_time", math.log(max(float(np.mean(record.waiting_time)), 1e-9)), vary=recovers)

    def residual(trial: lmfit.Parameters) -> FloatArray:
        values = {name: math.exp(min(max(item.value, -50.0), 50.0)) for name, item in trial.items()}
        exponent = np.clip(-values["activation_energy"] * inverse, -100.0, 100.0)
        effect = values["rate"] * record.aggressor_time * np.exp(exponent)
        healed = np.exp(-record.waiting_time / values["recovery_time"]) if recovers else 1.0
        return np.asarray(effect * healed - change, dtype=np.float64)

    fit = _minimize(parameters, residual)
    units = {"rate": "1/s", "activation_energy": "eV", "recovery_time": "s"}
    scatter = float(np.sqrt(np.sum(np.square(fit.residual)) / max(fit.nfree, 1)))
    return _result(fit, units, scatter, record.source.file, needed=("rate",))


def _tobit(predicted: FloatArray, record: CyclesToFailure, scatter: float) -> FloatArray:
    """Residuals whose squares are minus twice the log likelihood: normal, or the tail beyond for ended tests."""
    distance = (predicted - record.cycles) / scatter
    return np.where(record.failed == 1.0, distance, np.sqrt(-2.0 * log_ndtr(distance)))


def _scatter(predicted: FloatArray, record: CyclesToFailure, scatter: float, free: int) -> float:
    """Standard deviation of failures about the fit; an ended test counts with what it is expected to add."""
    distance = (record.cycles - predicted) / scatter
    density = np.exp(-0.5 * distance**2 - log_ndtr(-distance)) / math.sqrt(2.0 * math.pi)  # over the tail beyond
    beyond = scatter**2 * (1.0 + distance * density)
    squares = np.where(record.failed == 1.0, np.square(record.cycles - predicted), beyond)
    return max(float(np.sqrt(np.sum(squares) / max(squares.size - free, 1))), _LEAST_SCATTER)


def _minimize(
    parameters: lmfit.Parameters, residual: Callable[[lmfit.Parameters], FloatArray]
) -> lmfit.minimizer.MinimizerResult:
    with np.errstate(invalid="ignore", divide="ignore"):  # a singular covariance becomes nan and is reported
        return lmfit.minimize(residual, parameters, method="least_squares", x_scale="jac", ftol=1e-12, xtol=1e-12)


def _result(
    fit: lmfit.minimizer.MinimizerResult, units: Mapping[str, str], scatter: float, file: str, needed: Sequence[str]
) -> HeatEffectFit:
    parameters, undetermined = {}, []
    for name, unit in units.items():
        item = fit.params[name]
        if not item.vary:
            undetermined.append(name)
            continue
        if not fit.success or item.stderr is None or not item.stderr < LARGEST_ERROR:
            if name in needed:
                raise FitError(f"{file}: the rows do not determine {name}")
            undetermined.append(name)
            continue
        value = math.exp(item.value)
        parameters[name] = Parameter(value, unit, "fitted", value * float(item.stderr), f"fitted to {file}")
    return HeatEffectFit(parameters, tuple(undetermined), scatter)
