"""Start values of a fit, and the device card at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from devicefit.branches import Branch
from devicefit.card import DeviceCard, Parameter
from devicefit.heat.step_response import HeatFit
from devicefit.joint import JointFit
from devicefit.static import OnBranch, off_points
from devicefit.threshold_memdiode import MODEL_NAME, PARAMETER_UNITS
from devicefit.variability import cycle_variability
from measurements.records import MeasurementSet
from measurements.sweep import Activity
from measurements.switching import analyse_cell

ACTIVATION_ENERGY = 1.0  # eV
STATE_LIMIT = 16.0
RETENTION = 12.0  # least slope times threshold: u moves by less than exp(-12) = 6e-6 a second at 0 V
AMBIENT_TEMPERATURE = 300.0  # K


def starting_parameters(
    records: MeasurementSet, usable: Sequence[Branch], on_branch: OnBranch, heat: HeatFit
) -> dict[str, Parameter]:
    """Everything but the off branch: static results, thermal values, assumptions, and slopes to start from.

    The slopes are the smallest at which a transition takes one voltage step: a set's visible rise spans a
    factor exp(1.5) of its rate, a reset's fall from 90 to 10 % a factor exp(0.28) before the feedback of the
    series resistance.
    """
    logs = np.log(on_branch.on_currents)
    on_current = float(np.exp(logs.mean()))
    slope, series = on_branch.on_slope.value, on_branch.series_resistance.value
    share = 1.0 / (1.0 + series * on_current * slope)
    temperatures = [sweep.temperature for sweep in records.sweeps if sweep.temperature is not None]
    ambient = float(np.median(temperatures)) if temperatures else AMBIENT_TEMPERATURE
    return {
        "on_current": Parameter(on_current, "A", "fitted"),
        "on_slope": on_branch.on_slope,
        "series_resistance": on_branch.series_resistance,
        "set_voltage": Parameter(1.0, "V", "fitted"),
        "set_slope": Parameter(_least_slope(usable, Activity.SET, 1.5, 1.0), "1/V", "assumed"),
        "reset_voltage": Parameter(1.0, "V", "fitted"),
        "reset_slope": Parameter(_least_slope(usable, Activity.RESET, 0.28, share), "1/V", "assumed"),
        "activation_energy": Parameter(
            ACTIVATION_ENERGY,
            "eV",
            "assumed",
            note="no sweep at another temperature; published filament models use 0.6 to 1.35 eV",
        ),
        "state_limit": _state_limit(usable, on_current, slope),
        "ambient_temperature": Parameter(
            ambient, "K", "assumed", note="as recorded" if temperatures else "not recorded, room temperature"
        ),
        "thermal_resistance": heat.resistance,
        "thermal_capacitance": heat.capacitance,
    }


def _least_slope(usable: Sequence[Branch], kind: Activity, growth: float, share: float) -> float:
    """Slope [1/V] with which the rate grows by exp(`growth`) in one voltage step and which keeps the state
    at 0 V.

    `share` is the part of the voltage that drops across the filament. To keep the state, slope times
    threshold must reach RETENTION; the threshold lies below the event by about 4/slope.
    """
    chosen = [branch for branch in usable if branch.kind is kind]
    step = float(np.median([np.median(np.diff(branch.voltage)) for branch in chosen]))
    event = float(np.median([branch.voltage[branch.event or 0] for branch in chosen]))
    return max(growth / step, (RETENTION + 4.0) / event) / share


def _state_limit(usable: Sequence[Branch], on_current: float, on_slope: float) -> Parameter:
    """16, or more where the on branch would otherwise leak through the off state more than any set sweep
    shows.
    """
    needed = []
    for branch in usable:
        if branch.kind is Activity.SET:
            voltage, current, floor = off_points(branch)
            leak = on_current * math.sinh(min(on_slope * float(voltage[-1]), 45.0))
            needed.append(math.log(leak / (0.2 * floor + 1.5 * max(float(np.median(current[-5:])), 0.0))))
    if max(needed) <= STATE_LIMIT:
        return Parameter(STATE_LIMIT, "1", "assumed", note="convention of the model")
    note = "raised from 16: the on branch must not leak through the off state beyond what the set sweeps show"
    return Parameter(float(math.ceil(max(needed))), "1", "assumed", note=note)


def assemble_card(
    records: MeasurementSet,
    usable: Sequence[Branch],
    start: Mapping[str, Parameter],
    joint: JointFit,
    undetermined: Mapping[str, str],
) -> DeviceCard:
    """The card of a cell from start values, joint fit and what could not be determined."""
    parameters = dict(start)
    for name, error in joint.relative_errors.items():
        value = joint.values[name]
        parameters[name] = Parameter(
            value,
            PARAMETER_UNITS[name],
            "fitted",
            abs(value) * error,
            _fitted_note(name, usable, start, joint),
        )
    for name, reason in undetermined.items():
        note = f"not determined: {reason}"
        if name.endswith("_slope") and name.split("_")[0] in ("set", "reset"):
            note += "; the value is a lower bound: it switches within one step and keeps the state at 0 V"
        parameters[name] = Parameter(joint.values[name], PARAMETER_UNITS[name], "assumed", note=note)
    comments = [sweep.comment for sweep in records.sweeps] + [record.comment for record in records.heat]
    return DeviceCard(
        model=MODEL_NAME,
        device=records.sweeps[0].device,
        cell=records.sweeps[0].cell,
        parameters={name: parameters[name] for name in PARAMETER_UNITS},
        variability=cycle_variability(analyse_cell(records)),
        validity=validity_of(usable, parameters["ambient_temperature"].value, records),
        provenance=provenance_of(records),
        synthetic=any("synthetic" in comment.lower() for comment in comments),
    )


def _fitted_note(name: str, usable: Sequence[Branch], start: Mapping[str, Parameter], joint: JointFit) -> str:
    kind = Activity.SET if name.startswith("set_") else Activity.RESET if name.startswith("reset_") else None
    if name == "on_current":
        count = sum(branch.kind is Activity.RESET for branch in usable)
        deviation = joint.deviations[name]
        return f"geometric mean of {count} reset cycles, given Rs; its logarithm deviates by {deviation:.2g}"
    if kind is None:
        return start[name].note
    chosen = [branch.anchor for branch in usable if branch.kind is kind and branch.anchor is not None]
    if name.endswith("_voltage"):
        deviation = joint.deviations[name]
        return f"internal voltage of unit rate, mean of {len(chosen)} cycles; cycle to cycle {deviation:.3g} V"
    single = sum(anchor.resolved == 1 for anchor in chosen)
    several = sum(anchor.resolved > 1 for anchor in chosen)
    note = f"{several} of {len(chosen)} transitions show two or more samples, {single} show one"
    if several < 0.5 * len(chosen) and len({round(math.log2(b.ramp_rate)) for b in usable if b.kind is kind}) < 3:
        note += "; an instrument that averages over a jump shows such samples, too: take it for a lower bound"
    return note


def validity_of(usable: Sequence[Branch], ambient: float, records: MeasurementSet) -> dict[str, float]:
    """Ranges the branches cover, in the keys of a card's validity."""
    temperatures = [sweep.temperature for sweep in records.sweeps if sweep.temperature is not None] or [ambient]
    rates = [branch.ramp_rate for branch in usable]
    return {
        "voltage_min": min(float((branch.sign * branch.voltage).min()) for branch in usable),
        "voltage_max": max(float((branch.sign * branch.voltage).max()) for branch in usable),
        "current_max": max(float(branch.current[~branch.limited].max()) for branch in usable),
        "temperature_min": min(temperatures),
        "temperature_max": max(temperatures),
        "ramp_rate_min": min(rates),
        "ramp_rate_max": max(rates),
    }


def provenance_of(records: MeasurementSet) -> dict[str, str]:
    """SHA-256 of every file, and versions of what computed."""
    sources = [sweep.source for sweep in records.sweeps] + [record.source for record in records.heat]
    files = {source.file: source.sha256 for source in sources}
    versions = {}
    for package in ("memchar", "lmfit", "numpy", "scipy"):
        try:
            versions[f"version {package}"] = version(package)
        except PackageNotFoundError:
            versions[f"version {package}"] = "not installed as a package"
    return {**{f"sha256 {file}": digest for file, digest in files.items()}, **versions}
