"""Cards from which a fit may start: a model's published sets, and cards made from the data where a model needs them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from devicefit.assembly import RETENTION
from devicefit.card import DeviceCard, Parameter
from devicefit.cycles.trace import Trace
from devicefit.models.model import CompactModel
from devicefit.synthesis import reference_truth
from devicefit.threshold_memdiode import MODEL_NAME
from measurements.errors import InputError
from measurements.sweep import Activity

SERIES_SHARE = 0.9  # of the on resistance, where ohmic data cannot tell it from the filament
OHMIC_SLOPE = 0.3  # 1/V


@dataclass(frozen=True)
class Features:
    """What the traces show at a glance.

    `on_resistance`, `off_resistance` [ohm] (chords before the events), `set_voltage`, `reset_voltage` [V],
    `ramp_rate` [V/s], `set_step`, `reset_step` [V].
    """

    on_resistance: float
    off_resistance: float
    set_voltage: float
    reset_voltage: float
    ramp_rate: float
    set_step: float
    reset_step: float


def features(traces: Sequence[Trace]) -> Features:
    """Medians over the traces with an event."""
    sets = [trace for trace in traces if trace.kind is Activity.SET and trace.switches]
    resets = [trace for trace in traces if trace.kind is Activity.RESET and trace.switches]
    return Features(
        on_resistance=_chord(resets),
        off_resistance=_chord(sets),
        set_voltage=float(np.median([t.event.voltage for t in sets if t.event is not None])),
        reset_voltage=float(np.median([t.event.voltage for t in resets if t.event is not None])),
        ramp_rate=float(np.median([trace.ramp_rate for trace in traces])),
        set_step=float(np.median([trace.step * trace.ramp_rate for trace in sets])),
        reset_step=float(np.median([trace.step * trace.ramp_rate for trace in resets])),
    )


def _chord(traces: Sequence[Trace]) -> float:
    """Median resistance over the second half of the resting branch [ohm], the floor taken for a current."""
    found = []
    for trace in traces:
        places = np.flatnonzero(trace.before)
        late = places[places.size // 2 :]
        if late.size:
            found.append(float(np.median(trace.voltage[late] / np.maximum(trace.current[late], 0.2 * trace.floor))))
    return float(np.median(found)) if found else 1e6


def base_cards(model: CompactModel, traces: Sequence[Trace]) -> tuple[DeviceCard, ...]:
    """The published cards of a model, and a card made from the data for models that have a maker here.

    Raises
    ------
    InputError
        The model has neither.
    """
    cards = tuple(model.cards.values())
    maker = MAKERS.get(model.name)
    if maker is not None:
        first = cards[0] if cards else _reference()
        values = maker({name: parameter.value for name, parameter in first.parameters.items()}, features(traces))
        made = {}
        for name, parameter in first.parameters.items():
            spec = model.spec(name)
            value = float(np.clip(values[name], spec.lower, spec.upper))
            made[name] = (
                parameter
                if value == parameter.value
                else Parameter(value, parameter.unit, "assumed", note="from the middle of the measured cycles")
            )
        cards = (replace(first, device="start", cell="from the data", parameters=made), *cards)
    if not cards:
        raise InputError(f"{model.name} has no published card", hint="give the card to start from")
    return cards


def _reference() -> DeviceCard:
    truth = reference_truth()
    parameters = {
        name: replace(parameter, note="assumed, of the order of Cu/TaOx/Pt cells")
        for name, parameter in truth.parameters.items()
    }
    return replace(truth, parameters=parameters)


def _threshold_memdiode(values: Mapping[str, float], seen: Features) -> dict[str, float]:
    """Ohmic on branch behind a series resistance, abrupt events: slopes that keep the state at 0 V."""
    series = SERIES_SHARE * seen.on_resistance
    on_current = 1.0 / (OHMIC_SLOPE * (seen.on_resistance - series))
    off_slope = 1.0
    share = 1.0 - SERIES_SHARE
    set_slope = max(1.5 / seen.set_step, (RETENTION + 4.0) / seen.set_voltage)
    reset_slope = max(0.28 / seen.reset_step, (RETENTION + 4.0) / seen.reset_voltage) / share
    off_current = 0.7 * seen.set_voltage / seen.off_resistance / math.sinh(min(off_slope * seen.set_voltage, 45.0))
    leak = on_current * math.sinh(min(OHMIC_SLOPE * seen.set_voltage, 45.0)) * seen.off_resistance / seen.set_voltage
    return dict(values) | {
        "on_current": on_current,
        "on_slope": OHMIC_SLOPE,
        "off_current": off_current,
        "off_slope": off_slope,
        "series_resistance": series,
        "set_voltage": max(seen.set_voltage - 4.0 / set_slope, 0.5 * seen.set_voltage),
        "set_slope": set_slope,
        "reset_voltage": max(share * seen.reset_voltage - 4.0 / reset_slope, 0.3 * share * seen.reset_voltage),
        "reset_slope": reset_slope,
        "state_limit": max(16.0, math.ceil(math.log(max(leak, 1.0)) + 1.5)),
    }


def _yakopcic(values: Mapping[str, float], seen: Features) -> dict[str, float]:
    """Resting state from the two resistances; rates that move the state once across from threshold to event."""
    slope = 1.0
    found = dict(values)
    for kind, event in (("set", seen.set_voltage), ("reset", seen.reset_voltage)):
        threshold = 0.8 * event
        swept = math.exp(event) - math.exp(threshold) - math.exp(threshold) * (event - threshold)
        found[f"{kind}_voltage"] = threshold
        found[f"{kind}_rate"] = seen.ramp_rate / max(swept, 1e-9)
    amplitude = seen.reset_voltage / seen.on_resistance / math.sinh(slope * seen.reset_voltage)
    found |= {"positive_amplitude": amplitude, "negative_amplitude": amplitude, "slope": slope}
    found["resting_state"] = min(seen.on_resistance / seen.off_resistance, 0.5)
    return found


MAKERS: Mapping[str, Callable[[Mapping[str, float], Features], dict[str, float]]] = {
    MODEL_NAME: _threshold_memdiode,
    "yakopcic": _yakopcic,
}
