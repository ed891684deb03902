"""JART VCM v1b (HfO2/TiOx): vacancies fill or empty a disc in front of a Schottky contact, driven by field and heat.

    V      = V_s + I (R_disc + R_plug + R_s)                                       voltages in series [V]
    R_disc = l/(z e mu N A),  R_plug = (l_cell - l)/(z e mu N_plug A),  A = pi r^2      filament [ohm]
    R_s    = R_TiOx + R0 (1 + R0 alpha R_th,line I^2)                              layer and warm lines [ohm]
    I      = A A* T^2 exp(-phi/kT) (exp(V_s/kT) - 1)                               V_s > 0: thermionic [A]
           = -A A* (T/k) sqrt(pi W00 (|V_s| + phi/cosh(W00/kT)^2)) exp(-phi/W0) (exp(|V_s|/W') - 1)      V_s < 0 [A]
    phi    = phi0 - (e^3 z N psi/(8 pi^2 eps_phi^3))^(1/4) >= 0,   psi = phi0 - phi_n - V_s            barrier [eV]
    W00    = e h/(4 pi) sqrt(z N/(m eps)),  W0 = W00/tanh(W00/kT),  W' = W00/(W00/kT - tanh(W00/kT))
    dN/dt  = -c a nu (exp(-dW-/kT) - exp(-dW+/kT)) F/l,   c = (N_plug + N)/2       state N [1/(m^3 s)]
    dW-+   = dW (sqrt(1 - g^2) -+ g pi/2 + g asin g),   g = z a E/(pi dW)          hopping barriers [eV]
    E      = (V - I R_s)/l_cell  (V > 0),   I R_disc/l  (V < 0)                    field [V/m]
    F      = 1 - (N_min/N)^10    (V > 0),   1 - (N/N_max)^10  (V < 0)
    tau dT/dt = T0 - T + I (V - I R_s) R_th s,   s = 1 (V < 0) or s_reset (V > 0)  temperature [K]

The state is x = ln(N/N_min)/ln(N_max/N_min). As published, negative voltage sets.

Two departures. The publication takes the heat as instantaneous; here it has a time constant tau (assumed, 1 ns), so
that a thermal runaway has a course in time. And for V_s > 0 the image-force lowering of phi keeps its value at V_s = 0:
the published one vanishes at V_s = phi0 - phi_n with infinite slope; the current falls with rising voltage there, and
the equations have several solutions, between which a simulator jumps.

Validity: HfO2/TiOx valence-change cells after forming; the deterministic variant, without the spread of r and l. The
set is a runaway within nanoseconds; in SPICE alone its rate dx/dt is limited to 1e8 per second.

Sources: F. Cueppers et al., APL Mater. 7, 091105 (2019), doi 10.1063/1.5108654; C. Bengel et al., IEEE Trans. Circuits
Syst. I 67, 4618 (2020), doi 10.1109/TCSI.2020.3018502. Parameter set: vntinas/JART-TUD-VCM-memristor-model, which keeps
that of v1b (its closed fit of the current, with some 70 constants for this one set, is not used here).
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import ARGUMENT_LIMIT, BOLTZMANN, FloatArray, bounded_exp, growth

NAME = "jart-vcm-v1b"

PARAMETERS = (
    ParameterSpec("filament_radius", "m", "r, A = pi r^2", 1e-9, 1e-6),
    ParameterSpec("cell_length", "m", "l_cell, of disc and plug", 1e-10, 1e-7),
    ParameterSpec("disc_length", "m", "l, of the disc that switches", 1e-11, 1e-8),
    ParameterSpec("concentration_minimum", "1/m^3", "N_min, vacancies in the disc of the off state", 1e20, 1e29),
    ParameterSpec("concentration_maximum", "1/m^3", "N_max, vacancies in the disc of the on state", 1e20, 1e30),
    ParameterSpec("plug_concentration", "1/m^3", "N_plug", 1e20, 1e30),
    ParameterSpec("charge_number", "1", "z, charges of a vacancy", 1.0, 4.0, "linear"),
    ParameterSpec("electron_mobility", "m^2/Vs", "mu", 1e-9, 1.0),
    ParameterSpec("barrier_height", "eV", "phi0, Schottky barrier without lowering", 0.01, 3.0),
    ParameterSpec("fermi_depth", "eV", "phi_n, conduction band edge above the Fermi level", 0.0, 3.0, "linear"),
    ParameterSpec("permittivity", "1", "eps over that of vacuum", 1.0, 300.0),
    ParameterSpec("image_permittivity", "1", "eps_phi, of the image force, over that of vacuum", 1.0, 300.0),
    ParameterSpec("richardson_constant", "A/m^2K^2", "A*", 1e2, 1e8),
    ParameterSpec("hop_distance", "m", "a", 1e-11, 1e-8),
    ParameterSpec("attempt_frequency", "1/s", "nu", 1e8, 1e16),
    ParameterSpec("activation_energy", "eV", "dW, of a hop", 0.1, 5.0),
    ParameterSpec("thermal_resistance", "K/W", "R_th of the filament in the set", 1e2, 1e10),
    ParameterSpec("reset_heating", "1", "s_reset, thermal resistance in the reset over that in the set", 0.01, 1.0),
    ParameterSpec("thermal_time", "s", "tau", 1e-13, 1e-3),
    ParameterSpec("oxide_resistance", "ohm", "R_TiOx", 0.0, 1e7, "linear"),
    ParameterSpec("line_resistance", "ohm", "R0, of the lines at ambient temperature", 0.0, 1e7, "linear"),
    ParameterSpec("line_thermal_resistance", "K/W", "R_th,line", 0.0, 1e9, "linear"),
    ParameterSpec("line_coefficient", "1/K", "alpha, of the lines' resistance", 0.0, 0.1, "linear"),
    ParameterSpec("ambient_temperature", "K", "T0", 1.0, 2000.0),
)

Constants = tuple[float, float, float, float, float]

ELEMENTARY = 1.602176634e-19  # C, exact
PLANCK = 6.62607015e-34  # J s, exact
VACUUM = 8.8541878128e-12  # F/m
ELECTRON_MASS = 9.1093837015e-31  # kg
CONVERGED = 3e-4  # last relative step of Halley's iteration, which leaves an error of the order of its cube
HOP_LIMIT = 0.99  # of g, beyond which a field would pull ions without a barrier


@compiled
def contact(parameters: FloatArray, density: float, temperature: float, forward: bool) -> Constants:
    """What the contact's current needs besides its voltage: prefactor [A] (V_s > 0: with its Boltzmann factor),
    lowering at psi = 1 V, the voltage of an e-fold of current (kT or W') [V], W0 [eV], 1/cosh(W00/kT)^2.
    """
    charge = parameters[6] * density
    area, thermal = math.pi * parameters[0] ** 2, BOLTZMANN * temperature
    image = ELEMENTARY / (VACUUM * parameters[11])
    lowering = math.sqrt(math.sqrt(charge * image / (8.0 * math.pi**2)) * image)
    if forward:
        band = max(parameters[8] - parameters[9], 0.0)
        barrier = max(parameters[8] - lowering * math.sqrt(math.sqrt(band)), 0.0)
        prefactor = area * parameters[12] * temperature**2 * math.exp(-barrier / thermal)
        return prefactor, lowering, thermal, thermal, 0.0
    width = PLANCK / (4.0 * math.pi) * math.sqrt(charge / (ELECTRON_MASS * VACUUM * parameters[10]))
    ratio = width / thermal
    shrunk = -growth(-2.0 * ratio)
    hyperbolic = shrunk / (2.0 - shrunk)
    prefactor = area * parameters[12] * temperature / BOLTZMANN * math.sqrt(math.pi * width)
    unlike = 4.0 * (1.0 - shrunk) / ((2.0 - shrunk) * (2.0 - shrunk))
    return prefactor, lowering, width / (ratio - hyperbolic), width / hyperbolic, unlike


@compiled
def contact_current(
    parameters: FloatArray, drop: float, forward: bool, constants: Constants
) -> tuple[float, float, float]:
    """Size of the contact's current [A] for a voltage of size `drop` > 0 [V] across it, d ln I/dV_s [1/V] and the
    derivative of that [1/V^2].
    """
    steepest = 1.0 / constants[2]
    argument = drop * steepest
    inside = min(argument, ARGUMENT_LIMIT)
    grown = growth(inside)
    full = 1.0 + grown
    grown += full * (argument - inside)
    rate = steepest * full / grown
    bend = rate * ((steepest if argument < ARGUMENT_LIMIT else 0.0) - rate)
    if forward:
        return constants[0] * grown, rate, bend
    band = max(parameters[8] - parameters[9] + drop, 1e-30)
    lowering = constants[1] * math.sqrt(math.sqrt(band))
    barrier, fall = parameters[8] - lowering, 0.25 * lowering / band
    if barrier <= 0.0:
        barrier, fall = 0.0, 0.0
    height = drop + barrier * constants[4]
    widening, softening = 0.5 * (1.0 - fall * constants[4]) / height, fall / constants[3]
    value: float = constants[0] * math.sqrt(height) * math.exp(-barrier / constants[3]) * grown
    return value, rate + softening + widening, bend - 0.75 * softening / band - 2.0 * widening * widening


@compiled
def contact_drop(
    parameters: FloatArray, voltage: float, ohms: float, cubic: float, forward: bool, constants: Constants
) -> tuple[float, float]:
    """Size of V_s [V] from V_s + ohms I + cubic I^3 = voltage > 0, and I [A].

    Halley's iteration between bounds, on the logarithm of the voltage outside the contact over what is left for it, in
    the logarithm of V_s: nearly straight where the contact is ohmic, and no exponential runs away where it is not.
    Where hardly any voltage is outside, Newton's on this voltage itself.
    """
    low, high = 0.0, voltage
    guess = min(constants[2], 0.5 * voltage)
    if forward:
        bare = ohms * constants[0]
        guess = voltage / (1.0 + bare / constants[2])
        if voltage > bare:
            guess = min(guess, constants[2] * math.log(1.0 + voltage / bare))
    amperes = 0.0
    for _ in range(60):
        amperes, rate, bend = contact_current(parameters, guess, forward, constants)
        bent = cubic * amperes * amperes
        outside, left = (ohms + bent) * amperes, voltage - guess
        if outside > left:
            high = guess
        else:
            low = guess
        steepness = (ohms + 3.0 * bent) * amperes * rate
        near = CONVERGED
        if left > 1e-3 * voltage:
            remaining = guess / left
            slope = guess * steepness / outside + remaining
            step = math.log(outside / left) / slope
            curvature = slope + guess * guess * bend + remaining * remaining
            step /= max(1.0 - 0.5 * step * curvature / slope, 0.5)
        else:
            step = (outside - left) / (guess * (steepness + 1.0))
            near *= CONVERGED
        if abs(step) <= near:
            change = -guess * step * (1.0 - 0.5 * step)
            return guess + change, amperes * math.exp(change * (rate + 0.5 * bend * change))
        moved = guess * math.exp(-step)
        guess = moved if low < moved < high else 0.5 * (low + high)
    return guess, amperes


@compiled
def hopping(parameters: FloatArray, field: float, temperature: float) -> float:
    """exp(-dW-/kT) - exp(-dW+/kT) [1] in a field [V/m]."""
    energy, thermal = parameters[15], BOLTZMANN * temperature
    pull = min(max(parameters[6] * parameters[13] * field / (math.pi * energy), -HOP_LIMIT), HOP_LIMIT)
    even = math.sqrt(1.0 - pull * pull) + pull * math.asin(pull)
    odd = 0.5 * math.pi * pull
    return math.exp(-energy * (even - odd) / thermal) - math.exp(-energy * (even + odd) / thermal)


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above; unknowns are x and the temperature rise [K]."""
    x, ambient = unknowns[0], parameters[23]
    temperature = ambient + max(unknowns[1], -0.5 * ambient)
    decades = math.log(parameters[4] / parameters[3])
    density = parameters[3] * bounded_exp(decades * min(max(x, -1.0), 2.0))
    mobile = parameters[6] * ELEMENTARY * parameters[7] * math.pi * parameters[0] ** 2
    disc = parameters[2] / (mobile * density)
    plug = (parameters[1] - parameters[2]) / (mobile * parameters[5])
    line, forward, size = parameters[20], voltage >= 0.0, abs(voltage)
    cubic = line * line * parameters[22] * parameters[21]
    amperes = 0.0
    if size > 0.0:
        constants = contact(parameters, density, temperature, forward)
        ohms = disc + plug + parameters[19] + line
        amperes = contact_drop(parameters, size, ohms, cubic, forward, constants)[1]
    inside = size - (parameters[19] + line + cubic * amperes**2) * amperes
    field = inside / parameters[1] if forward else amperes * disc / parameters[2]
    heating = parameters[16] * (parameters[17] if forward else 1.0)
    slopes[1] = (amperes * inside * heating - unknowns[1]) / parameters[18]
    drift = 0.5 * (parameters[5] + density) * parameters[13] * parameters[14] / (parameters[2] * density * decades)
    if forward:
        window = 1.0 - bounded_exp(-10.0 * decades * x)
        slopes[0] = -drift * hopping(parameters, field, temperature) * window
        return amperes
    slopes[0] = drift * hopping(parameters, field, temperature) * (1.0 - bounded_exp(10.0 * decades * (x - 1.0)))
    return -amperes


def at_fraction(_parameters: FloatArray, fraction: float) -> FloatArray:
    """x is the fraction itself, at ambient temperature."""
    return np.array([fraction, 0.0])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """x, kept within 0..1 against rounding."""
    return np.clip(unknowns[:, 0], 0.0, 1.0)


_GEOMETRY = (45e-9, 3e-9, 0.4e-9, 4e23, 2.2e27, 2e27, 2.0, 4e-6)
_CONTACT = (0.18, 0.1, 17.0, 5.5, 6.01e5)
_KINETICS = (0.25e-9, 2e13, 1.35, 1.572e7, 0.27, 1e-9)
_LINES = (650.0, 719.2437, 90471.47, 3.92e-3, 293.0)

MODEL = CompactModel(
    name=NAME,
    title="JART VCM v1b: vacancies in a disc before a Schottky contact, driven by field and heat",
    equations=__doc__,
    validity="formed HfO2/TiOx valence-change cells, deterministic; sets with negative voltage",
    sources=(
        "F. Cueppers et al., APL Mater. 7, 091105 (2019), doi 10.1063/1.5108654",
        "C. Bengel et al., IEEE Trans. Circuits Syst. I 67, 4618 (2020), doi 10.1109/TCSI.2020.3018502",
    ),
    parameters=PARAMETERS,
    unknowns=(
        UnknownSpec("x", "1", tolerance=1e-3, initial="initial_x", node="x"),
        UnknownSpec("rise", "K", tolerance=0.1, relative=1e-3, node="rise"),
    ),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="jart_vcm_v1b",
    fitted=(
        "filament_radius",
        "disc_length",
        "concentration_minimum",
        "concentration_maximum",
        "barrier_height",
        "activation_energy",
        "thermal_resistance",
        "oxide_resistance",
    ),
    per_cycle=("filament_radius", "disc_length"),
    set_polarity=-1,
    cards=published_cards(
        NAME,
        PARAMETERS,
        {"HfO2/TiOx": (*_GEOMETRY, *_CONTACT, *_KINETICS, *_LINES)},
        "vntinas/JART-TUD-VCM-memristor-model, JART_TUD_VCM.va; C. Bengel et al., doi 10.1109/TCSI.2020.3018502",
        assumed={"thermal_time": "the publication takes heat as instantaneous; fast against any pulse it shows"},
    ),
)
