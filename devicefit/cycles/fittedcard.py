"""The device card of a joint fit: values with errors and origin, spread over cycles, ranges, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from devicefit.card import DeviceCard, Parameter
from devicefit.conventions import AMBIENT_TEMPERATURE
from devicefit.cycles.draw import cycle_distribution
from devicefit.cycles.joint import JointCycles
from devicefit.cycles.lowerbound import LOWER_BOUND
from devicefit.cycles.provenance import provenance_of
from devicefit.cycles.trace import Trace
from devicefit.models.model import CompactModel
from devicefit.variability import cycle_variability, spread_of
from measurements.records import MeasurementSet
from measurements.switching import analyse_cell


def fitted_card(
    records: MeasurementSet,
    traces: Sequence[Trace],
    model: CompactModel,
    cards: Sequence[DeviceCard],
    joint: JointCycles,
    known: Mapping[str, Parameter],
) -> DeviceCard:
    """The card of `records` from the fit of `model` to `traces`.

    What was not fitted comes from the one of `cards` that the fit started from; `known` parameters were measured apart.
    """
    base = _base_of(cards, joint)
    comments = [sweep.comment for sweep in records.sweeps] + [record.comment for record in records.heat]
    spreads = dict(cycle_variability(analyse_cell(records)))
    for name in joint.problem.varying:
        values = [cycle[name] for cycle in joint.cycles if name in cycle]
        spreads[f"parameter {name}"] = spread_of(values, model.spec(name).unit)
    return DeviceCard(
        model=model.name,
        device=records.sweeps[0].device,
        cell=records.sweeps[0].cell,
        parameters=_parameters(model, base, joint) | dict(known),
        variability=spreads,
        validity=_validity(records, traces),
        provenance={**provenance_of(records), "fit started from": f"{base.device} ({base.cell})"},
        synthetic=any("synthetic" in comment.lower() for comment in comments),
        distribution=cycle_distribution(model, joint.cycles, joint.problem.varying),
    )


def _parameters(model: CompactModel, base: DeviceCard, joint: JointCycles) -> dict[str, Parameter]:
    errors: Mapping[str, float | None] = joint.estimate.standard_errors
    found = {}
    for spec in model.parameters:
        name, value = spec.name, joint.values[spec.name]
        if name in joint.problem.free:
            note = ""
            if name in joint.problem.varying:
                told = sum(name in cycle for cycle in joint.cycles)
                deviation = joint.deviations[name]
                note = f"mean over {told} cycles; cycle to cycle {deviation:.2g}" + (
                    " of its logarithm" if spec.scale == "log" else f" {spec.unit}"
                )
            found[name] = Parameter(value, spec.unit, "fitted", errors[name], note)
        elif name in joint.undetermined:
            where = LOWER_BOUND if name in joint.returned else "held where the search left it"
            note = f"not determined: {joint.undetermined[name]}; {where}"
            found[name] = Parameter(value, spec.unit, "assumed", note=note)
        else:
            found[name] = replace(base.parameters[name], standard_error=None)
    return found


def _validity(records: MeasurementSet, traces: Sequence[Trace]) -> dict[str, float]:
    temperatures = [s.temperature for s in records.sweeps if s.temperature is not None] or [AMBIENT_TEMPERATURE]
    rates = [trace.ramp_rate for trace in traces]
    return {
        "voltage_min": min(float((trace.sign * trace.voltage).min()) for trace in traces),
        "voltage_max": max(float((trace.sign * trace.voltage).max()) for trace in traces),
        "current_max": max(float(trace.current.max()) for trace in traces),
        "temperature_min": min(temperatures),
        "temperature_max": max(temperatures),
        "ramp_rate_min": min(rates),
        "ramp_rate_max": max(rates),
    }


def _base_of(cards: Sequence[DeviceCard], joint: JointCycles) -> DeviceCard:
    """The card that gave the parameters outside the fit, which may have gone on from another start than the first."""
    model = joint.problem.model
    varied = {*model.fitted, *model.gradual}
    outside = [spec.name for spec in model.parameters if spec.name not in varied]
    return min(cards, key=lambda card: sum(card.value(name) != joint.values[name] for name in outside))
