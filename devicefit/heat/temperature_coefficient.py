"""Temperature coefficient of resistance from resistance against stage temperature."""

from __future__ import annotations

from dataclasses import dataclass

import lmfit
import numpy as np

from devicefit.card import Parameter
from measurements.errors import FitError
from measurements.heat import ResistanceTemperature
from measurements.sweep import FloatArray


@dataclass(frozen=True)
class CoefficientFit:
    """R = R0 (1 + a (T - T0)): `resistance` R0 [ohm], `coefficient` a [1/K], at `reference_temperature` T0 [K].

    `scatter`: standard deviation of R/fit - 1 [1]. `curvature_in_errors`: coefficient of a quadratic term over
    its own standard error [1]; beyond about 2 the straight line is doubtful; None with three points or fewer.
    """

    resistance: Parameter
    coefficient: Parameter
    reference_temperature: float
    scatter: float
    curvature_in_errors: float | None


def fit_coefficient(record: ResistanceTemperature, reference_temperature: float = 300.0) -> CoefficientFit:
    """Straight line through resistance against stage temperature, with error bars of one standard deviation.

    Raises
    ------
    FitError
        Fewer than three points, or a single temperature.
    """
    rise = record.stage_temperature - reference_temperature
    if rise.size < 3 or not np.ptp(rise) > 0:
        raise FitError(f"{record.source.file}: three or more reads at different temperatures give a coefficient")
    start = float(np.median(record.resistance))
    fit = _fit(rise, record.resistance, start, curved=False)
    curvature = None
    if rise.size > 3 and np.unique(rise).size > 2:
        bend = _fit(rise, record.resistance, start, curved=True).params["bend"]
        curvature = None if not bend.stderr else float(bend.value / bend.stderr)
    resistance, coefficient = fit.params["resistance"], fit.params["coefficient"]
    if coefficient.stderr is None or resistance.stderr is None:
        raise FitError(f"{record.source.file}: the reads determine no temperature coefficient")
    note = f"fitted to {rise.size} reads between {rise.min() + reference_temperature:g} and "
    note += f"{rise.max() + reference_temperature:g} K"
    return CoefficientFit(
        Parameter(float(resistance.value), "ohm", "fitted", float(resistance.stderr), note),
        Parameter(float(coefficient.value), "1/K", "fitted", float(coefficient.stderr), note),
        reference_temperature,
        float(np.sqrt(np.sum(np.square(fit.residual)) / fit.nfree)) / start,
        curvature,
    )


def _fit(rise: FloatArray, measured: FloatArray, start: float, *, curved: bool) -> lmfit.minimizer.MinimizerResult:
    parameters = lmfit.Parameters()
    parameters.add("resistance", start)
    parameters.add("coefficient", 0.0)
    parameters.add("bend", 0.0, vary=curved)

    def residual(trial: lmfit.Parameters) -> FloatArray:
        r0, a, b = (trial[name].value for name in ("resistance", "coefficient", "bend"))
        return np.asarray(r0 * (1.0 + a * rise + b * rise**2) - measured, dtype=np.float64)

    return lmfit.minimize(residual, parameters, method="least_squares", x_scale="jac", ftol=1e-14, xtol=1e-14)
