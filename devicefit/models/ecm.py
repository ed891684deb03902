"""Electrochemical metallization (Cu or Ag filament): ions plated by Butler-Volmer kinetics close a tunnelling gap.

    V      = I (Rs + R_fil) + V_g,   R_fil = rho_fil (L - g)/A                    voltages in series [V]
    I      = V_g (G_t + 1/R_leak) + I_ion                                         current [A]
    G_t    = 3 sqrt(2 m phi)/(2 g) (e/h)^2 exp(-4 pi g sqrt(2 m phi)/h) A         tunnelling through the gap g [S]
    V_g    = (kT/ze)(y_a + y_f) + rho_el g I_ion/A                                along the path of the ions [V]
    I_ion  = A_a j0 (exp((1 - a) y_a) - exp(-a y_a))                              at the active electrode [A]
           = A   j0 (exp(a y_f) - exp(-(1 - a) y_f))                              at the filament's tip [A]
    dx/dt  = -Omega I_ion/(z e A (g_max - g_min)) w,   x = (g - g_min)/(g_max - g_min)       state x, 0..1 [1/s]
    w      = 1 - exp(-x/d) while I_ion > 0,   1 - exp(-(1 - x)/d) while I_ion < 0

y is an overpotential in units of kT/ze, a the cathodic transfer coefficient, A = pi r^2 the filament's cross-section,
A_a the plated part of the active electrode, Omega the volume of an atom. Positive voltage dissolves the active
electrode and plates the tip: it sets. A set stops by itself where tunnelling through the narrow gap leaves too little
of the voltage across it; a limit by a series resistance therefore leaves one gap for each limit (multilevel). The
windows w only hold the gap between an atom (g_min) and the fully dissolved filament (g_max).

Validity: isothermal, one cylindrical filament, no nucleation delay, no electromotive force and so no volatile
switching; tunnelling is linear in V_g (Simmons at low voltage). The parallel leakage R_leak is not part of the
publications.

Sources: S. Menzel, U. Boettger, R. Waser, J. Appl. Phys. 111, 014501 (2012), doi 10.1063/1.3673239; S. Menzel et al.,
Phys. Chem. Chem. Phys. 15, 6945 (2013), doi 10.1039/C3CP50738F; tunnelling: J. G. Simmons, J. Appl. Phys. 34, 1793
(1963), doi 10.1063/1.1702682. No published parameter table could be read: the card's values are assumed but for the
atomic volume of copper (63.546 g/mol, 8.96 g/cm3) and the 25 nm TaOx of the Cu/TaOx/Pt cells it stands for.
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.models.butlervolmer import series_plating
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import BOLTZMANN, FloatArray, bounded_exp

NAME = "ecm"

PARAMETERS = (
    ParameterSpec("oxide_thickness", "m", "L, of the electrolyte between the electrodes", 1e-10, 1e-6),
    ParameterSpec("gap_minimum", "m", "g_min, closest approach of the tip", 1e-11, 1e-8),
    ParameterSpec("gap_maximum", "m", "g_max, gap of the off state", 1e-10, 1e-6),
    ParameterSpec("filament_radius", "m", "r, A = pi r^2", 1e-10, 1e-6),
    ParameterSpec("active_radius", "m", "r_a, of the electrode's part that dissolves, A_a = pi r_a^2", 1e-10, 1e-4),
    ParameterSpec("atomic_volume", "m^3", "Omega, volume of a plated atom", 1e-30, 1e-27),
    ParameterSpec("charge_number", "1", "z, charges of an ion", 1.0, 4.0, "linear"),
    ParameterSpec("exchange_current_density", "A/m^2", "j0, of both interfaces", 1e-18, 1e9),
    ParameterSpec("transfer_coefficient", "1", "a, cathodic", 0.01, 0.99, "linear"),
    ParameterSpec("electrolyte_resistivity", "ohm m", "rho_el, of the ions in the gap", 1e-9, 1e15),
    ParameterSpec("barrier_height", "eV", "phi, of the tunnelling electrons", 0.05, 10.0),
    ParameterSpec("effective_mass", "1", "m, of the tunnelling electrons over the free mass", 0.01, 10.0),
    ParameterSpec("leakage_resistance", "ohm", "R_leak, in parallel to the gap", 1.0, 1e18),
    ParameterSpec("filament_resistivity", "ohm m", "rho_fil, of the metal", 1e-9, 1.0),
    ParameterSpec("series_resistance", "ohm", "Rs, of lines and electrodes", 0.0, 1e9, "linear"),
    ParameterSpec("temperature", "K", "T", 1.0, 2000.0),
    ParameterSpec("edge", "1", "d, distance to a bound at which the state slows down", 1e-4, 0.5),
)

ELEMENTARY = 1.602176634e-19  # C, exact
PLANCK = 6.62607015e-34  # J s, exact
ELECTRON_MASS = 9.1093837015e-31  # kg


@compiled
def tunnel_conductance(gap: float, area: float, barrier: float, mass: float) -> float:
    """G_t [S] of a gap [m] of cross-section [m^2] under a barrier [eV]."""
    momentum = math.sqrt(2.0 * mass * ELECTRON_MASS * barrier * ELEMENTARY)
    decay: float = bounded_exp(-4.0 * math.pi * gap * momentum / PLANCK)
    return 1.5 * momentum / gap * (ELEMENTARY / PLANCK) ** 2 * decay * area


@compiled
def ion_current(
    voltage: float,
    thermal: float,
    exchange: float,
    ratio: float,
    forward: float,
    path: float,
    series: float,
    gap: float,
) -> float:
    """I_ion [A] for V > 0 [V].

    Solves kT/ze (y_a + y_f) + path I_ion = V_g with V_g (1 + series gap) + series I_ion = V for y_f: kT/ze is `thermal`
    [V], A j0 `exchange` [A], A/A_a `ratio`, the transfer coefficient of the tip `forward`, the electrolyte's resistance
    `path`, all resistance outside the gap `series` [ohm], the gap's conductance `gap` [S].
    """
    share = 1.0 + series * gap
    amperes: float = exchange * series_plating(
        voltage, thermal * share, (path * share + series) * exchange, ratio, forward
    )
    return amperes


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above; the one unknown is x."""
    x = unknowns[0]
    stroke = parameters[2] - parameters[1]
    gap = max(parameters[1] + stroke * x, 0.5 * parameters[1])
    area = math.pi * parameters[3] ** 2
    thermal = BOLTZMANN * parameters[15] / parameters[6]
    inside = tunnel_conductance(gap, area, parameters[10], parameters[11]) + 1.0 / parameters[12]
    series = parameters[14] + parameters[13] * max(parameters[0] - gap, 0.0) / area
    forward = parameters[8] if voltage >= 0.0 else 1.0 - parameters[8]
    size, ions = abs(voltage), 0.0
    if size > 0.0:
        ratio, path = (parameters[3] / parameters[4]) ** 2, parameters[9] * gap / area
        ions = ion_current(size, thermal, area * parameters[7], ratio, forward, path, series, inside)
    speed = parameters[5] * ions / (parameters[6] * ELEMENTARY * area * stroke)
    if voltage >= 0.0:
        slopes[0] = -speed * (1.0 - bounded_exp(-x / parameters[16]))
    else:
        slopes[0] = speed * (1.0 - bounded_exp((x - 1.0) / parameters[16]))
    amperes: float = (size * inside + ions) / (1.0 + series * inside)
    return amperes if voltage >= 0.0 else -amperes


def at_fraction(_parameters: FloatArray, fraction: float) -> FloatArray:
    """x is what is left of the stroke."""
    return np.array([1.0 - fraction])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """1 - x, kept within 0..1 against rounding."""
    return np.clip(1.0 - unknowns[:, 0], 0.0, 1.0)


_ASSUMED = "no published parameter table could be read; chosen to switch between 1 and 4 V at 1 V/s"
_KNOWN = ("oxide_thickness", "atomic_volume")
_COPPER = (25e-9, 0.1e-9, 5e-9, 2e-9, 10e-9, 1.178e-29, 1.0, 1e-5, 0.5, 2e6, 4.0, 1.0, 1e9, 1e-7, 300.0, 300.0, 0.02)

MODEL = CompactModel(
    name=NAME,
    title="electrochemical metallization: Butler-Volmer growth of a filament towards a tunnelling gap",
    equations=__doc__,
    validity="isothermal Cu or Ag filament cells with a tunnelling gap; no nucleation delay, no volatile switching",
    sources=(
        "S. Menzel, U. Boettger, R. Waser, J. Appl. Phys. 111, 014501 (2012), doi 10.1063/1.3673239",
        "S. Menzel et al., Phys. Chem. Chem. Phys. 15, 6945 (2013), doi 10.1039/C3CP50738F",
    ),
    parameters=PARAMETERS,
    unknowns=(UnknownSpec("x", "1", tolerance=2e-4, initial="initial_x", node="x"),),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="ecm",
    fitted=(
        "gap_minimum",
        "gap_maximum",
        "exchange_current_density",
        "transfer_coefficient",
        "electrolyte_resistivity",
        "leakage_resistance",
        "series_resistance",
    ),
    per_cycle=("gap_minimum", "gap_maximum"),
    set_polarity=1,
    cards=published_cards(
        NAME,
        PARAMETERS,
        {"assumed Cu/TaOx/Pt": _COPPER},
        "copper: 63.546 g/mol, 8.96 g/cm3; stack of 25 nm TaOx, ECS meeting 236, abstract 124730 (2019)",
        assumed={spec.name: _ASSUMED for spec in PARAMETERS if spec.name not in _KNOWN},
    ),
)
