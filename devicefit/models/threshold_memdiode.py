"""The threshold memdiode as a compact model among the others; its equations are in `devicefit.threshold_memdiode`."""

from __future__ import annotations

import math

import numpy as np

from devicefit import threshold_memdiode as equations
from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, Swept, UnknownSpec
from devicefit.numerics import FloatArray, bounded_exp, bounded_shares
from devicefit.threshold_memdiode import operating_point, switching_exponents

PARAMETERS = (
    ParameterSpec("on_current", "A", "I_on, current scale of the on branch", 1e-15, 1e3),
    ParameterSpec("on_slope", "1/V", "a_on, curvature of the on branch", 1e-6, 50.0),
    ParameterSpec("off_current", "A", "I_off, current scale of the off branch", 1e-18, 1.0),
    ParameterSpec("off_slope", "1/V", "a_off, curvature of the off branch", 1e-6, 50.0),
    ParameterSpec("series_resistance", "ohm", "Rs, of the lines and electrodes", 0.0, 1e9, "linear"),
    ParameterSpec("set_voltage", "V", "V_set, internal voltage of unit set rate", 1e-3, 50.0),
    ParameterSpec("set_slope", "1/V", "eta_set, exponent of the set rate", 1e-2, 1e4),
    ParameterSpec("reset_voltage", "V", "V_reset, internal voltage of unit reset rate, given positive", 1e-3, 50.0),
    ParameterSpec("reset_slope", "1/V", "eta_reset, exponent of the reset rate", 1e-2, 1e4),
    ParameterSpec("activation_energy", "eV", "Ea, of both rates", 0.0, 5.0, "linear"),
    ParameterSpec("state_limit", "1", "u_max, bound of the logit", 1.0, 200.0),
    ParameterSpec("ambient_temperature", "K", "T0", 1.0, 2000.0),
    ParameterSpec("thermal_resistance", "K/W", "R_th of the filament", 1.0, 1e9),
    ParameterSpec("thermal_capacitance", "J/K", "C_th of the filament", 1e-20, 1.0),
)


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations of the threshold memdiode; unknowns are the logit u and the temperature rise [K]."""
    x, up, down = bounded_shares(unknowns[0], parameters[10])
    internal, amperes = operating_point(parameters, voltage, x)
    temperature = max(parameters[11] + unknowns[1], 1.0)
    slopes[0] = logit_slope(parameters, internal, temperature, up, down)
    slopes[1] = (internal * amperes - unknowns[1] / parameters[12]) / parameters[13]
    return amperes


def swept_response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The same with the temperature in balance, T = T0 + R_th V' I; the logit u is the one unknown."""
    x, up, down = bounded_shares(unknowns[0], parameters[10])
    internal, amperes = operating_point(parameters, voltage, x)
    temperature = parameters[11] + parameters[12] * internal * amperes
    slopes[0] = logit_slope(parameters, internal, temperature, up, down)
    return amperes


@compiled
def logit_slope(parameters: FloatArray, internal: float, temperature: float, up: float, down: float) -> float:
    """du/dt [1/s], where the bounds let through the shares `up` of the set and `down` of the reset."""
    set_exponent, reset_exponent = switching_exponents(parameters, internal, temperature)
    found: float = bounded_exp(set_exponent) * up - bounded_exp(reset_exponent) * down
    return found


def time_constant(parameters: FloatArray) -> float:
    """R_th C_th of the filament [s]."""
    return float(parameters[12] * parameters[13])


def at_fraction(parameters: FloatArray, fraction: float) -> FloatArray:
    """The logit, within its bounds, at ambient temperature."""
    limit = float(parameters[10])
    if fraction <= 0.0 or fraction >= 1.0:
        return np.array([-limit if fraction <= 0.0 else limit, 0.0])
    return np.array([min(max(math.log(fraction / (1.0 - fraction)), -limit), limit), 0.0])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """x = 1/(1 + exp(-u)) [1]."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * unknowns[:, 0])))


MODEL = CompactModel(
    name=equations.MODEL_NAME,
    title="threshold memdiode: two sinh branches, exponential thresholds, series resistance, heat",
    equations=equations.__doc__ or "",
    validity="bipolar filamentary cells with abrupt events; no volatile switching",
    sources=(
        "C. Yakopcic et al., IEEE Trans. CAD 39, 4898 (2020)",
        "E. Miranda, J. Suñé, IEEE Trans. Nanotechnol. 19, 609 (2020)",
    ),
    parameters=PARAMETERS,
    unknowns=(
        UnknownSpec("u", "1", tolerance=0.02, initial="u0", node="u"),
        UnknownSpec("rise", "K", tolerance=0.1, relative=1e-3, node="rise"),
    ),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="memristor",
    fitted=(
        "on_current",
        "on_slope",
        "off_current",
        "off_slope",
        "series_resistance",
        "set_voltage",
        "set_slope",
        "reset_voltage",
        "reset_slope",
    ),
    per_cycle=("on_current", "set_voltage", "reset_voltage"),
    set_polarity=1,
    swept=Swept(swept_response, time_constant),
)
