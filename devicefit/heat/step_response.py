"""Thermal resistance and capacitance of the filament: fitted to step responses, or assumed from its
geometry.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import lmfit
import numpy as np

from devicefit.card import Parameter
from devicefit.compiled import compiled
from devicefit.numerics import FloatArray
from measurements.errors import FitError
from measurements.heat import HeatRecord, ThermalStep

FILAMENT_RADIUS = 10e-9  # m, assumed
OXIDE_THICKNESS = 25e-9  # m, TaOx of the Cu/TaOx/Pt cells
COPPER_CONDUCTIVITY, PLATINUM_CONDUCTIVITY = 385.0, 72.0  # W/(m K)
COPPER_HEAT_CAPACITY = 3.45e6  # J/(m^3 K)
LARGEST_ERROR = 1.0  # relative standard error above which a quantity counts as not determined


@dataclass(frozen=True)
class HeatFit:
    """Thermal resistance [K/W] and capacitance [J/K] of the filament, with origin and error bars.

    `rms_error` is the root mean square difference between fit and record [K], None where nothing was fitted.
    """

    resistance: Parameter
    capacitance: Parameter
    rms_error: float | None = None


def heat_of(records: Sequence[HeatRecord]) -> HeatFit:
    """Fit of the thermal step responses among the heat records, or the assumed values where there are none."""
    return fit_heat(records) if any(isinstance(record, ThermalStep) for record in records) else assumed_heat()


def fit_heat(heat: Sequence[HeatRecord]) -> HeatFit:
    """Fit C dT/dt = P - (T - T0)/R to the thermal step responses among the heat records of one cell.

    The power of a row is taken to hold from its time to the next row's; the first row is at ambient
    temperature. The solution is exact piece by piece. R and C are fitted as logarithms; errors are one
    standard deviation. Where the record does not resolve the time constant, the capacitance is the assumed
    one and its note says so.

    Raises
    ------
    FitError
        No record, no power, a temperature that does not rise with power, or no thermal resistance to be had.
    """
    records = [record for record in heat if isinstance(record, ThermalStep)]
    if not records:
        raise FitError("no heat record to fit; measure a thermal step response or use assumed_heat()")
    start = math.log(_first_resistance(records))
    spans = [float(record.time[-1] - record.time[0]) for record in records]
    parameters = lmfit.Parameters()
    parameters.add("log_resistance", start)
    parameters.add("log_capacitance", math.log(0.1 * min(spans)) - start)

    def residual(trial: lmfit.Parameters) -> FloatArray:
        resistance, capacitance = (math.exp(min(max(trial[name].value, -200.0), 200.0)) for name in trial)
        return np.concatenate(
            [heat_response(record, resistance, capacitance) - record.temperature for record in records]
        )

    fit = lmfit.minimize(residual, parameters, method="least_squares", x_scale="jac", ftol=1e-12, xtol=1e-12)
    if fit.params["log_capacitance"].stderr is None or not fit.params["log_capacitance"].stderr < LARGEST_ERROR:
        parameters["log_capacitance"].set(math.log(assumed_heat().capacitance.value), vary=False)
        fit = lmfit.minimize(residual, parameters, method="least_squares", ftol=1e-12, xtol=1e-12)
    values = [math.exp(fit.params[name].value) for name in parameters]
    errors = [fit.params[name].stderr for name in parameters]
    names = ", ".join(record.source.file for record in records)
    if not fit.success or errors[0] is None or not errors[0] < LARGEST_ERROR:
        raise FitError(f"{names}: no thermal resistance determined; record the plateau of a larger step")
    note = f"fitted to {len(records)} step response(s)"
    resistance = Parameter(values[0], "K/W", "fitted", values[0] * errors[0], note)
    capacitance = Parameter(values[1], "J/K", "fitted", values[1] * (errors[1] or 0.0), note)
    if not parameters["log_capacitance"].vary:
        capacitance = Parameter(
            assumed_heat().capacitance.value,
            "J/K",
            "assumed",
            note="the record does not resolve the rise; filament volume",
        )
    return HeatFit(resistance, capacitance, float(np.sqrt(np.mean(np.square(fit.residual)))))


def assumed_heat() -> HeatFit:
    """Thermal parameters where nothing was measured, marked `assumed`.

    R = 1/(4 r (k_Cu + k_Pt)): a disc of radius r = 10 nm spreading into both electrodes, taken as half
    spaces in parallel; C: the filament's volume, 25 nm long, times the heat capacity of copper. Published
    compact models spread over four decades of R.

    >>> f"{assumed_heat().resistance.value:.3g} K/W, {assumed_heat().capacitance.value:.3g} J/K"
    '5.47e+04 K/W, 2.71e-17 J/K'
    """
    resistance = 1.0 / (4.0 * FILAMENT_RADIUS * (COPPER_CONDUCTIVITY + PLATINUM_CONDUCTIVITY))
    capacitance = math.pi * FILAMENT_RADIUS**2 * OXIDE_THICKNESS * COPPER_HEAT_CAPACITY
    return HeatFit(
        Parameter(
            resistance,
            "K/W",
            "assumed",
            note="no heat record: spreading resistance, 10 nm filament between Cu and Pt (385, 72 W/(m K))",
        ),
        Parameter(
            capacitance,
            "J/K",
            "assumed",
            note="no heat record: Cu filament 10 nm in radius, 25 nm long, 3.45e6 J/(m^3 K)",
        ),
    )


def heat_response(record: ThermalStep, resistance: float, capacitance: float) -> FloatArray:
    """Temperature [K] at the record's times for a thermal resistance [K/W] and capacitance [J/K]."""
    return _march(record.time, record.power, record.ambient_temperature, resistance, capacitance)


@compiled
def _march(time: FloatArray, power: FloatArray, ambient: float, resistance: float, capacitance: float) -> FloatArray:
    temperature = np.empty(time.size)
    temperature[0] = ambient
    for i in range(1, time.size):
        final = ambient + power[i - 1] * resistance
        decay = math.exp(-(time[i] - time[i - 1]) / (resistance * capacitance))
        temperature[i] = final + (temperature[i - 1] - final) * decay
    return temperature


def _first_resistance(records: Sequence[ThermalStep]) -> float:
    """Slope of temperature rise against power, through the origin [K/W]."""
    power = np.concatenate([record.power for record in records])
    rise = np.concatenate([record.temperature - record.ambient_temperature for record in records])
    names = ", ".join(record.source.file for record in records)
    if not np.any(power > 0):
        raise FitError(f"{names}: the power is never above zero; a step of known power is needed")
    slope = float(power @ rise / (power @ power))
    if not slope > 0:
        raise FitError(
            f"{names}: the temperature does not rise with power; check the columns and the coefficient's sign"
        )
    return slope
