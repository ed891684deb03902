"""The reservoir node of `cells/reservoir_node.cir`, a bench that lets it settle, and one that follows a staircase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.checks import finite, not_negative, positive
from netlists.composition import cell, compose, new_circuit, number, piecewise_linear
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.technology import Technology, geometries_in

TRANSIENT_OPTIONS = "method=trap trtol=1 chgtol=1e-16"
SETTLE = 8.0
"""Time constants for which the output settles [1]: 3e-4 of the way is then left."""
STEP_EDGE = 0.05e-9
"""Of the staircase [s]."""
CELLS = ("reservoir_bias", "reservoir_node")
PINS = ("x", "j", "out", "vref", "vbias", "vdd", "vss")
"""Terminals of node and bias together; `vbias` is the supply of the bias cell."""


@dataclass(frozen=True)
class ReservoirNode:
    """Knobs of the node and of its bench.

    Parameters
    ----------
    supply_voltage, reference_voltage
        Supply, and where the hump has its peak [V].
    bias_current
        Of the tail [A].
    output_resistance, output_capacitance
        Of the leaky integrator [ohm], [F]; their product is the time constant.
    output_load
        Of what samples the output [F].
    delayed_voltage
        What the bench holds pin x at; only the mean of x and j counts [V].
    """

    supply_voltage: float = 1.8
    reference_voltage: float = 0.4
    bias_current: float = 4e-6
    output_resistance: float = 100e3
    output_capacitance: float = 100e-15
    output_load: float = 5e-15
    delayed_voltage: float = 0.15

    def __post_init__(self) -> None:
        for name in ("supply_voltage", "bias_current", "output_resistance", "output_capacitance"):
            positive(name, getattr(self, name))
        not_negative("reference_voltage [V]", self.reference_voltage)
        not_negative("output_load [F]", self.output_load)
        finite("delayed_voltage [V]", self.delayed_voltage)
        if self.reference_voltage > self.supply_voltage - 1.0:
            raise NetlistError(
                f"reference_voltage is {self.reference_voltage:g} V; tail and pair need 1 V below the supply of"
                f" {self.supply_voltage:g} V"
            )

    @property
    def time_constant(self) -> float:
        """Nominal, load included [s]."""
        return self.output_resistance * (self.output_capacitance + self.output_load)


def reservoir_definitions(technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, and the cells, mismatched where the technology says so."""
    text = cell("reservoir_node")
    cards = technology.cards_for(geometries_in(text))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(text, list(CELLS), technology.mismatch_seed)]
    return [cards, cell("transistors"), text]


def reservoir_node_deck(
    node: ReservoirNode, technology: Technology, input_voltage: float, maximum_step: float | None = None
) -> Deck:
    """The node at a sum of `input_voltage` [V], its output let go at 0 V.

    Saved: `v(pin_NAME)` and `i(vpin_NAME)` of every pin in `PINS`; the current is that out of the cell.
    """
    j = 2.0 * finite("input_voltage [V]", input_voltage) - node.delayed_voltage
    return _deck(
        node,
        technology,
        ("reservoir node settles", number(j)),
        SETTLE * node.time_constant,
        maximum_step or node.time_constant / 200.0,
        initial={"load_out": 0.0, "pin_out": 0.0},
    )


def reservoir_trace_deck(
    node: ReservoirNode, technology: Technology, input_voltages: Sequence[float], dwell: float
) -> Deck:
    """The node while its sum takes each of `input_voltages` [V] in turn for `dwell` [s].

    The output begins where the first voltage takes it. Saved: as `reservoir_node_deck`.

    Raises
    ------
    NetlistError
        No voltages, or a dwell that is shorter than two edges.
    """
    if len(input_voltages) == 0 or dwell < 2.0 * STEP_EDGE:
        raise NetlistError(f"a staircase needs a voltage and {2 * STEP_EDGE:g} s for each, found {dwell:g} s")
    wave: list[float] = []
    for place, value in enumerate(input_voltages):
        level = 2.0 * finite("input_voltage [V]", float(value)) - node.delayed_voltage
        wave += [place * dwell + STEP_EDGE, level, (place + 1) * dwell, level]
    stop = len(input_voltages) * dwell
    return _deck(node, technology, ("reservoir node follows", piecewise_linear(wave)), stop, dwell / 40.0)


def _deck(
    node: ReservoirNode,
    technology: Technology,
    what: tuple[str, str],
    stop_time: float,
    maximum_step: float,
    initial: dict[str, float] | None = None,
) -> Deck:
    """A bench; `what` is its name and the source of pin j."""
    title, wave = what
    high = number(node.supply_voltage)
    lines = [
        f"Vpin_x pin_x 0 {number(node.delayed_voltage)}",
        f"Vpin_j pin_j 0 {wave}",
        f"Vpin_out pin_out load_out {number(0.0)}",
        f"Cload load_out 0 {number(max(node.output_load, 1e-18))}",
        f"Vpin_vref pin_vref 0 {number(node.reference_voltage)}",
        *(f"Vpin_{name} pin_{name} 0 {high}" for name in ("vbias", "vdd")),
        f"Vpin_vss pin_vss 0 {number(0.0)}",
        f"Xbias pbias pin_vbias pin_vss reservoir_bias bias_current={number(node.bias_current)}",
        "Xnode pin_x pin_j pin_out pin_vref pbias pin_vdd pin_vss reservoir_node"
        f" output_resistance={number(node.output_resistance)} output_capacitance={number(node.output_capacitance)}",
    ]
    return compose(
        new_circuit(
            f"{title}, {technology.name} {technology.corner}", [*reservoir_definitions(technology), "\n".join(lines)]
        ),
        stop_time=stop_time,
        maximum_step=maximum_step,
        saved=[f"v(pin_{name})" for name in PINS] + [f"i(vpin_{name})" for name in PINS],
        includes=(technology.source,),
        initial_voltages=initial,
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
