"""The five encoders of `cells/encoders.cir` and the bench in which one encodes a brightness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from measurements.errors import NetlistError
from netlists.checks import positive
from netlists.composition import cell, compose, new_circuit, number
from netlists.deck import Deck
from netlists.mismatch import mismatched_cells
from netlists.neuron import TRANSIENT_OPTIONS
from netlists.technology import Technology, geometries_in

EncoderKind = Literal["full", "parallel", "partial", "rate", "latency"]
KINDS: tuple[EncoderKind, ...] = get_args(EncoderKind)
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
    """Spikes that are waited for, the charge until then in units of C*V, and refractory times in it."""

    spikes: int
    charges: float
    refractory: float


_KINDS: Mapping[str, _Kind] = {
    "full": _Kind(2, 2.0, 1.0),
    "parallel": _Kind(3, 3.0, 0.0),
    "partial": _Kind(3, 5.0, 1.0),
    "rate": _Kind(2, 2.0, 0.1),
    "latency": _Kind(1, 1.0, 0.0),
}


@dataclass(frozen=True)
class Encoder:
    """Knobs of an encoder; `cells/encoders.cir` gives the equations of each kind.

    Parameters
    ----------
    kind
        `full`, `parallel`, `partial`, `rate` or `latency`.
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
        if self.kind not in KINDS:
            raise NetlistError(f"encoder {self.kind!r} is unknown; one of {', '.join(KINDS)} is needed")
        for name in (
            "membrane_capacitance", "supply_voltage", "leak_bias", "comparator_bias", "refractory_bias", "spike_load",
            "window",
        ):  # fmt: skip
            positive(name, getattr(self, name))

    @property
    def subcircuit(self) -> str:
        """Name of the subcircuit."""
        return f"encoder_{self.kind}"

    @property
    def spikes(self) -> int:
        """Spikes by which all intervals of the code are known [1]."""
        return _KINDS[self.kind].spikes

    def stop_time(self, input_current: float) -> float:
        """End of a run that holds the whole window and, however dark, the code's `spikes` [s]."""
        kind = _KINDS[self.kind]
        ramp = kind.charges * self.membrane_capacitance * HIGHEST_THRESHOLD / (input_current - 2.0 * self.leak_bias)
        needed = ramp + kind.refractory * REFRACTORY_CHARGE / self.refractory_bias + 0.1 * self.window
        return START + max(self.window, needed) + AFTER


def encoder_definitions(encoder: Encoder, technology: Technology) -> list[str]:
    """Transistor cards (bins in use only), transistors, neuron and encoders; of a technology with a draw of its
    mismatch those that `encoder` needs, mismatched.
    """
    text = "\n".join([cell("lif_neuron"), cell("encoders")])
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
    if not input_current > 4.0 * encoder.leak_bias:
        raise NetlistError(f"input_current is {input_current:g} A; more than 4 leak_bias is needed")
    high = number(encoder.supply_voltage)
    given = ("membrane_capacitance", "leak_bias", "comparator_bias", "refractory_bias")
    knobs = " ".join(f"{name}={number(getattr(encoder, name))}" for name in given)
    lines = [
        f"Vpin_vdd pin_vdd 0 {high}",
        f"Vpin_vss pin_vss 0 {number(0.0)}",
        f"Vpin_start pin_start 0 PWL(0 0 {number(START)} 0 {number(START + START_EDGE)} {high})",
        f"Ibrightness 0 brightness {number(input_current)}",
        f"Vpin_in brightness pin_in {number(0.0)}",
        f"Vpin_spk pin_spk line {number(0.0)}",
        f"Cline line 0 {number(encoder.spike_load)}",
        f"Xencoder pin_in pin_start pin_spk pin_vdd pin_vss {encoder.subcircuit} {knobs}",
    ]
    title = f"encoder {encoder.kind}, {technology.name} {technology.corner}"
    return compose(
        new_circuit(title, [*encoder_definitions(encoder, technology), "\n".join(lines)]),
        stop_time=encoder.stop_time(input_current),
        maximum_step=MAXIMUM_STEP,
        saved=[f"v(pin_{name})" for name in PINS] + [f"i(vpin_{name})" for name in PINS],
        includes=(technology.source,),
        options=TRANSIENT_OPTIONS,
        temperature=technology.temperature,
    )
