"""What a better heat sink changes: two inert electrodes compared on the same array.

Variation, switching power and disturbed neighbours, each from the heat paths alone; everything else is held equal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from devicefit.card import Origin, Parameter
from devicefit.heat.coupling import arm_conductances, coupling_from
from devicefit.heat.degradation import BOLTZMANN, Degradation, assumed_degradation, cycles_left, disorder, rate
from devicefit.heat.filament import FilamentPaths, filament_paths
from devicefit.heat.fin import fin_of
from devicefit.heat.stack import Array, parse_electrode
from measurements.errors import InputError
from measurements.sweep import FloatArray

_POWER_NOTE = "all of it in the filament: upper bound; 5.8 mW is the median at reset in vt-cu-taox-pt"
DISTURBED = 0.9  # of the fresh cycles: a neighbour with fewer left counts as disturbed


@dataclass(frozen=True)
class Drive:
    """How the aggressor is heated: `power` [W] in the filament for `duration` [s], `waiting_time` [s] before the
    neighbours are used, at `ambient_temperature` [K].
    """

    power: float = 5.8e-3
    duration: float = 10.0
    waiting_time: float = 0.0
    ambient_temperature: float = 300.0

    def __post_init__(self) -> None:
        if not (self.power > 0 and self.duration > 0 and self.waiting_time >= 0 and self.ambient_temperature > 0):
            raise InputError("power, duration and temperature must be above zero, the waiting time not below it")


@dataclass(frozen=True, eq=False)
class SinkFigures:
    """What one stack does.

    `paths`: heat paths of the filament. `healing_length_active`, `healing_length_inert` [m]. `rise`: of the
    filament's ends at the drive's power [K]. `variation_gain` [1]: relative change of a thermally activated
    rate per relative change of power, Ea rise/(k T^2): that part of cycle-to-cycle variation that heat carries.
    `axial_conductance` [W/(m^2 K)]: kE/dE of the isothermal law. `along_active`, `along_inert` [K]: rise of the
    first, second, … neighbour of a corner cell; `cycles_active`, `cycles_inert` [1]: cycles they then survive.
    `disturbed`: cells of the array, the corner cell heated, that survive less than 90 % of the fresh cycles.
    """

    electrode: str
    paths: FilamentPaths
    healing_length_active: float
    healing_length_inert: float
    rise: float
    variation_gain: float
    axial_conductance: float
    along_active: FloatArray
    along_inert: FloatArray
    cycles_active: FloatArray
    cycles_inert: FloatArray
    disturbed: int


@dataclass(frozen=True, eq=False)
class SinkComparison:
    """Two stacks, what the second changes, and every assumption with its origin.

    `change`: second over first [1]: `rise` and `variation` at equal power, `power_for_equal_rise` of the
    filament, `isothermal_on_power` at equal resistance in the axial law, `first_neighbour_active` and
    `first_neighbour_inert` rise at equal power.
    """

    first: SinkFigures
    second: SinkFigures
    change: Mapping[str, float]
    assumptions: Mapping[str, Parameter]


def compare_sinks(
    array: Array, second: str, radius: float, drive: Drive, degradation: Degradation | None = None
) -> SinkComparison:
    """Compare an array with the same array on the inert electrode `second`, such as `Rh50/Cr20`.

    At equal power a better sink lowers the filament's temperature, and its spread for a given spread of
    power in proportion; the gain of the rate, Ea rise/(k T^2), need not fall with it (it is largest at a rise
    of one ambient temperature). To reach the same temperature a better sink takes more power. All are
    reported: which holds depends on whether the circuit fixes the power or the cell switches at a temperature
    (isothermal law). `radius`: of the filament [m].

    Raises
    ------
    InputError
        Another notation of the stack, or a filament that the geometry cannot hold.
    """
    model = assumed_degradation() if degradation is None else degradation
    other = replace(array, inert=parse_electrode(second, array.inert.width))
    a, b = (sink_figures(item, radius, drive, model) for item in (array, other))
    change = {
        "rise": b.rise / a.rise,
        "variation": b.variation_gain / a.variation_gain,
        "power_for_equal_rise": a.paths.total / b.paths.total,
        "isothermal_on_power": b.axial_conductance / a.axial_conductance,
    }
    if array.columns > 1:
        change["first_neighbour_active"] = float(b.along_active[0] / a.along_active[0])
    if array.rows > 1:
        change["first_neighbour_inert"] = float(b.along_inert[0] / a.along_inert[0])
    return SinkComparison(a, b, change, _assumptions((array, other), radius, drive, model))


def sink_figures(array: Array, radius: float, drive: Drive, model: Degradation) -> SinkFigures:
    """The figures of one array, its corner cell heated."""
    corner = array.cell(0, 0)
    paths = filament_paths(array, radius, arm_conductances(array, corner))
    rises = drive.power * coupling_from(array, corner)
    cycles = np.array([_cycles_after(model, drive, float(value)) for value in rises])
    active = [array.cell(0, n) for n in range(1, array.columns)]
    inert = [array.cell(n, 0) for n in range(1, array.rows)]
    rise = drive.power * paths.total
    neighbours = np.delete(cycles, corner)
    return SinkFigures(
        electrode=array.inert.name,
        paths=paths,
        healing_length_active=fin_of(array.active, array.substrate).healing_length,
        healing_length_inert=fin_of(array.inert, array.substrate).healing_length,
        rise=rise,
        variation_gain=model.activation_energy.value * rise / (BOLTZMANN * (drive.ambient_temperature + rise) ** 2),
        axial_conductance=array.inert.axial_conductance,
        along_active=rises[active],
        along_inert=rises[inert],
        cycles_active=cycles[active],
        cycles_inert=cycles[inert],
        disturbed=int(np.sum(neighbours < DISTURBED * model.fresh_cycles.value)),
    )


def rise_to_disturb(model: Degradation, drive: Drive) -> float:
    """Temperature rise [K] that leaves a neighbour 90 % of its cycles right after the drive; inf where none does.

    From x = r/(r + 1/tau) (1 - exp(-(r + 1/tau) t)) = 0.1, solved for the rate r and the Arrhenius law for T.
    """

    def excess(log_rate: float) -> float:
        total = math.exp(log_rate) + 1.0 / model.recovery_time.value
        return math.exp(log_rate) / total * -math.expm1(-total * drive.duration) - (1.0 - DISTURBED)

    log_rate = brentq(excess, -60.0, 60.0)
    scaled = (log_rate - math.log(float(rate(model, drive.ambient_temperature)))) * BOLTZMANN
    inverse = 1.0 / drive.ambient_temperature - scaled / model.activation_energy.value
    return math.inf if inverse <= 0 else max(1.0 / inverse - drive.ambient_temperature, 0.0)


def _cycles_after(model: Degradation, drive: Drive, rise: float) -> float:
    spans = np.array([drive.duration, drive.waiting_time])
    kelvin = drive.ambient_temperature + np.array([rise, 0.0])
    start = float(disorder(model, np.array([1e9]), np.array([drive.ambient_temperature]))[0])  # at rest
    x = float(disorder(model, spans, kelvin, start)[-1])
    return float(cycles_left(model, x)) / float(cycles_left(model, start)) * model.fresh_cycles.value


def _assumptions(arrays: tuple[Array, Array], radius: float, drive: Drive, model: Degradation) -> dict[str, Parameter]:
    """Every number that was not measured on the device, with unit and origin."""
    array, substrate = arrays[0], arrays[0].substrate
    found = {
        "filament_radius": Parameter(radius, "m", "assumed", note="nobody measured it"),
        "switching_power": Parameter(
            drive.power,
            "W",
            "assumed",
            note=_POWER_NOTE,
        ),
        "duration": Parameter(drive.duration, "s", "assumed", note="of heating"),
        "wafer_oxide_thickness": Parameter(substrate.oxide_thickness, "m", "assumed", note="not published"),
        "wafer_thickness": Parameter(substrate.wafer_thickness, "m", "assumed", note="not published"),
        "pad_distance": Parameter(array.pad_distance, "m", "assumed", note="pads as ideal sinks"),
    }
    metals = {layer.material for electrode in (array.active, *(a.inert for a in arrays)) for layer in electrode.layers}
    for item in sorted(metals | {array.oxide, substrate.oxide, substrate.wafer}, key=lambda m: m.name):
        origin: Origin = "assumed" if item.source.startswith("assumed") else "published"
        note = f"bulk, films conduct less; {item.source}"
        found[f"conductivity_{item.name}"] = Parameter(item.conductivity, "W/(m K)", origin, note=note)
    found |= {
        "fresh_cycles": model.fresh_cycles,
        "disorder_rate_400K": model.rate,
        "activation_energy": model.activation_energy,
        "recovery_time": model.recovery_time,
    }
    return found
