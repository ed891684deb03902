"""Procedure `column_interface`: what a read pulse gives a membrane through the column interface, and its cost."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from circuits.measure import MeasureError, crossings, integrate
from circuits.waveforms import Waveforms
from netlists.columninterface import AMMETERS, PINS, ColumnInterface, column_interface_deck
from netlists.deck import Deck
from netlists.technology import Technology

from .procedure import GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

BANDWIDTH_OF_RISE = 0.35
"""Bandwidth times the 10 to 90 % rise time of a first-order system, ln(9)/(2 pi) [1]."""
STROBE_FALL = 4e-9
"""Time after the strobe in which the membrane's current is still counted [s]."""
OUTPUT = "i(vpin_mem)"
ANSWER = "answer"


@dataclass(frozen=True)
class ColumnInterfaceProcedure:
    """One pulse through one side of the interface, over side, current, cells at rest and membrane voltage.

    `input_current` is what the row would give to an ideal virtual ground: read_voltage over its resistance. The bench
    strobes twice, first without a pulse (offset) and then with it; gains are differences of the two.

    Parameters
    ----------
    interface, technology
        Cell, bench and transistor cards.
    sign, input_current, rest_conductance, membrane_voltage
        Grid [1], [A], [S], [V].
    """

    interface: ColumnInterface
    technology: Technology
    sign: tuple[int, ...] = (-1, 1)
    input_current: tuple[float, ...] = (5e-6, 2e-5, 6e-5, 1.2e-4, 2.2e-4, 4e-4)
    rest_conductance: tuple[float, ...] = (0.0, 5e-4, 1e-3, 1.8e-3, 3e-3)
    membrane_voltage: tuple[float, ...] = (0.2, 0.35, 0.5, 0.65, 0.8)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return "column_interface"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Gains, offsets, input resistance, speed, powers and energies."""
        return (
            Quantity("gain", "1", "output over input current at the end of the pulse, less the offset; + out of plus"),
            Quantity("charge_gain", "1", "output charge over input_current times pulse width, less the offset"),
            Quantity("offset_current", "A", "output current without a pulse, strobe high", error_floor=1e-6),
            Quantity("offset_charge", "C", "output charge of a strobe without a pulse", error_floor=1e-14),
            Quantity("column_offset", "V", "resting column less the voltage it is held at", error_floor=1e-3),
            Quantity("input_resistance", "ohm", "step of the column over that of its current", "log"),
            Quantity("delay", "s", "half of the row's edge to half of the output's rise", "log"),
            Quantity("bandwidth", "Hz", "0.35 over the 10 to 90 % rise time of the output", "log"),
            Quantity("static_power", "W", "from vdd between strobes", "log"),
            Quantity("bias_power", "W", "from the supply of the bias cell, which many interfaces share", "log"),
            Quantity("energy", "J", "from vdd during a strobe with its pulse, static power included", "log"),
            Quantity("strobe_energy", "J", "from the strobe's driver, both edges", error_floor=1e-15),
            Quantity("column_energy", "J", "that the pulse's column current brings into the interface", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Side, current, cells at rest, membrane."""
        return (
            GridAxis("sign", tuple(map(float, self.sign)), "1", "1 plus, -1 minus column", "category", integer=True),
            GridAxis("input_current", self.input_current, "A", "read voltage over the row's resistance", "log"),
            GridAxis("rest_conductance", self.rest_conductance, "S", "cells of each column that are not read"),
            GridAxis("membrane_voltage", self.membrane_voltage, "V", "membrane, held"),
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        return column_interface_deck(
            self.interface,
            self.technology,
            sign=round(point["sign"]),
            input_current=point["input_current"],
            rest_conductance=point["rest_conductance"],
            membrane_voltage=point["membrane_voltage"],
        )

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """Differences between the strobe with and the one without a pulse, and integrals."""
        cell = self.interface
        empty, full = cell.strobes
        width, end = cell.strobe_width, deck.stop_time
        column = "plus" if round(point["sign"]) == 1 else "minus"
        last = cell.pulse_start + cell.pulse_width - 0.1 * cell.edge_time
        steps = {
            vector: waveforms.at(vector, last) - waveforms.at(vector, empty - 1e-9)
            for vector in (f"v(pin_{column})", f"i(vpin_{column})")
        }
        answer = _answer(waveforms, cell)
        output, quiet = answer.at(ANSWER, last), (0.2 * empty, 0.9 * empty)
        before = entered(waveforms, (terminal(column),), empty, empty + width)
        return {
            **self.sums(point, waveforms),
            "gain": output / steps[f"i(vpin_{column})"],
            "input_resistance": steps[f"v(pin_{column})"] / steps[f"i(vpin_{column})"],
            **_edge(answer, cell, output),
            "bias_power": entered(waveforms, (terminal("vbias"),), *quiet) / (quiet[1] - quiet[0]),
            "energy": entered(waveforms, (terminal("vdd"),), full, full + width),
            "strobe_energy": entered(waveforms, (terminal("read"),), full - 1e-9, end),
            "column_energy": entered(waveforms, (terminal(column),), full, full + width) - before,
        }

    def sums(self, point: Point, waveforms: Waveforms) -> dict[str, float]:
        """Those quantities that need no edge of the output: charge gain, offsets, static power."""
        cell = self.interface
        empty, full = cell.strobes
        width, quiet = cell.strobe_width, (0.2 * empty, 0.9 * empty)
        column = "plus" if round(point["sign"]) == 1 else "minus"
        charge = _charge(_answer(waveforms, cell), ANSWER, full, full + width + STROBE_FALL)
        return {
            "charge_gain": charge / (point["input_current"] * cell.pulse_width),
            "offset_current": _charge(waveforms, OUTPUT, empty + 0.5 * width, empty + 0.9 * width) / (0.4 * width),
            "offset_charge": _charge(waveforms, OUTPUT, empty, empty + width + STROBE_FALL),
            "column_offset": waveforms.at(f"v(pin_{column})", quiet[1]) - cell.column_voltage,
            "static_power": entered(waveforms, (terminal("vdd"),), *quiet) / (quiet[1] - quiet[0]),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all terminals, or negative dissipation over the whole run [1]."""
        return terminal_closure(waveforms, [terminal(name) for name in PINS], (1e-9, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Interface and technology."""
        return {
            **{f"interface_{key}": value for key, value in dataclasses.asdict(self.interface).items()},
            "interface_strobe_width": self.interface.strobe_width,
            **technology_settings(self.technology),
        }


def terminal(name: str) -> Terminal:
    """A pin of the bench."""
    return pin_terminal(name, 1.0 if name in AMMETERS else -1.0)


def _charge(waveforms: Waveforms, vector: str, start: float, stop: float) -> float:
    """Integral of a current [C]."""
    return integrate(waveforms, ((1.0, vector, None),), start, stop, "charge")


def _answer(waveforms: Waveforms, cell: ColumnInterface) -> Waveforms:
    """What the pulse adds to the output: its current in the strobe with the pulse less that in the one without [A]."""
    empty, full = cell.strobes
    time, current = waveforms.time, waveforms.vector(OUTPUT)
    later = time >= full
    without = np.interp(time[later] - (full - empty), time, current)
    return Waveforms(time[later], {ANSWER: current[later] - without})


def _edge(answer: Waveforms, cell: ColumnInterface, output: float) -> dict[str, float]:
    """Delay and bandwidth of the answer's rise to `output` [A], its value at the end of the pulse."""
    times = {
        share: crossings(answer, ANSWER, share * output, rising=output > 0.0, start=cell.pulse_start)
        for share in (0.1, 0.5, 0.9)
    }
    missing = [share for share, found in times.items() if len(found) == 0]
    if missing:
        raise MeasureError(f"the output does not pass {missing[0]:.0%} of its step after {cell.pulse_start:g} s")
    half = float(times[0.5][0])
    before, after = times[0.1][times[0.1] < half], times[0.9][times[0.9] > half]
    if len(before) == 0 or len(after) == 0:
        raise MeasureError("the output's rise has no 10 or 90 % beside its half")
    low, high = float(before[-1]), float(after[0])
    return {
        "delay": half - cell.pulse_start - 0.5 * cell.edge_time,
        "bandwidth": BANDWIDTH_OF_RISE / (high - low),
    }
