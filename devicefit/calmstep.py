"""One cheap step of any compact model while nothing moves fast: predict, evaluate, correct.

Each unknown u with slope f is extrapolated to the end of the step, the equations are evaluated there, and u is
corrected by what is missing in

    u_1 = u_0 + h ((1 - w) f_0 + w f_1) - (w - 1/2) h^2 u'',   w = 1/z + 1/(1 - exp(z)),   z = h df/du < 0

which is the trapezoid for slow unknowns (w = 1/2) and a backward difference of second order for those that follow the
voltage at once (w = 1); u'' is that of the last three points. What the prediction of a slow unknown missed tells the
error of its trapezoid (Milne's device), which is judged and taken out. df/du is the diagonal of the last implicit
step's Jacobian, the secant of the last two evaluations, or taken anew every few steps. A correction that nobody can see
needs no second evaluation, so that a resting device costs one evaluation a step; where two do not suffice, the step is
refused. What is accepted is far more accurate than it need be: whether a step is calm or not must leave no mark on the
waveform, which fits differentiate.
"""

from __future__ import annotations

import math

from devicefit.compiled import compiled
from devicefit.implicitstep import evaluate
from devicefit.models.model import Response
from devicefit.numerics import FloatArray

CURRENT_TOLERANCE = 3e-4  # of a step, relative to the current
CLOSE = 0.05  # part of the error allowed in an unknown that a calm step may make
CURRENT_FLOOR = 1e-15  # A, below which nobody reads a current
UNSEEN = 1e-6  # part of the error allowed in an unknown, below which a correction is not evaluated again
FELT = 3e-6  # relative change of the current by a correction, below which its first order stands for an evaluation
FAINT = 1e-3  # of the error allowed in an unknown, the same
LAGGING = 0.1  # the same for an unknown that relaxes fast, whose error has a sign that lasts
SETTLED = 0.01  # the same for the second correction of an unknown that relaxes fast
FOLLOWED = 10.0  # the same for the first: an unknown that relaxes fast may be predicted this badly
SLOW = -0.1  # z above which an unknown counts as slow
TRUSTED = 8  # calm steps after which rates are taken anew
SURE = 100.0  # z beyond which a rate is not trusted to hide the bend of a course
STRETCH = 4.0  # times the last step, up to which its slopes are extrapolated

# Rows of the memory of a march.
NOW, AFTER, ERROR, SLOPE, FRESH, LAST, LAST_SLOPE, BEFORE, RATE, WEIGHT, LACK, BEND, EFFECT = range(13)
ROWS = 13


@compiled
def implicit_weight(product: float) -> float:
    """w for z < 0 [1]."""
    if product < -30.0:
        return 1.0 + 1.0 / product
    return 1.0 / product + 1.0 / (1.0 - math.exp(product))


@compiled
def predict(memory: FloatArray, interval: float, last: float, before: float, acting: int) -> None:
    """Unknowns at the end of the step into AFTER, the weights of their slopes there into WEIGHT.

    `last` and `before` are the lengths of the two steps until now [s], 0 where the past tells nothing.
    """
    for i in range(acting):
        now, product = memory[NOW, i], interval * memory[RATE, i]
        if product > SLOW:
            memory[WEIGHT, i], memory[BEND, i] = 0.5, 0.0
            bend = 0.0
            if last > 0.0 and interval <= STRETCH * last:
                bend = 0.5 * interval / last * (memory[SLOPE, i] - memory[LAST_SLOPE, i])
            memory[AFTER, i] = now + interval * (memory[SLOPE, i] + bend)
            continue
        memory[WEIGHT, i] = implicit_weight(product)
        memory[AFTER, i], memory[BEND, i] = now, 0.0
        if last > 0.0 and interval <= STRETCH * last:
            secant = (now - memory[LAST, i]) / last
            memory[AFTER, i] += interval * secant
            if before > 0.0 and last <= STRETCH * before:
                curvature = (secant - (memory[LAST, i] - memory[BEFORE, i]) / before) / (last + before)
                memory[AFTER, i] += interval * (interval + last) * curvature
                memory[BEND, i] = (2.0 * memory[WEIGHT, i] - 1.0) * interval * interval * curvature


@compiled
def missing(memory: FloatArray, interval: float, i: int) -> float:
    """What the equation of the step lacks for unknown `i` in AFTER, whose slopes are FRESH."""
    weight = memory[WEIGHT, i]
    slope = (1.0 - weight) * memory[SLOPE, i] + weight * memory[FRESH, i]
    lack: float = memory[NOW, i] + interval * slope - memory[BEND, i] - memory[AFTER, i]
    return lack


@compiled
def lag(memory: FloatArray, interval: float, last: float, i: int) -> float:
    """Error of the step in an unknown that relaxes fast, from the bend of its course."""
    weight, product = memory[WEIGHT, i], interval * memory[RATE, i]
    secant = (memory[NOW, i] - memory[LAST, i]) / last
    bend = memory[AFTER, i] - memory[NOW, i] - interval * secant
    error: float = abs(bend) * (2.0 * weight - 1.0) / (1.0 + min(-weight * product, SURE))
    return error


@compiled
def renew_rates(
    response: Response,
    parameters: FloatArray,
    voltage: float,
    interval: float,
    tolerance: FloatArray,
    memory: FloatArray,
    moved: FloatArray,
    amperes: float,
) -> None:
    """RATE of the unknowns that relax fast and their EFFECT on ln I, by finite differences at NOW; I is `amperes`."""
    now = memory[NOW]
    for i in range(tolerance.size):
        if interval * memory[RATE, i] <= SLOW:
            kept = now[i]
            now[i] = kept + 1e-3 * tolerance[i] + 1e-7 * abs(kept)
            nudge = now[i] - kept
            other = evaluate(response, parameters, voltage, now, moved)
            now[i] = kept
            memory[EFFECT, i] = (other / amperes - 1.0) / nudge
            memory[RATE, i] = min((moved[i] - memory[SLOPE, i]) / nudge, 0.0)


@compiled
def calm_step(
    response: Response,
    parameters: FloatArray,
    end: float,
    interval: float,
    last: float,
    before: float,
    tolerance: FloatArray,
    relative: FloatArray,
    memory: FloatArray,
    after: FloatArray,
    fresh: FloatArray,
    error: FloatArray,
) -> tuple[float, float]:
    """A step of length `interval` [s] to the voltage `end` [V] from NOW into AFTER, with slopes FRESH there.

    `after`, `fresh` and `error` are the rows AFTER, FRESH and ERROR of the memory.

    Returns its error in units of what is allowed, infinite where the step is refused, and the current [A] at its end.
    """
    acting = tolerance.size
    predict(memory, interval, last, before, acting)
    amperes = evaluate(response, parameters, end, after, fresh)
    norm, worst, largest, felt = 0.0, 0.0, 0, 0.0
    known = last > 0.0 and interval <= STRETCH * last
    part = interval / (3.0 * (interval + last)) if known else 1.0
    for i in range(acting):
        allowed = tolerance[i] + relative[i] * abs(after[i])
        error[i] = missing(memory, interval, i)
        size = abs(error[i]) / allowed
        hard = memory[WEIGHT, i] > 0.5
        if hard:
            memory[LACK, i] = abs(error[i])
            damping = 1.0 - memory[WEIGHT, i] * interval * memory[RATE, i]
            error[i] /= damping
            norm = max(norm, abs(error[i]) / (6.0 * damping * CLOSE * allowed))
            if not norm <= 1.0 or last <= 0.0 or not abs(error[i]) <= FOLLOWED * allowed:
                return math.inf, amperes
        else:
            norm = max(norm, part * size / CLOSE)
            if not max(size, norm) <= 1.0:
                return math.inf, amperes
            if known:
                error[i] *= 1.0 - part
        seen = 0.1 * size if hard else abs(error[i]) / (min(allowed, abs(after[i])) + 1e-300)
        effect = memory[EFFECT, i] * error[i]
        if hard and abs(effect) <= FELT and abs(error[i]) <= FAINT * allowed:
            seen = 0.0
            felt += effect
        if seen > worst:
            worst, largest = seen, i
    for i in range(acting):
        after[i] += error[i]
    if worst > UNSEEN:
        former, slope = amperes, fresh[largest]
        amperes = evaluate(response, parameters, end, after, fresh)
        if not abs(amperes - former) <= CURRENT_TOLERANCE * abs(amperes) + CURRENT_FLOOR:
            return math.inf, amperes
        if memory[WEIGHT, largest] > 0.5:
            memory[RATE, largest] = min((fresh[largest] - slope) / error[largest], 0.0)
    else:
        amperes *= 1.0 + felt
    for i in range(acting):
        if memory[WEIGHT, i] <= 0.5:
            continue
        allowed = tolerance[i] + relative[i] * abs(after[i])
        lack = missing(memory, interval, i)
        left = lack / (1.0 - memory[WEIGHT, i] * interval * memory[RATE, i])
        if worst > UNSEEN:
            if not (abs(left) <= SETTLED * allowed and abs(lack) <= 0.25 * memory[LACK, i] + UNSEEN * allowed):
                return math.inf, amperes
            after[i] += left
            fresh[i] += memory[RATE, i] * left
        else:
            fresh[i] += memory[RATE, i] * error[i]
        norm = max(norm, lag(memory, interval, last, i) / (LAGGING * allowed))
    return norm, amperes
