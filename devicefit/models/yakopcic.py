"""The Yakopcic model: sinh conduction in proportion to a state that moves beyond two thresholds.

    I     = x a1 sinh(b V)   (V >= 0),   x a2 sinh(b V)   (V < 0)              current [A]
    dx/dt = eta g(V) f(x)                                                      state x, 0..1 [1/s]
    g     = Ap (exp(V) - exp(Vp))      V > Vp
          = -An (exp(-V) - exp(Vn))    V < -Vn,     0 between the thresholds
    f     = exp(-alphap (x - xp)) ((xp - x)/(1 - xp) + 1)   x >= xp, moving up,     else 1
          = exp(alphan (x + xn - 1)) x/(1 - xn)             x <= 1 - xn, moving down, else 1

Voltages in the exponents are in volt. The windows end at zero, so that x stays between 0 and 1 without a clamp. eta
is +1 here: positive voltage sets.

Validity: bipolar cells with sinh conduction and a threshold; no self-heating, no series resistance.

Sources: C. Yakopcic et al., IEEE Electron Device Lett. 32, 1436 (2011), doi 10.1109/LED.2011.2163292; parameter sets
as in the project's notes on published models (Oblea: Ag chalcogenide; Miao: TaOx; Jo: Ag/Si; Aguirre).
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import FloatArray, bounded_exp, bounded_sinh

NAME = "yakopcic"

PARAMETERS = (
    ParameterSpec("positive_amplitude", "A", "a1, current scale for V >= 0", 1e-15, 1e2),
    ParameterSpec("negative_amplitude", "A", "a2, current scale for V < 0", 1e-15, 1e2),
    ParameterSpec("slope", "1/V", "b, curvature of the conduction", 1e-3, 50.0),
    ParameterSpec("set_rate", "1/s", "Ap, speed beyond the set threshold", 1e-9, 1e15),
    ParameterSpec("reset_rate", "1/s", "An, speed beyond the reset threshold", 1e-9, 1e15),
    ParameterSpec("set_voltage", "V", "Vp, set threshold", 1e-3, 20.0),
    ParameterSpec("reset_voltage", "V", "Vn, reset threshold, given positive", 1e-3, 20.0),
    ParameterSpec("set_window", "1", "xp, state from which the set slows down", 0.0, 0.999, "linear"),
    ParameterSpec("reset_window", "1", "xn, 1 - xn is the state from which the reset slows down", 0.0, 0.999, "linear"),
    ParameterSpec("set_decay", "1", "alphap, how fast the set slows down", 0.0, 100.0, "linear"),
    ParameterSpec("reset_decay", "1", "alphan, how fast the reset slows down", 0.0, 100.0, "linear"),
    ParameterSpec("resting_state", "1", "x0, state of a fresh or fully reset device", 1e-12, 1.0),
)


@compiled
def window(x: float, voltage: float, xp: float, xn: float, alphap: float, alphan: float) -> float:
    """f(x) [1]."""
    if voltage > 0.0 and x >= xp:
        return math.exp(-alphap * (x - xp)) * ((xp - x) / (1.0 - xp) + 1.0)
    if voltage < 0.0 and x <= 1.0 - xn:
        return math.exp(alphan * (x + xn - 1.0)) * x / (1.0 - xn)
    return 1.0


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above, in the form that `devicefit.march` integrates."""
    x = unknowns[0]
    drive = 0.0
    if voltage > parameters[5]:
        drive = parameters[3] * (bounded_exp(voltage) - math.exp(parameters[5]))
    elif voltage < -parameters[6]:
        drive = -parameters[4] * (bounded_exp(-voltage) - math.exp(parameters[6]))
    slopes[0] = drive * window(x, voltage, parameters[7], parameters[8], parameters[9], parameters[10])
    amplitude = parameters[0] if voltage >= 0.0 else parameters[1]
    amperes: float = x * amplitude * bounded_sinh(parameters[2] * voltage)
    return amperes


def at_fraction(parameters: FloatArray, fraction: float) -> FloatArray:
    """x between the resting state (fraction 0) and 1 [1]."""
    return np.array([parameters[11] + fraction * (1.0 - parameters[11])])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """x itself, kept within 0..1 against rounding."""
    return np.clip(unknowns[:, 0], 0.0, 1.0)


_NAMES = tuple(spec.name for spec in PARAMETERS)

MODEL = CompactModel(
    name=NAME,
    title="Yakopcic: sinh conduction, state with two thresholds",
    equations=__doc__,
    validity="bipolar cells with sinh conduction and a threshold; no self-heating, no series resistance",
    sources=("C. Yakopcic et al., IEEE Electron Device Lett. 32, 1436 (2011), doi 10.1109/LED.2011.2163292",),
    parameters=PARAMETERS,
    unknowns=(UnknownSpec("x", "1", tolerance=1e-3, initial="initial_x", node="x"),),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="yakopcic",
    fitted=(
        "positive_amplitude",
        "negative_amplitude",
        "slope",
        "set_rate",
        "reset_rate",
        "set_voltage",
        "reset_voltage",
        "resting_state",
    ),
    per_cycle=("set_voltage", "reset_voltage"),
    set_polarity=1,
    cards=published_cards(
        NAME,
        PARAMETERS,
        {
            "Miao TaOx": (0.11, 0.11, 0.5, 7.5, 2.0, 0.09, 0.75, 0.3, 0.5, 1.0, 5.0, 0.11),
            "Oblea Ag chalcogenide": (0.17, 0.17, 0.05, 4000.0, 4000.0, 0.16, 0.15, 0.3, 0.5, 1.0, 5.0, 0.11),
            "Jo Ag/Si": (3.7e-7, 4.35e-7, 0.7, 0.005, 0.08, 1.5, 0.5, 0.2, 0.5, 1.2, 3.0, 0.1),
            "Aguirre C2": (7e-5, 7e-5, 1.9, 1.0, 1.0, 0.4, 0.3, 0.9, 0.7, 3.0, 8.0, 1e-6),
        },
        "C. Yakopcic et al., doi 10.1109/LED.2011.2163292 and later fits of the same model",
    ),
)
