"""Transitions of a hysteresis loop, from the distance between its way out and its way back."""

from __future__ import annotations

import math

import numpy as np

from measurements.criteria import Criteria
from measurements.estimate import Estimate, normal_estimate, step_estimate
from measurements.floor import InstrumentFloor, intercept_floor, with_noise
from measurements.hysteresis import Window, jitter, lobe_window
from measurements.legs import Leg, Lobe, cut_legs
from measurements.resistance import window_resistance
from measurements.sweep import Activity, FloatArray, Sweep
from measurements.transition import ABRUPT_STEPS, Transition, at_middle, signed

FLOOR_POINTS = 8
SEEN = 5.0
"""Multiple of the noise and of the error of the offset above which a current is seen [1]."""
HALF, START, END = 0.5, 0.9, 0.1
"""Shares of the log window that remain at the middle, the start and the end of a transition."""


def loop_floor(sweep: Sweep, criteria: Criteria) -> InstrumentFloor:
    """Offset and noise at low voltage on the quietest leg; zero where no leg has five points there."""
    floors = [leg_floor(sweep, leg, criteria) for leg in cut_legs(sweep.voltage)]
    found = [floor for floor in floors if floor is not None]
    return min(found, key=lambda floor: floor.floor) if found else InstrumentFloor(0.0, 0.0)


def leg_floor(sweep: Sweep, leg: Leg, criteria: Criteria) -> InstrumentFloor | None:
    """Current at 0 V of one leg from its points up to `criteria.read_voltage` (more where those are fewer than
    eight); the noise is that from point to point, since the cell's own current bends.
    """
    voltage, current = sweep.voltage[leg.span], sweep.current[leg.span]
    near = np.abs(voltage) <= criteria.read_voltage * (1 + 1e-6)
    if near.sum() < FLOOR_POINTS:
        near = np.abs(voltage) <= criteria.read_window[1] * (1 + 1e-6)
    floor = intercept_floor(voltage[near], current[near])
    return None if floor is None else with_noise(floor, jitter(current[near]))


def transition_of_lobe(sweep: Sweep, lobe: Lobe, floor: InstrumentFloor, criteria: Criteria) -> Transition:
    """What the cell did on the way out of one lobe, from the distance between the two ways."""
    hidden = SEEN * math.hypot(floor.noise, floor.offset_error or 0.0)
    window = lobe_window(sweep, lobe, floor.offset, hidden, criteria)
    kind, reason = _loop_kind(sweep, lobe, window, criteria)
    base = Transition(kind, lobe.polarity, False, reason == "", reason, sweep.cycle, sweep.source)
    if window is None or not window.switched(criteria):
        return base
    rising = window.total > 0
    remaining = window.log_ratio / window.total  # 1 before, 0 after
    middle = _crossing(window, remaining, HALF)
    first, last = _crossing(window, remaining, START), _crossing(window, remaining, END)
    sign = lobe.polarity
    width = max(last.value - first.value, window.step)
    error = math.hypot(first.standard_error or 0.0, last.standard_error or 0.0)
    out, back = lobe.outward.span, lobe.inward.span
    before = window_resistance(sign * sweep.voltage[out], sign * sweep.current[out], criteria)
    after = window_resistance(sign * sweep.voltage[back], sign * sweep.current[back], criteria)
    voltage, current = sign * sweep.voltage[out], sign * (sweep.current[out] - floor.offset)
    at_current, power, time = at_middle(middle, voltage, current, sweep.time[out] - sweep.time[0], floor)
    return Transition(
        kind,
        sign,
        _in_one_step(window, remaining, middle),
        reason == "",
        reason,
        sweep.cycle,
        sweep.source,
        voltage=signed(middle, sign),
        onset=signed(first if rising else _reset_onset(window, first, middle), sign),
        width=normal_estimate(width, error, "V", "between 10 and 90 % of the log window"),
        current=at_current,
        power=power,
        time=time,
        ratio=math.exp(abs(window.total)),
        on_resistance=after if rising else before,
        off_resistance=before if rising else after,
    )


def _loop_kind(sweep: Sweep, lobe: Lobe, window: Window | None, criteria: Criteria) -> tuple[Activity, str]:
    stated = sweep.activity
    if window is None:
        known = stated if stated is not Activity.CYCLE else Activity.READ
        return known, "too few points above the floor and out of current limit on both ways"
    if not window.switched(criteria):
        known = stated if stated is not Activity.CYCLE else Activity.READ
        seen = math.exp(abs(window.total))
        return known, f"never switched: the two ways differ by a factor {seen:.3g} at most"
    found = Activity.SET if window.total > 0 else Activity.RESET
    if stated is Activity.CYCLE or stated is found:
        return found, ""
    if stated is Activity.FORM and found is Activity.SET:
        return Activity.FORM, ""
    return found, f"named {stated.value}, but the cell did a {found.value} (polarity {lobe.polarity:+d})"


def _crossing(window: Window, remaining: FloatArray, level: float) -> Estimate:
    """Voltage after which less than `level` of the window remains, going out from its widest place [V]."""
    voltage = window.voltage
    above = np.flatnonzero(remaining >= level)
    above = above[above >= window.extreme] if (above >= window.extreme).any() else above
    place = int(above[-1])
    if place + 1 >= voltage.size:  # what is left happens in the next step: into the limit, or at the top
        return step_estimate(
            float(voltage[place]), float(voltage[place]) + window.step, "V", "step into the limit or top"
        )
    low, high = float(voltage[place]), float(voltage[place + 1])
    fall = float(remaining[place] - remaining[place + 1])
    if fall >= HALF or high <= low:
        return step_estimate(low, high, "V", "step between two samples")
    share = float(remaining[place] - level) / fall if fall > 0 else 0.5
    around = slice(max(0, place - 3), place + 5)
    slope = abs(float(np.polyfit(voltage[around], remaining[around], 1)[0])) if voltage[around].size > 2 else 0.0
    relative = window.noise / abs(window.total)
    scatter = relative * math.sqrt(1 + level**2) / max(slope, relative / float(np.ptp(voltage)))
    error = math.hypot(scatter, (high - low) / math.sqrt(12))
    return normal_estimate(low + share * (high - low), error, "V", f"{level:.0%} of the log window remains")


def _in_one_step(window: Window, remaining: FloatArray, middle: Estimate) -> bool:
    """Whether half of the transition or more happens within `ABRUPT_STEPS` samples around its middle."""
    place = int(np.searchsorted(window.voltage, middle.value))
    before = remaining[max(0, place - ABRUPT_STEPS + 1) : place + 1]
    after = remaining[place : place + ABRUPT_STEPS - 1]
    left = 0.0 if after.size == 0 else float(after.min())
    return float(before.max(initial=0.0)) - left >= HALF


def _reset_onset(window: Window, first: Estimate, middle: Estimate) -> Estimate:
    """Voltage of the highest current on the way out; the tenth of the window where that comes after the middle."""
    place = int(np.argmax(window.current))
    if window.voltage[place] >= middle.value:
        return first
    flat = np.flatnonzero(window.current >= (1 - 0.01) * window.current[place])
    low, high = float(window.voltage[flat[0]]), float(window.voltage[flat[-1]])
    error = max(high - low, window.step) / math.sqrt(12)
    method = "highest current; within 1 % of it for the standard error"
    return normal_estimate(float(window.voltage[place]), error, "V", method)
