"""VTEAM: a resistance between two limits, moved by the voltage beyond two thresholds.

    I     = V / R(x)                                                           current [A]
    R     = (1 - s) (Ron + (Roff - Ron) x) + s Ron (Roff/Ron)^x                resistance [ohm]
    dx/dt =  koff (V/Voff - 1)^aoff  foff(x)      V > Voff                     state x, 0 on to 1 off [1/s]
          = -kon (-V/Von - 1)^aon    fon(x)       V < -Von,      0 between the thresholds
    foff  = 1 - exp(-(1 - x)/e),     fon = 1 - exp(-x/e)

x is the published (w - w_on)/(w_off - w_on), so that koff and kon are the published speeds divided by w_off - w_on; kon
and Von are given positive. s = 0 is the linear and s = 1 the exponential law of the resistance.

The published window is 1 up to a hard bound, which a circuit simulator crosses or sticks to. Here each direction slows
down within e of the bound it runs into and leaves the other at full speed: the state neither passes its bounds nor
sticks to them. A power grows linearly where its exponent passes 45.

Validity: bipolar cells with ohmic branches and a threshold; no self-heating, no series resistance. As published,
positive voltage resets.

Sources: S. Kvatinsky et al., IEEE Trans. Circuits Syst. II 62, 786 (2015), doi 10.1109/TCSII.2015.2433536; smooth forms
for SPICE after D. Biolek et al., (V)TEAM for SPICE simulation, IEEE Access 9 (2021); parameter sets as in
their notes.
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import FloatArray, bounded_exp

NAME = "vteam"

PARAMETERS = (
    ParameterSpec("on_resistance", "ohm", "Ron, resistance of the on state", 1e-2, 1e13),
    ParameterSpec("off_resistance", "ohm", "Roff, resistance of the off state", 1e-2, 1e15),
    ParameterSpec(
        "exponential_share", "1", "s, 0 for the linear law of R(x), 1 for the exponential", 0.0, 1.0, "linear"
    ),
    ParameterSpec("set_rate", "1/s", "kon, speed at twice the set threshold", 1e-12, 1e20),
    ParameterSpec("reset_rate", "1/s", "koff, speed at twice the reset threshold", 1e-12, 1e20),
    ParameterSpec("set_voltage", "V", "Von, set threshold, given positive, acts at negative voltage", 1e-3, 50.0),
    ParameterSpec("reset_voltage", "V", "Voff, reset threshold", 1e-3, 50.0),
    ParameterSpec("set_exponent", "1", "aon, power of the overdrive in the set", 0.1, 50.0),
    ParameterSpec("reset_exponent", "1", "aoff, power of the overdrive in the reset", 0.1, 50.0),
    ParameterSpec("edge", "1", "e, distance to a bound at which the state slows down", 1e-4, 0.5),
)


@compiled
def overdrive(voltage: float, threshold: float, exponent: float) -> float:
    """(V/Vt - 1)^a beyond the threshold, else 0 [1]."""
    excess = voltage / threshold - 1.0
    if excess <= 0.0:
        return 0.0
    return bounded_exp(exponent * math.log(excess))


@compiled
def resistance(parameters: FloatArray, x: float) -> float:
    """R(x) [ohm], held at its limits outside 0..1."""
    on, off, share = parameters[0], parameters[1], parameters[2]
    inside = min(max(x, 0.0), 1.0)
    ohms: float = (1.0 - share) * (on + (off - on) * inside) + share * on * math.exp(inside * math.log(off / on))
    return ohms


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above, in the form that `devicefit.march` integrates."""
    x, edge = unknowns[0], parameters[9]
    up = parameters[4] * overdrive(voltage, parameters[6], parameters[8]) * (1.0 - bounded_exp((x - 1.0) / edge))
    down = parameters[3] * overdrive(-voltage, parameters[5], parameters[7]) * (1.0 - bounded_exp(-x / edge))
    slopes[0] = up - down
    return voltage / resistance(parameters, x)


def at_fraction(_parameters: FloatArray, fraction: float) -> FloatArray:
    """x = 1 - fraction [1]."""
    return np.array([1.0 - fraction])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """1 - x, kept within 0..1 against rounding [1]."""
    return np.clip(1.0 - unknowns[:, 0], 0.0, 1.0)


_REPAIR = "width of the smooth bound, chosen here for SPICE; published as a hard bound"

MODEL = CompactModel(
    name=NAME,
    title="VTEAM: resistance moved by voltage beyond two thresholds, linear or exponential law",
    equations=__doc__,
    validity="bipolar cells with ohmic branches and a threshold; no self-heating, no series resistance",
    sources=(
        "S. Kvatinsky et al., IEEE Trans. Circuits Syst. II 62, 786 (2015), doi 10.1109/TCSII.2015.2433536",
        "D. Biolek et al., (V)TEAM for SPICE simulation, IEEE Access 9 (2021)",
    ),
    parameters=PARAMETERS,
    unknowns=(UnknownSpec("x", "1", tolerance=1e-3, initial="initial_x", node="x"),),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="vteam",
    # The exponents keep the card's value: under abrupt events a large one with a low threshold and a slow rate fits as
    # well as the true ones, with narrow errors in the wrong place.
    fitted=("on_resistance", "off_resistance", "set_rate", "reset_rate", "set_voltage", "reset_voltage"),
    per_cycle=("on_resistance", "set_voltage", "reset_voltage"),
    set_polarity=-1,
    cards=published_cards(
        NAME,
        PARAMETERS,
        {"exponential law": (3.0e3, 15.5e3, 1.0, 3.59, 4.83, 0.14, 0.06, 1.0, 1.0, 0.01)},
        "public SPICE netlist VTEAM_e (rectangular window, state transformation, exponential law), its address not "
        "known; there with the electrodes exchanged: von 0.14 V, voff -0.06 V",
        assumed={"edge": _REPAIR},
    )
    | published_cards(
        NAME,
        PARAMETERS,
        {"MemTorch default": (50.0, 1000.0, 0.0, 10.0 / 3e-9, 5e-4 / 3e-9, 0.2, 0.02, 3.0, 1.0, 0.01)},
        "MemTorch (github coreylammie/MemTorch @1074db1, VTEAM.py): kon -10 m/s, koff 5e-4 m/s, 3 nm",
        assumed={"edge": _REPAIR},
    ),
)
