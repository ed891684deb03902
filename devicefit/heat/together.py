"""One set of thermal parameters from stage temperature, step response and self-heating of the I-V curve together.

All three see R = R0 (1 + a (T - T0)); a step adds C dT/dt = P - (T - T0)/Rth, the on branch of a sweep (ohmic, slow)
adds T - T0 = Rth V I. The sweep alone, or a step of resistance alone, gives only the product a Rth: the temperature
scale comes from the stage or from a step recorded as temperature.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lmfit
import numpy as np

from devicefit.card import Parameter
from devicefit.heat.onbranch import OnBranch
from devicefit.heat.step_response import LARGEST_ERROR, heat_response
from measurements.errors import FitError
from measurements.heat import HeatRecord, ResistanceTemperature, ThermalStep
from measurements.sweep import FloatArray

LEAST_NOISE = 1e-6  # relative; keeps weights of exact (computed) data finite


@dataclass(frozen=True)
class ThermalParameters:
    """Shared parameters with error bars, and the names of those that the data leave open.

    Where the data scatter more about the fit than from point to point, the error bars are widened by the root of
    chi-square per degree of freedom, kept as `excess_scatter` [1].

    Names: `on_resistance` at ambient temperature [ohm], `temperature_coefficient` [1/K], `thermal_resistance`
    [K/W], `thermal_capacitance` [J/K], and `self_heating`, the product a Rth [1/W].
    """

    parameters: Mapping[str, Parameter]
    undetermined: tuple[str, ...]
    excess_scatter: float


def fit_together(
    records: Sequence[HeatRecord], branches: Sequence[OnBranch] = (), ambient_temperature: float = 300.0
) -> ThermalParameters:
    """Fit the shared thermal parameters of one cell to whatever of the three kinds of data there is.

    Each kind weighs by its own noise, estimated from the point-to-point scatter of its curves. Resistance and
    capacitance are fitted as logarithms. Where nothing sets the temperature scale, only `self_heating` and
    `on_resistance` come back, and the others are named in `undetermined`. Series
    resistance of the lines, which does not heat the filament, lowers a: then a is that of the whole cell, as
    measured. A bend of the on branch that is electronic and not thermal (V^2 grows as V I does) would be taken
    for heat: `measured.fit_measured` compares before it joins.

    Raises
    ------
    FitError
        No data of a kind that is used here, or data that determine nothing.
    """
    stages = [record for record in records if isinstance(record, ResistanceTemperature)]
    steps = [record for record in records if isinstance(record, ThermalStep)]
    if not stages and not steps and not branches:
        raise FitError("no stage temperatures, step response or on branch; nothing tells of the cell's temperature")
    warm = [step for step in steps if step.resistance is not None]
    direct = [step for step in steps if step.resistance is None]
    curves = _curves(stages, branches, ambient_temperature, own_levels=bool(stages or warm or len(branches) > 1))
    parameters = _start(curves, warm, direct)
    step_noises = [_noise(step.resistance) for step in warm if step.resistance is not None]
    kelvins = [_noise(step.temperature) * float(np.mean(step.temperature)) for step in direct]

    def residual(trial: lmfit.Parameters) -> FloatArray:
        v = {name: item.value for name, item in trial.items()}
        parts = [c.misfit(math.exp(v[c.level]), v[c.slope]) for c in curves]
        tau, rth = math.exp(v["log_tau"]), math.exp(v["log_rth"])
        for step, s in zip(warm, step_noises, strict=True):
            rise = heat_response(step, 1.0, tau) - step.ambient_temperature
            expected = math.exp(v["log_r0"]) * (1.0 + v["product"] * rise)
            parts.append((np.asarray(step.resistance) / expected - 1.0) / s)
        for step, s in zip(direct, kelvins, strict=True):
            parts.append((heat_response(step, rth, tau / rth) - step.temperature) / s)
        return np.concatenate(parts)

    with np.errstate(invalid="ignore", divide="ignore"):  # a singular covariance becomes nan and is reported
        fit = lmfit.minimize(
            residual, parameters, method="least_squares", x_scale="jac", ftol=1e-13, xtol=1e-13, scale_covar=False
        )
    return _collect(fit, scaled=bool(stages or direct), stepped=bool(steps))


@dataclass(frozen=True, eq=False)
class _Curve:
    """Resistance [ohm] that rises linearly with `abscissa`: of temperature or of power, by `slope`, from `level`."""

    resistance: FloatArray
    abscissa: FloatArray
    slope: str
    level: str
    noise: float

    def misfit(self, level: float, slope: float) -> FloatArray:
        """Deviation in units of the noise."""
        expected = level * (1.0 + slope * self.abscissa)
        return np.asarray((self.resistance / expected - 1.0) / self.noise, dtype=np.float64)

    @property
    def first_slope(self) -> float:
        """Slope of ln(resistance)."""
        return float(np.polyfit(self.abscissa, np.log(self.resistance), 1)[0]) if np.ptp(self.abscissa) > 0 else 0.0


def _curves(
    stages: Sequence[ResistanceTemperature], branches: Sequence[OnBranch], ambient: float, *, own_levels: bool
) -> list[_Curve]:
    """Curves of stage and sweeps. Each set leaves another filament, so each branch has a level of its own."""
    curves = []
    for stage in stages:
        rise = stage.stage_temperature - ambient
        curves.append(_Curve(stage.resistance, rise, "coefficient", "log_r0", _noise(stage.resistance, rise)))
    for number, branch in enumerate(branches):
        level = f"log_branch_{number}" if own_levels else "log_r0"
        noise = _noise(branch.resistance, branch.power)
        curves.append(_Curve(branch.resistance, branch.power, "product", level, noise))
    return curves


def _start(curves: Sequence[_Curve], warm: Sequence[ThermalStep], direct: Sequence[ThermalStep]) -> lmfit.Parameters:
    """Starting values, and which parameters the kinds of data at hand leave free.

    Free: the product a Rth wherever resistance is seen under power; a with a stage, or as product/Rth with a step
    in kelvin and no stage; Rth with a step in kelvin, else tied to product/a where both are seen.
    """
    staged = [curve.first_slope for curve in curves if curve.slope == "coefficient"]
    products = [curve.first_slope for curve in curves if curve.slope == "product"] + [_product(step) for step in warm]
    levels: dict[str, list[float]] = {"log_r0": [float(np.median(np.asarray(step.resistance))) for step in warm]}
    for curve in curves:
        levels.setdefault(curve.level, []).append(float(np.median(curve.resistance)))
    parameters = lmfit.Parameters()
    for name, values in levels.items():
        parameters.add(name, math.log(float(np.median(values))) if values else 0.0, vary=bool(values))
    slope = staged[0] if staged else 1e-3
    product = float(np.median(products)) if products else 0.0
    rises = [float(step.temperature[-1] - step.ambient_temperature) / max(step.power[-1], 1e-30) for step in direct]
    rth = max(float(np.median(rises)) if rises else abs(product / slope) if product and slope else 1e4, 1.0)
    spans = [float(step.time[-1] - step.time[0]) for step in (*warm, *direct)]
    parameters.add("log_tau", math.log(0.1 * min(spans, default=1.0)), vary=bool(spans))
    parameters.add("log_rth", math.log(rth), vary=bool(direct) or bool(staged and products))
    if staged and products:
        parameters.add("coefficient", slope)
        parameters.add("product", expr="coefficient*exp(log_rth)")
    elif products and direct:
        parameters.add("product", product)
        parameters.add("coefficient", expr="product/exp(log_rth)")
    else:
        parameters.add("coefficient", slope, vary=bool(staged))
        parameters.add("product", product, vary=bool(products))
    return parameters


def _product(step: ThermalStep) -> float:
    """First guess of a Rth [1/W] from the end of a step recorded as resistance."""
    ohms = np.asarray(step.resistance)
    return math.log(float(ohms[-1] / ohms[0])) / max(float(step.power[-1]), 1e-30)


def _noise(values: FloatArray | None, order: FloatArray | None = None) -> float:
    """Relative noise of a smooth curve, from its second differences in the order of its abscissa."""
    curve = np.asarray(values, dtype=np.float64)
    if order is not None:
        curve = curve[np.argsort(order, kind="stable")]
    if curve.size < 4:
        return 0.01
    bends = np.diff(np.log(curve), 2)
    return max(float(np.sqrt(np.mean(np.square(bends)) / 6.0)), LEAST_NOISE)


def _collect(fit: lmfit.minimizer.MinimizerResult, *, scaled: bool, stepped: bool) -> ThermalParameters:
    found: dict[str, Parameter] = {}
    p = fit.params
    note = "fitted to stage, step and I-V data together"
    excess = max(1.0, math.sqrt(float(fit.redchi))) if fit.nfree > 0 else 1.0
    levelled = bool(p["log_r0"].vary)

    def add(name: str, value: float, error: float | None, unit: str) -> None:
        if fit.success and error is not None and 0.0 < excess * error < LARGEST_ERROR * abs(value):
            found[name] = Parameter(value, unit, "fitted", excess * error, note)

    def error_of(name: str) -> float | None:
        return None if p[name].stderr is None else float(p[name].stderr)

    r0, rth, tau = (math.exp(p[name].value) for name in ("log_r0", "log_rth", "log_tau"))
    if levelled:
        add("on_resistance", r0, _times(r0, error_of("log_r0")), "ohm")
    add("self_heating", float(p["product"].value), error_of("product"), "1/W")
    if scaled:
        add("temperature_coefficient", float(p["coefficient"].value), error_of("coefficient"), "1/K")
        add("thermal_resistance", rth, _times(rth, error_of("log_rth")), "K/W")
        if stepped and p["log_rth"].vary and p["log_tau"].stderr is not None and p["log_rth"].stderr is not None:
            correlation = (p["log_tau"].correl or {}).get("log_rth", 0.0)
            a, b = float(p["log_tau"].stderr), float(p["log_rth"].stderr)
            spread = math.sqrt(max(a * a + b * b - 2.0 * correlation * a * b, 0.0))
            add("thermal_capacitance", tau / rth, tau / rth * spread, "J/K")
    names = ("on_resistance", "self_heating", "temperature_coefficient", "thermal_resistance", "thermal_capacitance")
    undetermined = tuple(name for name in names if name not in found)
    if not found:
        raise FitError("the data determine none of the thermal parameters; more power or more points are needed")
    return ThermalParameters(found, undetermined, excess)


def _times(value: float, error: float | None) -> float | None:
    return None if error is None else value * error
