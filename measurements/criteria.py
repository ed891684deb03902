"""What counts as switching: every threshold of the analysis in one place."""

from __future__ import annotations

from dataclasses import dataclass

CONDUCTANCE_QUANTUM_RESISTANCE = 12_906.4
"""h/(2 e^2) [ohm]: one open channel; a metallic filament that spans the oxide conducts about this or more."""


@dataclass(frozen=True)
class Criteria:
    """Thresholds of the switching analysis; the defaults are for filamentary cells read at 0.1 V.

    Parameters
    ----------
    read_window
        Voltage range of the ohmic part used for resistances [V].
    read_voltage
        Voltage at which the bound on the off resistance is stated [V].
    on_resistance_limit
        A cell below this resistance [ohm] is in the low-resistance state.
    abrupt_ratio
        Smallest ratio of currents, over `event_steps` steps, of a clean event [1].
    event_steps
        Steps over which an event may be spread [1].
    hold_points
        Points for which the new state must last; a shorter excursion is a spike [1].
    limit_tolerance
        A point is in current limit where its current is within this fraction of the limit [1].
    limit_guard
        Points before a reset that must be clear of the current limit; nearer, the voltage of the event is the
        programmed one, not the cell's.
    smallest_window
        Smallest ratio of the currents on the two ways of a loop that counts as switching [1].
    failed_window
        Ratio of off to on resistance below which a cycle counts as failed [1].
    offset_window
        Voltages below this [V] give the instrument's offset while the cell is in the high-resistance state.
    """

    read_window: tuple[float, float] = (0.05, 0.25)
    read_voltage: float = 0.1
    on_resistance_limit: float = CONDUCTANCE_QUANTUM_RESISTANCE
    abrupt_ratio: float = 10.0
    event_steps: int = 3
    hold_points: int = 3
    limit_tolerance: float = 0.02
    limit_guard: int = 5
    smallest_window: float = 1.2
    failed_window: float = 2.0
    offset_window: float = 0.5
