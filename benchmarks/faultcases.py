"""A procedure of small decks, some of them ill on purpose, and the numbers that are true for the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from circuits.engine import Engine
from circuits.measure import evaluate_all
from circuits.ngspice import find_ngspice
from circuits.procedures.procedure import GridAxis, Point, Quantity
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from netlists.composition import measure_line, number
from netlists.deck import Crossing, Deck, Integral

Illness = Literal["never ends", "does not converge", "measure fails"]
EXPECTED = {
    "never ends": (Status.TIMED_OUT, "killed after"),
    "does not converge": (Status.NOT_CONVERGED, "did not solve"),
    "measure fails": (Status.MEASURE_FAILED, "crossings"),
}
"""Status and part of the message of an ill deck."""


@dataclass(frozen=True)
class Charging:
    """A capacitor charged through a resistor: `count` cases, every one another circuit.

    Parameters
    ----------
    count
        Cases.
    ill
        What is wrong with a case, by its number.
    offset
        Added to the numbers of the cases, for circuits that nobody has simulated yet.
    time_constants
        Length of a run [1]; longer ones give a killer more time.
    """

    count: int
    ill: Mapping[int, Illness] = field(default_factory=dict)
    offset: int = 0
    time_constants: float = 6.0
    step_tolerance: float = 0.05
    closure_tolerance: float = 1e-6
    name: str = "charging"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Energy and delay."""
        return (Quantity("energy", "J", "source energy", "log"), Quantity("delay", "s", "time of half height", "log"))

    def axes(self) -> tuple[GridAxis, ...]:
        """The number of the case."""
        return (GridAxis("case", tuple(float(case) for case in range(self.count)), "1", "case", integer=True),)

    def deck(self, point: Point) -> Deck:
        """The circuit of one case, with its illness."""
        case = int(point["case"])
        illness = self.ill.get(case)
        resistance, capacitance = (
            500.0 + 7.0 * ((case + self.offset) % 1009),
            1e-12 * (1.0 + (case + self.offset) / 500),
        )
        tau = resistance * capacitance
        stop, step = self.time_constants * tau, tau / 100
        lines = [f"R1 in out {number(resistance)}", f"C1 out 0 {number(capacitance)}"]
        if illness == "never ends":
            stop, step = 1.0, 1e-12
        if illness == "does not converge":
            lines += ["R9 out ill 1", "B1 ill 0 I=v(ill)*v(ill)+1e6*v(in)"]
        level = 5.0 if illness == "measure fails" else 0.5
        measures = (
            Integral("energy", ((-1.0, "v(in)", "i(vin)"),), 0.0, stop, "J"),
            Crossing("delay", "v(out)", level, "rise"),
        )
        saved = ("v(in)", "v(out)", "i(vin)")
        text = "\n".join(
            [
                "charging",
                f"Vin in 0 PULSE(0 1 0 {number(step)} {number(step)} 1 2)",
                *lines,
                ".options reltol=1e-4",
                *(f".save {name}" for name in saved),
                *(measure_line(measure) for measure in measures),
                f".tran {number(step)} {number(stop)} 0 {number(step)}",
                ".end\n",
            ]
        )
        return Deck(text, stop, step, saved, measures)

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:  # noqa: ARG002
        """The measures of the deck."""
        return evaluate_all(deck, waveforms)

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Nothing to conserve [1]."""
        return 0.0

    def settings(self) -> dict[str, str | float]:
        """Nothing beside the deck."""
        return {}


def truth(procedure: Charging) -> dict[int, dict[str, float]]:
    """What the well cases give in ngspice processes of their own, undisturbed, by case."""
    engine = Engine(find_ngspice(), use_library=False)
    cases = (case for case in range(procedure.count) if case not in procedure.ill)
    return {case: dict(simulate_point(procedure, {"case": float(case)}, engine).quantities) for case in cases}
