"""The current through JART's Schottky contact and the resistances in series with it, at a voltage across them all.

The equations of V, I, phi and W are those of `jart_vcm_v1b`. Either direction is solved by Householder's iteration of
fourth order on what is nearly straight there: the current forwards, two logarithms backwards. From their starts they
take one evaluation of the contact forwards and two backwards, as a rule.
"""

from __future__ import annotations

import math

from devicefit.compiled import inlined
from devicefit.numerics import ARGUMENT_LIMIT, BOLTZMANN, SMALL_GROWTH, FloatArray, growth

Constants = tuple[float, float, float, float, float]

ELEMENTARY = 1.602176634e-19  # C, exact
PLANCK = 6.62607015e-34  # J s, exact
VACUUM = 8.8541878128e-12  # F/m
ELECTRON_MASS = 9.1093837015e-31  # kg
CONVERGED = 3e-3  # last relative step, which leaves an error of the order of its fourth power
PATIENCE = 12  # iterations, after which the bounds are halved: where a barrier sets in, the contact has a kink
FAINTEST = 1e-200  # of the voltage, across the resistances at the contact's I_0, below which no current flows


@inlined
def contact(parameters: FloatArray, density: float, temperature: float, forward: bool) -> Constants:
    """What the contact's current needs besides its voltage: prefactor [A] (V_s > 0: with its Boltzmann factor),
    lowering at psi = 1 V, e-folds of current a volt (1/kT or 1/W') [1/V], 1/W0 [1/eV], 1/cosh(W00/kT)^2.
    """
    charge = parameters[6] * density
    area, thermal = math.pi * parameters[0] ** 2, BOLTZMANN * temperature
    image = ELEMENTARY / (VACUUM * parameters[11])
    lowering = math.sqrt(math.sqrt(charge * image / (8.0 * math.pi**2)) * image)
    if forward:
        band = max(parameters[8] - parameters[9], 0.0)
        barrier = max(parameters[8] - lowering * math.sqrt(math.sqrt(band)), 0.0)
        steepest = 1.0 / thermal
        prefactor = area * parameters[12] * temperature**2 * math.exp(-barrier * steepest)
        return prefactor, lowering, steepest, steepest, 0.0
    width = PLANCK / (4.0 * math.pi) * math.sqrt(charge / (ELECTRON_MASS * VACUUM * parameters[10]))
    ratio = width / thermal
    shrunk = -growth(-2.0 * ratio)
    per_width, per_sum = 1.0 / width, 1.0 / (2.0 - shrunk)
    hyperbolic = shrunk * per_sum
    prefactor = area * parameters[12] * temperature / BOLTZMANN * math.sqrt(math.pi * width)
    unlike = 4.0 * (1.0 - shrunk) * per_sum * per_sum
    lacking = ratio - hyperbolic
    if ratio < SMALL_GROWTH:
        square = ratio * ratio
        lacking = ratio * square * (1 / 3 - square * (2 / 15 - square * (17 / 315)))
    return prefactor, lowering, lacking * per_width, hyperbolic * per_width, unlike


@inlined
def logarithm(grown: float) -> float:
    """ln(1 + grown) of what is positive, to rounding; `math.log1p` takes nearly twice as long."""
    if grown > SMALL_GROWTH:
        return math.log(1.0 + grown)
    tail = 1 / 4 - grown * (1 / 5 - grown * (1 / 6 - grown * (1 / 7 - grown / 8)))
    return grown * (1.0 - grown * (1 / 2 - grown * (1 / 3 - grown * tail)))


@inlined
def forward_current(voltage: float, ohms: float, cubic: float, constants: Constants) -> float:
    """I [A] from kT ln(1 + I/I_0) + ohms I + cubic I^3 = voltage > 0, for V_s > 0.

    Householder's iteration of fourth order on I between bounds. It starts from below: from the contact taken as ohmic,
    or from the highest voltage that it can have.
    """
    prefactor, steepest = constants[0], constants[2]
    ohms, cubic, voltage = steepest * ohms, steepest * cubic, steepest * voltage  # voltages in units of kT/e
    bare, raised = ohms * prefactor, 0.0
    if bare <= FAINTEST * voltage:
        return 0.0
    if voltage <= bare:
        per_whole = 1.0 / (bare + 1.0)
        grown = voltage * per_whole
        amperes, raised = prefactor * grown, 1.5 * grown * per_whole / (3.0 + 2.0 * grown)
    else:
        amperes = (voltage - math.log(1.0 + voltage / bare)) / ohms
        if amperes < 0.1 * voltage / ohms:
            alone = prefactor * growth(min(voltage, ARGUMENT_LIMIT))
            amperes = alone * voltage / (ohms * alone + voltage)
    conductance, inverse = 1.0 / ohms, 1.0 / prefactor
    share = cubic * amperes * amperes * conductance
    amperes *= 1.0 + raised - share * (1.0 + 3.0 * share) / (1.0 + 6.0 * share * (1.0 + share))
    low, high = 0.0, voltage * conductance
    for count in range(60):
        rate, drop = 1.0 / (prefactor + amperes), logarithm(amperes * inverse)
        bend = -rate * rate
        bow = -2.0 * bend * rate
        if drop > ARGUMENT_LIMIT:
            rate, bend, bow = inverse * math.exp(-ARGUMENT_LIMIT), 0.0, 0.0
            drop = ARGUMENT_LIMIT - 1.0 + (prefactor + amperes) * rate
        bent = cubic * amperes
        excess = drop + (ohms + bent * amperes) * amperes - voltage
        if excess > 0.0:
            high = amperes
        else:
            low = amperes
        slope = 1.0 / (rate + ohms + 3.0 * bent * amperes)
        step = excess * slope
        curved, bowed = step * slope * (bend + 6.0 * bent), step * step * slope * (bow + 6.0 * cubic)
        change = step * (1.0 - 0.5 * curved) / (1.0 - curved + bowed / 6.0)
        moved = amperes - change
        if abs(change) <= CONVERGED * amperes:
            return moved
        amperes = moved if low < moved < high and count < PATIENCE else 0.5 * (low + high)
    return amperes


@inlined
def reverse_contact(parameters: FloatArray, drop: float, constants: Constants) -> tuple[float, float, float, float]:
    """Size of the contact's current [A] for V_s = -drop < 0 [V], and the first three derivatives of its logarithm by
    ln drop [1].
    """
    argument = drop * constants[2]
    inside = min(argument, ARGUMENT_LIMIT)
    grown = growth(inside)
    full = 1.0 + grown
    if argument > ARGUMENT_LIMIT:
        grown += full * (argument - inside)
        steep, rise = 0.0, argument * full / grown
    else:
        steep, rise = argument, argument * full / grown
    band = max(parameters[8] - parameters[9] + drop, 1e-30)
    lowering = constants[1] * math.sqrt(math.sqrt(band))
    barrier = parameters[8] - lowering
    turn = rise * (1.0 + steep - rise)
    wind = turn * (1.0 + steep - 2.0 * rise) + rise * steep
    if barrier <= 0.0:
        return constants[0] * math.sqrt(drop) * grown, rise + 0.5, turn, wind
    ratio = drop / band
    soft = 0.25 * lowering * constants[3] * ratio  # each derivative of band^(1/4) by ln drop
    soft_turn = soft * (1.0 - 0.75 * ratio)
    soft_wind = soft * ((1.0 - 0.75 * ratio) * (1.0 - 0.75 * ratio) - 0.75 * ratio * (1.0 - ratio))
    height = drop + barrier * constants[4]
    per_height, weight = 0.5 / height, constants[4] / constants[3]
    first = (drop - weight * soft) * per_height
    second = (drop - weight * soft_turn) * per_height
    third = (drop - weight * soft_wind) * per_height
    value: float = constants[0] * math.sqrt(height) * math.exp(-barrier * constants[3]) * grown
    return (
        value,
        rise + soft + first,
        turn + soft_turn + second - 2.0 * first * first,
        wind + soft_wind + third - 6.0 * first * second + 8.0 * first * first * first,
    )


@inlined
def reverse_start(parameters: FloatArray, voltage: float, ohms: float, constants: Constants) -> float:
    """A first size of V_s [V]: where its barrier is gone, I goes with its power 3/2, else it has a fair part."""
    band = max(parameters[8] - parameters[9] + 0.25 * voltage, 0.0)
    fair = min(1.0 / constants[2], 0.25 * voltage)
    if constants[1] * math.sqrt(math.sqrt(band)) < parameters[8]:
        return fair
    return min(math.pow(voltage / abs(ohms * constants[0] * constants[2]), 2.0 / 3.0), 2.0 * fair)


@inlined
def reverse_current(parameters: FloatArray, voltage: float, ohms: float, cubic: float, constants: Constants) -> float:
    """Size of I [A] from V_s + ohms I + cubic I^3 = voltage > 0, all in the reverse direction.

    Householder's iteration of fourth order between bounds, on the logarithm of the voltage outside the contact over
    what is left for it, in the logarithm of V_s: nearly straight where the contact is ohmic, and no exponential runs
    away where it is not. Where hardly any voltage is outside, Newton's on this voltage itself.
    """
    low, high = 0.0, voltage
    guess, amperes = reverse_start(parameters, voltage, ohms, constants), 0.0
    for count in range(60):
        amperes, first, second, third = reverse_contact(parameters, guess, constants)
        bent = cubic * amperes * amperes
        total = ohms + bent
        outside, left = total * amperes, voltage - guess
        if outside > left:
            high = guess
        else:
            low = guess
        near, part_of_sum = CONVERGED, (outside - left) / (outside + left)
        if left > 1e-3 * voltage:
            part, over = 2.0 * bent / total, guess / left
            warm, hot, over_twice = part * (2.0 - part), part * (2.0 - part) * (2.0 - 2.0 * part), over * (1.0 + over)
            slope = total / ((total + 2.0 * bent) * first + over * total)
            square = part_of_sum * part_of_sum
            step = 2.0 * part_of_sum * (1.0 + square * (1 / 3 + square * (1 / 5 + square / 7))) * slope
            curved = (1.0 + part) * second + warm * first * first + over_twice
            bowed = (1.0 + part) * third + (3.0 * warm * second + hot * first * first) * first
            bowed += (1.0 + 2.0 * over) * over_twice
            curved *= step * slope
            bowed *= step * step * slope
            step *= (1.0 - 0.5 * curved) / max(1.0 - curved + bowed / 6.0, 0.2)
        else:
            step = (outside - left) / ((total + 2.0 * bent) * amperes * first + guess)
            near *= CONVERGED
        if abs(step) <= near and abs(part_of_sum) <= 10.0 * CONVERGED:
            bent_change = step * step * step / 6.0 * third
            if abs(bent_change) <= CONVERGED * CONVERGED:  # else beside a kink
                return amperes * (1.0 + growth(-step * (first - 0.5 * step * second) - bent_change))
        even, odd = 1.0 + step * step / 12.0, 0.5 * step
        moved = guess * (even - odd) / (even + odd)
        guess = moved if low < moved < high and count < PATIENCE else 0.5 * (low + high)
    return amperes
