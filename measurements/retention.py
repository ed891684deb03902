"""Retention: drift of a state under reads, and what may be said of times nobody waited for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from measurements.errors import FitError
from measurements.estimate import Estimate, normal_estimate
from measurements.lines import Line, fit_line
from measurements.reads import ReadSeries
from measurements.sweep import FloatArray

MINIMUM_POINTS = 8
MINIMUM_SPAN = 3.0
"""Smallest ratio of last to first time that shows a drift in log time [1]."""


class DriftModel(StrEnum):
    """Laws of the conductance against time."""

    POWER = "power law"
    LOGARITHM = "logarithm of time"


@dataclass(frozen=True, eq=False)
class Retention:
    """Drift of one read series.

    Parameters
    ----------
    start
        Conductance at the first time after the start [S], from the better law.
    drift_exponent
        nu of G = G1 (t/1 s)^-nu [1]: positive for a conductance that falls. None where G changes sign.
    log_slope
        Change of the conductance in a decade of time [S].
    preferred
        The law with the smaller relative residual; `distinguished` whether by 10 AIC units or more.
    first_time, last_time
        Of the points used [s], from the start of the series.
    """

    start: Estimate
    drift_exponent: Estimate | None
    log_slope: Estimate
    preferred: DriftModel
    distinguished: bool
    first_time: float
    last_time: float
    power_line: Line | None
    log_line: Line

    def at(self, time: float, model: DriftModel | None = None) -> Estimate:
        """Conductance at `time` [s] with the stated law (the preferred one if not given) [S].

        The interval is that of the line; its relative width grows with the distance in log time beyond the
        last read, and where the data do not distinguish the laws it spans both. No law is certain outside
        the times measured: `method` says by what factor the time lies beyond.

        Raises
        ------
        FitError
            The time is not positive, or the power law was asked of a conductance that changes sign.
        """
        if not time > 0:
            raise FitError(f"no conductance at a time of {time} s")
        models = [self.preferred] if model is None else [model]
        if model is None and not self.distinguished and self.power_line is not None:
            models = list(DriftModel)
        values = [self._by(one, time) for one in models]
        beyond = time / self.last_time
        reach = f"extrapolated {beyond:.3g} times beyond the last read" if beyond > 1 else "within the times read"
        best = values[models.index(self.preferred)] if self.preferred in models else values[0]
        method = f"{' and '.join(models)}; {reach}"
        low, high = min(one.low for one in values), max(one.high for one in values)
        return Estimate(best.value, "S", low, high, method, (high - low) / (2 * 1.96))

    def _by(self, model: DriftModel, time: float) -> Estimate:
        if model is DriftModel.LOGARITHM:
            return self.log_line.at(math.log10(time), "S", str(model))
        if self.power_line is None:
            raise FitError("the conductance changes sign: it follows no power law")
        exponent = self.power_line.at(math.log(time), "1", str(model))
        sign = 1.0 if self.start.value >= 0 else -1.0
        ends = sorted((sign * math.exp(exponent.low), sign * math.exp(exponent.high)))
        return Estimate(sign * math.exp(exponent.value), "S", ends[0], ends[1], str(model))


def retention(series: ReadSeries) -> Retention:
    """Drift laws of a read series, both by least squares with errors grown for correlated residuals.

    G = G1 (t/1 s)^-nu and G = G1 + b log10(t/1 s), t from the first read (which itself is left out). Drift
    with a power law is the rule for amorphous phase-change cells and a fair description of filaments
    (Ielmini et al. 2009, doi 10.1109/TED.2009.2016398).

    Raises
    ------
    FitError
        Fewer than eight reads at advancing times and non-zero voltage, or less than a factor 3 between the
        first and the last time.
    """
    time = series.time - series.time[0]
    keep = (time > 0) & (series.voltage != 0)
    if keep.sum() < MINIMUM_POINTS:
        raise FitError(f"no drift from {int(keep.sum())} reads; {MINIMUM_POINTS} or more at advancing times are needed")
    time = time[keep]
    conductance = series.current[keep] / series.voltage[keep]
    if time[-1] < MINIMUM_SPAN * time[0]:
        raise FitError("no drift: the last read comes less than 3 times later than the first")
    return drift(time, conductance)


def drift(time: FloatArray, conductance: FloatArray) -> Retention:
    """As `retention`, from times since the state was written [s] and conductances [S]."""
    log_line = fit_line(np.log10(time), conductance, ("S", "S per decade"), "line in log time")
    one_sign = bool((conductance > 0).all() or (conductance < 0).all())
    power_line = None
    if one_sign:
        power_line = fit_line(np.log(time), np.log(np.abs(conductance)), ("1", "1"), "line in log-log")
    misfit_log = float(np.mean((conductance - log_line.intercept.value - log_line.slope.value * np.log10(time)) ** 2))
    preferred, distinguished, exponent = DriftModel.LOGARITHM, not one_sign, None
    if power_line is not None:
        sign = 1.0 if conductance[0] > 0 else -1.0
        shape = sign * np.exp(power_line.intercept.value + power_line.slope.value * np.log(time))
        misfit_power = float(np.mean((conductance - shape) ** 2))
        smallest = max(min(misfit_log, misfit_power), 1e-300)
        gain = time.size * math.log(max(misfit_log, misfit_power, 1e-300) / smallest)
        shrunk = (1 - log_line.correlation) / (1 + log_line.correlation)
        distinguished = gain * shrunk > 10
        preferred = DriftModel.POWER if misfit_power <= misfit_log else DriftModel.LOGARITHM
        slope = power_line.slope
        exponent = normal_estimate(
            -slope.value, float(slope.standard_error or 0.0), "1", "G = G1 t^-nu, line in log-log", power_line.freedom
        )
    start = log_line.at(math.log10(float(time[0])), "S", "line in log time at the first read after the start")
    return Retention(
        start,
        exponent,
        log_line.slope,
        preferred,
        distinguished,
        float(time[0]),
        float(time[-1]),
        power_line,
        log_line,
    )
