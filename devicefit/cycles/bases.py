"""Cards from which a fit may start: one made from the data where a model has a maker, and its published sets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from devicefit import threshold_memdiode
from devicefit.card import DeviceCard, Parameter
from devicefit.conventions import STATE_LIMIT
from devicefit.cycles.branch import branch_of
from devicefit.cycles.lowerbound import LOWER_BOUND, LowerBound
from devicefit.cycles.memdiode_start import memdiode_start
from devicefit.cycles.starts import MAKERS, features
from devicefit.cycles.trace import Trace
from devicefit.heat.step_response import assumed_heat
from devicefit.models import quasi_static_table
from devicefit.models.model import CompactModel
from devicefit.synthesis import reference_truth
from devicefit.tabulation import branch_table, threshold
from measurements.errors import InputError
from measurements.sweep import Activity

COMPLETE = frozenset({threshold_memdiode.MODEL_NAME})
"""Models whose card made from the data is the start: rough fits of single stages would lead away from it."""

FROM_DATA = frozenset(MAKERS) | COMPLETE | {quasi_static_table.NAME}
"""Models for which a card is made from the data."""

_NOTE = "from the middle of the measured cycles"


@dataclass(frozen=True)
class Base:
    """A card to start from; parameters that stay at its values because no sweep tells them, with the reason; and slopes
    that have a lower bound to go back to.
    """

    card: DeviceCard
    held: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, LowerBound] = field(default_factory=dict)


def bases(
    model: CompactModel, traces: Sequence[Trace], measured: Mapping[str, Parameter] | None = None
) -> tuple[Base, ...]:
    """As `base_cards`, with what the data made from them do not tell; `measured` parameters replace those lent."""
    if model.name != threshold_memdiode.MODEL_NAME:
        return tuple(Base(card) for card in base_cards(model, traces))
    first = _reference()
    first = replace(first, parameters={**first.parameters, **(measured or {})})
    start = memdiode_start({name: parameter.value for name, parameter in first.parameters.items()}, traces)
    made = _made(model, first, start.values)
    notes = dict(start.notes)
    for name, reason in start.held.items():
        notes[name] = f"not determined: {reason}" + (f"; {LOWER_BOUND}" if name in start.bounds else "")
    noted = {name: replace(made.parameters[name], note=note) for name, note in notes.items()}
    return (Base(replace(made, parameters={**made.parameters, **noted}), start.held, start.bounds),)


def base_cards(model: CompactModel, traces: Sequence[Trace]) -> tuple[DeviceCard, ...]:
    """Cards made from the data for models that have a maker, and the published cards of the model.

    A published card lends what is not fitted: one is made of each that differs from the others in that.

    The table model has the card made from the data alone: its branches are not fitted, and those of its synthetic
    example are nobody's.

    Raises
    ------
    InputError
        The model has neither.
    FitError
        The branches cannot be tabulated.
    """
    if model.name == quasi_static_table.NAME:
        return (tabulated_card(traces),)
    cards = tuple(_apart(model.cards.values()))
    if model.name == threshold_memdiode.MODEL_NAME:
        return (bases(model, traces)[0].card,)
    maker = MAKERS.get(model.name)
    if maker is not None and cards:
        seen = features(traces)
        made = []
        for card in _distinct(model, cards):
            values = maker({name: parameter.value for name, parameter in card.parameters.items()}, seen)
            made.append(_made(model, card, values))
        cards = (*made, *cards)
    if not cards:
        raise InputError(f"{model.name} has no published card", hint="give the card to start from")
    return cards


def _distinct(model: CompactModel, cards: Sequence[DeviceCard]) -> list[DeviceCard]:
    """The first of the cards that share all that is not fitted."""
    outside = [spec.name for spec in model.parameters if spec.name not in model.fitted]
    found: dict[tuple[float, ...], DeviceCard] = {}
    for card in cards:
        found.setdefault(tuple(card.value(name) for name in outside), card)
    return list(found.values())


def _apart(cards: Iterable[DeviceCard]) -> list[DeviceCard]:
    """Cards without those that repeat an earlier one within 1 % in every value: a fit from them would be the same."""
    found: list[DeviceCard] = []
    for card in cards:
        near = (
            all(math.isclose(p.value, card.value(name), rel_tol=0.01) for name, p in other.parameters.items())
            for other in found
        )
        if not any(near):
            found.append(card)
    return found


def _made(model: CompactModel, first: DeviceCard, values: Mapping[str, float]) -> DeviceCard:
    """`first` with other values, within the physical ranges."""
    made = {}
    for name, parameter in first.parameters.items():
        spec = model.spec(name)
        value = float(np.clip(values[name], spec.lower, spec.upper))
        made[name] = parameter if value == parameter.value else Parameter(value, parameter.unit, "assumed", note=_NOTE)
    return replace(first, device="start", cell="from the data", parameters=made)


def _reference() -> DeviceCard:
    truth, heat = reference_truth(), assumed_heat()
    parameters = {
        name: replace(parameter, note="assumed, of the order of Cu/TaOx/Pt cells")
        for name, parameter in truth.parameters.items()
    }
    thermal = {"thermal_resistance": heat.resistance, "thermal_capacitance": heat.capacitance}
    return replace(truth, parameters=parameters | thermal)


def tabulated_card(traces: Sequence[Trace]) -> DeviceCard:
    """The table model's card: the off branch of the sets, the on branch of the resets, thresholds of their events.

    The model sets with positive voltage: traces of a cell that sets with negative voltage are turned. The side of 0 V
    that they do not cover is mirrored and says `assumed`.

    Raises
    ------
    InputError
        No set or no reset shows its event.
    FitError
        A branch shows no current.
    """
    parameters = {"state_limit": Parameter(STATE_LIMIT, "1", "assumed", note="convention")}
    for kind, name in ((Activity.SET, "off"), (Activity.RESET, "on")):
        chosen = [branch_of(trace) for trace in traces if trace.kind is kind and trace.switches]
        if not chosen:
            raise InputError(f"no {kind.value} that shows its event; the table needs one of either kind")
        parameters |= branch_table(chosen, name)
        parameters |= threshold(chosen, kind.value)
    ordered = {spec.name: parameters[spec.name] for spec in quasi_static_table.PARAMETERS}
    return DeviceCard(model=quasi_static_table.NAME, device="start", cell="from the data", parameters=ordered)
