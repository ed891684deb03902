"""A crossbar column under read, as a deck."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from devicefit.card import DeviceCard
from devicefit.models.static import off_resistance, on_resistance
from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Crossing, Deck, Integral
from netlists.drivers import RowDriver
from netlists.ladder import settled_sense_current
from netlists.memristor import read_polynomial
from netlists.wires import Wire

PULSE_START = 0.5e-9
"""The read pulse begins after t = 0, so the operating point is the quiet column [s]."""
SETTLE_TIME = 0.5e-9
"""Time after the pulse in which the wire empties [s]."""


@dataclass(frozen=True, eq=False)
class ColumnRead:
    """One read pulse on a crossbar column of `rows` cells.

    Row i: driver resistance, memristor, select resistor, column wire. The wire runs from row 0 to the sense
    resistor past the last row, one segment (resistance, then capacitance to ground) a cell. Active rows are
    spread evenly and driven together by a trapezoid whose width at half height is `pulse_width`; idle rows
    are held at 0 V by their drivers.

    Parameters
    ----------
    rows, active_rows
        Cells on the column, and how many are read [1].
    device_resistance
        Small-signal resistance of each active memristor [ohm]; the curvature is the card's.
    row_load
        Conductance of the other cells on each active row, to 0 V [S].
    on_fraction
        Share of the idle cells that are on, spread evenly: each idle row carries the mean conductance [1].
    card
        Device.
    read_voltage, pulse_width, edge_time
        Height [V], width at half height [s] and edges [s] of the pulse.
    select_resistance, sense_resistance
        In series with each memristor, and from the end of the column to ground [ohm].
    wire, driver
        Column wire and row driver.
    """

    rows: int
    active_rows: int
    device_resistance: float
    row_load: float
    card: DeviceCard
    on_fraction: float = 1.0
    read_voltage: float = 0.1
    pulse_width: float = 5e-9
    edge_time: float = 0.2e-9
    select_resistance: float = 20e3
    sense_resistance: float = 10.0
    wire: Wire = field(default_factory=Wire)
    driver: RowDriver = field(default_factory=RowDriver)

    def __post_init__(self) -> None:
        if not 1 <= self.active_rows <= self.rows:
            raise NetlistError(f"active_rows is {self.active_rows}; 1 to rows ({self.rows}) is needed")
        for name in (
            "device_resistance",
            "read_voltage",
            "edge_time",
            "select_resistance",
            "sense_resistance",
        ):
            positive(name, getattr(self, name))
        not_negative("row_load [S]", self.row_load)
        if not 0 <= self.on_fraction <= 1:
            raise NetlistError(f"on_fraction is {self.on_fraction}; 0 to 1 is needed")
        if self.pulse_width < 2 * self.edge_time:
            raise NetlistError(f"pulse_width {self.pulse_width:g} s is shorter than two edges of {self.edge_time:g} s")

    @cached_property
    def active(self) -> tuple[int, ...]:
        """Indices of the active rows, spread evenly from row 0 to the last."""
        return tuple(int((2 * k + 1) * self.rows / (2 * self.active_rows)) for k in range(self.active_rows))

    @cached_property
    def idle_resistance(self) -> float:
        """Driver, memristor and select resistor of an idle row, which sees millivolts [ohm]."""
        series = self.driver.resistance + self.select_resistance
        on, off = (1.0 / (series + resistance(self.card)) for resistance in (on_resistance, off_resistance))
        return 1.0 / (self.on_fraction * on + (1.0 - self.on_fraction) * off)

    @property
    def stop_time(self) -> float:
        """End of the run: ten times the longest time constant of the wire after the pulse [s]."""
        wire = self.rows * self.wire.segment_resistance + self.sense_resistance
        longest = self.rows * self.wire.segment_capacitance * wire
        return PULSE_START + self.pulse_width + self.edge_time + SETTLE_TIME + 10 * longest

    @cached_property
    def polynomial(self) -> tuple[float, float, float]:
        """Read polynomial of the active memristors (S, S/V^2, S/V^4)."""
        return read_polynomial(self.card, 1.0, self.device_resistance)


def column_read_deck(spec: ColumnRead) -> Deck:
    """The deck of one column read.

    Measures: `charge` into the sense resistor [C]; `energy` that the row sources give to this column's cells,
    wires and drivers, the current into `row_load` left out [J]; `delay` from half of the drive to half of the
    settled sense current [s]. Every node is saved, so energy and charge can be checked to be conserved.
    """
    title = f"column read, {spec.active_rows} of {spec.rows} rows"
    circuit = new_circuit(title, [cell("read_cell"), "\n".join(_elements(spec))])
    half_level = 0.5 * settled_sense_current(spec) * spec.sense_resistance
    return compose(
        circuit,
        stop_time=spec.stop_time,
        maximum_step=spec.edge_time / 10,
        saved=_saved(spec.rows, spec.active, loaded=spec.row_load > 0),
        measures=(
            Integral("charge", ((1.0 / spec.sense_resistance, "v(sense)", None),), 0.0, spec.stop_time, "C"),
            Integral("energy", _energy_terms(spec), 0.0, spec.stop_time, "J"),
            Crossing("delay", "v(sense)", half_level, "rise", reference=PULSE_START + spec.edge_time / 2),
        ),
    )


def _elements(spec: ColumnRead) -> list[str]:
    """Element lines of the column. Written as text: 300 element objects cost as much time as ngspice takes for them."""
    return [*_drive(spec), *_rows(spec), _column_wire(spec.rows, spec.wire, spec.sense_resistance)]


def _drive(spec: ColumnRead) -> list[str]:
    """One ideal source drives every active row; PULSE counts its width between the corners."""
    shape = [
        0.0,
        spec.read_voltage,
        PULSE_START,
        spec.edge_time,
        spec.edge_time,
        spec.pulse_width - spec.edge_time,
    ]
    lines = [f"Vdrive drive 0 PULSE({' '.join(number(value) for value in shape)})"]
    return [*lines, f"Vload load 0 {number(0.0)}"] if spec.row_load > 0 else lines


def _rows(spec: ColumnRead) -> list[str]:
    g1, g3, g5 = (number(value) for value in spec.polynomial)
    cell_values = f"read_cell g1={g1} g3={g3} g5={g5} select_resistance={number(spec.select_resistance)}"
    idle, driver = number(spec.idle_resistance), number(spec.driver.resistance)
    active = set(spec.active)
    lines = []
    for i in range(spec.rows):
        if i not in active:
            lines.append(f"Ridle{i} col{i} 0 {idle}")
            continue
        lines += [f"Rdriver{i} drive row{i} {driver}", f"Xcell{i} row{i} mid{i} col{i} {cell_values}"]
        if spec.row_load > 0:
            lines.append(f"Rload{i} row{i} load {number(1.0 / spec.row_load)}")
    return lines


@lru_cache(maxsize=64)
def _column_wire(rows: int, wire: Wire, sense_resistance: float) -> str:
    """The same for all points of a table, which therefore write it once."""
    segment, ground = number(wire.segment_resistance), number(wire.segment_capacitance)
    lines = []
    for i in range(rows):
        following = f"col{i + 1}" if i + 1 < rows else "sense"
        lines += [f"Rwire{i} col{i} {following} {segment}", f"Cwire{i} {following} 0 {ground}"]
    return "\n".join([*lines, f"Rsense sense 0 {number(sense_resistance)}"])


def _energy_terms(spec: ColumnRead) -> tuple[tuple[float, str, str | None], ...]:
    """Drive voltage times (source current less load current); i() of a source counts current into its plus
    end.
    """
    source = (-1.0, "v(drive)", "i(vdrive)")
    return (source, (-1.0, "v(drive)", "i(vload)")) if spec.row_load > 0 else (source,)


@lru_cache(maxsize=64)
def _saved(rows: int, active: tuple[int, ...], *, loaded: bool) -> tuple[str, ...]:
    saved = ["v(drive)", "i(vdrive)", "v(sense)"]
    saved += ["i(vload)"] if loaded else []
    saved += [f"v(col{i})" for i in range(rows)]
    return (*saved, *[f"v({part}{i})" for i in active for part in ("row", "mid")])
