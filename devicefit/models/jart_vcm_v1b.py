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

from devicefit.compiled import inlined
from devicefit.models.jart_contact import ELEMENTARY, contact, forward_current, reverse_current
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import BOLTZMANN, FloatArray, bounded_exp, growth

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

SMALL_PULL = 0.01  # of g^2, below which five terms of a series are exact to 1e-15
HOP_LIMIT = 0.99  # of g, beyond which a field would pull ions without a barrier


@inlined
def hopping(parameters: FloatArray, field: float, temperature: float) -> float:
    """exp(-dW-/kT) - exp(-dW+/kT) [1] in a field [V/m]."""
    energy, thermal = parameters[15], BOLTZMANN * temperature
    pull = min(max(field * (parameters[6] * parameters[13] / (math.pi * energy)), -HOP_LIMIT), HOP_LIMIT)
    square = pull * pull
    if square < SMALL_PULL:  # the series of the other branch, to rounding
        even = 1.0 + square * (0.5 + square * (1 / 24 + square * (1 / 80 + square * (5 / 896 + square * (7 / 2304)))))
    else:
        even = math.sqrt(1.0 - square) + pull * math.asin(pull)
    odd = 0.5 * math.pi * pull
    scale = energy / thermal
    return math.exp(scale * (odd - even)) * -growth(-2.0 * scale * odd)


@inlined
def tenth_power(x: float, ratio: float, exponent: float) -> float:
    """exp(10 exponent), where `ratio` is exp(exponent) if x is within its bounds."""
    if 0.0 < x < 1.0:
        square = ratio * ratio
        fourth = square * square
        return fourth * fourth * square
    return bounded_exp(10.0 * exponent)


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above; unknowns are x and the temperature rise [K]."""
    x, ambient = unknowns[0], parameters[23]
    temperature = ambient + max(unknowns[1], -0.5 * ambient)
    decades = math.log(parameters[4] / parameters[3])
    density = parameters[3] * bounded_exp(decades * min(max(x, -1.0), 2.0))
    mobile = parameters[6] * ELEMENTARY * parameters[7] * math.pi * parameters[0] ** 2
    per_density = 1.0 / density
    disc = parameters[2] / mobile * per_density
    plug = (parameters[1] - parameters[2]) / (mobile * parameters[5])
    line, forward, size = parameters[20], voltage >= 0.0, abs(voltage)
    cubic = line * line * parameters[22] * parameters[21]
    amperes = 0.0
    if size > 0.0:
        constants = contact(parameters, density, temperature, forward)
        ohms = disc + plug + parameters[19] + line
        if forward:
            amperes = forward_current(size, ohms, cubic, constants)
        else:
            amperes = reverse_current(parameters, size, ohms, cubic, constants)
    inside = size - (parameters[19] + line + cubic * amperes**2) * amperes
    field = inside * (1.0 / parameters[1]) if forward else amperes * (disc / parameters[2])
    heating = parameters[16] * (parameters[17] if forward else 1.0)
    slopes[1] = (amperes * inside * heating - unknowns[1]) / parameters[18]
    drift = 0.5 * (parameters[5] + density) * parameters[13] * parameters[14] / (parameters[2] * decades) * per_density
    if forward:
        window = 1.0 - tenth_power(x, parameters[3] * per_density, -decades * x)
        slopes[0] = -drift * hopping(parameters, field, temperature) * window
        return amperes
    window = 1.0 - tenth_power(x, density / parameters[4], decades * (x - 1.0))
    slopes[0] = drift * hopping(parameters, field, temperature) * window
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
