"""What one sweep did: the event found in each of its ramps, judged and measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from measurements.criteria import Criteria
from measurements.events import SMALLEST_CURRENT, find_event, transition_ratio
from measurements.floor import InstrumentFloor, estimate_floor
from measurements.ramp import Ramp, outward_ramps
from measurements.resistance import Resistance, low_voltage_resistance, off_resistance
from measurements.sweep import Activity, FloatArray, Source, Sweep


@dataclass(frozen=True)
class SwitchingEvent:
    """What one ramp of one sweep did; the fields from `index` on are None where the cell did not switch, and the
    energies where the file has no time.

    Parameters
    ----------
    kind, cycle, source
        What the ramp was to do, and of which sweep.
    clean, reason
        Whether voltage and energy may enter statistics; if not, why.
    index
        First point of the sweep after the event.
    voltage
        Middle of the step in which the cell switched, sign as at the active electrode [V].
    voltage_uncertainty
        Half that step [V].
    current
        Magnitude at the last point before the event, offset removed [A].
    power
        Magnitude of voltage times current at that point [W].
    energy_before
        Integral of V*I dt from the start of the ramp to that point, offset removed [J]; None where the time was not
        measured.
    energy
        The same through the event step (trapezoid) [J]; an upper bound where the current limit is reached in
        it.
    ratio
        Current after over before the event (before over after for a reset), seen above the floor [1].
    on_resistance
        Ohmic resistance at the start of a reset ramp in the low-resistance state.
    off_resistance
        Resistance before a form or set event, or a lower bound.
    floor
        Offset and noise of the instrument; None where the sweep shows no quiet part.
    limited_points
        Points of the ramp in current limit [1].
    """

    kind: Activity
    cycle: int
    source: Source
    clean: bool
    reason: str
    floor: InstrumentFloor | None
    limited_points: int
    on_resistance: Resistance | None
    off_resistance: Resistance | None
    index: int | None = None
    voltage: float | None = None
    voltage_uncertainty: float | None = None
    current: float | None = None
    power: float | None = None
    energy_before: float | None = None
    energy: float | None = None
    ratio: float | None = None


def analyse_sweep(sweep: Sweep, criteria: Criteria | None = None) -> tuple[SwitchingEvent, ...]:
    """One event record per ramp of the sweep that may switch; none for a read."""
    used = Criteria() if criteria is None else criteria
    return tuple(_judge(sweep, ramp, used) for ramp in outward_ramps(sweep, used))


def _judge(sweep: Sweep, ramp: Ramp, criteria: Criteria) -> SwitchingEvent:
    event = find_event(ramp, criteria)
    end = len(ramp.time) if event is None else event
    start = low_voltage_resistance(ramp, end, criteria)
    conducting = _conducts(ramp, start, criteria)
    floor = estimate_floor(ramp, event, conducting, criteria)
    reset = ramp.kind is Activity.RESET
    ratio = None if event is None else _ratio(ramp, event, floor, criteria)
    fault = _reset_fault if reset else _set_fault
    reason = fault(ramp, event, conducting, ratio, criteria)
    judged = SwitchingEvent(
        kind=ramp.kind,
        cycle=sweep.cycle,
        source=sweep.source,
        clean=reason == "",
        reason=reason,
        floor=floor,
        limited_points=int(ramp.limited.sum()),
        on_resistance=start if reset and conducting else None,
        off_resistance=None if reset or conducting else off_resistance(ramp, end, floor, criteria),
        ratio=ratio,
    )
    if event is None:
        return judged
    measured = _measured(judged, ramp, event)
    return measured if sweep.timed else replace(measured, energy=None, energy_before=None)


def _measured(judged: SwitchingEvent, ramp: Ramp, event: int) -> SwitchingEvent:
    """The event with voltage, current, power and energies of the step that ends at point `event`."""
    offset = 0.0 if judged.floor is None else ramp.polarity * judged.floor.offset
    current = ramp.current - offset
    before, after = float(ramp.voltage[event - 1]), float(ramp.voltage[event])
    return replace(
        judged,
        index=ramp.start + event,
        voltage=ramp.polarity * (before + after) / 2,
        voltage_uncertainty=(after - before) / 2,
        current=abs(float(current[event - 1])),
        power=abs(before * float(current[event - 1])),
        energy_before=_energy(ramp, current, event - 1),
        energy=_energy(ramp, current, event),
    )


def _conducts(ramp: Ramp, start: Resistance | None, criteria: Criteria) -> bool:
    """Whether the ramp starts in the low-resistance state, or in current limit within the read window."""
    if start is not None and start.value <= criteria.on_resistance_limit:
        return True
    return bool(np.any(ramp.limited & (ramp.voltage <= criteria.read_window[1])))


def _ratio(ramp: Ramp, event: int, floor: InstrumentFloor | None, criteria: Criteria) -> float:
    before = ramp.current[max(0, event - criteria.event_steps) : event]
    after = ramp.current[event : event + criteria.event_steps]
    smallest = SMALLEST_CURRENT if floor is None else max(floor.floor, SMALLEST_CURRENT)
    return transition_ratio(before, after, smallest, ramp.kind is not Activity.RESET)


def _set_fault(ramp: Ramp, event: int | None, conducting: bool, ratio: float | None, criteria: Criteria) -> str:
    """Why a form or set event is not clean; empty where it is."""
    if conducting:
        return "already conducting at the start"
    if event is None or ratio is None:
        return "never switched"
    if ratio < criteria.abrupt_ratio:
        return f"gradual: current ratio {ratio:.2g} over {criteria.event_steps} steps"
    level = 0.5 * np.abs(ramp.current[event])
    if np.mean(np.abs(ramp.current[event:]) < level) > 0.1:
        return "falls back after the event"
    return ""


def _reset_fault(ramp: Ramp, event: int | None, conducting: bool, ratio: float | None, criteria: Criteria) -> str:
    """Why a reset event is not clean; empty where it is."""
    if not conducting:
        return "starts in the high-resistance state"
    if event is None or ratio is None:
        return "never switched"
    if limited_before(ramp, event, criteria):
        return "in current limit before the event: the voltage is programmed, not at the cell"
    if ratio < criteria.abrupt_ratio:
        return f"gradual: current ratio {ratio:.2g} over {criteria.event_steps} steps"
    level = 0.5 * np.abs(ramp.current[event - 1])
    if np.mean(np.abs(ramp.current[event:]) > level) > 0.1:
        return "conducts again after the event"
    return ""


def limited_before(ramp: Ramp, event: int, criteria: Criteria) -> bool:
    """Whether any of the `criteria.limit_guard` points before an event is in current limit."""
    return bool(ramp.limited[max(0, event - criteria.limit_guard) : event].any())


def _energy(ramp: Ramp, current: FloatArray, last: int) -> float:
    """Integral of V*I dt from the start of the ramp to point `last` [J], trapezoid rule."""
    span = slice(0, last + 1)
    return float(np.trapezoid(ramp.voltage[span] * current[span], ramp.time[span]))
