"""Switching of a cell: events of every sweep, and the figures that a fit and a designer need.

A ramp is turned so that conduction is positive (`ramp`), the event is located (`events`), the instrument's
floor is estimated from the quiet part (`floor`), resistances come from the ohmic part (`resistance`), and the
event is judged here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.criteria import Criteria
from measurements.errors import InputError
from measurements.events import find_event, transition_ratio
from measurements.floor import InstrumentFloor, estimate_floor
from measurements.ramp import Ramp, outward_ramps
from measurements.records import MeasurementSet
from measurements.resistance import Resistance, low_voltage_resistance, off_resistance
from measurements.sweep import Activity, FloatArray, Source, Sweep


@dataclass(frozen=True)
class SwitchingEvent:
    """What one ramp of one sweep did.

    Parameters
    ----------
    kind, cycle, source
        What the ramp was to do, and of which sweep.
    clean, reason
        Whether voltage and energy may enter statistics; if not, why.
    index
        First point of the sweep after the event; None where the cell did not switch.
    voltage
        Middle of the step in which the cell switched, sign as at the active electrode [V].
    voltage_uncertainty
        Half that step [V].
    current
        Magnitude at the last point before the event, offset removed [A].
    power
        Magnitude of voltage times current at that point [W].
    energy_before
        Integral of V*I dt from the start of the ramp to that point, offset removed [J].
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
    index: int | None
    voltage: float | None
    voltage_uncertainty: float | None
    current: float | None
    power: float | None
    energy_before: float | None
    energy: float | None
    ratio: float | None
    on_resistance: Resistance | None
    off_resistance: Resistance | None
    floor: InstrumentFloor | None
    limited_points: int


@dataclass(frozen=True, eq=False)
class CellSwitching:
    """All events of one cell, and arrays over its clean events in the order they happened.

    Voltages are magnitudes [V], energies run through the event [J]. `on_resistance` [ohm] has one value per
    reset ramp that started in the low-resistance state and switched, clean or not: a filament that several
    ramps failed to break counts once. `off_resistance` [ohm] has one value per set ramp that started in the
    high-resistance state; where `off_resistance_is_bound` the true value is that or higher. `reset_voltage`
    leaves out resets from within the current limit (the cell's voltage is not known there), which are the
    highest: its upper tail is cut.
    """

    device: str
    cell: str
    events: tuple[SwitchingEvent, ...]
    form_voltage: FloatArray
    set_voltage: FloatArray
    reset_voltage: FloatArray
    on_resistance: FloatArray
    off_resistance: FloatArray
    off_resistance_is_bound: NDArray[np.bool_]
    form_energy: FloatArray
    set_energy: FloatArray
    reset_energy: FloatArray


def analyse(records: MeasurementSet, criteria: Criteria | None = None) -> tuple[CellSwitching, ...]:
    """`analyse_cell` for every cell with sweeps, in the order of the records."""
    cells = [records.of_cell(*names) for names in records.devices_and_cells()]
    return tuple(analyse_cell(cell, criteria) for cell in cells if cell.sweeps)


def analyse_cell(records: MeasurementSet, criteria: Criteria | None = None) -> CellSwitching:
    """Events and figures of the one cell in `records`.

    Raises
    ------
    InputError
        No sweep, or sweeps of more than one cell.
    """
    names = {(sweep.device, sweep.cell) for sweep in records.sweeps}
    if len(names) != 1:
        raise InputError(
            f"expected the sweeps of one cell, found {len(names)} cells",
            hint="select with of_cell(device, cell)",
        )
    ((device, cell),) = names
    events = tuple(event for sweep in records.sweeps for event in analyse_sweep(sweep, criteria))

    def of_clean(kind: Activity, value: Callable[[SwitchingEvent], float | None]) -> FloatArray:
        found = [value(event) for event in events if event.kind is kind and event.clean]
        return np.abs(np.array([number for number in found if number is not None], dtype=np.float64))

    off = [
        event.off_resistance
        for event in events
        if event.kind is Activity.SET and event.off_resistance is not None
    ]
    on = [
        event.on_resistance for event in events if event.index is not None and event.on_resistance is not None
    ]
    return CellSwitching(
        device=device,
        cell=cell,
        events=events,
        form_voltage=of_clean(Activity.FORM, lambda event: event.voltage),
        set_voltage=of_clean(Activity.SET, lambda event: event.voltage),
        reset_voltage=of_clean(Activity.RESET, lambda event: event.voltage),
        on_resistance=np.array([resistance.value for resistance in on], dtype=np.float64),
        off_resistance=np.array([resistance.value for resistance in off], dtype=np.float64),
        off_resistance_is_bound=np.array([resistance.is_bound for resistance in off], dtype=np.bool_),
        form_energy=of_clean(Activity.FORM, lambda event: event.energy),
        set_energy=of_clean(Activity.SET, lambda event: event.energy),
        reset_energy=of_clean(Activity.RESET, lambda event: event.energy),
    )


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
    current = ramp.current - (0.0 if floor is None else ramp.polarity * floor.offset)
    last = None if event is None else event - 1
    return SwitchingEvent(
        kind=ramp.kind,
        cycle=sweep.cycle,
        source=sweep.source,
        clean=reason == "",
        reason=reason,
        index=None if event is None else ramp.start + event,
        voltage=None
        if last is None
        else ramp.polarity * float(ramp.voltage[last] + ramp.voltage[last + 1]) / 2,
        voltage_uncertainty=None if last is None else float(ramp.voltage[last + 1] - ramp.voltage[last]) / 2,
        current=None if last is None else abs(float(current[last])),
        power=None if last is None else abs(float(ramp.voltage[last] * current[last])),
        energy_before=None if last is None else _energy(ramp, current, last),
        energy=None if last is None else _energy(ramp, current, last + 1),
        ratio=ratio,
        on_resistance=start if reset and conducting else None,
        off_resistance=None if reset or conducting else off_resistance(ramp, end, floor, criteria),
        floor=floor,
        limited_points=int(ramp.limited.sum()),
    )


def _conducts(ramp: Ramp, start: Resistance | None, criteria: Criteria) -> bool:
    """Whether the ramp starts in the low-resistance state, or in current limit within the read window."""
    if start is not None and start.value <= criteria.on_resistance_limit:
        return True
    return bool(np.any(ramp.limited & (ramp.voltage <= criteria.read_window[1])))


def _ratio(ramp: Ramp, event: int, floor: InstrumentFloor | None, criteria: Criteria) -> float:
    before = ramp.current[max(0, event - criteria.event_steps) : event]
    after = ramp.current[event : event + criteria.event_steps]
    smallest = np.finfo(np.float64).tiny if floor is None else max(floor.floor, np.finfo(np.float64).tiny)
    return transition_ratio(before, after, float(smallest), ramp.kind is not Activity.RESET)


def _set_fault(
    ramp: Ramp, event: int | None, conducting: bool, ratio: float | None, criteria: Criteria
) -> str:
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


def _reset_fault(
    ramp: Ramp, event: int | None, conducting: bool, ratio: float | None, criteria: Criteria
) -> str:
    """Why a reset event is not clean; empty where it is."""
    if not conducting:
        return "starts in the high-resistance state"
    if event is None or ratio is None:
        return "never switched"
    if ramp.limited[event - 1]:
        return "in current limit before the event: the voltage is programmed, not at the cell"
    if ratio < criteria.abrupt_ratio:
        return f"gradual: current ratio {ratio:.2g} over {criteria.event_steps} steps"
    level = 0.5 * np.abs(ramp.current[event - 1])
    if np.mean(np.abs(ramp.current[event:]) > level) > 0.1:
        return "conducts again after the event"
    return ""


def _energy(ramp: Ramp, current: FloatArray, last: int) -> float:
    """Integral of V*I dt from the start of the ramp to point `last` [J], trapezoid rule."""
    span = slice(0, last + 1)
    return float(np.trapezoid(ramp.voltage[span] * current[span], ramp.time[span]))
