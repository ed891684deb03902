"""The transistor-level leaky integrate-and-fire neuron, and the decks that measure it alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySpice.Spice.Netlist import Circuit

from measurements.errors import NetlistError
from netlists.checks import finite, not_negative, positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Crossing, Deck, Integral, Sample
from netlists.mismatch import draw_shifts, with_shifts
from netlists.technology import Geometry, Technology, geometries_in

INPUT_START = 5e-9
"""The input current begins after t = 0, so the operating point is the resting neuron [s]."""
MAXIMUM_STEP = 2e-9
"""Largest time step of a neuron deck [s]; up to 5 times this in runs beyond 5 us. See `TRANSIENT_OPTIONS`."""
TRANSIENT_OPTIONS = "method=trap trtol=1 chgtol=1e-16"
"""Step control of neuron decks.

The nodes of the cell hold femtofarads, so the default charge tolerance of 1e-14 C lets whole edges pass
unseen. With these values and a step of 2 ns the supply energy of a spike is within 0.1 % of that at 0.03 ns
(defaults: 1 %). The trapezoidal method is kept: its charge over a step is the trapezoid of the saved
currents, so energies add up exactly.
"""
MIRROR = "v(xneuron.pbias)"
"""Saved vector of the gate of the comparator's load."""


@dataclass(frozen=True)
class Neuron:
    """Knobs of the neuron in `netlists/cells/lif_neuron.cir`, which draws the circuit and explains its sizes.

    Parameters
    ----------
    membrane_capacitance
        Explicit capacitor on the membrane [F]; gates and junctions add about 1 %.
    supply_voltage
        Supply [V].
    leak_bias
        Leak current above 0.2 V of membrane [A].
    comparator_bias
        Sets the threshold (the comparator sinks 8 times this) and the spike width [A].
    refractory_bias
        Sets the refractory time, inversely [A].
    spike_load
        Capacitance that a spike drives [F].
    """

    membrane_capacitance: float = 1e-12
    supply_voltage: float = 1.8
    leak_bias: float = 30e-9
    comparator_bias: float = 50e-9
    refractory_bias: float = 30e-9
    spike_load: float = 20e-15

    def __post_init__(self) -> None:
        for name in (
            "membrane_capacitance",
            "supply_voltage",
            "leak_bias",
            "comparator_bias",
            "refractory_bias",
        ):
            positive(name, getattr(self, name))
        not_negative("spike_load [F]", self.spike_load)


def neuron_definitions(technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors and the neuron, mismatched where the technology says so."""
    text = "\n".join([cell("transistors"), cell("lif_neuron")])
    geometries = neuron_geometries()
    if technology.mismatch_seed is not None:
        text = with_shifts(text, draw_shifts(geometries, technology.mismatch_seed))
    return [technology.cards_for(geometries), text]


def neuron_geometries() -> tuple[Geometry, ...]:
    """Every transistor of the cell as drawn, read from the cell's text."""
    return geometries_in(cell("lif_neuron"))


def add_neuron(circuit: Circuit, neuron: Neuron, name: str, mem: str, vdd: str, vss: str, spk: str) -> None:
    """Put one neuron into a circuit as instance `x<name>`."""
    circuit.X(
        name,
        "lif_neuron",
        mem,
        vdd,
        vss,
        spk,
        membrane_capacitance=number(neuron.membrane_capacitance),
        leak_bias=number(neuron.leak_bias),
        comparator_bias=number(neuron.comparator_bias),
        refractory_bias=number(neuron.refractory_bias),
    )


def neuron_fire_deck(
    neuron: Neuron, technology: Technology, input_current: float, initial_voltage: float, stop_time: float
) -> Deck:
    """A neuron that gets a constant input current from `INPUT_START` on, its membrane starting at
    `initial_voltage`.

    Saved: `v(mem)`, `v(spk)`, `v(xneuron.rst)` (high from the end of the spike to the end of the refractory time),
    `v(xneuron.pbias)` (gate of the comparator's load), `v(vdd)` and the current of every terminal: into the cell
    `-i(vdd)` and `i(vmem)`, out of it `i(vspk)` and `i(vss)`; their sum is zero at every moment.

    Measures: `delay` and `second_spike` from the input's onset to half supply [s] (they fail when the neuron
    does not fire twice), `supply_energy` and `input_energy` of the whole run from the onset [J], `spike_time`
    = integral of v(spk)/supply, that is all spikes' widths together [s].

    Parameters
    ----------
    neuron, technology
        Cell and cards.
    input_current
        Current into the membrane [A].
    initial_voltage
        Membrane at t = 0 [V].
    stop_time
        End of the run [s]; `fire_stop_time` gives one that holds two spikes.
    """
    finite("input_current [A]", input_current)
    if stop_time <= INPUT_START:
        raise NetlistError(f"stop_time is {stop_time:g} s; more than the input's start at {INPUT_START:g} s is needed")
    edge = f"PWL(0 0 {number(INPUT_START)} 0 {number(INPUT_START * 1.01)} {number(input_current)})"
    circuit = f"{_bench_text(neuron, technology, 'neuron fires')}\nIin 0 mem_in {edge}"
    half = 0.5 * neuron.supply_voltage
    window = (INPUT_START, stop_time)
    return compose(
        circuit,
        stop_time=stop_time,
        maximum_step=max(MAXIMUM_STEP, min(stop_time / 2500, 5 * MAXIMUM_STEP)),
        saved=(*BENCH_VECTORS, MIRROR),
        measures=(
            Crossing("delay", "v(spk)", half, "rise", reference=INPUT_START),
            Crossing("second_spike", "v(spk)", half, "rise", number=2, reference=INPUT_START),
            Integral("supply_energy", ((-1.0, "v(vdd)", "i(vdd)"),), *window, "J"),
            Integral("input_energy", ((1.0, "v(mem)", "i(vmem)"),), *window, "J"),
            Integral("spike_time", ((1.0 / neuron.supply_voltage, "v(spk)", None),), *window, "s"),
        ),
        includes=(technology.source,),
        initial_voltages={"mem": initial_voltage},
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def neuron_leak_deck(neuron: Neuron, technology: Technology, initial_voltage: float, interval: float) -> Deck:
    """A neuron without input whose membrane leaks from `initial_voltage` for `interval` [s].

    Saved as in `neuron_fire_deck`. Measures: `final_voltage` [V]; `supply_energy` [J]; `charge` that the
    membrane capacitor lost, C*(V(0) - V(interval)) [C], as the integral over time is not needed for a linear
    capacitor.
    """
    positive("interval [s]", interval)
    circuit = f"{_bench_text(neuron, technology, 'neuron leaks')}\nIin 0 mem_in {number(0.0)}"
    return compose(
        circuit,
        stop_time=interval,
        maximum_step=min(MAXIMUM_STEP, interval / 100),
        saved=BENCH_VECTORS,
        measures=(
            Sample("initial_voltage", "v(mem)", 0.0, "V"),
            Sample("final_voltage", "v(mem)", interval, "V"),
            Integral("supply_energy", ((-1.0, "v(vdd)", "i(vdd)"),), 0.0, interval, "J"),
        ),
        includes=(technology.source,),
        initial_voltages={"mem": initial_voltage},
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def fire_stop_time(neuron: Neuron, input_current: float, initial_voltage: float = 0.0) -> float:
    """Time after which two spikes are over, with 30 % to spare [s].

    From C*dV/dt = I - I_leak with a trip at 1.2 V, and 0.35 us for the comparator, the spikes and the
    refractory times.

    Raises
    ------
    NetlistError
        The input does not exceed the leak: no spike is to be expected.
    """
    net = input_current - 1.1 * neuron.leak_bias
    if net <= 0:
        raise NetlistError(f"input_current {input_current:g} A does not exceed the leak of {neuron.leak_bias:g} A")
    ramps = neuron.membrane_capacitance * (2.4 - min(initial_voltage, 0.0)) / net
    return INPUT_START + 1.3 * ramps + 0.35e-6


BENCH_VECTORS = ("v(mem)", "v(spk)", "v(xneuron.rst)", "v(vdd)", "i(vdd)", "i(vmem)", "i(vspk)", "i(vss)")
"""What every deck of `neuron_bench` saves."""


def neuron_bench(neuron: Neuron, technology: Technology, title: str) -> Circuit:
    """Supply, the cell with an ammeter in each lead, the spike's load. `mem_in` takes the input current."""
    circuit = new_circuit(f"{title}, {technology.name} {technology.corner}", neuron_definitions(technology))
    circuit.V("dd", "vdd", circuit.gnd, number(neuron.supply_voltage))
    add_neuron(circuit, neuron, "neuron", "mem", "vdd", "vss", "spk")
    circuit.V("ss", "vss", circuit.gnd, number(0.0))
    circuit.V("mem", "mem_in", "mem", number(0.0))
    circuit.V("spk", "spk", "load", number(0.0))
    circuit.C("load", "load", circuit.gnd, number(neuron.spike_load))
    return circuit


@lru_cache(maxsize=64)
def _bench_text(neuron: Neuron, technology: Technology, title: str) -> str:
    """The bench as text: all points of a table share it, and its ten elements as objects take 1 ms a deck."""
    return str(neuron_bench(neuron, technology, title)).rstrip()
