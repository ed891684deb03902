"""The two encoders of `cells/phase_encoders.cir` that follow a phase clock, and their bench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from measurements.errors import NetlistError
from netlists.checks import positive
from netlists.composition import number
from netlists.deck import Deck
from netlists.encoder import PINS, START, ClockedKind, Encoder, EncoderKind, encoder_bench
from netlists.technology import Technology

CLOCKED_KINDS: tuple[EncoderKind, ...] = get_args(ClockedKind)
CLOCK = "phase"
"""Pin of the clock."""
CLOCKED_PINS = ("in", "start", CLOCK, *PINS[2:])
CLOCK_EDGE = 1e-9
RAMP = "v(xencoder.isi)"
"""Saved vector of the spikes of the multiplexed encoder before the clock."""


@dataclass(frozen=True)
class ClockedEncoder(Encoder):
    """Knobs of an encoder with a phase clock, beside those of `Encoder`.

    Parameters
    ----------
    kind
        `phase` or `multiplexed`.
    period
        Of the clock [s].
    clock_high
        Time that the clock is high in each period: `phase` starts anew when it has been low, `multiplexed` sends spikes
        as wide as this [s].
    """

    kind: EncoderKind = "phase"
    period: float = 400e-9
    clock_high: float = 380e-9

    def __post_init__(self) -> None:
        super().__post_init__()
        positive("clock_high", self.clock_high)
        if not self.clock_high + 2.0 * CLOCK_EDGE < self.period:
            raise NetlistError(
                f"clock_high is {self.clock_high:g} s; less than period - {2.0 * CLOCK_EDGE:g} s is needed, "
                f"period is {self.period:g} s"
            )

    @property
    def kinds(self) -> tuple[EncoderKind, ...]:
        """See `Encoder`."""
        return CLOCKED_KINDS

    @property
    def start(self) -> float:
        """Begin of the image, a whole period of the running clock after `START` [s]."""
        return START + self.period

    def code_time(self, input_current: float) -> float:
        """See `Encoder`: the clock makes it longer by a period."""
        return super().code_time(input_current) + self.period


SHIPPED = (
    ClockedEncoder("phase"),
    ClockedEncoder("multiplexed", period=100e-9, clock_high=10e-9),
)
"""With the periods of `evaluator.encoders`."""


def clocked_encoder_deck(encoder: ClockedEncoder, technology: Technology, input_current: float) -> Deck:
    """As `encoder_deck`; the clock rises at `START`, every period from there, and so with the image.

    Saved besides: pin `phase`, and `RAMP` of the multiplexed encoder.

    Raises
    ------
    NetlistError
        The current is not above four times the leak.
    """
    times = (START, CLOCK_EDGE, CLOCK_EDGE, encoder.clock_high - CLOCK_EDGE, encoder.period)
    pulse = " ".join(number(value) for value in (0.0, encoder.supply_voltage, *times))
    inside = (RAMP,) if encoder.kind == "multiplexed" else ()
    clock = (f"Vpin_{CLOCK} pin_{CLOCK} 0 PULSE({pulse})",)
    return encoder_bench(encoder, technology, input_current, CLOCKED_PINS, clock, inside)
