"""A spiking cell with pins of known roles, and the deck that drives it with a constant input current."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from PySpice.Spice.Netlist import Circuit

from measurements.errors import NetlistError
from netlists.checks import finite, identifier, not_negative, positive
from netlists.composition import compose, new_circuit, number
from netlists.deck import NOMINAL_TEMPERATURE, Deck, IncludedFile
from netlists.neuron import TRANSIENT_OPTIONS

Role = Literal["supply", "ground", "input", "output", "bias"]
POINTS_PER_INTERVAL = 1000
"""Maximum steps in one expected interval [1]; the step-halving verdict says whether they were enough."""


@dataclass(frozen=True)
class Pin:
    """One pin of a cell and what the test bench puts there.

    Parameters
    ----------
    name, role
        As in the `.subckt` line, lower case; `supply`, `ground`, `input`, `output` or `bias`.
    voltage
        Of a supply, or of a bias that is a voltage [V].
    current
        Of a bias that is a current, from ground into the pin [A].
    load
        Capacitance on an output [F].
    initial_voltage
        Input at t = 0 [V]; the operating point that ngspice finds where it is None.
    """

    name: str
    role: Role
    voltage: float | None = None
    current: float | None = None
    load: float = 0.0
    initial_voltage: float | None = None

    def __post_init__(self) -> None:
        identifier(self.name)
        given = [value is not None for value in (self.voltage, self.current)]
        wanted = {"supply": [True, False]}.get(self.role, [False, False])
        if self.role != "bias" and given != wanted:
            needs = "a voltage and no current" if self.role == "supply" else "neither voltage nor current"
            raise NetlistError(f"pin {self.name}: {self.role} takes {needs}")
        if self.role == "bias" and sum(given) != 1:
            raise NetlistError(f"pin {self.name}: a bias takes a voltage or a current")
        for value in (self.voltage, self.current, self.initial_voltage):
            finite(f"pin {self.name}", 0.0 if value is None else value)
        if self.role == "supply" and not self.voltage:
            raise NetlistError(f"pin {self.name}: a supply of 0 V is a ground")
        not_negative(f"load of pin {self.name} [F]", self.load)

    @property
    def node(self) -> str:
        """Node of the test bench that the pin is on."""
        return f"pin_{self.name}"

    @property
    def current_vector(self) -> str:
        """Saved current of the pin's source or ammeter, `i(v...)`; its sign is that of `inward`."""
        return f"i(vpin_{self.name})"

    @property
    def inward(self) -> float:
        """Factor that makes `current_vector` the current into the cell [1]."""
        driven = self.role == "supply" or (self.role == "bias" and self.voltage is not None)
        return -1.0 if driven or self.role in ("ground", "output") else 1.0


@dataclass(frozen=True)
class SpikingCell:
    """A subcircuit, its definitions, the roles of its pins, and how long it is to be watched.

    Parameters
    ----------
    subcircuit, pins
        Name, and pins in the order of the `.subckt` line.
    definitions
        Checked text that holds the subcircuit and all it uses.
    parameters
        Values given to the instance, by name.
    includes
        Files whose text is in the definitions.
    charge_per_spike
        Input charge that surely makes one spike: with it an interval is expected to last no longer than
        charge_per_spike/I + dead_time [C].
    dead_time
        Longest time in which the cell integrates nothing after a spike [s].
    rest_time
        Time before the input's onset, in which the cell settles; the static power is taken in its second half [s].
    spikes
        Spikes that the run is made for [1].
    spike_level
        Output voltage that counts as a spike [V]; half of the highest supply where it is None.
    temperature
        Of the circuit [K].
    """

    subcircuit: str
    pins: tuple[Pin, ...]
    definitions: tuple[str, ...] = field(repr=False)
    parameters: Mapping[str, float] = field(default_factory=dict)
    includes: tuple[IncludedFile, ...] = ()
    charge_per_spike: float = 2e-12
    dead_time: float = 1e-6
    rest_time: float = 1e-7
    spikes: int = 4
    spike_level: float | None = None
    temperature: float = NOMINAL_TEMPERATURE

    def __post_init__(self) -> None:
        identifier(self.subcircuit)
        names = [pin.name for pin in self.pins]
        if len(set(names)) < len(names):
            raise NetlistError(f"{self.subcircuit}: a pin is named twice among {', '.join(names)}")
        for role in ("input", "output"):
            if len(self.of_role(role)) != 1:
                raise NetlistError(f"{self.subcircuit}: one pin is the {role}, found {len(self.of_role(role))}")
        for role in ("supply", "ground"):
            if not self.of_role(role):
                raise NetlistError(f"{self.subcircuit}: at least one pin is a {role}")
        for name in self.parameters:
            identifier(name)
            finite(f"parameter {name}", self.parameters[name])
        for name in ("charge_per_spike", "rest_time", "temperature"):
            positive(name, getattr(self, name))
        not_negative("dead_time [s]", self.dead_time)
        if self.spikes < 3:
            raise NetlistError(f"{self.spikes} spikes are asked for; 3 or more show whether the intervals settle")

    def of_role(self, role: str) -> tuple[Pin, ...]:
        """Pins of a role."""
        return tuple(pin for pin in self.pins if pin.role == role)

    @property
    def input(self) -> Pin:
        """The pin that takes the input current."""
        return self.of_role("input")[0]

    @property
    def output(self) -> Pin:
        """The pin that spikes."""
        return self.of_role("output")[0]

    @property
    def level(self) -> float:
        """Output voltage that counts as a spike [V]."""
        if self.spike_level is not None:
            return self.spike_level
        return 0.5 * max(pin.voltage or 0.0 for pin in self.of_role("supply"))

    def expected_interval(self, input_current: float) -> float:
        """Longest interval that is waited for, charge_per_spike/I + dead_time [s]."""
        return self.charge_per_spike / input_current + self.dead_time


def spiking_cell_deck(cell: SpikingCell, input_current: float) -> Deck:
    """The cell at rest for `rest_time`, then under `input_current` [A] for `spikes` expected intervals.

    Saved: voltage `v(pin_NAME)` and current `i(vpin_NAME)` of every pin (`Pin.current_vector`, `Pin.inward`).

    Raises
    ------
    NetlistError
        The current is not positive.
    """
    positive("input_current [A]", input_current)
    circuit = new_circuit(f"spiking cell {cell.subcircuit}", cell.definitions)
    for pin in cell.pins:
        _drive(circuit, pin)
    onset = cell.rest_time
    edge = f"PWL(0 0 {number(onset)} 0 {number(onset * 1.01)} {number(input_current)})"
    circuit.I("stimulus", circuit.gnd, f"{cell.input.node}_lead", edge)
    values = {name: number(value) for name, value in cell.parameters.items()}
    circuit.X("cell", cell.subcircuit, *(pin.node for pin in cell.pins), **values)
    interval = cell.expected_interval(input_current)
    held = cell.input.initial_voltage
    return compose(
        circuit,
        stop_time=onset + cell.spikes * interval,
        maximum_step=interval / POINTS_PER_INTERVAL,
        saved=[f"v({pin.node})" for pin in cell.pins] + [pin.current_vector for pin in cell.pins],
        includes=cell.includes,
        initial_voltages={} if held is None else {cell.input.node: held},
        options=TRANSIENT_OPTIONS,
        temperature=cell.temperature,
    )


def _drive(circuit: Circuit, pin: Pin) -> None:
    """Source, load or ammeter of one pin; every pin's current passes one voltage source `vpin_NAME`."""
    name, node, lead = f"pin_{pin.name}", pin.node, f"{pin.node}_lead"
    if pin.voltage is not None:
        circuit.V(name, node, circuit.gnd, number(pin.voltage))
    elif pin.role == "ground":
        circuit.V(name, node, circuit.gnd, number(0.0))
    elif pin.role == "output":
        circuit.V(name, node, lead, number(0.0))
        circuit.C(f"load_{pin.name}", lead, circuit.gnd, number(max(pin.load, 1e-18)))
    else:
        circuit.V(name, lead, node, number(0.0))
    if pin.current is not None:
        circuit.I(f"bias_{pin.name}", circuit.gnd, lead, number(pin.current))
