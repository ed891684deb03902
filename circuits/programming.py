"""Program and verify: pulses on a 1T1R cell until its conductance is that which is wanted, or the reason why not.

Too low: a set, whose end the word line's voltage decides; it starts low and rises by a step a pulse. Too high: a reset,
whose supply rises by a step a pulse. A set that overshoots brackets the target between two word voltages: after the
reset the next search starts at the lower one with half the step, down to `finest_step`. A device whose conductance
jumps over the window within the finest step cannot be programmed to it, and the result says so. Where every cycle is
drawn anew the same voltage ends elsewhere each time: the search then goes on at the finest step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from circuits.loadline import LoadLine, Run, Written, load_line, write_on_load_line
from circuits.procedures.write_pulse import conductance_of, unknowns_path
from devicefit.card import DeviceCard
from devicefit.cycles.draw import draw_device
from devicefit.models.registry import model_of
from measurements.errors import InputError
from netlists.technology import Technology
from netlists.writing import PULSE_START, REST, SUPPLIES, Operation, WritePulse, write_deck

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scheme:
    """How the loop drives the cell.

    Parameters
    ----------
    tolerance
        Largest |conductance/target - 1| that is accepted [1].
    width
        Of every pulse [s].
    set_voltage
        Supply of the row's driver in a set [V].
    lowest_word, highest_word, word_step, finest_step
        Word line's voltage in sets: range, first step, last step [V].
    reset_word
        Word line's voltage in resets [V].
    lowest_reset, highest_reset, reset_step
        Supply of the column's driver in resets [V].
    maximum_pulses
        After which the loop gives up [1].
    read_voltage, read_time
        Of the verification after every pulse [V], [s].
    """

    tolerance: float = 0.1
    width: float = 1e-6
    set_voltage: float = 5.0
    lowest_word: float = 1.0
    highest_word: float = 5.0
    word_step: float = 0.2
    finest_step: float = 0.005
    reset_word: float = 5.0
    lowest_reset: float = 2.0
    highest_reset: float = 4.5
    reset_step: float = 0.25
    maximum_pulses: int = 80
    read_voltage: float = 0.1
    read_time: float = 10e-9

    def __post_init__(self) -> None:
        for name in (
            "tolerance", "width", "set_voltage", "lowest_word", "word_step", "finest_step", "reset_word",
            "lowest_reset", "reset_step", "maximum_pulses", "read_voltage", "read_time",
        ):  # fmt: skip
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)!r}; a number above 0 is needed")
        if self.lowest_word >= self.highest_word or self.lowest_reset >= self.highest_reset:
            raise InputError("the lowest word or reset voltage must be below the highest")


@dataclass(frozen=True)
class Applied:
    """One pulse and what was read after it."""

    operation: Operation
    voltage: float
    word_voltage: float
    conductance: float
    energy: float


@dataclass(frozen=True, eq=False)
class Programmed:
    """Result of a loop: `reason` is empty where the target was reached.

    `energy` [J] is that of all pulses and verifications, `time` [s] theirs with the rests.
    """

    reached: bool
    reason: str
    target: float
    conductance: float
    unknowns: Array
    pulses: tuple[Applied, ...]
    energy: float
    time: float


class Writer(Protocol):
    """Applies a pulse to a cell in a state."""

    def write(self, card: DeviceCard, pulse: WritePulse, start: Array) -> Written:
        """Unknowns after the pulse and its rest, energies, current."""


@dataclass(frozen=True, eq=False)
class TransientWriter:
    """Every pulse is a transient of drivers, select transistor and memristor in ngspice; seconds a pulse."""

    technology: Technology
    run: Run

    def write(self, card: DeviceCard, pulse: WritePulse, start: Array) -> Written:
        """As `Writer`; `pulse_energy` is that of all supplies."""
        waves = self.run(write_deck(card, pulse, self.technology, start=start.tolist()))
        time, current = waves.time, waves.vector("i(vdevice)")
        across = waves.vector("v(row)") - waves.vector("v(mid)")
        power = sum(-waves.vector(f"v(pin_{name})") * waves.vector(f"i(vpin_{name})") for name in SUPPLIES)
        unknowns = unknowns_path(model_of(card), waves)[-1]
        return Written(
            unknowns,
            float(np.trapezoid(across * current, time)),
            float(np.trapezoid(power, time)),
            float(np.max(np.abs(current))),
        )


@dataclass(eq=False)
class LoadLineWriter:
    """Every pulse is integrated on the load line of its drivers; each voltage takes one run of ngspice, kept."""

    technology: Technology
    run: Run
    lines: dict[tuple[str, float, float], LoadLine] = field(default_factory=dict)

    def write(self, card: DeviceCard, pulse: WritePulse, start: Array) -> Written:
        """As `Writer`."""
        key = (pulse.operation, round(pulse.voltage, 6), round(pulse.word_voltage, 6))
        if key not in self.lines:
            self.lines[key] = load_line(pulse, self.technology, self.run)
        return write_on_load_line(card, pulse, self.lines[key], start)


def program(
    card: DeviceCard,
    target: float,
    writer: Writer,
    scheme: Scheme = Scheme(),
    *,
    start_fraction: float = 0.0,
    seed: int | None = None,
    pulse: Callable[..., WritePulse] = WritePulse,
) -> Programmed:
    """Drive a cell to a small-signal conductance.

    Parameters
    ----------
    card
        Device.
    target
        Conductance [S].
    writer
        `TransientWriter` or `LoadLineWriter`.
    start_fraction
        Conducting fraction at the beginning [1].
    seed
        Where given, the device is drawn anew from the card's cycle-to-cycle law before every reset: each cycle of set
        and reset is another one.
    pulse
        `WritePulse`, or it with other dimensions of the circuit filled in.

    Raises
    ------
    InputError
        A target that is not positive.
    FitError
        `seed` is given and the card holds no law.
    """
    if not target > 0.0:
        raise InputError(f"target conductance is {target!r} S; a number above 0 is needed")
    return _Loop(card, target, writer, scheme, seed, pulse).run(start_fraction)


class _Loop:
    """State of one search: the device of this cycle, where it stands, and the voltages tried."""

    def __init__(
        self, card: DeviceCard, target: float, writer: Writer, scheme: Scheme, seed: int | None,
        pulse: Callable[..., WritePulse],
    ) -> None:  # fmt: skip
        self.card, self.target, self.writer, self.scheme, self.seed, self.pulse = (
            card, target, writer, scheme, seed, pulse,
        )  # fmt: skip
        self.cycle = 0
        self.device = card if seed is None else draw_device(card, seed)
        self.pulses: list[Applied] = []
        self.step = scheme.word_step
        self.word = scheme.lowest_word
        self.reset = scheme.lowest_reset
        self.reading = 0.0

    def run(self, start_fraction: float) -> Programmed:
        model = model_of(self.device)
        self.unknowns = np.array(model.at_fraction(model.vector(self.device), start_fraction))
        scheme = self.scheme
        conductance = self._read()
        while abs(conductance / self.target - 1.0) > scheme.tolerance:
            if len(self.pulses) >= scheme.maximum_pulses:
                return self._ended(conductance, f"not reached within {scheme.maximum_pulses} pulses")
            reason = self._set() if conductance < self.target else self._reset(conductance)
            if reason:
                return self._ended(conductance, reason)
            conductance = self._read()
            self.pulses[-1] = replace(self.pulses[-1], conductance=conductance)
        return self._ended(conductance, "")

    def _set(self) -> str:
        """The next set; the reason where there is none."""
        if self.word > self.scheme.highest_word + 1e-9:
            return f"the strongest set, word line at {self.scheme.highest_word:g} V, ends below the target"
        self.reset = self.scheme.lowest_reset
        self._apply("set", self.scheme.set_voltage, self.word)
        self.word += self.step
        return ""

    def _reset(self, conductance: float) -> str:
        """The next reset; the reason where there is none. The first after a set narrows the search."""
        if self.pulses and self.pulses[-1].operation == "set":
            if self.pulses[-1].word_voltage <= self.scheme.lowest_word and self.pulses[-1].conductance > self.target:
                return f"the weakest set, word line at {self.scheme.lowest_word:g} V, ends above the target"
            if self.step < 2.0 * self.scheme.finest_step and self.seed is None:
                return (
                    f"abrupt: within {self.step:.3g} V of the word line the conductance jumps over the window,"
                    f" to {conductance:.3g} S"
                )
            self.word = max(self.word - 2.0 * self.step, self.scheme.lowest_word)
            self.step = max(0.5 * self.step, self.scheme.finest_step)
            if self.seed is not None:
                self.cycle += 1
                self.device = draw_device(self.card, self.seed + 1_000_003 * self.cycle)
        if self.reset > self.scheme.highest_reset + 1e-9:
            return f"the strongest reset, {self.scheme.highest_reset:g} V, leaves the conductance above the target"
        self._apply("reset", self.reset, self.scheme.reset_word)
        self.reset += self.scheme.reset_step
        return ""

    def _apply(self, operation: Operation, voltage: float, word: float) -> None:
        given = self.pulse(operation=operation, voltage=voltage, word_voltage=word, width=self.scheme.width)
        written = self.writer.write(self.device, given, self.unknowns)
        self.unknowns = written.unknowns
        self.pulses.append(Applied(operation, voltage, word, 0.0, written.pulse_energy))

    def _read(self) -> float:
        model = model_of(self.device)
        fraction = float(model.fraction(model.vector(self.device), self.unknowns[None, :])[0])
        conductance = conductance_of(self.device, min(max(fraction, 0.0), 1.0))
        self.reading += self.scheme.read_voltage**2 * conductance * self.scheme.read_time
        return conductance

    def _ended(self, conductance: float, reason: str) -> Programmed:
        count = len(self.pulses)
        energy = self.reading + sum(pulse.energy for pulse in self.pulses)
        time = count * (PULSE_START + self.scheme.width + REST) + (count + 1) * self.scheme.read_time
        return Programmed(not reason, reason, self.target, conductance, self.unknowns, tuple(self.pulses), energy, time)
