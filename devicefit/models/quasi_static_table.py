"""A table in place of equations: two measured branches I(V), on and off, and thresholds that switch between them.

    I     = x I_on(V) + (1 - x) I_off(V)                                       current [A]
    x     = 1/(1 + exp(-u))                                                    conducting fraction [1]
    du/dt = r_set/(1 + exp(u - u_max)) - r_reset/(1 + exp(-u - u_max))         logit of x [1/s]
    r_set = exp(eta_set (V - V_set)),   r_reset = exp(eta_reset (-V - V_reset))              rates [1/s]

Each branch is a table: the current at eight equal steps of voltage up to a span of its own on the positive side, eight
on the negative side, and zero at 0 V. Between, asinh(I/I_unit) follows a monotone cubic (PCHIP: F. N. Fritsch, J.
Butland, SIAM J. Sci. Stat. Comput. 5, 300, 1984, doi 10.1137/0905021), so that nothing overshoots and the current has
the sign of the voltage. I_unit is where the interpolation goes over from linear to logarithmic.

What it cannot do: it knows no physics. There is no self-heating, no dependence on temperature and, the series
resistance being part of the tables, no set that limits itself. States between on and off are mixtures of the two
branches, not measured ones. Beyond its span a branch goes on as a straight line that does not fall, which nothing
measured supports.

Validity: devices that no equation fits, within the spans of the tables and near the ramp rates of the sweeps behind
them. `devicefit.tabulation` builds a card from measured sweeps. Thresholds as in the threshold memdiode.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from devicefit.card import DeviceCard
from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import ARGUMENT_LIMIT, FloatArray, bounded_exp, bounded_shares, bounded_sinh, inverse_sinh

NAME = "quasi-static-table"
KNOTS = 8  # on each side of 0 V


def _branch_parameters(branch: str) -> tuple[ParameterSpec, ...]:
    """Spans, unit and currents of one branch, in the order that `table_current` reads."""
    return (
        ParameterSpec(f"{branch}_span_positive", "V", f"highest voltage of the {branch} table", 1e-3, 100.0),
        ParameterSpec(f"{branch}_span_negative", "V", f"size of the {branch} table's lowest voltage", 1e-3, 100.0),
        ParameterSpec(f"{branch}_unit", "A", f"I_unit of the {branch} table", 1e-18, 1e3),
        *(
            ParameterSpec(
                f"{branch}_{side}_{k}",
                "A",
                f"size of the {branch} current at {k}/{KNOTS} of the span",
                0.0,
                1e3,
                "linear",
            )
            for side in ("positive", "negative")
            for k in range(1, KNOTS + 1)
        ),
    )


PARAMETERS = (
    ParameterSpec("set_voltage", "V", "V_set, voltage of unit set rate", 1e-3, 50.0),
    ParameterSpec("set_slope", "1/V", "eta_set, exponent of the set rate", 1e-2, 1e4),
    ParameterSpec("reset_voltage", "V", "V_reset, voltage of unit reset rate, given positive", 1e-3, 50.0),
    ParameterSpec("reset_slope", "1/V", "eta_reset, exponent of the reset rate", 1e-2, 1e4),
    ParameterSpec("state_limit", "1", "u_max, bound of the logit", 1.0, 200.0),
    *_branch_parameters("on"),
    *_branch_parameters("off"),
)


@compiled
def knot(parameters: FloatArray, start: int, index: int) -> float:
    """asinh(I/I_unit) at knot `index`, -8 to 8, of the table whose parameters begin at `start`."""
    if index == 0:
        return 0.0
    if index > 0:
        return inverse_sinh(parameters[start + 2 + index] / parameters[start + 2])
    return -inverse_sinh(parameters[start + 10 - index] / parameters[start + 2])


@compiled
def inner_slope(before: float, after: float, left: float, right: float) -> float:
    """Slope of the monotone cubic [1/V] between secants `before` and `after` of steps `left` and `right` [V]: their
    weighted harmonic mean.
    """
    if before * after <= 0.0:
        return 0.0
    first, second = 2.0 * right + left, right + 2.0 * left
    return (first + second) * before * after / (first * after + second * before)


@compiled
def end_slope(outer: float, inner: float) -> float:
    """Slope of the monotone cubic [1/V] at an end of the table, from the secants of the last two steps."""
    slope = 1.5 * outer - 0.5 * inner
    if outer * slope <= 0.0:
        return 0.0
    if outer * inner < 0.0 and abs(slope) > 3.0 * abs(outer):
        return 3.0 * outer
    return slope


@compiled
def table_current(parameters: FloatArray, start: int, voltage: float) -> float:
    """Current of one branch [A] at a voltage [V]."""
    side = 1 if voltage >= 0.0 else -1
    span, other = parameters[start], parameters[start + 1]
    if side < 0:
        span, other = other, span
    step, unit, size = span / KNOTS, parameters[start + 2], abs(voltage)
    index = min(math.floor(size / step), KNOTS - 1) if size < span else KNOTS - 1
    low, high = knot(parameters, start, side * index), knot(parameters, start, side * (index + 1))
    secant = (high - low) / step
    rise, fall = 0.0, 0.0
    if index == 0:
        rise = inner_slope(-knot(parameters, start, -side) / (other / KNOTS), secant, other, span)
    else:
        inner = (low - knot(parameters, start, side * (index - 1))) / step
        rise = inner_slope(inner, secant, 1.0, 1.0)
        if index == KNOTS - 1:
            fall = end_slope(secant, inner)
    if size >= span:
        beyond: float = unit * (math.sinh(high) + side * math.cosh(high) * max(side * fall, 0.0) * (size - span))
        return beyond
    if index < KNOTS - 1:
        fall = inner_slope(secant, (knot(parameters, start, side * (index + 2)) - high) / step, 1.0, 1.0)
    share = size / step - index
    rise, fall = rise * step, fall * step
    cubic = low + share * (
        rise + share * (3.0 * (high - low) - 2.0 * rise - fall + share * (rise + fall - 2.0 * (high - low)))
    )
    value: float = unit * (bounded_sinh(cubic) if abs(cubic) < ARGUMENT_LIMIT else math.sinh(cubic))
    return value


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above; the one unknown is the logit u."""
    x, up, down = bounded_shares(unknowns[0], parameters[4])
    setting = bounded_exp(parameters[1] * (voltage - parameters[0]))
    resetting = bounded_exp(parameters[3] * (-voltage - parameters[2]))
    slopes[0] = setting * up - resetting * down
    on: float = table_current(parameters, 5, voltage)
    return x * on + (1.0 - x) * table_current(parameters, 24, voltage)


def at_fraction(parameters: FloatArray, fraction: float) -> FloatArray:
    """The logit, within its bounds."""
    limit = float(parameters[4])
    if fraction <= 0.0 or fraction >= 1.0:
        return np.array([-limit if fraction <= 0.0 else limit])
    return np.array([min(max(math.log(fraction / (1.0 - fraction)), -limit), limit)])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """x = 1/(1 + exp(-u)) [1]."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * unknowns[:, 0])))


def _example() -> DeviceCard:
    """A synthetic cell: 1 mA sinh(1 V^-1 V) on, 1 nA sinh(2.5 V^-1 V) off, at unequal spans."""
    values = [1.6, 25.0, 0.9, 25.0, 16.0]
    for scale, slope, unit in ((1e-3, 1.0, 2e-3), (1e-9, 2.5, 1e-9)):
        steps = np.arange(1, KNOTS + 1) / KNOTS
        values += [2.0, 1.5, unit, *scale * np.sinh(slope * 2.0 * steps), *scale * np.sinh(slope * 1.5 * steps)]
    reasons = {spec.name: "synthetic" for spec in PARAMETERS}
    card = published_cards(NAME, PARAMETERS, {"synthetic": values}, "synthetic example", assumed=reasons)["synthetic"]
    return replace(card, cell="synthetic", synthetic=True)


MODEL = CompactModel(
    name=NAME,
    title="table: measured on and off branches with thresholds between them, no physics",
    equations=__doc__,
    validity="devices no equation fits, within the spans of the tables; straight lines beyond, no heat, no temperature",
    sources=("F. N. Fritsch, J. Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984), doi 10.1137/0905021",),
    parameters=PARAMETERS,
    unknowns=(UnknownSpec("u", "1", tolerance=0.02, initial="u0", node="u"),),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="quasi_static_table",
    fitted=("set_voltage", "set_slope", "reset_voltage", "reset_slope"),
    per_cycle=("set_voltage", "reset_voltage"),
    set_polarity=1,
    cards={"synthetic": _example()},
)
