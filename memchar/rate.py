"""The evaluator's neuron against the circuit: firing rate over input current, off the tables' grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from memchar.config import PipelineConfig

if TYPE_CHECKING:
    from circuits.tables import TableSet
    from memchar.pipeline import Circuits

_CURRENTS = 6


def compare_rate(circuits: Circuits, tables: TableSet, config: PipelineConfig) -> list[dict[str, float]]:
    """Interval between spikes in fresh ngspice runs and in the evaluator, at currents half-way between grid points.

    Returns
    -------
    list
        Per current: `input_current` [A], `rate_ngspice` and `rate_evaluator` [1/s], `error` (relative) [1].

    Raises
    ------
    SimulationError
        A deck could not be simulated.
    """
    from circuits import run_decks
    from circuits.outcome import Failure
    from evaluator import NeuronBehaviour
    from evaluator.firing import firing_interval
    from measurements.errors import SimulationError

    fire = next(procedure for procedure in circuits.procedures if procedure.name == "neuron_fire")
    grid = np.log(next(axis.values for axis in fire.axes() if axis.name == "input_current"))
    middles = np.exp((grid[1:] + grid[:-1]) / 2)
    chosen = middles[np.linspace(0, middles.size - 1, _CURRENTS).astype(int)]
    points = [{"initial_voltage": 0.0, "input_current": float(current)} for current in chosen]
    decks = [fire.deck(point) for point in points]
    neuron = NeuronBehaviour.from_tables(tables)
    found = []
    for point, deck, outcome in zip(points, decks, run_decks(decks, config.simulation.jobs), strict=True):
        if isinstance(outcome, Failure):
            raise SimulationError(f"neuron at {point['input_current']:g} A: {outcome.message}")
        circuit = 1.0 / fire.quantities(point, deck, outcome)["interval"]
        table = 1.0 / firing_interval(neuron, point["input_current"])
        current = point["input_current"]
        found.append(
            {
                "input_current": current,
                "rate_ngspice": circuit,
                "rate_evaluator": table,
                "error": table / circuit - 1.0,
            }
        )
    return found


def rate_rows(found: list[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The comparison as lines of a text table."""
    from memchar.quantities import format_quantity

    head = ("input current", "rate in ngspice", "rate in the evaluator", "error")
    lines = [
        (
            format_quantity(row["input_current"], "A"),
            format_quantity(row["rate_ngspice"], "Hz", 4),
            format_quantity(row["rate_evaluator"], "Hz", 4),
            f"{100 * row['error']:+.2f} %",
        )
        for row in found
    ]
    return [head, *lines]
