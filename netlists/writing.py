"""A write pulse on a 1T1R cell through the drivers of `cells/write_driver.cir`, the memristor switching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from devicefit.card import DeviceCard
from devicefit.models.registry import model_of
from measurements.errors import NetlistError
from netlists.checks import positive
from netlists.composition import cell, compose, new_circuit, number, piecewise_linear
from netlists.deck import Deck
from netlists.highvoltage import RATED_VOLTAGE, high_voltage_cards
from netlists.model import model_subcircuit
from netlists.technology import Technology, geometries_in

Operation = Literal["set", "reset"]
LOGIC_VOLTAGE = 1.8
WORD_START = 5e-9
PULSE_START = 25e-9
"""Beginning of the edge at the input of the driver that gives the pulse; the word line is up [s]."""
LOGIC_EDGE = 0.5e-9
REST = 100e-9
"""Time after the pulse in which lines fall and the filament cools [s]."""
SUPPLIES = ("vset", "vreset", "vword", "vdd")
PINS = (*SUPPLIES, "set", "reset", "word", "vss")
LOAD_RAMP = 10e-6
"""Time of the ramp that takes a load line: slow against the lines' charge [s]."""
STEPS = 2000
"""Time steps of a pulse at least [1]."""


@dataclass(frozen=True)
class WritePulse:
    """One pulse.

    Parameters
    ----------
    operation
        `set` drives the row, `reset` the column.
    voltage
        Supply of the driver that gives the pulse [V].
    word_voltage
        Of the word line: the limit of the current [V].
    width
        At the driver's input [s].
    select_width, line_capacitance
        Of the select transistor [m]; of row and of column [F].
    """

    operation: Operation
    voltage: float
    word_voltage: float = 5.0
    width: float = 1e-6
    select_width: float = 30e-6
    line_capacitance: float = 100e-15

    def __post_init__(self) -> None:
        if self.operation not in ("set", "reset"):
            raise NetlistError(f"operation is {self.operation!r}; 'set' or 'reset' is needed")
        for name in ("voltage", "word_voltage", "width", "select_width", "line_capacitance"):
            positive(name, getattr(self, name))
        for name in ("voltage", "word_voltage"):
            if getattr(self, name) > RATED_VOLTAGE:
                raise NetlistError(
                    f"{name} is {getattr(self, name):g} V; the devices of the driver are rated {RATED_VOLTAGE:g} V"
                )
        if self.width < 10e-9:
            raise NetlistError(f"width is {self.width:g} s; the drivers need 10 ns or more")

    @property
    def pulse_end(self) -> float:
        """Beginning of the fall at the driver's input [s]."""
        return PULSE_START + self.width

    @property
    def stop_time(self) -> float:
        """End of the run [s]."""
        return self.pulse_end + REST


def writing_definitions(card: DeviceCard, technology: Technology) -> list[str]:
    """Transistor cards, transistors, drivers, and the memristor of the card as subcircuit `device`."""
    return [*_circuit_definitions(technology), model_subcircuit(card)]


def _circuit_definitions(technology: Technology) -> list[str]:
    text = cell("write_driver")
    return [
        technology.cards_for(geometries_in(text)),
        high_voltage_cards(technology),
        cell("transistors"),
        cell("high_voltage_transistors"),
        text,
    ]


def write_deck(
    card: DeviceCard,
    pulse: WritePulse,
    technology: Technology,
    *,
    start: Sequence[float],
    maximum_step: float | None = None,
) -> Deck:
    """The cell from the unknowns `start` of the card's model, one pulse, and rest.

    Positive voltage on the row sets; a card whose model sets at negative voltage is put in turned round. Saved:
    `v(pin_NAME)`, `i(vpin_NAME)` of `PINS`; `v(row)`, `v(mid)`, `v(column)`; `i(vdevice)` from row to mid; and each
    unknown of the model, `v(xdevice.NODE)`.

    Raises
    ------
    NetlistError
        As many unknowns are not given, or the cards are missing.
    """
    model = model_of(card)
    if len(start) != len(model.unknowns):
        raise NetlistError(f"{model.name} starts from {len(model.unknowns)} unknowns, {len(start)} are given")
    initial = " ".join(
        f"{unknown.initial}={number(float(value))}"
        for unknown, value in zip(model.unknowns, start, strict=True)
        if unknown.initial is not None
    )
    ends = "te mid" if model.set_polarity > 0 else "mid te"
    lines = [
        *_sources(pulse),
        *_drivers(pulse),
        f"Vdevice row te {number(0.0)}",
        f"Xdevice {ends} device {initial}".rstrip(),
    ]
    return compose(
        new_circuit(
            f"{pulse.operation} of {model.name} {card.label}, {technology.name} {technology.corner}",
            [*writing_definitions(card, technology), "\n".join(lines)],
        ),
        stop_time=pulse.stop_time,
        maximum_step=pulse.width / STEPS if maximum_step is None else maximum_step,
        saved=[f"v(pin_{name})" for name in PINS]
        + [f"i(vpin_{name})" for name in PINS]
        + ["v(row)", "v(mid)", "v(column)", "i(vdevice)"]
        + [f"v(xdevice.{unknown.node})" for unknown in model.unknowns],
        includes=(technology.source,),
        options="method=gear",
        temperature=technology.temperature,
    )


def load_line_deck(pulse: WritePulse, technology: Technology) -> Deck:
    """What drivers, select transistor and lines leave for the memristor: a slow ramp in its place, all switched on.

    Saved: `v(ramp)`, the voltage over the memristor's place in the direction of the pulse, from 0 to its supply within
    `LOAD_RAMP`, and `i(vramp)`, the current that the circuit drives through it.
    """
    row, mid = ("row", "mid") if pulse.operation == "set" else ("mid", "row")
    inputs = dict.fromkeys(("word", pulse.operation), LOGIC_VOLTAGE)
    ramp = (0.0, 0.0, 0.1 * LOAD_RAMP, 0.0, 1.1 * LOAD_RAMP, pulse.voltage)
    lines = [
        *(line for line in _sources(pulse) if not line.startswith(("Vpin_set", "Vpin_reset", "Vpin_word"))),
        *(f"Vpin_{name} pin_{name} 0 {number(inputs.get(name, 0.0))}" for name in ("set", "reset", "word")),
        *_drivers(pulse),
        f"Vwave ramp 0 {piecewise_linear(ramp)}",
        f"Eramp {row} sensed ramp 0 1",
        f"Vramp sensed {mid} {number(0.0)}",
    ]
    cards = _circuit_definitions(technology)
    return compose(
        new_circuit(f"load line of a {pulse.operation}", [*cards, "\n".join(lines)]),
        stop_time=1.1 * LOAD_RAMP,
        maximum_step=LOAD_RAMP / 200,
        saved=("v(ramp)", "i(vramp)"),
        includes=(technology.source,),
        options="method=gear",
        temperature=technology.temperature,
    )


def _drivers(pulse: WritePulse) -> list[str]:
    return [
        "Xset pin_set row pin_vset pin_vdd pin_vss write_driver",
        "Xreset pin_reset column pin_vreset pin_vdd pin_vss write_driver",
        "Xword pin_word word pin_vword pin_vdd pin_vss write_driver",
        f"Xcell mid word column pin_vss write_select select_width={number(pulse.select_width)}",
        *(f"C{line} {line} pin_vss {number(pulse.line_capacitance)}" for line in ("row", "column", "word")),
    ]


def _sources(pulse: WritePulse) -> list[str]:
    """Supplies and the three inputs; the driver that stands still has its supply at the word line's."""
    supplies = {
        "vset": pulse.voltage if pulse.operation == "set" else pulse.word_voltage,
        "vreset": pulse.voltage if pulse.operation == "reset" else pulse.word_voltage,
        "vword": pulse.word_voltage,
        "vdd": LOGIC_VOLTAGE,
        "vss": 0.0,
    }
    quiet = "reset" if pulse.operation == "set" else "set"
    return [
        *(f"Vpin_{name} pin_{name} 0 {number(value)}" for name, value in supplies.items()),
        f"Vpin_{pulse.operation} pin_{pulse.operation} 0 {_high(PULSE_START, pulse.pulse_end)}",
        f"Vpin_{quiet} pin_{quiet} 0 {number(0.0)}",
        f"Vpin_word pin_word 0 {_high(WORD_START, pulse.pulse_end + 0.5 * REST)}",
    ]


def _high(start: float, end: float) -> str:
    points = (0.0, 0.0, start, 0.0, start + LOGIC_EDGE, LOGIC_VOLTAGE, end, LOGIC_VOLTAGE, end + LOGIC_EDGE, 0.0)
    return piecewise_linear(points)
