"""The SkyWater SKY130 ReRAM (HfO2): a filament of thickness t that grows and shrinks by the field and its own heat.

    I      = k1 exp(-(Tox - t)/(Tox - t_ref)) sinh(V/V_ref)                                current [A]
    dt/dt' = v1 (exp(-(Eg - phi)/kT) w(x) - exp(-(Er + phi)/kT) w(1 - x))                  filament growth [m/s]
    phi    = gamma a0 V/Tox,   gamma = gamma0 - gamma1 ((Tox - t)/1 nm)^3                  barrier lowering [eV]
    C dT/dt' = |V I| - C (T - T0)/tau                                                      temperature [K]
    x      = (t - t_min)/(t_max - t_min),   w(x) = 1 - |x|^n                               state, its window [1]

The foundry's Verilog-A stops t at t_min and t_max by a hard clamp and steps it explicitly with the simulator's time
step. Here the window w takes its place: growth ends smoothly at t_max, shrinking at t_min, and for n = 50 (assumed) t
moves at more than 90 % of the foundry's velocity until 4.5 % of the stroke before a bound. Everything else is the
foundry's. The model has no series resistance; the foundry measures 1T1R cells, whose transistor limits the set.

Validity: formed SKY130 ReRAM cells of 0.1024 um^2, 30 to 120 uS after forming, programmed by pulses of about 1 us; the
forming itself is not described.

Source: google/skywater-pdk-libs-sky130_fd_pr_reram, `cells/reram_cell/sky130_fd_pr_reram__reram_cell.va` and
`docs/technology_specifications.rst` (Apache-2.0). The Stanford/ASU model with two activation energies and a thermal
capacitance, read in ZongxianYang0521/RRAM_model (`rram.va`; its paper was not), has the same equations in the gap
Tox - t and the same set but for T0 = 298 K: the card `Stanford/ASU`.
"""

from __future__ import annotations

import math

import numpy as np

from devicefit.compiled import compiled
from devicefit.models.model import CompactModel, ParameterSpec, UnknownSpec
from devicefit.models.published import published_cards
from devicefit.numerics import BOLTZMANN, FloatArray, bounded_exp, bounded_sinh

NAME = "sky130-reram"

_SOURCES = (
    "SkyWater PDK, google/skywater-pdk-libs-sky130_fd_pr_reram, sky130_fd_pr_reram__reram_cell.va (Apache-2.0)",
    "Stanford/ASU RRAM model in Verilog-A as in github ZongxianYang0521/RRAM_model @8716873, rram.va",
)

PARAMETERS = (
    ParameterSpec("oxide_thickness", "m", "Tox, between the electrodes", 1e-10, 1e-7),
    ParameterSpec("filament_minimum", "m", "t_min, filament thickness of the off state", 1e-11, 1e-7),
    ParameterSpec("filament_maximum", "m", "t_max, filament thickness of the on state", 1e-11, 1e-7),
    ParameterSpec("reference_thickness", "m", "t_ref, sets the decay of the current with the gap", 1e-11, 1e-7),
    ParameterSpec("current_scale", "A", "k1, current scale of a closed gap", 1e-12, 1.0),
    ParameterSpec("current_voltage", "V", "V_ref, curvature of the conduction", 1e-2, 10.0),
    ParameterSpec("growth_velocity", "m/s", "v1, attempt velocity of the filament's end", 1e-6, 1e9),
    ParameterSpec("generation_energy", "eV", "Eg, barrier of growth", 0.1, 5.0),
    ParameterSpec("recombination_energy", "eV", "Er, barrier of shrinking", 0.1, 5.0),
    ParameterSpec("field_enhancement", "1", "gamma0, local field over mean field at a closed gap", 0.1, 1e3),
    ParameterSpec("enhancement_decay", "1", "gamma1, loss of gamma per cubed nanometre of gap", 0.0, 100.0, "linear"),
    ParameterSpec("hop_distance", "m", "a0", 1e-11, 1e-8),
    ParameterSpec("ambient_temperature", "K", "T0", 1.0, 2000.0),
    ParameterSpec("thermal_capacitance", "J/K", "C of the filament", 1e-20, 1.0),
    ParameterSpec("thermal_time", "s", "tau, time constant of the filament's heat", 1e-15, 1.0),
    ParameterSpec("window_sharpness", "1", "n, how late growth and shrinking slow down before a bound", 2.0, 1e3),
)


@compiled
def window(x: float, sharpness: float) -> float:
    """w(x) = 1 - |x|^n [1]: negative beyond the bound, so that the state comes back."""
    return 1.0 - bounded_exp(sharpness * math.log(abs(x) + 1e-300))


@compiled
def filament_conduction(parameters: FloatArray, voltage: float, thickness: float) -> float:
    """I(V, t) [A]."""
    decay = (parameters[0] - thickness) / (parameters[0] - parameters[3])
    amperes: float = parameters[4] * bounded_exp(-decay) * bounded_sinh(voltage / parameters[5])
    return amperes


def response(parameters: FloatArray, voltage: float, unknowns: FloatArray, slopes: FloatArray) -> float:
    """The equations above; unknowns are x and the temperature rise [K]."""
    x = unknowns[0]
    stroke = parameters[2] - parameters[1]
    gap = parameters[0] - parameters[1] - stroke * x
    ambient = parameters[12]
    thermal = BOLTZMANN * (ambient + max(unknowns[1], -0.5 * ambient))
    gamma = parameters[9] - parameters[10] * (gap / 1e-9) ** 3
    lowering = gamma * parameters[11] / parameters[0] * voltage
    grow = bounded_exp((lowering - parameters[7]) / thermal) * window(x, parameters[15])
    shrink = bounded_exp((-lowering - parameters[8]) / thermal) * window(1.0 - x, parameters[15])
    slopes[0] = parameters[6] / stroke * (grow - shrink)
    amperes: float = filament_conduction(parameters, voltage, parameters[0] - gap)
    slopes[1] = voltage * amperes / parameters[13] - unknowns[1] / parameters[14]
    return amperes


def at_fraction(_parameters: FloatArray, fraction: float) -> FloatArray:
    """x is the fraction itself, at ambient temperature."""
    return np.array([fraction, 0.0])


def fraction(_parameters: FloatArray, unknowns: FloatArray) -> FloatArray:
    """x, kept within 0..1 against rounding."""
    return np.clip(unknowns[:, 0], 0.0, 1.0)


_FOUNDRY = (5e-9, 3.3e-9, 4.9e-9, 4.7249e-9, 6.14e-5, 0.43, 150.0, 1.501, 1.5, 16.5, 1.25, 0.25e-9, 300.0, 3.1825e-16)
# Gap 0.1 to 1.7 nm and decay length 0.27505 nm, as thicknesses of the filament in 5 nm of oxide; 298 K.
_STANFORD_ASU = (*_FOUNDRY[:3], 5e-9 - 2.7505e-10, *_FOUNDRY[4:12], 298.0, _FOUNDRY[13], 2.3e-10, 50.0)
_CLAMP = "stands for the published hard clamp of the thickness"

MODEL = CompactModel(
    name=NAME,
    title="SkyWater SKY130 ReRAM: filament thickness driven by field and heat",
    equations=__doc__,
    validity="formed SKY130 ReRAM cells under pulses of about 1 us; no forming, no series resistance",
    sources=_SOURCES,
    parameters=PARAMETERS,
    unknowns=(
        UnknownSpec("x", "1", tolerance=1e-3, initial="initial_x", node="x"),
        UnknownSpec("rise", "K", tolerance=0.1, relative=1e-3, node="rise"),
    ),
    response=response,
    at_fraction=at_fraction,
    fraction=fraction,
    cell="sky130_reram",
    fitted=(
        "filament_minimum",
        "filament_maximum",
        "current_scale",
        "current_voltage",
        "growth_velocity",
        "field_enhancement",
    ),
    per_cycle=("filament_minimum", "filament_maximum"),
    set_polarity=1,
    cards=published_cards(
        NAME,
        PARAMETERS,
        {"SkyWater SKY130": (*_FOUNDRY, 0.23e-9, 50.0)},
        _SOURCES[0],
        assumed={"window_sharpness": _CLAMP},
    )
    | published_cards(
        NAME, PARAMETERS, {"Stanford/ASU": _STANFORD_ASU}, _SOURCES[1], assumed={"window_sharpness": _CLAMP}
    ),
)
