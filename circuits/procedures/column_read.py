"""Procedure `column_read`: what one read pulse on a crossbar column costs and gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from circuits.measure import evaluate_all
from circuits.waveforms import Waveforms
from devicefit.card import DeviceCard
from netlists.column import ColumnRead, column_read_deck
from netlists.deck import Deck
from netlists.drivers import RowDriver
from netlists.wires import Wire

from .origin import card_digest
from .procedure import GridAxis, Point, Quantity

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ColumnReadProcedure:
    """Charge, energy and delay of a column over active rows, device resistance, row load and share of idle cells on.

    The column has `rows` cells, of which `active_rows` are pulsed together; see `netlists.column.ColumnRead`
    for the circuit and the meaning of the other parameters. Energies are those of the whole column.

    Parameters
    ----------
    card
        Device; its curvature at read is kept while its resistance is varied.
    rows
        Cells on the column [1].
    active_rows, device_resistance, row_load, on_fraction
        Grid [1], [ohm], [S], [1]; numbers of active rows beyond `rows` are left out, and `rows` itself is put in.
    """

    card: DeviceCard
    rows: int = 98
    active_rows: tuple[int, ...] = (1, 4, 14, 40, 98)
    device_resistance: tuple[float, ...] = (50.0, 2e3, 6e3, 1.5e4, 4e4, 1.2e5, 6e5, 5e6, 7e7)
    row_load: tuple[float, ...] = (0.0, 2e-3, 5e-3)
    on_fraction: tuple[float, ...] = (0.0, 0.4, 1.0)
    read_voltage: float = 0.1
    pulse_width: float = 5e-9
    edge_time: float = 0.2e-9
    select_resistance: float = 20e3
    sense_resistance: float = 10.0
    wire: Wire = field(default_factory=Wire)
    driver: RowDriver = field(default_factory=RowDriver)
    step_tolerance: float = 0.01
    closure_tolerance: float = 1e-5

    @property
    def name(self) -> str:
        """Name of the table."""
        return "column_read"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Charge, energy, delay."""
        return (
            Quantity("charge", "C", "charge into the sense resistor in one read of the whole column", "log"),
            Quantity(
                "energy",
                "J",
                "energy drawn from the row drivers in one read of the whole column, row load left out",
                "log",
            ),
            Quantity(
                "delay",
                "s",
                "half of the drive to half of the settled sense current",
                error_floor=self.edge_time / 200,  # below 1 ps of a 200 ps edge a delay is no delay
            ),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Active rows, device resistance, row load, share of the idle cells that are on."""
        rows = (*(float(value) for value in self.active_rows if value < self.rows), float(self.rows))
        return (
            GridAxis("active_rows", rows, "1", "rows read together", "log", integer=True),
            GridAxis(
                "device_resistance",
                self.device_resistance,
                "ohm",
                "resistance of each active memristor",
                "log",
            ),
            GridAxis("row_load", self.row_load, "S", "conductance of the other cells on each active row"),
            GridAxis("on_fraction", self.on_fraction, "1", "share of the idle cells that are on"),
        )

    def spec(self, point: Point) -> ColumnRead:
        """The column of one point."""
        return ColumnRead(
            rows=self.rows,
            active_rows=int(point["active_rows"]),
            device_resistance=point["device_resistance"],
            row_load=point["row_load"],
            on_fraction=point["on_fraction"],
            card=self.card,
            read_voltage=self.read_voltage,
            pulse_width=self.pulse_width,
            edge_time=self.edge_time,
            select_resistance=self.select_resistance,
            sense_resistance=self.sense_resistance,
            wire=self.wire,
            driver=self.driver,
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return column_read_deck(self.spec(point))

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """The measures of the deck."""
        return evaluate_all(deck, waveforms)

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Larger of the relative errors of energy (sources = dissipated + stored) and of charge [1]."""
        return column_closure(self.spec(point), waveforms)

    def settings(self) -> dict[str, str | float]:
        """Column and card."""
        return {
            "card_sha256": self._card_sha256,
            "rows": self.rows,
            "read_voltage": self.read_voltage,
            "pulse_width": self.pulse_width,
            "edge_time": self.edge_time,
            "select_resistance": self.select_resistance,
            "sense_resistance": self.sense_resistance,
            "wire_segment_resistance": self.wire.segment_resistance,
            "wire_segment_capacitance": self.wire.segment_capacitance,
            "driver_resistance": self.driver.resistance,
        }

    @cached_property
    def _card_sha256(self) -> str:
        """Digest of the card, which every point's key asks for."""
        return card_digest(self.card)


def column_closure(spec: ColumnRead, waveforms: Waveforms) -> float:
    """Relative violation of energy and of charge conservation in a simulated column [1].

    Energy: what the sources give, less the sum of v^2/R of every resistor, v*i of every memristor and C*v^2/2
    left on the wire, over what the sources give. Charge: what enters the column through the cells, less what
    leaves through the sense resistor and the idle cells and what is left on the wire, over what enters; and
    what the sources give, less what passes the cells and the row loads, over what they give.
    """
    time = waveforms.time
    active = spec.active
    row, middle, joint = (_stack(waveforms, part, active) for part in ("row", "mid", "col"))
    rest = _stack(waveforms, "col", sorted(set(range(spec.rows)) - set(active)))
    nodes = _stack(waveforms, "col", range(spec.rows), "v(sense)")
    drive = waveforms.vector("v(drive)")
    cell = (middle - joint) / spec.select_resistance

    power = (
        _squares(drive - row) / spec.driver.resistance
        + np.einsum("ij,ij->j", row - joint, cell)
        + _squares(row) * spec.row_load
        + _squares(rest) / spec.idle_resistance
        + _squares(np.diff(nodes, axis=0)) / spec.wire.segment_resistance
        + nodes[-1] ** 2 / spec.sense_resistance
    )
    source = -waveforms.vector("i(vdrive)")
    given = _integral(drive * source, time)
    stored = 0.5 * spec.wire.segment_capacitance * float(np.sum(nodes[1:, -1] ** 2 - nodes[1:, 0] ** 2))
    energy = abs(given - _integral(power, time) - stored) / given

    entered = _integral(np.sum(cell, axis=0), time)
    left = _integral(np.sum(rest, axis=0) / spec.idle_resistance + nodes[-1] / spec.sense_resistance, time)
    kept = spec.wire.segment_capacitance * float(np.sum(nodes[1:, -1] - nodes[1:, 0]))
    drawn = _integral(source, time)
    passed = entered + _integral(np.sum(row, axis=0) * spec.row_load, time)
    return max(energy, abs(entered - left - kept) / entered, abs(drawn - passed) / drawn)


def _stack(waveforms: Waveforms, part: str, indices: Iterable[int], *further: str) -> Array:
    vectors = [waveforms.vectors[name] for name in (*[f"v({part}{index})" for index in indices], *further)]
    # np.array takes five times as long for a list of a hundred arrays.
    return np.concatenate([np.empty(0), *vectors]).reshape(len(vectors), len(waveforms.time))


def _squares(values: Array) -> Array:
    """Sum of the squares over the first axis; without an array of them it takes a third of the time."""
    return np.asarray(np.einsum("ij,ij->j", values, values))


def _integral(values: Array, time: Array) -> float:
    return float(np.trapezoid(values, time))
