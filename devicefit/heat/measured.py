"""Fits of all heat measurements at hand, and the degradation model with what they gave in place of assumptions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from devicefit.card import Parameter
from devicefit.heat.coupling import line_coupling
from devicefit.heat.degradation import Degradation, assumed_degradation
from devicefit.heat.degradation_fit import fit_cycles, fit_disturb
from devicefit.heat.fin import fin_of
from devicefit.heat.isothermal_fit import fit_isothermal
from devicefit.heat.onbranch import OnBranch, on_branch_of
from devicefit.heat.stack import Array
from devicefit.heat.together import fit_together
from measurements.errors import FitError
from measurements.heat import CyclesToFailure, NeighbourDisturb, ResistanceTemperature, StackSwitching, ThermalStep
from measurements.records import MeasurementSet

PUBLISHED_CRITICAL = Parameter(1650.0, "K", "published", note="doi 10.1002/adma.201306182, example")
_TAKEN = {"cycles to failure": ("fresh_cycles",), "neighbour disturb": ("rate", "activation_energy")}
_RECOVERIES = ("recovery_Cu", "recovery_Pt")
AGREEMENT = 3.0  # standard errors within which I-V curves count as showing the heat that stage and step predict
_PITCH_ERROR = 0.01  # of a pitch: how far a stated distance may be from a whole number of them


@dataclass(frozen=True)
class MeasuredHeat:
    """What one fit gave: a title, the files, parameters by name, names left open, a note on what was
    used, and why where nothing came.
    """

    title: str
    files: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    undetermined: tuple[str, ...]
    note: str = ""
    refused: str = ""


def fit_measured(
    records: MeasurementSet, array: Array, critical_temperature: Parameter = PUBLISHED_CRITICAL
) -> tuple[MeasuredHeat, ...]:
    """Fit every heat record: those of one cell together with its sweeps, each of the others by itself.

    `array` gives the coupling that neighbour disturb is read with, and the thickness of the oxide. A fit that
    fails says why in `refused`; none is left out.
    """
    results = []
    for device, cell in records.devices_and_cells():
        own = records.of_cell(device, cell)
        thermal = [record for record in own.heat if isinstance(record, ThermalStep | ResistanceTemperature)]
        if thermal:
            branches = [branch for branch in map(on_branch_of, own.sweeps) if branch is not None]
            files = tuple(record.source.file for record in thermal) + tuple(branch.name for branch in branches)
            ambient = next((record.ambient_temperature for record in thermal if isinstance(record, ThermalStep)), 300.0)
            title = f"thermal parameters of {device} {cell}"
            results.append(_attempt(title, files, _together(thermal, branches, ambient)))
    for record in records.heat:
        files = (record.source.file,)
        if isinstance(record, StackSwitching):
            results.append(_attempt("isothermal law", files, _isothermal(record, array, critical_temperature)))
        elif isinstance(record, CyclesToFailure):
            results.append(_attempt("cycles to failure", files, _cycles(record, array)))
        elif isinstance(record, NeighbourDisturb):
            results.append(_attempt("neighbour disturb", files, _disturb(record, array)))
    return tuple(results)


def measured_degradation(results: Sequence[MeasuredHeat]) -> Degradation:
    """The assumed model with what fits gave: fresh cycles and recovery from cycles to failure (of the two lines'
    recoveries the slower), rate and activation energy from neighbour disturb.

    A filament's own recovery, in neighbour disturb, is another process and is not taken for it.
    """
    model = assumed_degradation()
    for result in results:
        names = _TAKEN.get(result.title, ())
        model = replace(model, **{name: result.parameters[name] for name in names if name in result.parameters})
        recoveries = [result.parameters[name] for name in _RECOVERIES if name in result.parameters]
        if recoveries:
            model = replace(model, recovery_time=max(recoveries, key=lambda parameter: parameter.value))
    return model


def coupling_along(array: Array) -> Callable[[str, float], float]:
    """Coupling [K/W] as a function of the shared line and the distance [m] in whole pitches.

    The function raises FitError for cells without a shared line and distances the array does not have.
    """
    reach = line_coupling(array)

    def find(line: str, distance: float) -> float:
        pitches = round(distance / array.pitch)
        if abs(distance / array.pitch - pitches) > _PITCH_ERROR or (line, pitches) not in reach:
            raise FitError(
                f"no coupling for shared line {line!r} at {distance:g} m; the plan's array has lines Cu and Pt and a "
                f"pitch of {array.pitch:g} m"
            )
        return reach[line, pitches]

    return find


_Fitted = tuple[Mapping[str, Parameter], tuple[str, ...], str]


def _attempt(title: str, files: tuple[str, ...], fit: Callable[[], _Fitted]) -> MeasuredHeat:
    try:
        parameters, undetermined, note = fit()
    except FitError as error:
        return MeasuredHeat(title, files, {}, (), refused=str(error))
    return MeasuredHeat(title, files, parameters, undetermined, note)


def _together(
    thermal: Sequence[ThermalStep | ResistanceTemperature], branches: Sequence[OnBranch], ambient: float
) -> Callable[[], _Fitted]:
    """Stage and step first; the sweeps join where their bend is what these predict, and stay out where it is not.

    An on branch that bends with the field (sinh) looks like self-heating of either sign: V I and V^2 go together.
    """

    def fit() -> _Fitted:
        base = fit_together(thermal, (), ambient)
        if not branches:
            return base.parameters, base.undetermined, ""
        expected, bend = _product(base.parameters), _bend(branches, ambient)
        if expected is None or bend is None:
            return base.parameters, base.undetermined, "I-V curves not used: no a Rth on one side to compare"
        error = math.hypot(expected[1], bend[1])
        text = f"stage and step predict a Rth = {expected[0]:.3g} 1/W, the I-V curves bend by {bend[0]:.3g} 1/W"
        if abs(expected[0] - bend[0]) > AGREEMENT * error:
            return base.parameters, base.undetermined, f"{text}: not heat, so they are not used"
        joint = fit_together(thermal, branches, ambient)
        return joint.parameters, joint.undetermined, f"{text}: used together"

    return fit


def _product(parameters: Mapping[str, Parameter]) -> tuple[float, float] | None:
    """a Rth and its error [1/W], from the product itself or from its factors; None where one is missing."""
    if "self_heating" in parameters:
        return parameters["self_heating"].value, parameters["self_heating"].standard_error or 0.0
    factors = [parameters.get(name) for name in ("temperature_coefficient", "thermal_resistance")]
    found = [(p.value, p.standard_error or 0.0) for p in factors if p is not None]
    if len(found) != len(factors):
        return None
    value = found[0][0] * found[1][0]
    return value, abs(value) * math.hypot(*(error / number for number, error in found))


def _bend(branches: Sequence[OnBranch], ambient: float) -> tuple[float, float] | None:
    """What the I-V curves alone would call a Rth [1/W]; None where they show no bend."""
    try:
        return _product(fit_together((), branches, ambient).parameters)
    except FitError:
        return None


def _isothermal(record: StackSwitching, array: Array, critical: Parameter) -> Callable[[], _Fitted]:
    def fit() -> _Fitted:
        found = fit_isothermal(record, array.oxide_thickness, critical)
        sinks = {f"sink_{name}": parameter for name, parameter in found.sink.items()}
        shared = {"saturated_conductivity": found.saturated_conductivity, "saturated_radius": found.saturated_radius}
        return {**sinks, **shared, "critical_temperature": critical}, found.undetermined, ""

    return fit


def _cycles(record: CyclesToFailure, array: Array) -> Callable[[], _Fitted]:
    def fit() -> _Fitted:
        found = fit_cycles(record)
        return found.parameters, found.undetermined, _reach_note(found.parameters, array)

    return fit


def _reach_note(parameters: Mapping[str, Parameter], array: Array) -> str:
    """The two measured reaches against what fins with one loss per length would have: sqrt of their conductances."""
    active, inert = parameters.get("reach_Cu"), parameters.get("reach_Pt")
    if active is None or inert is None:
        return ""
    ratio = active.value / inert.value
    error = ratio * math.hypot(*((p.standard_error or 0.0) / p.value for p in (active, inert)))
    lines = [fin_of(line, array.substrate).conductance for line in (array.active, array.inert)]
    expected = math.sqrt(lines[0] / lines[1])
    verdict = "as" if abs(ratio - expected) < AGREEMENT * error else "not as"
    return f"reach along Cu over Pt {ratio:.2f} +- {error:.2f}; {verdict} fins of equal loss, {expected:.2f}"


def _disturb(record: NeighbourDisturb, array: Array) -> Callable[[], _Fitted]:
    def fit() -> _Fitted:
        found = fit_disturb(record, coupling_along(array))
        return found.parameters, found.undetermined, ""

    return fit
