"""The column interface of `cells/column_interface.cir` and the bench that reads one pulse through it."""

from __future__ import annotations

from dataclasses import dataclass

from PySpice.Spice.Netlist import Circuit

from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number, piecewise_linear
from netlists.deck import ZERO_CELSIUS, Deck
from netlists.mismatch import mismatched_cells
from netlists.technology import Technology, geometries_in, with_sizes

MAIN_WIDTH = 32e-6
"""Width of the transistor that takes a column's current, as the cell has it [m]."""
TRANSIENT_OPTIONS = "method=gear trtol=1 chgtol=1e-16"
"""The trapezoidal method rings after the strobe's edges, by more than the answer to 5 uA is."""
MAXIMUM_STEP, STEPS = 25e-12, 800
"""Longest time step [s]; a long pulse takes no more than so many of its own [1]."""
STROBE_EDGE = 0.2e-9
STROBE_LEAD = 2e-9
"""The strobe opens this long before the row's pulse begins [s]."""
PINS = ("plus", "minus", "mem", "read", "rest", "vcol", "vbias", "vdd", "vss")
"""Terminals of interface and bias together; `vbias` is the supply of the bias cell."""
PLUS_SIDE = "column_side_plus"
"""The plus side where its transistors are drawn by themselves."""
AMMETERS = ("plus", "minus")
"""Pins whose saved current flows into the cell; that of the others flows out of it, into their source."""


@dataclass(frozen=True)
class ColumnInterface:
    """Knobs of the interface and of what surrounds it in the bench.

    Parameters
    ----------
    supply_voltage, column_voltage, rest_voltage
        Supply, the voltage that columns and resting rows are held at, and where the output goes between reads [V].
    bias_current
        Of each of the seven branches of interface and bias [A].
    output_width
        Of the output mirrors; the nominal gain is output_width / main_width [m].
    main_width, main_length
        Of what takes the columns' currents; its copies are as long [m].
    source_width, source_length
        Of the bias branches' sources; half as wide as what takes the currents where none is given [m].
    sense_length
        Of what compares a column with its reference; area makes columns equal [m].
    replica_width
        Of the bias of the output's cascode; a sixteenth of `main_width` where none is given [m].
    turn_length, turn_ratio
        Of the mirror that turns the plus current round [m]; its width over that of the copy before it [1].
    turn
        Enlargement in the mirror that turns the plus current round: the branch before it is smaller by that [1].
    column_lift
        What the bias cell's reference is above `column_voltage`, at which rows rest: columns rest low by it [V].
    column_capacitance
        Wire and cells of each column [F].
    read_voltage, pulse_width, edge_time
        Height [V], width at half height [s] and edges [s] of the row's pulse.
    strobe_tail
        Time for which the strobe outlasts the pulse [s].
    """

    supply_voltage: float = 1.8
    column_voltage: float = 0.4
    rest_voltage: float = 0.45
    bias_current: float = 10e-6
    output_width: float = 16e-6
    main_width: float = MAIN_WIDTH
    main_length: float = 0.28e-6
    source_width: float | None = None
    source_length: float = 0.5e-6
    sense_length: float = 0.5e-6
    replica_width: float | None = None
    turn_length: float = 0.28e-6
    turn_ratio: float = 2.0
    turn: float = 1.0
    column_lift: float = 0.0
    column_capacitance: float = 50e-15
    read_voltage: float = 0.1
    pulse_width: float = 5e-9
    edge_time: float = 0.2e-9
    strobe_tail: float = 4e-9

    def __post_init__(self) -> None:
        for name in (
            "supply_voltage", "column_voltage", "bias_current", "output_width", "main_width", "column_capacitance",
            "read_voltage", "edge_time", "strobe_tail", "main_length", "source_length", "sense_length", "turn_length",
            "turn_ratio",
        ):  # fmt: skip
            positive(name, getattr(self, name))
        for name, width in (("source_width", self.source_width), ("replica_width", self.replica_width)):
            if width is not None:
                positive(f"{name} [m]", width)
        not_negative("rest_voltage [V]", self.rest_voltage)
        not_negative("column_lift [V]", self.column_lift)
        if self.turn < 1.0:
            raise NetlistError(f"turn is {self.turn:g}, the mirror enlarges by 1 or more")
        if self.pulse_width < 2 * self.edge_time:
            raise NetlistError(f"pulse_width {self.pulse_width:g} s is shorter than two edges of {self.edge_time:g} s")

    @property
    def gain(self) -> float:
        """Nominal current gain [1]."""
        return self.output_width / self.main_width

    @property
    def bias_sizes(self) -> dict[str, float]:
        """Sizes that the bias cell takes as parameters, by name [m]."""
        return {
            "source_width": self.main_width / 2.0 if self.source_width is None else self.source_width,
            "source_length": self.source_length,
            "sense_length": self.sense_length,
            "replica_width": self.main_width / 16.0 if self.replica_width is None else self.replica_width,
            "turn_length": self.turn_length,
        }

    @property
    def sizes(self) -> dict[str, float]:
        """Sizes that the interface takes as parameters, by name [m], and the ratio of its mirror [1]."""
        return {
            "output_width": self.output_width,
            "main_width": self.main_width,
            "main_length": self.main_length,
            **{name: size for name, size in self.bias_sizes.items() if name != "replica_width"},
            "turn_ratio": self.turn_ratio,
            "turned_width": self.output_width / self.turn,
        }

    @property
    def strobe_width(self) -> float:
        """Time in which the output leads to the membrane [s]."""
        return STROBE_LEAD + self.pulse_width + self.strobe_tail

    @property
    def strobes(self) -> tuple[float, float]:
        """Beginning of the strobe without and of that with a pulse on the row [s]."""
        return 5e-9, 10e-9 + self.strobe_width

    @property
    def pulse_start(self) -> float:
        """Beginning of the row's pulse [s]."""
        return self.strobes[1] + STROBE_LEAD

    @property
    def stop_time(self) -> float:
        """End of the run, in which the output has come to rest again [s]."""
        return self.strobes[1] + self.strobe_width + 5e-9


def column_interface_definitions(interface: ColumnInterface, technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, and the cells, mismatched where the technology says so."""
    text = cell("column_interface")
    own = with_sizes(_own_plus_side(text, interface), interface.sizes | interface.bias_sizes)
    cards = technology.cards_for(geometries_in(own))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(own, ["column_interface_bias", "column_interface"], technology.mismatch_seed)]
    return [cards, cell("transistors"), text]


def _own_plus_side(text: str, interface: ColumnInterface) -> str:
    """The cells with a definition of the plus side's own: its copy has other widths, and mismatch takes numbers."""
    start, end = text.index(".subckt column_side "), text.index(".ends column_side\n") + len(".ends column_side\n")
    side = text[start:end].replace("column_side", PLUS_SIDE)
    side = with_sizes(side, {**interface.sizes, "output_width": interface.sizes["turned_width"]})
    instance = "vss column_side output_width={turned_width}"
    if text.count(instance) != 1:
        raise NetlistError("column_interface.cir: the plus side is not where it was")
    return side + text.replace(instance, instance.replace("column_side", PLUS_SIDE))


def column_interface_deck(
    interface: ColumnInterface,
    technology: Technology,
    *,
    sign: int,
    input_current: float,
    rest_conductance: float,
    membrane_voltage: float,
    maximum_step: float | None = None,
) -> Deck:
    """Two strobes, the second with a pulse on a row of the plus (`sign` 1) or minus (-1) column.

    The row drives the column through read_voltage/input_current; other cells, `rest_conductance` [S] on each column,
    lead to `column_voltage`. The membrane is held at `membrane_voltage` [V].

    Saved: `v(pin_NAME)` and `i(vpin_NAME)` of every pin, see `PINS` and `AMMETERS`, and `v(row)`.

    Raises
    ------
    NetlistError
        Another sign, or a value that is not positive where it must be.
    """
    waves = _waves(interface)
    circuit = _bench(interface, technology, sign, input_current, rest_conductance, membrane_voltage, waves)
    return compose(
        circuit,
        stop_time=interface.stop_time,
        maximum_step=maximum_step or max(MAXIMUM_STEP, interface.pulse_width / STEPS),
        saved=[f"v(pin_{name})" for name in PINS] + [f"i(vpin_{name})" for name in PINS] + ["v(row)"],
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def column_interface_noise_text(
    interface: ColumnInterface,
    technology: Technology,
    *,
    sign: int,
    input_current: float,
    rest_conductance: float,
    membrane_voltage: float,
) -> str:
    """The same circuit held as it is during the pulse, for `circuits.noise`: elements alone, without an analysis.

    `Inoise` feeds the driven column with 1 A of AC; `v(noise)` is the membrane's current, 1 V/A. For the parameters and
    errors see `column_interface_deck`.
    """
    levels = [f"Vrow row resting {number(interface.read_voltage)}"]
    levels += [f"Vpin_read pin_read 0 {number(interface.supply_voltage)}"]
    circuit = _bench(interface, technology, sign, input_current, rest_conductance, membrane_voltage, levels)
    driven = "plus" if sign == 1 else "minus"
    probes = [f"Inoise 0 column_{driven} DC 0 AC 1", "Hnoise noise 0 Vpin_mem 1", "Cnoise noise 0 1f"]
    celsius = f".options temp={technology.temperature - ZERO_CELSIUS:.6f}"
    return "\n".join([str(circuit).rstrip(), *probes, celsius, ""])


def _bench(
    interface: ColumnInterface, technology: Technology, sign: int, input_current: float, rest_conductance: float,
    membrane_voltage: float, waves: list[str],
) -> Circuit:  # fmt: skip
    """Interface and bias between sources; `waves` drive `row` and `pin_read`."""
    if sign not in (1, -1):
        raise NetlistError(f"sign is {sign}; 1 for the plus and -1 for the minus column")
    positive("input_current [A]", input_current)
    not_negative("rest_conductance [S]", rest_conductance)
    not_negative("membrane_voltage [V]", membrane_voltage)
    driven = "plus" if sign == 1 else "minus"
    lines = [
        *_constant(interface, membrane_voltage),
        *waves,
        f"Rrow row column_{driven} {number(interface.read_voltage / input_current)}",
        *_columns(interface, rest_conductance),
        f"Xbias pbias vb vc vcp pin_vcol pin_vbias pin_vss column_interface_bias"
        f" bias_current={number(interface.bias_current)} {_parameters(interface.bias_sizes)}",
        "Xinterface pin_plus pin_minus pin_mem pin_read pin_rest pbias vb vc vcp pin_vdd pin_vss column_interface"
        f" {_parameters(interface.sizes)}",
    ]
    title = f"column interface, {technology.name} {technology.corner}"
    return new_circuit(title, [*column_interface_definitions(interface, technology), "\n".join(lines)])


def _parameters(sizes: dict[str, float]) -> str:
    return " ".join(f"{name}={number(size)}" for name, size in sizes.items())


def _constant(interface: ColumnInterface, membrane_voltage: float) -> list[str]:
    """Supplies and what is held."""
    values = {
        "vdd": interface.supply_voltage,
        "vbias": interface.supply_voltage,
        "vss": 0.0,
        "vcol": interface.column_voltage + interface.column_lift,
        "rest": interface.rest_voltage,
        "mem": membrane_voltage,
    }
    return [f"Vpin_{name} pin_{name} 0 {number(value)}" for name, value in values.items()]


def _waves(interface: ColumnInterface) -> list[str]:
    """The row's pulse and the strobes."""
    edge, high = interface.edge_time, interface.read_voltage
    pulse = [0.0, high, interface.pulse_start, edge, edge, interface.pulse_width - edge]
    strobe = [0.0, 0.0]
    for start in interface.strobes:
        end = start + interface.strobe_width
        up, down = (0.0, interface.supply_voltage), (interface.supply_voltage, 0.0)
        for time, (before, after) in ((start, up), (end, down)):
            strobe += [time, before, time + STROBE_EDGE, after]
    return [
        f"Vrow row resting PULSE({' '.join(number(value) for value in pulse)})",
        f"Vpin_read pin_read 0 {piecewise_linear(strobe)}",
    ]


def _columns(interface: ColumnInterface, rest_conductance: float) -> list[str]:
    """Capacitance, cells at rest and the ammeter of each column; a source of its own holds the resting rows."""
    lines = [f"Vresting resting 0 {number(interface.column_voltage)}"]
    for name in AMMETERS:
        lines.append(f"C{name} column_{name} 0 {number(interface.column_capacitance)}")
        lines.append(f"Vpin_{name} column_{name} pin_{name} {number(0.0)}")
        if rest_conductance > 0.0:
            lines.append(f"Rrest_{name} column_{name} resting {number(1.0 / rest_conductance)}")
    return lines
