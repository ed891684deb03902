"""The compact model `threshold-memdiode`: a dynamic, non-linear bipolar memristor with a thermal node.

    V' = V - I Rs                                                          voltage across the filament [V]
    I  = x I_on sinh(a_on V') + (1-x) I_off sinh(a_off V')                 current [A]
    x  = 1/(1 + exp(-u))                                                   fraction of the filament that
    conducts [1] du/dt = r_set/(1 + exp(u - u_max)) - r_reset/(1 + exp(-u - u_max))     logit of x [1/s]
    r_set   = exp(eta_set   ( V' - V_set  ) T0/T + (Ea/k)(1/T0 - 1/T))     [1/s]
    r_reset = exp(eta_reset (-V' - V_reset) T0/T + (Ea/k)(1/T0 - 1/T))     [1/s]
    C_th dT/dt = V' I - (T - T0)/R_th                                      temperature of the filament [K]

The thresholds V_set and V_reset (both given as positive numbers) are by definition the internal voltages at
which the logit moves by one per second at ambient temperature. exp and sinh are continued linearly, with
continuous slope, where their argument exceeds 45, so that no trial point of a solver overflows.

Validity: bipolar filamentary cells whose set is at positive voltage; no volatile switching; the filament's
power alone heats it (heat of the series resistance is spread along the line). A set is limited by the series
resistance: V' falls as the current rises, so that the state stops short of x = 1 where the drive is weak.

Sources: conduction is the parallel-sinh form of the generalised Yakopcic model (C. Yakopcic et al., IEEE
Trans. CAD 39, 4898, 2020) with the internal series resistance of the memdiode; exponential threshold rates
as in the dynamic memdiode (E. Miranda, J. Suñé, IEEE Trans. Nanotechnol. 19, 609, 2020); thermal node and
Arrhenius factor as in the filament models listed in the project's notes. The logit as state variable absorbs
the parabolic window x(1-x) exactly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from devicefit.card import DeviceCard
from devicefit.compiled import compiled
from devicefit.numerics import ARGUMENT_LIMIT, FloatArray, bounded_exp, bounded_sinh, bounded_sinh_slope, sinh_and_slope
from measurements.errors import InputError

MODEL_NAME = "threshold-memdiode"

PARAMETER_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "on_current": "A",
        "on_slope": "1/V",
        "off_current": "A",
        "off_slope": "1/V",
        "series_resistance": "ohm",
        "set_voltage": "V",
        "set_slope": "1/V",
        "reset_voltage": "V",
        "reset_slope": "1/V",
        "activation_energy": "eV",
        "state_limit": "1",
        "ambient_temperature": "K",
        "thermal_resistance": "K/W",
        "thermal_capacitance": "J/K",
    }
)
"""Names of the parameters, in the order of `parameter_vector`, with their units."""

CONVERGED = 1e-3  # last step of an iteration of fourth order in units of 1/slope, whose error is below 1e-13 of that
LEAST_DIVISOR = 0.15  # an exponential gives 1/6 or more; below it Newton's step is taken
_MAY_BE_ZERO = {"series_resistance", "activation_energy"}


def parameter_vector(card: DeviceCard) -> FloatArray:
    """Values of `card` as a float64 vector in the order of `PARAMETER_UNITS`.

    Raises
    ------
    InputError
        The card is of another model, lacks a parameter, or has a value that is not finite and positive
        (`series_resistance` and `activation_energy` may be zero).
    """
    if card.model != MODEL_NAME:
        raise InputError(f"the card's model is {card.model!r}, {MODEL_NAME!r} is needed")
    vector = np.empty(len(PARAMETER_UNITS))
    for index, name in enumerate(PARAMETER_UNITS):
        if name not in card.parameters:
            raise InputError(f"the card of {card.device} {card.cell} has no parameter {name!r}")
        value = float(card.parameters[name].value)
        if not math.isfinite(value) or value < 0 or (value == 0 and name not in _MAY_BE_ZERO):
            raise InputError(f"parameter {name} is {value!r}, a finite positive number is needed")
        vector[index] = value
    return vector


@compiled
def filament_current(parameters: FloatArray, internal_voltage: float, fraction: float) -> float:
    """I(V', x) [A]."""
    on: float = parameters[0] * bounded_sinh(parameters[1] * internal_voltage)
    off: float = parameters[2] * bounded_sinh(parameters[3] * internal_voltage)
    return fraction * on + (1.0 - fraction) * off


@compiled
def filament_conductance(parameters: FloatArray, internal_voltage: float, fraction: float) -> float:
    """dI/dV' [S] at fixed x."""
    on: float = parameters[0] * parameters[1] * bounded_sinh_slope(parameters[1] * internal_voltage)
    off: float = parameters[2] * parameters[3] * bounded_sinh_slope(parameters[3] * internal_voltage)
    return fraction * on + (1.0 - fraction) * off


@compiled
def householder_step(excess: float, first: float, second: float, third: float) -> float:
    """What to take off a guess, from the function there and its derivatives, with an error of fourth order."""
    step = excess / first
    bend, twist = step * second / first, step * step * third / first
    divisor = 1.0 - bend + twist / 6.0
    return step * (1.0 - 0.5 * bend) / divisor if divisor > LEAST_DIVISOR else step


@compiled
def operating_point(parameters: FloatArray, voltage: float, fraction: float) -> tuple[float, float]:
    """V' [V] from V' + Rs I(V', x) = V, and I [A].

    The left side rises monotonically and is convex for V' > 0. Linear conductance and each branch alone give three
    upper bounds to start from; Householder's iteration comes down from the least of them.
    """
    size, resistance = abs(voltage), parameters[4]
    on, off = fraction * parameters[0], (1.0 - fraction) * parameters[2]
    on_slope, off_slope = parameters[1], parameters[3]
    steepest = max(on_slope, off_slope)
    guess = size / (1.0 + resistance * (on * on_slope + off * off_slope))
    for branch in range(2):
        prefactor = resistance * (on if branch == 0 else off)
        slope = on_slope if branch == 0 else off_slope
        if slope * guess > 1.0 and prefactor > 1e-200 * size:
            argument = math.log(1.0 + 2.0 * size / prefactor)  # above asinh
            if argument < ARGUMENT_LIMIT:
                guess = min(guess, argument / slope)
    amperes = 0.0
    for _ in range(100):
        on_sinh, on_cosh = sinh_and_slope(on_slope * guess)
        off_sinh, off_cosh = sinh_and_slope(off_slope * guess)
        on_bend = on * on_slope * on_slope if on_slope * guess < ARGUMENT_LIMIT else 0.0
        off_bend = off * off_slope * off_slope if off_slope * guess < ARGUMENT_LIMIT else 0.0
        amperes = on * on_sinh + off * off_sinh
        first = on * on_slope * on_cosh + off * off_slope * off_cosh
        second = on_bend * on_sinh + off_bend * off_sinh
        third = on_bend * on_slope * on_cosh + off_bend * off_slope * off_cosh
        step = householder_step(
            guess + resistance * amperes - size, 1.0 + resistance * first, resistance * second, resistance * third
        )
        guess -= step
        amperes -= step * (first - 0.5 * step * (second - step / 3.0 * third))
        if abs(step) * steepest <= CONVERGED:
            break
    return (guess, amperes) if voltage >= 0.0 else (-guess, -amperes)


@compiled
def solve_internal_voltage(parameters: FloatArray, voltage: float, fraction: float) -> float:
    """V' from V' + Rs I(V', x) = V [V]."""
    return operating_point(parameters, voltage, fraction)[0]


@compiled
def switching_exponents(parameters: FloatArray, internal_voltage: float, temperature: float) -> tuple[float, float]:
    """ln(r_set), ln(r_reset) before the linear continuation."""
    ambient = parameters[11]
    ratio = ambient / temperature
    heat = parameters[9] / (8.617333262e-5 * ambient) * (1.0 - ratio)
    set_exponent = parameters[6] * (internal_voltage - parameters[5]) * ratio + heat
    return set_exponent, parameters[8] * (-internal_voltage - parameters[7]) * ratio + heat


def current(card: DeviceCard, voltage: ArrayLike, fraction: ArrayLike) -> FloatArray:
    """Static current of the device for a frozen state.

    Parameters
    ----------
    voltage
        Voltage of the active electrode [V]; broadcasts with `fraction`.
    fraction
        State x in 0..1 [1].

    Returns
    -------
    Current [A], in the broadcast shape.
    """
    internal = internal_voltage(card, voltage, fraction)
    parameters = parameter_vector(card)
    return np.asarray(np.vectorize(lambda v, x: filament_current(parameters, v, x), otypes=[float])(internal, fraction))


def internal_voltage(card: DeviceCard, voltage: ArrayLike, fraction: ArrayLike) -> FloatArray:
    """Voltage V' across the filament [V] behind the series resistance; arguments as in `current`."""
    parameters = parameter_vector(card)
    state = np.asarray(fraction, dtype=np.float64)
    if np.any(~(state >= 0)) or np.any(state > 1):
        raise InputError(f"state fraction {fraction!r} lies outside 0..1")
    return np.asarray(
        np.vectorize(lambda v, x: solve_internal_voltage(parameters, v, x), otypes=[float])(
            np.asarray(voltage, dtype=np.float64), state
        )
    )


def rates(card: DeviceCard, internal_voltage: ArrayLike, temperature: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Rates (r_set, r_reset) [1/s] at the given internal voltage [V] and temperature [K]."""
    parameters = parameter_vector(card)

    def pair(v: float, t: float) -> tuple[float, float]:
        set_exponent, reset_exponent = switching_exponents(parameters, v, t)
        return bounded_exp(set_exponent), bounded_exp(reset_exponent)

    voltage = np.asarray(internal_voltage, dtype=np.float64)
    both = np.vectorize(pair, otypes=[float, float])(voltage, np.asarray(temperature, dtype=np.float64))
    return np.asarray(both[0]), np.asarray(both[1])
