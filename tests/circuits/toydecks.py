"""Hand-written decks and a procedure with known answers."""

from __future__ import annotations

import math
import os
import signal
from dataclasses import dataclass, field

import numpy as np

from circuits.measure import evaluate_all
from circuits.procedures.procedure import DidNotFire, GridAxis, Point, Quantity
from circuits.waveforms import Waveforms
from netlists.composition import measure_line
from netlists.deck import Crossing, Deck, Integral, Measure

RISE = 1e-10


def toy_deck(
    elements: str,
    stop_time: float,
    maximum_step: float,
    saved: tuple[str, ...],
    measures: tuple[Measure, ...] = (),
) -> Deck:
    lines = ["toy", elements.strip(), ".options reltol=1e-5"]
    lines += [f".save {vector}" for vector in saved]
    lines += [measure_line(measure) for measure in measures]
    lines += [f".tran {maximum_step:.9e} {stop_time:.9e} 0 {maximum_step:.9e}", ".end"]
    return Deck("\n".join(lines) + "\n", stop_time, maximum_step, saved, measures)


def rc_deck(resistance: float = 1e3, capacitance: float = 10e-12, height: float = 1.0) -> Deck:
    """A capacitor charged through a resistor by a step of 0.1 ns rise, watched for 12 time constants."""
    tau = resistance * capacitance
    stop = 12 * tau
    elements = f"""
V1 in 0 PULSE(0 {height} 0 {RISE} {RISE} 1 2)
R1 in out {resistance}
C1 out 0 {capacitance}
"""
    g = 1.0 / resistance
    heat = ((g, "v(in)", "v(in)"), (-2 * g, "v(in)", "v(out)"), (g, "v(out)", "v(out)"))
    measures = (
        Integral("energy", ((-1.0, "v(in)", "i(v1)"),), 0.0, stop, "J"),
        Integral("heat", heat, 0.0, stop, "J"),
        Crossing("delay", "v(out)", 0.5 * height, "rise"),
    )
    return toy_deck(elements, stop, tau / 1000, ("v(in)", "v(out)", "i(v1)"), measures)


def rc_answers(resistance: float = 1e3, capacitance: float = 10e-12, height: float = 1.0) -> dict[str, float]:
    """The same by hand, for the ramp of RISE: source energy, heat in the resistor, time of half height."""
    tau = resistance * capacitance
    ratio = tau / RISE
    heat = capacitance * height**2 * ratio * (1.0 - ratio * (1.0 - math.exp(-1.0 / ratio)))
    delay = tau * math.log(2.0 * ratio * math.expm1(1.0 / ratio))
    return {"energy": heat + 0.5 * capacitance * height**2, "heat": heat, "delay": delay}


def assert_same(one: Waveforms, other: Waveforms) -> None:
    assert set(one.vectors) == set(other.vectors)
    assert one.time.tobytes() == other.time.tobytes()
    for name, values in one.vectors.items():
        assert np.array_equal(values, other.vectors[name]), name


FLOATING = toy_deck("I1 0 a 1u\nC1 a 0 1p\nV1 b 0 1\nR2 b 0 1k", 1e-8, 1e-9, ("v(a)",))
NO_SOLUTION = toy_deck("V1 a 0 PWL(0 2 10n 0)\nR1 a b 1\nB1 b 0 I=v(b)*v(b)+1", 1e-8, 1e-9, ("v(b)",))
UNKNOWN_MODEL = toy_deck("V1 b 0 1\nD1 b 0 nomodel", 1e-8, 1e-9, ("v(b)",))
UNKNOWN_PARAMETER = toy_deck("V1 b 0 {missing}\nR1 b 0 1", 1e-8, 1e-9, ("v(b)",))
MISSING_VECTOR = toy_deck("V1 b 0 1\nR1 b 0 1", 1e-8, 1e-9, ("v(b)", "v(nowhere)"))
ENDLESS = toy_deck("V1 b 0 SIN(0 1 1g)\nR1 b c 1k\nC1 c 0 1p", 1.0, 1e-11, ("v(c)",))


@dataclass(frozen=True)
class ToyRC:
    """Charging energy and delay of an RC over R and C; `quiet_below` [V] stands for a neuron's threshold."""

    resistance: tuple[float, ...] = (500.0, 1e3, 2e3, 4e3)
    capacitance: tuple[float, ...] = (5e-12, 1e-11, 3e-11)
    height: float = 1.0
    quiet_capacitance: float = 1.0
    stop_factor: float = 1.0
    closure: float = 0.0
    step_tolerance: float = 0.01
    closure_tolerance: float = 1e-3
    name: str = "toy_rc"
    measured: tuple[Quantity, ...] = field(
        default=(
            Quantity("energy", "J", "source energy", "log"),
            Quantity("heat", "J", "heat in the resistor", "log"),
            Quantity("delay", "s", "time of half height", "log"),
        )
    )

    def axes(self) -> tuple[GridAxis, ...]:
        return (
            GridAxis("resistance", self.resistance, "ohm", "series resistance", "log"),
            GridAxis("capacitance", self.capacitance, "F", "capacitance", "log"),
        )

    def deck(self, point: Point) -> Deck:
        return rc_deck(point["resistance"], point["capacitance"], self.height)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        if point["capacitance"] >= self.quiet_capacitance:
            raise DidNotFire("quiet")
        return evaluate_all(deck, waveforms)

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:
        measured = evaluate_all(deck, waveforms)
        stored = 0.5 * point["capacitance"] * float(waveforms.vector("v(out)")[-1]) ** 2
        return self.closure + abs(measured["energy"] - measured["heat"] - stored) / measured["energy"]

    def settings(self) -> dict[str, str | float]:
        return {"height": self.height}


@dataclass(frozen=True)
class DeadlyRC(ToyRC):
    """Kills the cluster worker that composes its deck at 777 ohm."""

    name: str = "deadly"

    def deck(self, point: Point) -> Deck:
        if point["resistance"] == 777.0 and os.environ.get("MEMCHAR_TEST_WORKER"):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().deck(point)
