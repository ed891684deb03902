"""Switching of a sweep, gradual or abrupt, one-way or loop."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from measurements.criteria import Criteria
from measurements.estimate import Estimate, step_estimate
from measurements.events import SMALLEST_CURRENT
from measurements.floor import InstrumentFloor
from measurements.gradualramp import find_gradual
from measurements.judgement import SwitchingEvent, analyse_sweep
from measurements.legs import cut_legs, pair_lobes
from measurements.looptransition import loop_floor, transition_of_lobe
from measurements.ramp import Ramp, outward_ramps
from measurements.sweep import Activity, FloatArray, Sweep
from measurements.transition import ABRUPT_STEPS, Transition, at_middle, signed

__all__ = ["Transition", "find_transitions"]


def find_transitions(sweep: Sweep, criteria: Criteria | None = None) -> tuple[Transition, ...]:
    """Every transition of a sweep: one per lobe of a loop, one per ramp of a one-way sweep, none of a read.

    A loop tells set from reset by itself, whatever the polarity; a one-way sweep needs its activity.
    """
    used = Criteria() if criteria is None else criteria
    lobes = pair_lobes(cut_legs(sweep.voltage))
    if sweep.activity is Activity.READ:
        return ()
    if lobes:
        floor = loop_floor(sweep, used)
        found = [transition_of_lobe(sweep, lobe, floor, used) for lobe in lobes]
    else:
        ramps = zip(outward_ramps(sweep, used), analyse_sweep(sweep, used), strict=True)
        found = [_of_ramp(sweep, ramp, event, used) for ramp, event in ramps]
    return tuple(found if sweep.timed else [replace(one, time=None) for one in found])


def _of_ramp(sweep: Sweep, ramp: Ramp, event: SwitchingEvent, criteria: Criteria) -> Transition:
    """The transition of a one-way ramp: the judged event, or where that is too slow, a gradual reset."""
    judged = _of_event(sweep, ramp, event)
    if not event.reason.startswith("gradual"):
        return judged
    floor = event.floor or InstrumentFloor(0.0, 0.0)
    gradual = find_gradual(ramp, criteria)
    if gradual is None:
        return judged
    current = ramp.current - ramp.polarity * floor.offset
    at_current, power, time = at_middle(gradual.middle, ramp.voltage, current, ramp.time - ramp.time[0], floor)
    return replace(
        judged,
        abrupt=False,
        clean=True,
        reason="",
        voltage=signed(gradual.middle, ramp.polarity),
        onset=signed(gradual.onset, ramp.polarity),
        width=gradual.width,
        current=at_current,
        power=power,
        time=time,
        ratio=gradual.ratio,
    )


def _of_event(sweep: Sweep, ramp: Ramp, event: SwitchingEvent) -> Transition:
    """The figures of a one-way ramp from its judged event."""
    base = Transition(
        event.kind,
        ramp.polarity,
        False,
        event.clean,
        event.reason,
        sweep.cycle,
        sweep.source,
        ratio=event.ratio,
        on_resistance=event.on_resistance,
        off_resistance=event.off_resistance,
    )
    if event.index is None:
        return base
    place = event.index - ramp.start
    floor = event.floor or InstrumentFloor(0.0, 0.0)
    current = ramp.current - ramp.polarity * floor.offset
    middle = step_estimate(float(ramp.voltage[place - 1]), float(ramp.voltage[place]), "V", "step between two samples")
    begin, end = _span(np.abs(current), place, floor.floor)
    first, last = float(ramp.voltage[begin]), float(ramp.voltage[end])
    inner = float(ramp.voltage[max(begin, end - 1)]) - float(ramp.voltage[min(begin + 1, end)])
    at_current, power, time = at_middle(middle, ramp.voltage, current, ramp.time - ramp.time[0], floor)
    return replace(
        base,
        abrupt=end - begin <= ABRUPT_STEPS,
        voltage=signed(middle, ramp.polarity),
        onset=signed(_step(ramp.voltage, begin), ramp.polarity),
        width=step_estimate(max(0.0, inner), last - first, "V", "10 to 90 % of the change of ln I"),
        current=at_current,
        power=power,
        time=time,
    )


def _step(voltage: FloatArray, begin: int) -> Estimate:
    after = min(begin + 1, voltage.size - 1)
    return step_estimate(float(voltage[begin]), float(voltage[after]), "V", "step at 10 % of the change of ln I")


def _span(current: FloatArray, place: int, floor: float) -> tuple[int, int]:
    """Last sample before 10 % and first after 90 % of the change of ln I around point `place`."""
    level = np.log(np.maximum(current, max(floor, SMALLEST_CURRENT)))
    reach = slice(max(0, place - 12), place + 12)
    before = float(np.median(level[max(0, place - 6) : place]))
    after = float(np.median(level[place : place + 6]))
    if math.isclose(before, after):
        return place - 1, place
    done = (level[reach] - before) / (after - before)
    here = place - (reach.start or 0)
    low = np.flatnonzero(done[:here] <= 0.1)
    high = np.flatnonzero(done[here:] >= 0.9)
    begin = int(low[-1]) if low.size else here - 1
    end = here + (int(high[0]) if high.size else 0)
    return begin + (reach.start or 0), end + (reach.start or 0)
