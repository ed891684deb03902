"""Values from which a fit of a model starts, from what the measured cycles show at a glance.

An event on a ramp of rate r at V_e, where the state moves as v exp(eta V), has v exp(eta V_e) = eta r (once across):
eta from how the events move with ln r, else the least that is abrupt; then v, or the threshold, from V_e.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from devicefit.conventions import RETENTION
from devicefit.cycles.trace import Trace
from devicefit.models import dynamic_memdiode, sky130_reram, stanford_gap, vteam, yakopcic
from devicefit.numerics import BOLTZMANN, FloatArray
from measurements.sweep import Activity

THRESHOLD_SHARE = 0.8  # of the event voltage, at which the state begins to move
FEWEST_RATES = 4  # events at ramp rates more than RATE_RANGE apart, before they tell a slope
RATE_RANGE = 3.0
NARROWEST, WIDEST = 0.02, 0.25  # of the event voltage over an e-fold of the rate

Values = Mapping[str, float]


@dataclass(frozen=True)
class Features:
    """What the traces show at a glance.

    `on_resistance`, `off_resistance` [ohm] (chords before the events), `set_voltage`, `reset_voltage` [V],
    `ramp_rate` [V/s], `set_step`, `reset_step` [V], `set_slope`, `reset_slope` [1/V]: how many e-folds of the ramp rate
    move the events by a volt, None where the ramp rates do not tell.
    """

    on_resistance: float
    off_resistance: float
    set_voltage: float
    reset_voltage: float
    ramp_rate: float
    set_step: float
    reset_step: float
    set_slope: float | None = None
    reset_slope: float | None = None

    def steepness(self, kind: str) -> float:
        """eta of `set` or `reset` [1/V]: as the ramp rates tell, else the least that is abrupt and keeps the state."""
        told, step, event = (
            (self.set_slope, self.set_step, self.set_voltage)
            if kind == "set"
            else (self.reset_slope, self.reset_step, self.reset_voltage)
        )
        return told if told is not None else max(1.5 / step, (RETENTION + 4.0) / event)


def features(traces: Sequence[Trace]) -> Features:
    """Medians over the traces with an event."""
    sets = [trace for trace in traces if trace.kind is Activity.SET and trace.switches]
    resets = [trace for trace in traces if trace.kind is Activity.RESET and trace.switches]
    return Features(
        on_resistance=_chord(resets),
        off_resistance=_chord(sets),
        set_voltage=float(np.median(_events(sets))),
        reset_voltage=float(np.median(_events(resets))),
        ramp_rate=float(np.median([trace.ramp_rate for trace in traces])),
        set_step=float(np.median([trace.step * trace.ramp_rate for trace in sets])),
        reset_step=float(np.median([trace.step * trace.ramp_rate for trace in resets])),
        set_slope=_slope(sets),
        reset_slope=_slope(resets),
    )


def _events(traces: Sequence[Trace]) -> FloatArray:
    return np.array([trace.event.voltage for trace in traces if trace.event is not None])


def _slope(traces: Sequence[Trace]) -> float | None:
    """eta [1/V] from the rise of the events with ln(ramp rate); None where it is within its own doubt."""
    events, rates = _events(traces), np.array([trace.ramp_rate for trace in traces])
    if events.size < FEWEST_RATES or rates.max() < RATE_RANGE * rates.min():
        return None
    logs = np.log(rates) - np.log(rates).mean()
    rise = float(logs @ events / (logs @ logs))
    left = events - events.mean() - rise * logs
    doubt = math.sqrt(float(left @ left) / (events.size - 2) / float(logs @ logs))
    if rise <= 2.0 * doubt:
        return None
    middle = float(np.median(events))
    return 1.0 / min(max(rise, NARROWEST * middle), WIDEST * middle)


def _chord(traces: Sequence[Trace]) -> float:
    """Median resistance over the second half of the resting branch [ohm], the floor taken for a current."""
    found = []
    for trace in traces:
        places = np.flatnonzero(trace.before)
        late = places[places.size // 2 :]
        if late.size:
            found.append(float(np.median(trace.voltage[late] / np.maximum(trace.current[late], 0.2 * trace.floor))))
    return float(np.median(found)) if found else 1e6


def _dynamic_memdiode(values: Values, seen: Features) -> dict[str, float]:
    """Diodes of moderate curvature that carry the two resistances; half of the on resistance in series."""
    found = dict(values)
    series = 0.5 * seen.on_resistance
    share = 0.5  # of the voltage, left to the diode of the on state
    for name, slope, ohms, event, part in (
        ("on", 1.5, seen.on_resistance - series, seen.reset_voltage, share),
        ("off", 2.0, seen.off_resistance, seen.set_voltage, 1.0),
    ):
        across = 0.75 * part * event
        found[f"{name}_slope"] = slope
        found[f"{name}_current"] = across / ohms / part / (2.0 * math.sinh(0.5 * slope * across))
    found["on_series_resistance"] = series
    set_slope, reset_slope = seen.steepness("set"), seen.steepness("reset") / share
    found["set_slope"], found["reset_slope"] = set_slope, reset_slope
    # Rates are exp(eta (V - Vset)): unity at the threshold, eta r at the event.
    found["set_voltage"] = seen.set_voltage - _passed(set_slope * seen.ramp_rate, set_slope, seen.set_voltage)
    event = share * seen.reset_voltage
    found["reset_voltage"] = event - _passed(reset_slope * share * seen.ramp_rate, reset_slope, event)
    return found


def _passed(rate: float, slope: float, event: float) -> float:
    """How far beyond its threshold an event lies [V], less than 0.7 of its voltage either way."""
    return float(np.clip(math.log(rate) / slope, -0.7 * event, 0.7 * event))


def _vteam(values: Values, seen: Features) -> dict[str, float]:
    """Linear in the overdrive: from the threshold to the event once across, k (V_e - V_t)^2/(2 V_t r) = 1."""
    found = dict(values) | {"on_resistance": seen.on_resistance, "off_resistance": seen.off_resistance}
    for kind, event in (("set", seen.set_voltage), ("reset", seen.reset_voltage)):
        threshold = THRESHOLD_SHARE * event
        found[f"{kind}_voltage"], found[f"{kind}_exponent"] = threshold, 1.0
        found[f"{kind}_rate"] = 2.0 * threshold * seen.ramp_rate / (event - threshold) ** 2
    return found


def _yakopcic(values: Values, seen: Features) -> dict[str, float]:
    """Resting state from the two resistances; rates that move the state once across from threshold to event."""
    slope = 1.0
    found = dict(values)
    for kind, event in (("set", seen.set_voltage), ("reset", seen.reset_voltage)):
        threshold = THRESHOLD_SHARE * event
        swept = math.exp(event) - math.exp(threshold) - math.exp(threshold) * (event - threshold)
        found[f"{kind}_voltage"] = threshold
        found[f"{kind}_rate"] = seen.ramp_rate / max(swept, 1e-9)
    amplitude = seen.reset_voltage / seen.on_resistance / math.sinh(slope * seen.reset_voltage)
    found |= {"positive_amplitude": amplitude, "negative_amplitude": amplitude, "slope": slope}
    found["resting_state"] = min(seen.on_resistance / seen.off_resistance, 0.5)
    return found


def _stanford_gap(values: Values, seen: Features) -> dict[str, float]:
    """Both resistances at the ends of the card's gap; speed and enhancement from the set, before which no heat flows.

    eta = gamma a0/(tox kT) with gamma at the long gap, and v0/2 exp(eta V_e - Ea/kT)/G = eta r.
    """
    thermal = BOLTZMANN * values["ambient_temperature"]
    gap, span = values["minimum_gap"], values["gap_range"]
    length = span / math.log(max(seen.off_resistance / seen.on_resistance, 2.0))
    volts = 0.5 * seen.reset_voltage
    scale = math.exp(gap / length) * volts / seen.on_resistance / math.sinh(volts / values["voltage_scale"])
    lost = values["enhancement_slope"] * ((gap + span) / stanford_gap.NANOMETRE) ** 3
    per_slope = values["oxide_thickness"] * thermal / values["hop_distance"]
    enhancement = values["enhancement"] if seen.set_slope is None else seen.set_slope * per_slope + lost
    slope = max(enhancement - lost, 0.1 * enhancement) / per_slope
    efolds = values["activation_energy"] / thermal - slope * seen.set_voltage
    return dict(values) | {
        "gap_length": length,
        "current_scale": scale,
        "series_resistance": 0.1 * seen.on_resistance,
        "enhancement": enhancement,
        "gap_speed": 2.0 * span * slope * seen.ramp_rate * math.exp(min(efolds, 300.0)),
    }


def _sky130_reram(values: Values, seen: Features) -> dict[str, float]:
    """As the gap model: growth from the set, before which no heat flows, v1 exp(eta V_e - Eg/kT)/stroke = eta r."""
    thermal = BOLTZMANN * values["ambient_temperature"]
    lost = values["enhancement_decay"] * ((values["oxide_thickness"] - values["filament_minimum"]) / 1e-9) ** 3
    per_slope = thermal * values["oxide_thickness"] / values["hop_distance"]
    enhancement = values["field_enhancement"] if seen.set_slope is None else seen.set_slope * per_slope + lost
    slope = max(enhancement - lost, 0.1 * enhancement) / per_slope
    stroke = values["filament_maximum"] - values["filament_minimum"]
    efolds = values["generation_energy"] / thermal - slope * seen.set_voltage
    return dict(values) | {
        "field_enhancement": enhancement,
        "growth_velocity": stroke * slope * seen.ramp_rate * math.exp(min(efolds, 300.0)),
    }


MAKERS: Mapping[str, Callable[[Values, Features], dict[str, float]]] = {
    dynamic_memdiode.NAME: _dynamic_memdiode,
    stanford_gap.NAME: _stanford_gap,
    vteam.NAME: _vteam,
    yakopcic.NAME: _yakopcic,
    sky130_reram.NAME: _sky130_reram,
}
"""Values of all parameters of a model, from those of its first published card and from what the cycles show."""
