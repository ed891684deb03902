"""Where an evaluation's energy comes from: every joule as a count times what a table point says of one.

    energy of a line = count x each        sum of the lines of a block = that block of the evaluation

`trace` gives the lines of a few images; their sum is the evaluation's energy to rounding, or it raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.tables import Table, TableSet
from devicefit.card import DeviceCard
from devicefit.models.static import on_resistance
from evaluator.evaluation import Periphery
from evaluator.network import Evaluated
from evaluator.summary import Simulated, energies
from evaluator.table_points import axis
from evaluator.traceline import EnergyLine, TablePoint, nearest_point
from evaluator.tracing_periphery import periphery_lines
from evaluator.tracing_static import static_lines
from measurements.errors import TableError

UInt8Array = NDArray[np.uint8]
AGREEMENT = 1e-9
"""Largest relative difference of a block's lines from the block [1]."""


@dataclass(frozen=True, eq=False)
class Trace:
    """Lines of all blocks, mean of an image; `energy` [J] is the evaluation's own; `untraced` its blocks without lines
    [J].
    """

    lines: tuple[EnergyLine, ...]
    energy: float
    untraced: Mapping[str, float]

    @property
    def total(self) -> float:
        """Sum of the lines, and of the blocks without [J]."""
        return float(sum(line.energy for line in self.lines) + sum(self.untraced.values()))


def trace(
    network: Evaluated, simulated: Simulated, tables: TableSet, card: DeviceCard, pixels: UInt8Array,
    periphery: Periphery,
) -> Trace:  # fmt: skip
    """The lines of what `simulated` spent on `pixels` (images, rows).

    Neurons are simulated again, once for each table point that their static power rests on: give few images.

    Raises
    ------
    TableError
        The lines of a block do not add up to it: the evaluation counts something that is not traced.
    """
    if simulated.run is None:
        raise TableError("only what was simulated image by image can be traced")
    breakdown = energies(simulated.outcome, simulated.neuron, simulated.columns) | dict(periphery.breakdown_J)
    lines = [
        *crossbar_lines(simulated, on_resistance(card)),
        *spike_lines(simulated, tables["neuron_fire"]),
        *static_lines(simulated.run, simulated, tables, pixels),
        *periphery_lines(network, simulated, tables, pixels),
    ]
    traced = {line.block for line in lines}
    untraced = {block: joules for block, joules in breakdown.items() if block not in traced}
    for block in sorted(traced):
        found, asked = sum(line.energy for line in lines if line.block == block), breakdown.get(block, 0.0)
        if abs(found - asked) > AGREEMENT * max(abs(asked), abs(found)):
            raise TableError(f"the trace of {block} gives {found:.12g} J, the evaluation {asked:.12g} J")
    return Trace(tuple(line for line in lines if line.energy != 0.0), float(sum(breakdown.values())), untraced)


def crossbar_lines(simulated: Simulated, resistance: float) -> list[EnergyLine]:
    """Charge that passes the cells of each layer times what `column_read` draws from the rows for one coulomb."""
    lines = []
    for layer, column in enumerate(simulated.columns):
        charge = column.read_voltage * float(simulated.outcome.charge[:, layer].mean())
        at = {
            "active_rows": column.reference_rows,
            "device_resistance": resistance,
            "row_load": float(axis(column.table, "row_load")[0]),
            "on_fraction": column.on_fraction,
        }
        pulses = float(simulated.row_pulses[:, layer].mean())
        lines.append(
            EnergyLine(
                layer + 1,
                f"crossbar_{layer + 1}",
                "read pulses",
                "dynamic",
                pulses,
                charge,
                "C",
                column.read_voltage * column.energy_ratio,
                "energy / charge of the table at this place; charge = sum over pulses of V_read G width of the row's"
                " cells, G solved from the array",
                (nearest_point(column.table, at),),
                at,
            )
        )
    return lines


def spike_lines(simulated: Simulated, table: Table) -> list[EnergyLine]:
    """Spikes of each layer times the part of a spike's supply energy that every spike draws at once."""
    neuron, lines = simulated.neuron, []
    start = axis(table, "initial_voltage")
    rest = float(start[int(np.argmin(np.abs(start)))])
    points = fired_points(table, rest)
    for layer in range(len(simulated.columns)):
        spikes = float(simulated.outcome.spikes[:, layer + 1].mean())
        lines.append(
            EnergyLine(
                layer + 1,
                f"neuron_spikes_{layer + 1}",
                "spikes",
                "dynamic",
                spikes,
                spikes,
                "1",
                neuron.spike_energy,
                "median over the table's currents of spike_energy, less the static energy of the ramp and what is drawn"
                " on waking up",
                points,
                {"initial_voltage": rest},
            )
        )
    return lines


def fired_points(table: Table, rest: float) -> tuple[TablePoint, ...]:
    """Points of `neuron_fire` from rest at which the neuron fired."""
    found = (
        nearest_point(table, {"initial_voltage": rest, "input_current": current})
        for current in axis(table, "input_current")
    )
    return tuple(point for point in found if np.isfinite(point.values.get("spike_energy", np.nan)))
