"""The encoders of `cells/encoders.cir` and `burst_encoder.cir`, and the bench in which one encodes a brightness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from measurements.errors import NetlistError
from netlists.checks import positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.neuron import TRANSIENT_OPTIONS
from netlists.technology import Technology, geometries_in

Kind = Literal["full", "parallel", "partial", "rate", "latency", "burst"]
ClockedKind = Literal["phase", "multiplexed"]
EncoderKind = Kind | ClockedKind
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Those that need no clock; `netlists.clockedencoder` has the others."""
START = 100e-9
"""The image begins after t = 0, so the operating point is the encoder at rest under its brightness [s]."""
START_EDGE = 1e-9
AFTER = 50e-9
"""Time after the image [s]."""
MAXIMUM_STEP = 2e-9
PINS = ("in", "start", "spk", "vdd", "vss")
HIGHEST_THRESHOLD = 1.35
"""Membrane at the spike in any corner, for the length of a run [V]."""
REFRACTORY_CHARGE = 12e-15
"""Refractory time times `refractory_bias` in any corner, for the length of a run [C]."""


@dataclass(frozen=True)
class _Kind:
    """Spikes that are waited for, the charge until then in units of C*V, and refractory times in it; the file of
    `netlists/cells` that holds it beside `encoders`.
    """

    spikes: int
    charges: float
    refractory: float
    file: str | None = None


_KINDS: Mapping[str, _Kind] = {
    "full": _Kind(2, 2.0, 1.0),
    "parallel": _Kind(3, 3.0, 0.0),
    "partial": _Kind(3, 5.0, 1.0),
    "rate": _Kind(2, 2.0, 0.1),
    "latency": _Kind(1, 1.0, 0.0),
    "burst": _Kind(2, 1.0, 1.0, "burst_encoder"),
    "phase": _Kind(2, 1.0, 0.0, "phase_encoders"),
    "multiplexed": _Kind(2, 3.0, 2.0, "phase_encoders"),
}


@dataclass(frozen=True)
class Encoder:
    """Knobs of an encoder; `cells/encoders.cir` and `cells/burst_encoder.cir` give the equations of each kind.

    Parameters
    ----------
    kind
        `full`, `parallel`, `partial`, `rate`, `latency` or `burst`.
    membrane_capacitance
        C; the parallel encoder has C, 2C and 3C [F].
    supply_voltage
        Supply [V].
    leak_bias, comparator_bias, refractory_bias
        Of every neuron in it [A].
    spike_load
        Capacitance that a spike drives [F].
    window
        Length of an image [s].
    """

    kind: EncoderKind = "full"
    membrane_capacitance: float = 200e-15
    supply_voltage: float = 1.8
    leak_bias: float = 3e-9
    comparator_bias: float = 50e-9
    refractory_bias: float = 60e-9
    spike_load: float = 20e-15
    window: float = 2e-6

    def __post_init__(self) -> None:
        if self.kind not in self.kinds:
            raise NetlistError(f"encoder {self.kind!r} is not among these; one of {', '.join(self.kinds)} is needed")
        for name in (
            "membrane_capacitance", "supply_voltage", "leak_bias", "comparator_bias", "refractory_bias", "spike_load",
            "window",
        ):  # fmt: skip
            positive(name, getattr(self, name))

    @property
    def kinds(self) -> tuple[EncoderKind, ...]:
        """Kinds that this class describes."""
        return KINDS

    @property
    def start(self) -> float:
        """Begin of the image [s]."""
        return START

    @property
    def subcircuit(self) -> str:
        """Name of the subcircuit."""
        return f"encoder_{self.kind}"

    @property
    def spikes(self) -> int:
        """Spikes by which all intervals of the code are known [1]."""
        return _KINDS[self.kind].spikes

    @property
    def cells(self) -> str:
        """Text of the files of `netlists/cells` that hold the neuron and the encoder."""
        more = _KINDS[self.kind].file
        return "\n".join(cell(name) for name in ("lif_neuron", "encoders", more) if name is not None)

    def code_time(self, input_current: float) -> float:
        """Longest time from start to the last of the code's `spikes` in any corner [s]."""
        kind = _KINDS[self.kind]
        ramp = kind.charges * self.membrane_capacitance * HIGHEST_THRESHOLD / (input_current - 2.0 * self.leak_bias)
        return ramp + kind.refractory * REFRACTORY_CHARGE / self.refractory_bias

    def stop_time(self, input_current: float) -> float:
        """End of a run that holds the whole window and, however dark, the code's `spikes` [s]."""
        return self.start + max(self.window, self.code_time(input_current) + 0.1 * self.window) + AFTER


def encoder_definitions(encoder: Encoder, technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, neuron and encoders; of a technology with a draw of its
    mismatch those that `encoder` needs, mismatched.
    """
    text = encoder.cells
    cards = technology.cards_for(geometries_in(text))
    if technology.mismatch_seed is not None:
        return [cards, mismatched_cells(text, [encoder.subcircuit], technology.mismatch_seed)]
    return [cards, cell("transistors"), text]


def encoder_deck(encoder: Encoder, technology: Technology, input_current: float) -> Deck:
    """A brightness `input_current` [A], and an image that begins at `START` and lasts to the end of the run.

    Saved: `v(pin_NAME)` and `i(vpin_NAME)` of every pin in `PINS`; the current of `in` flows into the cell, the others
    out of it.

    Raises
    ------
    NetlistError
        The current is not above four times the leak.
    """
    return encoder_bench(encoder, technology, input_current, PINS)


def encoder_bench(
    encoder: Encoder,
    technology: Technology,
    input_current: float,
    pins: Sequence[str],
    sources: Sequence[str] = (),
    inside: Sequence[str] = (),
) -> Deck:
    """The deck of an encoder with `pins` in the order of its subcircuit but for the supplies, which come last.

    `sources` are lines of what drives pins other than those in `PINS`; `inside` vectors saved beside those of the pins.

    Raises
    ------
    NetlistError
        As `encoder_deck`.
    """
    if not input_current > 4.0 * encoder.leak_bias:
        raise NetlistError(f"input_current is {input_current:g} A; more than 4 leak_bias is needed")
    high = number(encoder.supply_voltage)
    given = ("membrane_capacitance", "leak_bias", "comparator_bias", "refractory_bias")
    knobs = " ".join(f"{name}={number(getattr(encoder, name))}" for name in given)
    nodes = " ".join(f"pin_{name}" for name in pins)
    start = encoder.start
    lines = [
        f"Vpin_vdd pin_vdd 0 {high}",
        f"Vpin_vss pin_vss 0 {number(0.0)}",
        f"Vpin_start pin_start 0 PWL(0 0 {number(start)} 0 {number(start + START_EDGE)} {high})",
        f"Ibrightness 0 brightness {number(input_current)}",
        f"Vpin_in brightness pin_in {number(0.0)}",
        f"Vpin_spk pin_spk line {number(0.0)}",
        f"Cline line 0 {number(encoder.spike_load)}",
        *sources,
        f"Xencoder {nodes} {encoder.subcircuit} {knobs}",
    ]
    title = f"encoder {encoder.kind}, {technology.name} {technology.corner}"
    return compose(
        new_circuit(title, [*encoder_definitions(encoder, technology), "\n".join(lines)]),
        stop_time=encoder.stop_time(input_current),
        maximum_step=MAXIMUM_STEP,
        saved=[f"v(pin_{name})" for name in pins] + [f"i(vpin_{name})" for name in pins] + list(inside),
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
