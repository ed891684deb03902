"""The time-to-first-spike decoder of N inputs, composed of the cells in `cells/ttfs_decoder.cir`, and its bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.checks import not_negative, positive
from netlists.composition import cell, compose, new_circuit, number, piecewise_linear
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.technology import Technology, geometries_in

RESET_EDGE = 0.2e-9
"""Edge of the reset in the bench [s]."""
MAXIMUM_STEP = 0.2e-9
TRANSIENT_OPTIONS = "method=trap trtol=1 chgtol=1e-16"
CONTROL_LOAD = 10e-15
"""Capacitance on valid, tie and timeout in the bench [F]."""


@dataclass(frozen=True)
class Decoder:
    """Knobs of the decoder; `cells/ttfs_decoder.cir` draws the circuit and explains its sizes.

    Parameters
    ----------
    inputs
        Spiking inputs, of which the lowest index wins a tie [1].
    supply_voltage
        Supply [V].
    timer_bias
        Current out of the timer's bias pin; the time-out follows its inverse [A].
    timer_capacitance
        Capacitor of the timer [F].
    """

    inputs: int = 4
    supply_voltage: float = 1.8
    timer_bias: float = 0.2e-6
    timer_capacitance: float = 500e-15

    def __post_init__(self) -> None:
        if not 1 <= self.inputs <= 256:
            raise NetlistError(f"a decoder has 1 to 256 inputs, found {self.inputs}")
        for name in ("supply_voltage", "timer_bias", "timer_capacitance"):
            positive(name, getattr(self, name))

    @property
    def settling(self) -> float:
        """Time that the bench gives to a reset, and to a decision beside its delay, 10 ns and 1 ns an input [s]."""
        return 10e-9 + 1e-9 * self.inputs

    @property
    def subcircuit(self) -> str:
        """Name of the composed subcircuit."""
        return f"ttfs_decoder_{self.inputs}"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Pins that the decoder drives: `win0` ..., `valid`, `tie`, `timeout`."""
        return (*(f"win{k}" for k in range(self.inputs)), "valid", "tie", "timeout")

    @property
    def driven(self) -> tuple[str, ...]:
        """Pins that a source drives: `spk0` ..., `nreset`, `vdd`, `vss`."""
        return (*(f"spk{k}" for k in range(self.inputs)), "nreset", "vdd", "vss")

    @property
    def pins(self) -> tuple[str, ...]:
        """All pins in the order of the subcircuit."""
        return (*self.driven[: self.inputs], *self.outputs, "nreset", "timer_bias", "vdd", "vss")


def decoder_definitions(decoder: Decoder, technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), the cells, and the subcircuit of this many inputs, mismatched where the
    technology says so.
    """
    text = cell("ttfs_decoder")
    cards = technology.cards_for(geometries_in(text))
    if technology.mismatch_seed is not None:
        cells = f"{text}\n{decoder_subcircuit(decoder)}"
        return [cards, mismatched_cells(cells, [decoder.subcircuit], technology.mismatch_seed)]
    return [cards, cell("transistors"), text, decoder_subcircuit(decoder)]


def decoder_subcircuit(decoder: Decoder) -> str:
    """Text of `.subckt ttfs_decoder_N`: N channels, the time-out as the last of all, control and timer.

    >>> print(decoder_subcircuit(Decoder(inputs=1)).splitlines()[0])
    .subckt ttfs_decoder_1 spk0 win0 valid tie timeout nreset timer_bias vdd vss timer_capacitance=5.000000000e-13
    """
    last = decoder.inputs
    wires = "open valid nreset busy{0} free{0} busy{1} free{1} ntie vdd vss ttfs_channel"
    channels = [f"Xchannel{k} spk{k} win{k} {wires.format(k, k + 1)}" for k in range(last)]
    return "\n".join(
        [
            f".subckt {decoder.subcircuit} {' '.join(decoder.pins)}"
            f" timer_capacitance={number(decoder.timer_capacitance)}",
            "* the first channel finds nobody before it",
            "Vbusy busy0 vss 0",
            "Vfree free0 vdd 0",
            *channels,
            "Xtimer over nreset timer_bias vdd vss ttfs_timer timer_capacitance={timer_capacitance}",
            f"Xchannel{last} over timeout {wires.format(last, last + 1)}",
            "* valid waits as long as the chain of priority takes",
            *(f"Xwait{k} wait{k} wait{k + 1} vdd vss ttfs_wait" for k in range(last + 1)),
            f"Xcontrol open wait0 wait{last + 1} valid tie nreset ntie vdd vss ttfs_control",
            f".ends {decoder.subcircuit}",
        ]
    )


def decoder_deck(
    decoder: Decoder,
    technology: Technology,
    spikes: Mapping[int, float],
    *,
    reset_time: float,
    stop_time: float,
    input_transition: float = 0.3e-9,
    spike_width: float = 10e-9,
    output_load: float = 20e-15,
    maximum_step: float = MAXIMUM_STEP,
) -> Deck:
    """The decoder released at `Decoder.settling`, its inputs spiking, and reset again at `reset_time`.

    Saved: voltage `v(pin_NAME)` and current `i(vpin_NAME)` of every pin; the current flows out of the cell for
    `Decoder.outputs` and `timer_bias`, and is minus that into the cell for `Decoder.driven`, as ngspice signs sources.

    Parameters
    ----------
    spikes
        Time at which the edge of an input begins, by its index [s].
    reset_time, stop_time
        Reset and end of the run [s].
    input_transition
        Edges of the spikes, 0 to 100 % [s].
    spike_width
        Between the edges [s].
    output_load
        On every output that names an input [F].

    Raises
    ------
    NetlistError
        An input that is not there, or times out of order.
    """
    positive("input_transition [s]", input_transition)
    not_negative("output_load [F]", output_load)
    _check(decoder, list(spikes), [decoder.settling, *sorted(spikes.values()), reset_time, stop_time])
    title = f"ttfs decoder, {technology.name} {technology.corner}"
    circuit = new_circuit(title, decoder_definitions(decoder, technology))
    high = decoder.supply_voltage
    circuit.V("pin_vdd", "pin_vdd", circuit.gnd, number(high))
    circuit.V("pin_vss", "pin_vss", circuit.gnd, number(0.0))
    begin = decoder.settling
    release = (0.0, 0.0, begin, 0.0, begin + RESET_EDGE, high, reset_time, high, reset_time + RESET_EDGE, 0.0)
    circuit.V("pin_nreset", "pin_nreset", circuit.gnd, _piecewise(release))
    for k in range(decoder.inputs):
        wave = number(0.0)
        if k in spikes:
            rise = spikes[k] + input_transition
            fall = rise + spike_width
            wave = _piecewise((0.0, 0.0, spikes[k], 0.0, rise, high, fall, high, fall + input_transition, 0.0))
        circuit.V(f"pin_spk{k}", f"pin_spk{k}", circuit.gnd, wave)
    circuit.V("pin_timer_bias", "pin_timer_bias", "lead_timer_bias", number(0.0))
    circuit.I("timer_bias", "lead_timer_bias", circuit.gnd, number(decoder.timer_bias))
    for name in decoder.outputs:
        load = output_load if name.startswith("win") else CONTROL_LOAD
        circuit.V(f"pin_{name}", f"pin_{name}", f"lead_{name}", number(0.0))
        circuit.C(f"load_{name}", f"lead_{name}", circuit.gnd, number(max(load, 1e-18)))
    circuit.X("decoder", decoder.subcircuit, *(f"pin_{name}" for name in decoder.pins))
    return compose(
        circuit,
        stop_time=stop_time,
        maximum_step=maximum_step,
        saved=[f"v(pin_{name})" for name in decoder.pins] + [f"i(vpin_{name})" for name in decoder.pins],
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )


def _check(decoder: Decoder, inputs: Sequence[int], times: Sequence[float]) -> None:
    strange = [k for k in inputs if not 0 <= k < decoder.inputs]
    if strange:
        raise NetlistError(f"input {strange[0]} spikes, but the decoder has the inputs 0 to {decoder.inputs - 1}")
    if sorted(times) != list(times) or times[0] == times[1]:
        raise NetlistError(f"release, spikes, reset and end must follow each other, found {times} s")


def _piecewise(points: Sequence[float]) -> str:
    return piecewise_linear(points)
