"""Switching of a cell: events of every sweep, and the figures that a fit and a designer need.

A ramp is turned so that conduction is positive (`ramp`), the event is located (`events`), the instrument's
floor is estimated from the quiet part (`floor`), resistances come from the ohmic part (`resistance`), the
event is judged and measured (`judgement`), and the events of a cell are gathered here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurements.criteria import Criteria
from measurements.errors import InputError
from measurements.judgement import SwitchingEvent, analyse_sweep
from measurements.records import MeasurementSet
from measurements.sweep import Activity, FloatArray

__all__ = ["CellSwitching", "SwitchingEvent", "analyse", "analyse_cell", "analyse_sweep"]


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

    off = [event.off_resistance for event in events if event.kind is Activity.SET and event.off_resistance is not None]
    on = [event.on_resistance for event in events if event.index is not None and event.on_resistance is not None]
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
