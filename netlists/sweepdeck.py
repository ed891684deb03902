"""The dynamic memristor under a voltage sweep, as a deck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devicefit.card import DeviceCard
from measurements.errors import NetlistError
from netlists.checks import finite, positive
from netlists.composition import compose, new_circuit, number
from netlists.deck import Deck, Integral, Sample
from netlists.memristor import memristor_subcircuit

STEPS = 4000
"""Time steps of a sweep unless its deck is given a maximum step; one filament snap lies within one of them
[1].
"""


@dataclass(frozen=True)
class VoltageSweep:
    """A voltage that is linear between corners.

    Parameters
    ----------
    corners
        (time [s], voltage [V]) pairs, time rising from 0.
    """

    corners: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.corners) < 2 or self.corners[0][0] != 0.0:
            raise NetlistError(f"a sweep needs two or more corners from time 0 on; {self.corners!r} was given")
        for (before, _), (after, voltage) in zip(self.corners, self.corners[1:], strict=False):
            finite("sweep voltage [V]", voltage)
            if not after > before:
                raise NetlistError(f"the sweep's time runs from {before:g} s to {after:g} s; rising times are needed")

    @property
    def stop_time(self) -> float:
        """Time of the last corner [s]."""
        return self.corners[-1][0]


def triangle(highest: float, lowest: float, period: float, periods: int = 1) -> VoltageSweep:
    """A triangular sweep 0 -> highest -> 0 -> lowest -> 0 [V], a quarter of `period` [s] each way.

    >>> triangle(2.0, -1.0, 4.0).corners
    ((0.0, 0.0), (1.0, 2.0), (2.0, 0.0), (3.0, -1.0), (4.0, 0.0))
    """
    positive("period [s]", period)
    levels = (highest, 0.0, lowest, 0.0) * periods
    return VoltageSweep(((0.0, 0.0), *((period / 4 * (k + 1), level) for k, level in enumerate(levels))))


def usual_sweep(card: DeviceCard) -> VoltageSweep:
    """One triangle over the voltages and at the slowest ramp that the card's data cover.

    A card without a validity range gets twice its thresholds, at 1 V/s.
    """
    highest = card.validity.get("voltage_max", 2.0 * card.value("set_voltage"))
    lowest = card.validity.get("voltage_min", -2.0 * card.value("reset_voltage"))
    largest = max(abs(highest), abs(lowest))
    return triangle(highest, lowest, 4.0 * largest / card.validity.get("ramp_rate_min", 1.0))


def sweep_deck(
    card: DeviceCard,
    sweep: VoltageSweep | None = None,
    initial_state: float | None = None,
    maximum_step: float | None = None,
) -> Deck:
    """The device of `card` on an ideal voltage source.

    Saved: `v(te)` [V], `i(vte)` (minus the device current) [A], `v(xdevice.u)` (logit of the state) [1],
    `v(xdevice.rise)` (temperature rise) [K], `v(xdevice.n)` (filament voltage) [V]. Measures: `energy` from
    the source [J], `final_state` [1].

    Parameters
    ----------
    card, sweep
        Device and waveform; default: `usual_sweep(card)`.
    initial_state
        Logit at t = 0 [1]; default: off, minus the card's `state_limit`.
    maximum_step
        [s]; default: a 4000th of the sweep. Above a 1000th of a period the energy is wrong without a warning.
    """
    state = -card.value("state_limit") if initial_state is None else finite("initial_state", initial_state)
    sweep = usual_sweep(card) if sweep is None else sweep
    circuit = new_circuit(f"memristor {printable(card)}, voltage sweep", [memristor_subcircuit(card)])
    circuit.V("te", "te", circuit.gnd, pwl_text(sweep.corners))
    circuit.X("device", "memristor", "te", circuit.gnd, u0=number(state))
    return compose(
        circuit,
        stop_time=sweep.stop_time,
        maximum_step=sweep.stop_time / STEPS if maximum_step is None else maximum_step,
        saved=("v(te)", "i(vte)", "v(xdevice.u)", "v(xdevice.rise)", "v(xdevice.n)"),
        measures=(
            Integral("energy", ((-1.0, "v(te)", "i(vte)"),), 0.0, sweep.stop_time, "J"),
            Sample("final_state", "v(xdevice.u)", sweep.stop_time, "1"),
        ),
        options="method=gear",
    )


def pwl_text(corners: Sequence[tuple[float, float]]) -> str:
    """PWL source text, one corner a line so that no line grows without bound."""
    return "PWL(\n" + "\n".join(f"+ {number(time)} {number(voltage)}" for time, voltage in corners) + "\n+ )"


def printable(card: DeviceCard) -> str:
    """Device and cell for a title line, without what a title cannot hold."""
    return "".join(letter if letter.isprintable() else "?" for letter in f"{card.device} {card.cell}")
