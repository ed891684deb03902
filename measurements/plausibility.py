"""What looks odd in the measurements of a cell: voltages or currents whose sign seems swapped."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from measurements.records import Record
from measurements.sweep import Activity, Sweep

LEAST_CURRENT = 1e-6
"""Current [A] above which its direction counts; offsets of instruments lie far below."""
AGAINST = 0.9
"""Share of points [1] at which current runs against voltage from which a sweep is taken for swapped."""
_LEAST_POINTS = 5


def polarity_hints(records: Sequence[Record]) -> tuple[str, ...]:
    """A hint for each cell whose signs look swapped.

    Positive voltage is on the active electrode, where forming and setting a cell need it; and a memristor takes
    power, so that current runs with the voltage.
    """
    cells: dict[tuple[str, str], list[Sweep]] = {}
    for record in records:
        if isinstance(record, Sweep):
            cells.setdefault((record.device, record.cell), []).append(record)
    hints = []
    for (device, cell), sweeps in cells.items():
        switching = [sweep for sweep in sweeps if sweep.activity in (Activity.FORM, Activity.SET)]
        if switching and all(_extreme(sweep) < 0 for sweep in switching):
            hints.append(
                f"{device} {cell}: all {len(switching)} form and set sweeps are at negative voltage; if the swept "
                "terminal is the inert electrode, import with --swap-polarity"
            )
        against = [sweep for sweep in sweeps if _runs_against(sweep)]
        if against:
            hints.append(
                f"{device} {cell}: in {len(against)} sweeps, {against[0].source.file} the first, current runs against "
                "voltage; is it the current of the other terminal? export that of the swept one"
            )
    return tuple(hints)


def _extreme(sweep: Sweep) -> float:
    return float(sweep.voltage[int(np.argmax(np.abs(sweep.voltage)))])


def _runs_against(sweep: Sweep) -> bool:
    """Whether nearly all larger currents are of the sign opposite to the voltage."""
    current, voltage = np.abs(sweep.current), np.abs(sweep.voltage)
    large = (current > max(LEAST_CURRENT, 0.1 * float(current.max()))) & (voltage > 0.1 * float(voltage.max()))
    if np.count_nonzero(large) < _LEAST_POINTS:
        return False
    return bool(np.mean(np.sign(sweep.voltage[large]) != np.sign(sweep.current[large])) >= AGAINST)
