"""Procedures `write_pulse_set` and `write_pulse_reset`: a 1T1R cell is written by transistors."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from circuits.measure import integrate
from circuits.waveforms import Waveforms
from devicefit.card import DeviceCard
from devicefit.models.model import CompactModel
from devicefit.models.registry import model_of
from devicefit.models.static import small_signal_resistance
from netlists.deck import Deck
from netlists.technology import Technology
from netlists.writing import LOGIC_EDGE, PINS, PULSE_START, SUPPLIES, WORD_START, WritePulse, write_deck

from .origin import card_digest
from .procedure import DidNotFire, GridAxis, Point, Quantity, technology_settings
from .terminals import Terminal, entered, pin_terminal, terminal_closure

Array = NDArray[np.float64]
BEGIN = 0.5 * WORD_START
SMALLEST_CHANGE = 0.01
"""Change of ln(conductance) below which a pulse is said not to have written: `did_not_fire` [1]."""


@dataclass(frozen=True, eq=False)
class WritePulseProcedure:
    """Energy, final state and time of one pulse over its voltage, the word line's voltage and its width.

    Parameters
    ----------
    card, pulse, technology
        Device; operation, select transistor and lines; transistor cards.
    start_fraction
        Conducting fraction before the pulse; None for off before a set and on before a reset [1].
    voltage, word_voltage, width
        Grid [V], [V], [s].
    """

    card: DeviceCard
    pulse: WritePulse
    technology: Technology
    start_fraction: float | None = None
    voltage: tuple[float, ...] = (4.5, 5.0)
    word_voltage: tuple[float, ...] = (1.5, 2.0, 3.0)
    width: tuple[float, ...] = (2e-7, 1e-6)
    step_tolerance: float = 0.02
    closure_tolerance: float = 1e-4

    @property
    def name(self) -> str:
        """Name of the table."""
        return f"write_pulse_{self.pulse.operation}"

    @property
    def measured(self) -> tuple[Quantity, ...]:
        """Final state, time, energies, current."""
        return (
            Quantity("conductance", "S", "small-signal, after the pulse", "log"),
            Quantity("fraction", "1", "conducting, after the pulse", "linear", 0.01),
            Quantity("switch_time", "s", "from the driver's input until ln(conductance) has made half its way", "log"),
            Quantity("energy", "J", "from all supplies", "log"),
            Quantity("pulse_energy", "J", "from the supply of the driver that gives the pulse", "log"),
            Quantity("word_energy", "J", "from the supply of the word line", "log"),
            Quantity("device_energy", "J", "into the memristor", "log"),
            Quantity("charge", "C", "through the memristor", "log"),
            Quantity("peak_current", "A", "through the memristor", "log"),
        )

    def axes(self) -> tuple[GridAxis, ...]:
        """Pulse and word line."""
        return (
            GridAxis("voltage", self.voltage, "V", "supply of the driver that gives the pulse"),
            GridAxis("word_voltage", self.word_voltage, "V", "word line, which limits the current"),
            GridAxis("width", self.width, "s", "of the pulse", "log"),
        )

    def pulse_at(self, point: Point) -> WritePulse:
        """The pulse of one point."""
        return dataclasses.replace(
            self.pulse, voltage=point["voltage"], word_voltage=point["word_voltage"], width=point["width"]
        )

    def deck(self, point: Point) -> Deck:
        """The deck of one point."""
        model = model_of(self.card)
        start = model.at_fraction(model.vector(self.card), self._start)
        return write_deck(self.card, self.pulse_at(point), self.technology, start=start.tolist())

    def quantities(self, point: Point, deck: Deck, waveforms: Waveforms) -> dict[str, float]:
        """The state's path, and integrals of supplies and device."""
        pulse, stop = self.pulse_at(point), deck.stop_time
        model = model_of(self.card)
        path = fraction_path(model, self.card, waveforms)
        before, after = (conductance_of(self.card, float(value)) for value in (path[0], path[-1]))
        if abs(math.log(after / before)) < SMALLEST_CHANGE:
            raise DidNotFire(f"the pulse does not write: conductance {before:.4g} S before, {after:.4g} S after")
        driving = terminal("vset" if pulse.operation == "set" else "vreset")
        current = waveforms.vector("i(vdevice)")
        across = ((1.0, "v(row)", "i(vdevice)"), (-1.0, "v(mid)", "i(vdevice)"))
        return {
            "conductance": after,
            "fraction": float(path[-1]),
            "switch_time": _passed(self.card, waveforms.time, path) - PULSE_START - 0.5 * LOGIC_EDGE,
            "energy": entered(waveforms, [terminal(name) for name in SUPPLIES], BEGIN, stop),
            "pulse_energy": entered(waveforms, [driving], BEGIN, stop),
            "word_energy": entered(waveforms, [terminal("vword")], BEGIN, stop),
            "device_energy": integrate(waveforms, across, BEGIN, stop, "device energy"),
            "charge": abs(integrate(waveforms, ((1.0, "i(vdevice)", None),), BEGIN, stop, "charge")),
            "peak_current": float(np.max(np.abs(current))),
        }

    def closure_error(self, point: Point, deck: Deck, waveforms: Waveforms) -> float:  # noqa: ARG002
        """Charge imbalance over all pins, or negative dissipation from rest to rest [1]."""
        return terminal_closure(waveforms, [terminal(name) for name in PINS], (BEGIN, deck.stop_time))

    def settings(self) -> dict[str, str | float]:
        """Device, select transistor, lines and technology."""
        return {
            "operation": self.pulse.operation,
            "select_width": self.pulse.select_width,
            "line_capacitance": self.pulse.line_capacitance,
            "start_fraction": self._start,
            "device": self.card.label,
            "device_sha256": card_digest(self.card),
            **technology_settings(self.technology),
        }

    @property
    def _start(self) -> float:
        given = self.start_fraction
        return given if given is not None else (0.0 if self.pulse.operation == "set" else 1.0)


def terminal(name: str) -> Terminal:
    """A pin of the bench; the current of a source leaves the cell."""
    return pin_terminal(name, -1.0)


def unknowns_path(model: CompactModel, waveforms: Waveforms) -> Array:
    """Unknowns of the memristor over the run, shape (points, unknowns), in their units."""
    return np.stack([waveforms.vector(f"v(xdevice.{unknown.node})") for unknown in model.unknowns], axis=1)


def fraction_path(model: CompactModel, card: DeviceCard, waveforms: Waveforms) -> Array:
    """Conducting fraction over the run, shape (points,) [1]."""
    return np.clip(model.fraction(model.vector(card), unknowns_path(model, waveforms)), 0.0, 1.0)


def conductance_of(card: DeviceCard, fraction: float) -> float:
    """Small-signal conductance of a frozen state [S]."""
    model = model_of(card)
    return 1.0 / small_signal_resistance(model.name, tuple(model.vector(card)), fraction)


def _passed(card: DeviceCard, time: Array, path: Array) -> float:
    """Time at which the fraction passes the one whose conductance is the geometric mean of first and last [s]."""
    first, last = float(path[0]), float(path[-1])
    middle = math.sqrt(conductance_of(card, first) * conductance_of(card, last))
    low, high = sorted((first, last))
    wanted = brentq(lambda value: conductance_of(card, value) - middle, low, high, xtol=1e-15, rtol=1e-10)
    ahead = (path - wanted) * math.copysign(1.0, last - first) >= 0.0
    index = int(np.argmax(ahead))
    before, after = path[index - 1], path[index]
    return float(time[index - 1] + (time[index] - time[index - 1]) * (wanted - before) / (after - before))
