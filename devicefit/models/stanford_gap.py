"""The Stanford/PKU gap model: tunnelling over a gap that a thermally activated field drives, with Joule heat.

    I     = I0 exp(-g/g0) sinh(V'/V0),   V' = V - I Rs                         current [A]
    g     = gmin + G z                                                         gap [m], state z, 0 on to 1 off
    dg/dt = -v0 exp(-Ea/kT) sinh(gamma a0 V'/(tox kT)) m f                     [m/s], kT and a0 V'/tox in eV
    gamma = gamma0 - beta (g/1 nm)^3                                           local field enhancement [1]
    T     = T0 + Rth V' I                                                      filament temperature [K]
    m     = s^2 (3 - 2 s), s from 0 to 1 over 0.99 Fmin < F < 1.01 Fmin        least field [1], F = gamma |V'|/tox
    f     = 1 - exp(-z/e) while the gap closes,  1 - exp(-(1 - z)/e) while it opens

As published, the gap is cut off at its bounds and stands still below the field Fmin at once, which a solver cannot
differentiate; here both happen smoothly, within the share e of the range and within 1 % of Fmin. Fmin = 0 leaves the
limit out. The published temperature follows the power at once. Rs = 0 is the published form.

Validity: oxide cells with a filament and a gap, set at positive voltage, well above the time in which the filament
heats; the published random term of the gap is not included (it needs the time step of the simulator).

Sources: X. Guan, S. Yu, H.-S. P. Wong, IEEE Electron Device Lett. 33, 1405 (2012), doi 10.1109/LED.2012.2210856; smooth
forms after T. Wang, J. Roychowdhury, arXiv 1605.04897; parameter set as in its note.
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import (
    ARGUMENT_LIMIT,
    BOLTZMANN,
    FloatArray,
    bounded_exp,
    bounded_sinh,
    bounded_sinh_slope,
)

NAME = "stanford-gap"
FIELD_WIDTH = 0.01  # of the least field, above and below it, within which the gap comes to rest
CONVERGED = 1e-8  # last relative step of Newton's iteration, which leaves an error of the order of its square
NANOMETRE = 1e-9  # m, unit of the gap in the published enhancement

PARAMETERS = (
    ParameterSpec("current_scale", "A", "I0, current scale at no gap", 1e-15, 1e3),
    ParameterSpec("gap_length", "m", "g0, gap over which the current falls by e", 1e-12, 1e-8),
    ParameterSpec("voltage_scale", "V", "V0, curvature of the conduction", 1e-2, 1e2),
    ParameterSpec("gap_speed", "m/s", "v0, attempt speed of the gap", 1e-12, 1e12),
    ParameterSpec("activation_energy", "eV", "Ea, of the motion", 0.0, 5.0, "linear"),
    ParameterSpec("hop_distance", "m", "a0, distance between sites", 1e-11, 1e-8),
    ParameterSpec("oxide_thickness", "m", "tox", 1e-10, 1e-6),
    ParameterSpec("enhancement", "1", "gamma0, field enhancement at no gap", 1e-2, 1e4),
    ParameterSpec("enhancement_slope", "1", "beta, its fall at a gap of 1 nm", 0.0, 1e3, "linear"),
    ParameterSpec("minimum_gap", "m", "gmin, gap of the on state", 0.0, 1e-7, "linear"),
    ParameterSpec("gap_range", "m", "G, by how much the gap of the off state is longer", 1e-12, 1e-6),
    ParameterSpec("minimum_field", "V/m", "Fmin, enhanced field below which the gap rests", 0.0, 1e11, "linear"),
    ParameterSpec("ambient_temperature", "K", "T0", 1.0, 2000.0),
    ParameterSpec("thermal_resistance", "K/W", "Rth of the filament", 0.0, 1e9, "linear"),
    ParameterSpec("series_resistance", "ohm", "Rs, of the lines and electrodes", 0.0, 1e9, "linear"),
    ParameterSpec("edge", "1", "e, distance to a bound at which the gap slows down", 1e-4, 0.5),
)


@compiled
def internal_voltage(voltage: float, scale: float, voltage_scale: float, resistance: float) -> float:
    """V' from V' + Rs scale sinh(V'/V0) = V [V]: the left side is convex for V' > 0, Newton comes down from above."""
    size = abs(voltage)
    if resistance <= 0.0 or size == 0.0:
        return voltage
    guess: float = size / (1.0 + resistance * scale / voltage_scale)
    if resistance * scale > 1e-200 * size:
        argument = math.asinh(size / (resistance * scale))
        if argument < ARGUMENT_LIMIT:
            guess = min(guess, argument * voltage_scale)
    bare, ohms = resistance * scale, resistance * scale / voltage_scale
    for _ in range(60):
        excess = guess + bare * bounded_sinh(guess / voltage_scale) - size
        step = excess / (1.0 + ohms * bounded_sinh_slope(guess / voltage_scale))
        guess = min(max(guess - step, 0.0), size)
        if abs(step) <= CONVERGED * guess:
            break
    return guess if voltage > 0.0 else -guess


@compiled
def gap_velocity(parameters: FloatArray, voltage: float, gap: float, temperature: float) -> float:
    """dg/dt before the bounds [m/s]."""
    energy = BOLTZMANN * temperature
    enhancement = max(parameters[7] - parameters[8] * (gap / NANOMETRE) ** 3, 0.0)
    field = enhancement * voltage / parameters[6]
    least = (1.0 - FIELD_WIDTH) * parameters[11]
    share = min(max((abs(field) - least) / (2.0 * FIELD_WIDTH * parameters[11] + 1.0), 0.0), 1.0)
    speed: float = parameters[3] * math.exp(-parameters[4] / energy) * bounded_sinh(parameters[5] * field / energy)
    velocity: float = -speed * share * share * (3.0 - 2.0 * share)
    return velocity


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above, in the form that `devicefit.march` integrates."""
    z, edge = unknowns[0], parameters[15]
    span = parameters[10]
    gap = parameters[9] + span * min(max(z, 0.0), 1.0)
    scale = parameters[0] * math.exp(-gap / parameters[1])
    internal = internal_voltage(voltage, scale, parameters[2], parameters[14])
    amperes: float = scale * bounded_sinh(internal / parameters[2])
    velocity = gap_velocity(parameters, internal, gap, parameters[12] + parameters[13] * internal * amperes)
    if velocity < 0.0:
        slopes[0] = velocity / span * (1.0 - bounded_exp(-z / edge))
    else:
        slopes[0] = velocity / span * (1.0 - bounded_exp((z - 1.0) / edge))
    return amperes


def at_fraction(_parameters: FloatArray, fraction: float) -> FloatArray:
    """z = 1 - fraction [1]."""
    return np.array([1.0 - fraction])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """1 - z, kept within 0..1 against rounding [1]."""
    return np.clip(1.0 - unknowns[:, 0], 0.0, 1.0)


_MEMTORCH = (1e-3, 0.25e-9, 0.25, 10.0, 0.6, 0.25e-9, 12e-9, 16.0, 0.8, 0.2e-9, 1.5e-9, 1.4e9, 298.0, 2.1e3, 0.0, 0.01)
_SOURCE = "MemTorch (github coreylammie/MemTorch @27b1880, Stanford_PKU.py), gaps from its 542 and 218586 ohm at 0.1 V"
_ASSUMED = {
    "edge": "width of the smooth bound, chosen here for SPICE; published as a hard bound",
    "series_resistance": "none in the published model",
}

MODEL = CompactModel(
    name=NAME,
    title="Stanford/PKU gap: tunnelling over a gap that field and heat move",
    equations=__doc__,
    validity="oxide cells with a filament and a gap; temperature follows the power at once; no random motion",
    sources=(
        "X. Guan, S. Yu, H.-S. P. Wong, IEEE Electron Device Lett. 33, 1405 (2012), doi 10.1109/LED.2012.2210856",
        "T. Wang, J. Roychowdhury, arXiv 1605.04897",
    ),
    parameters=PARAMETERS,
    # The start of a runaway amplifies errors of z tenfold and more.
    unknowns=(UnknownSpec("z", "1", tolerance=1e-5, initial="initial_z", node="z"),),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="stanford_gap",
    fitted=(
        "current_scale",
        "gap_length",
        "voltage_scale",
        "gap_speed",
        "enhancement",
        "enhancement_slope",
        "series_resistance",
    ),
    per_cycle=("current_scale", "gap_speed"),
    set_polarity=1,
    # The field limit hides the speed of the gap from a slow sweep, so that a fit starts without it.
    cards=published_cards(
        NAME,
        PARAMETERS,
        {"MemTorch without field limit": (*_MEMTORCH[:11], 0.0, *_MEMTORCH[12:])},
        _SOURCE,
        assumed=_ASSUMED | {"minimum_field": "left out, as in the well-posed forms of the model"},
    )
    | published_cards(NAME, PARAMETERS, {"MemTorch": _MEMTORCH}, _SOURCE, assumed=_ASSUMED),
)
