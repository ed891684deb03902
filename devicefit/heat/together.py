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
from devicefit.heat.step_response import LARGEST_ERROR, heat_response
from measurements.errors import FitError
from measurements.heat import HeatRecord, ResistanceTemperature, ThermalStep
from measurements.sweep import FloatArray

LEAST_NOISE = 1e-6  # relative; keeps weights of exact (computed) data finite


@dataclass(frozen=True, eq=False)
class OnBranch:
    """Points of a sweep while the cell is on and does not switch: voltage [V] and current [A], same sign."""

    voltage: FloatArray
    current: FloatArray

    @property
    def power(self) -> FloatArray:
        """Dissipated power [W]."""
        return np.asarray(self.voltage * self.current, dtype=np.float64)

    @property
    def resistance(self) -> FloatArray:
        """V/I [ohm]."""
        return np.asarray(self.voltage / self.current, dtype=np.float64)


@dataclass(frozen=True)
class ThermalParameters:
    """Shared parameters with error bars, and the names of those that the data leave open.

    Names: `on_resistance` at ambient temperature [ohm], `temperature_coefficient` [1/K], `thermal_resistance`
    [K/W], `thermal_capacitance` [J/K], and `self_heating`, the product a Rth [1/W].
    """

    parameters: Mapping[str, Parameter]
    undetermined: tuple[str, ...]


def fit_together(
    records: Sequence[HeatRecord], branches: Sequence[OnBranch] = (), ambient_temperature: float = 300.0
) -> ThermalParameters:
    """Fit the shared thermal parameters of one cell to whatever of the three kinds of data there is.

    Each kind weighs by its own noise, estimated from the point-to-point scatter of its curves. Resistance and
    capacitance are fitted as logarithms. Where nothing sets the temperature scale, only `self_heating` and
    `on_resistance` (and no thermal resistance) come back, and the others are named in `undetermined`. Series
    resistance of the lines, which does not heat the filament, lowers a: then a is that of the whole cell, as
    measured.

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
    parameters = _start(stages, warm, direct, branches, ambient_temperature)
    noises = [_noise(record.resistance, record.stage_temperature) for record in stages]
    noises += [_noise(branch.resistance, branch.power) for branch in branches]
    step_noises = [_noise(step.resistance) for step in warm if step.resistance is not None]
    kelvins = [_noise(step.temperature) * float(np.mean(step.temperature)) for step in direct]

    def residual(trial: lmfit.Parameters) -> FloatArray:
        v = {name: item.value for name, item in trial.items()}
        r0, a, product = math.exp(v["log_r0"]), v["coefficient"], v["product"]
        curves = [(record.resistance, a * (record.stage_temperature - ambient_temperature)) for record in stages]
        curves += [(branch.resistance, product * branch.power) for branch in branches]
        parts = [(r / (r0 * (1.0 + rise)) - 1.0) / s for (r, rise), s in zip(curves, noises, strict=True)]
        tau, rth = math.exp(v["log_tau"]), math.exp(v["log_rth"])
        for step, s in zip(warm, step_noises, strict=True):
            rise = heat_response(step, 1.0, tau) - step.ambient_temperature
            parts.append((np.asarray(step.resistance) / (r0 * (1.0 + product * rise)) - 1.0) / s)
        parts += [
            (heat_response(step, rth, tau / rth) - step.temperature) / s
            for step, s in zip(direct, kelvins, strict=True)
        ]
        return np.concatenate(parts)

    with np.errstate(invalid="ignore", divide="ignore"):  # a singular covariance becomes nan and is reported
        fit = lmfit.minimize(
            residual, parameters, method="least_squares", x_scale="jac", ftol=1e-13, xtol=1e-13, scale_covar=False
        )
    return _collect(fit, scaled=bool(stages or direct), stepped=bool(steps))


def _start(
    stages: Sequence[ResistanceTemperature],
    warm: Sequence[ThermalStep],
    direct: Sequence[ThermalStep],
    branches: Sequence[OnBranch],
    ambient: float,
) -> lmfit.Parameters:
    """Starting values, and which parameters the kinds of data at hand leave free.

    Free: the product wherever resistance is seen under power; the coefficient with a stage, or as product/Rth with a
    step in kelvin and no stage; Rth with a step in kelvin, else tied to product/coefficient.
    """
    resistances = [record.resistance for record in stages] + [branch.resistance for branch in branches]
    resistances += [step.resistance for step in warm if step.resistance is not None]
    seen = bool(branches or warm)
    parameters = lmfit.Parameters()
    first = math.log(float(np.median(np.concatenate(resistances)))) if resistances else 0.0
    slope = 1e-3
    if stages:
        slope = float(np.polyfit(stages[0].stage_temperature - ambient, np.log(stages[0].resistance), 1)[0])
    rise = [(step.temperature - step.ambient_temperature)[-1] / max(step.power[-1], 1e-30) for step in direct]
    rth = max(float(np.median(rise)), 1.0) if rise else 1e4
    if not rise and seen:
        product = _product(branches, warm)
        rth = max(abs(product / slope), 1.0) if slope else rth
    steps = [*warm, *direct]
    tau = 0.1 * min((float(step.time[-1] - step.time[0]) for step in steps), default=1.0)
    parameters.add("log_r0", first, vary=bool(resistances))
    parameters.add("log_tau", math.log(tau), vary=bool(steps))
    if stages or not (seen and direct):
        parameters.add("coefficient", slope, vary=bool(stages))
    if direct or (stages and seen):
        parameters.add("log_rth", math.log(rth))
    else:
        parameters.add("log_rth", math.log(rth), vary=False)
    if stages and seen:
        parameters.add("product", expr="coefficient*exp(log_rth)")
    else:
        parameters.add("product", _product(branches, warm) if seen else 0.0, vary=seen)
    if "coefficient" not in parameters:
        parameters.add("coefficient", expr="product/exp(log_rth)")
    return parameters


def _product(branches: Sequence[OnBranch], warm: Sequence[ThermalStep]) -> float:
    """First guess of a Rth [1/W] from the slope of ln R against power."""
    pairs = [(branch.power, branch.resistance) for branch in branches]
    pairs += [(step.power, step.resistance) for step in warm if step.resistance is not None]
    slopes = [float(np.polyfit(p, np.log(r), 1)[0]) for p, r in pairs if np.ptp(p) > 0]
    if slopes:
        return float(np.median(slopes))
    rises = [math.log(float(r[-1] / r[0])) / float(p[-1]) for p, r in pairs if p[-1] > 0]
    return float(np.median(rises)) if rises else 0.0


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

    def add(name: str, value: float, error: float | None, unit: str) -> None:
        if fit.success and error is not None and 0.0 < error < LARGEST_ERROR * abs(value):
            found[name] = Parameter(value, unit, "fitted", error, note)

    def error_of(name: str) -> float | None:
        return None if p[name].stderr is None else float(p[name].stderr)

    r0, rth, tau = (math.exp(p[name].value) for name in ("log_r0", "log_rth", "log_tau"))
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
    return ThermalParameters(found, undetermined)


def _times(value: float, error: float | None) -> float | None:
    return None if error is None else value * error
