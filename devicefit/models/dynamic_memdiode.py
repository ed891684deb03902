"""The dynamic memdiode: a diode pair and a series resistance that follow one state with two time scales.

    I     = I0 (exp(beta a V') - exp(-(1 - beta) a V'))                        current [A]
    V'    = V - I Rs                                                           voltage behind the series resistance [V]
    I0    = Ioff + (Ion - Ioff) l,  a = aoff + (aon - aoff) l,  Rs = Rsoff + (Rson - Rsoff) l     state l, 0..1
    dl/dt = cs (1 - l)/tS - cr l/tR                                            [1/s]
    tS    = exp(-etas (V' - Vset + (Vset - Vt) S)),  tR = exp(etar l^g (V' + Vres))    time scales [s]
    S     = 1/(1 + exp(-(I/Isb - 1)/0.02))                                     snapback [1]
    cs    = 1 where V >= 0, else c;   cr = 1 where V < 0, else c

c = 0 lets only the time scale of the present polarity act, as in the published netlists; c = 1 both at all times, as in
the equation of 2020, so that the state also relaxes at 0 V. Vres is given positive. g = 0 is the plain form; g > 0
slows the end of a reset. The published set threshold falls at once from Vset to Vt where the current exceeds Isb; here
it falls within some 0.02 Isb, so that solvers see a slope. An Isb above every current leaves the snapback out.
Neither rate 1/t exceeds 1 per ps.

The rates feel V', not V. With a constant Rs the current of a rising l takes voltage away from the device: a set limits
itself and a reset, whose falling current gives voltage back, runs away. Where Rson is so far below Rsoff that V' rises
with l, or where the snapback acts, the set runs away too.

Validity: bipolar cells with exponential branches; quasi-static sweeps and pulses; no self-heating. The rates vanish at
their bounds, so that l needs no clamp.

Sources: E. Miranda, J. Suñé, IEEE Trans. Nanotechnol. 19, 609 (2020); F. L. Aguirre et al., Micromachines 13, 330
(2022), doi 10.3390/mi13020330; parameter sets as in their notes.
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import ARGUMENT_LIMIT, FloatArray, bounded_exp, bounded_exp_slope, fraction_of

NAME = "dynamic-memdiode"
RATE_LIMIT = 1e12  # 1/s; no state moves within a picosecond, and solvers of circuits lose their way below it
CONVERGED = 1e-7  # last relative step of Newton's iteration, which leaves an error of the order of its square
SNAPBACK_WIDTH = 0.02  # of the current at which the set threshold falls

PARAMETERS = (
    ParameterSpec("on_current", "A", "Ion, current scale at l = 1", 1e-15, 1e3),
    ParameterSpec("off_current", "A", "Ioff, current scale at l = 0", 1e-18, 1e2),
    ParameterSpec("on_slope", "1/V", "aon, curvature at l = 1", 1e-3, 100.0),
    ParameterSpec("off_slope", "1/V", "aoff, curvature at l = 0", 1e-3, 100.0),
    ParameterSpec("on_series_resistance", "ohm", "Rson, in series at l = 1", 1e-2, 1e9),
    ParameterSpec("off_series_resistance", "ohm", "Rsoff, in series at l = 0", 1e-2, 1e9),
    ParameterSpec("asymmetry", "1", "beta, share of the curvature at positive voltage", 0.0, 1.0, "linear"),
    ParameterSpec("set_voltage", "V", "Vset, internal voltage of unit set rate", 1e-3, 50.0),
    ParameterSpec("set_slope", "1/V", "etas, exponent of the set rate", 1e-2, 1e4),
    ParameterSpec("snapback_voltage", "V", "Vt, set threshold after the snapback", 0.0, 50.0, "linear"),
    ParameterSpec("snapback_current", "A", "Isb, current at which the set threshold falls", 1e-12, 1e3),
    ParameterSpec("reset_voltage", "V", "Vres, internal voltage of unit reset rate, given positive", 1e-3, 50.0),
    ParameterSpec("reset_slope", "1/V", "etar, exponent of the reset rate", 1e-2, 1e4),
    ParameterSpec("reset_shape", "1", "g, power by which the state weights the reset exponent", 0.0, 10.0, "linear"),
    ParameterSpec("counter_rate", "1", "c, share of the rate that the polarity does not favour", 0.0, 1.0, "linear"),
)


@compiled
def diode_current(voltage: float, scale: float, slope: float, beta: float) -> float:
    """I(V') [A]."""
    reduced = slope * voltage
    if abs(reduced) < 1.0:  # without the cancellation of two exponentials near 1
        return scale * (math.expm1(beta * reduced) - math.expm1((beta - 1.0) * reduced))
    amperes: float = scale * (bounded_exp(beta * reduced) - bounded_exp((beta - 1.0) * reduced))
    return amperes


@compiled
def diode_current_and_conductance(voltage: float, scale: float, slope: float, beta: float) -> tuple[float, float]:
    """I(V') [A] and dI/dV' [S]."""
    forward, backward = beta * slope * voltage, (beta - 1.0) * slope * voltage
    if abs(slope * voltage) < 1.0:  # without the cancellation of two exponentials near 1
        rise, fall = math.expm1(forward), math.expm1(backward)
        return scale * (rise - fall), scale * slope * (beta * (1.0 + rise) + (1.0 - beta) * (1.0 + fall))
    rise, fall = bounded_exp_slope(forward), bounded_exp_slope(backward)
    siemens = scale * slope * (beta * rise + (1.0 - beta) * fall)
    rise *= 1.0 + max(forward - ARGUMENT_LIMIT, 0.0)
    fall *= 1.0 + max(backward - ARGUMENT_LIMIT, 0.0)
    return scale * (rise - fall), siemens


@compiled
def limited_rate(exponent: float) -> float:
    """exp of the exponent, at most RATE_LIMIT [1/s]."""
    rate = bounded_exp(exponent)
    return rate / (1.0 + rate / RATE_LIMIT)


@compiled
def internal_voltage(voltage: float, scale: float, slope: float, beta: float, resistance: float) -> float:
    """V' from V' + Rs I(V') = V [V].

    The left side rises monotonically: Newton's iteration from the bound that the growing exponential alone gives, by
    halves wherever a step leaves the bracket.
    """
    size, share = abs(voltage), beta if voltage > 0.0 else 1.0 - beta
    lower, upper = 0.0, size
    if share * slope > 0.0:
        upper = min(size, math.log1p(size / (resistance * scale)) / (share * slope))
    if share * slope * upper > 40.0:
        upper = size
    guess = upper
    for _ in range(60):
        amperes, siemens = diode_current_and_conductance(guess, scale, slope, share)
        excess = guess + resistance * amperes - size
        if excess > 0.0:
            upper = guess
        else:
            lower = guess
        step = excess / (1.0 + resistance * siemens)
        if abs(step) <= CONVERGED * guess:
            guess -= step
            break
        guess = guess - step if lower < guess - step < upper else 0.5 * (lower + upper)
    return guess if voltage > 0.0 else -guess


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above, in the form that `devicefit.march` integrates."""
    state = unknowns[0]
    inside = min(max(state, 0.0), 1.0)
    scale = parameters[1] + (parameters[0] - parameters[1]) * inside
    slope = parameters[3] + (parameters[2] - parameters[3]) * inside
    resistance = parameters[5] + (parameters[4] - parameters[5]) * inside
    internal = internal_voltage(voltage, scale, slope, parameters[6], resistance)
    amperes: float = diode_current(internal, scale, slope, parameters[6])
    snapback = fraction_of((amperes / parameters[10] - 1.0) / SNAPBACK_WIDTH)
    threshold = parameters[7] - (parameters[7] - parameters[9]) * snapback
    weight = max(inside, 1e-9) ** parameters[13]
    up = limited_rate(parameters[8] * (internal - threshold))
    down = limited_rate(-parameters[12] * weight * (internal + parameters[11]))
    if voltage >= 0.0:
        down *= parameters[14]
    else:
        up *= parameters[14]
    slopes[0] = up * (1.0 - state) - down * state
    return amperes


def at_fraction(_parameters: FloatArray, fraction: float) -> FloatArray:
    """l = fraction [1]."""
    return np.array([fraction])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """l, kept within 0..1 against rounding [1]."""
    return np.clip(unknowns[:, 0], 0.0, 1.0)


def _oxidation_card(x: float) -> tuple[float, ...]:
    """Parameters over the degree of oxidation x [1], in the published regressions."""
    return (
        10 ** (-0.07005643624874254 * x - 2.31749382490389),
        10 ** (-2.233493992404483 * x - 4.186285859587773),
        1.1384749367818683 * x + 2.430231899198936,
        2.2440796366498863 * x + 2.723028742076817,
        1.0,
        1.0,
        0.5,
        1.0607990611668159 * x + 0.791481114033967,
        10 ** (1.5 * math.log10(1.65 * x) + 2.45),
        0.1,
        1.0,
        1.65 - 0.8 * x,
        10 ** (0.48077237638582676 * x + 0.2798181704934635),
        0.0,
        0.0,
    )


MODEL = CompactModel(
    name=NAME,
    title="dynamic memdiode: diode pair and series resistance that follow one state with two time scales",
    equations=__doc__,
    validity="bipolar cells with exponential branches; no self-heating",
    sources=(
        "E. Miranda, J. Suñé, IEEE Trans. Nanotechnol. 19, 609 (2020)",
        "F. L. Aguirre et al., Micromachines 13, 330 (2022), doi 10.3390/mi13020330",
    ),
    parameters=PARAMETERS,
    unknowns=(UnknownSpec("l", "1", tolerance=1e-4, initial="initial_l", node="l"),),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="dynamic_memdiode",
    fitted=(
        "on_current",
        "off_current",
        "on_slope",
        "off_slope",
        "on_series_resistance",
        "set_voltage",
        "set_slope",
        "reset_voltage",
        "reset_slope",
    ),
    per_cycle=("on_current", "off_current", "set_voltage", "reset_voltage"),
    per_lobe=("off_current",),
    gradual={"reset_shape": 0.5},
    set_polarity=1,
    cards=published_cards(
        NAME,
        PARAMETERS,
        {"Aguirre oxidation 0.1": _oxidation_card(0.1)},
        "github aguirref/memristive_ANN_sim @77bdc4e, memdiode_HSPICE_DMM_oxidation_0p1.sp, at its default x0 = 0.1",
    )
    | published_cards(
        NAME,
        PARAMETERS,
        {"shaped reset": (2e-4, 2e-6, 5.22, 6.19, 1.0, 1.0, 0.5, 0.8, 15.0, 0.1, 1.0, 1.3, 4.0, 0.9, 0.0)},
        "public SPICE netlist of the memdiode with etaset 15, etares 4, gam 0.9, isb 1; its address is not known",
    ),
)
