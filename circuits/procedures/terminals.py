"""Energy and conservation at the terminals of a cell, from a voltage and a current that the deck saves for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from circuits.measure import integrate
from circuits.waveforms import Waveforms

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Terminal:
    """A pin's saved `voltage` and `current`; `inward` (1 or -1) times the current flows into the cell."""

    voltage: str
    current: str
    inward: float


def pin_terminal(name: str, inward: float) -> Terminal:
    """A pin of a bench that saves `v(pin_NAME)` and, of the source `Vpin_NAME` on it, the current."""
    return Terminal(f"v(pin_{name})", f"i(vpin_{name})", inward)


def entered(waveforms: Waveforms, terminals: Sequence[Terminal], start: float, stop: float) -> float:
    """Energy that enters a cell through the terminals from `start` to `stop` [s], in [J]."""
    terms = tuple((terminal.inward, terminal.voltage, terminal.current) for terminal in terminals)
    return integrate(waveforms, terms, start, stop, "energy")


def terminal_closure(waveforms: Waveforms, terminals: Sequence[Terminal], window: tuple[float, float]) -> float:
    """Relative violation of charge conservation and of the second law in a cell [1].

    Charge: the integral of |sum of the currents into all terminals| over half of the integral of the sum of their
    absolute values; current that takes a way past the terminals, through node 0 inside the cell say, is an imbalance.
    Energy: what the terminals give from `window[0]` to `window[1]` [s], between two like moments, is dissipated and
    cannot be negative; if it is, its size over the integral of the absolute powers. The point t = 0 is left out, for
    its currents include the one with which `.ic` holds a node.
    """
    time = waveforms.time[1:]
    currents = np.stack([terminal.inward * waveforms.vector(terminal.current)[1:] for terminal in terminals])
    voltages = np.stack([waveforms.vector(terminal.voltage)[1:] for terminal in terminals])
    moved = 0.5 * _integral(np.sum(np.abs(currents), axis=0), time)
    charge = _integral(np.abs(np.sum(currents, axis=0)), time) / moved if moved > 0.0 else 0.0
    inside = (time >= window[0]) & (time <= window[1])
    powers = (voltages * currents)[:, inside]
    gross = _integral(np.sum(np.abs(powers), axis=0), time[inside])
    net = _integral(np.sum(powers, axis=0), time[inside])
    return max(charge, -net / gross if gross > 0.0 else 0.0)


def _integral(values: Array, time: Array) -> float:
    return float(np.trapezoid(values, time))
