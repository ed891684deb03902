"""A write pulse without a transient of transistors: the memristor's equations against the load line of its drivers.

    du/dt = f(u, s V),   I(s V, u) = s I_load(V),   0 <= V <= supply,   s the polarity of the pulse

The load line is taken once from ngspice; what is left out are the edges of the lines, nanoseconds of a pulse, and the
charge of lines and drain. It is the independent check of the transient, and what a program-and-verify loop of many
pulses can afford, for devices that take longer than the drain's time constant of some 100 ps to set. A faster one
sees the whole supply before the limit acts, ends far above the load line, and needs the transient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from circuits.waveforms import Waveforms
from devicefit.card import DeviceCard
from devicefit.models.registry import model_of
from measurements.errors import ConvergenceError, InputError
from netlists.deck import Deck
from netlists.technology import Technology
from netlists.writing import REST, WritePulse, load_line_deck

Array = NDArray[np.float64]
Run = Callable[[Deck], Waveforms]
"""Simulates a deck: `circuits.run_deck`, or `Engine.run`."""


@dataclass(frozen=True, eq=False)
class LoadLine:
    """Current that the drivers give over the voltage across the memristor, both in the direction of the pulse.

    Parameters
    ----------
    voltage, current
        Points of the line, voltage rising from 0, current falling (points,) [V], [A].
    """

    voltage: Array
    current: Array

    def __post_init__(self) -> None:
        if self.voltage.ndim != 1 or self.voltage.shape != self.current.shape or np.any(np.diff(self.voltage) <= 0.0):
            raise InputError(f"a load line needs rising voltages and as many currents, found {self.voltage.shape}")
        if self.current[0] <= 0.0 or self.current[-1] > 1e-3 * self.current[0]:
            raise InputError(
                f"the drivers give {self.current[0]:.3g} A into a short and {self.current[-1]:.3g} A against their own"
                " supply; a load line falls from a positive current to none"
            )

    def current_at(self, voltage: float) -> float:
        """Linear between points [A]."""
        return float(np.interp(voltage, self.voltage, self.current))


@dataclass(frozen=True, eq=False)
class Written:
    """What a pulse did: unknowns of the model after rest, energies [J], largest current [A]."""

    unknowns: Array
    device_energy: float
    pulse_energy: float
    peak_current: float


def load_line(pulse: WritePulse, technology: Technology, run: Run) -> LoadLine:
    """The load line of a pulse's drivers and select transistor, from one run of ngspice."""
    waves = run(load_line_deck(pulse, technology))
    volts, amperes = waves.vector("v(ramp)"), waves.vector("i(vramp)")
    kept = np.flatnonzero(np.diff(volts, prepend=-1.0) > 1e-9)
    return LoadLine(volts[kept], np.maximum(amperes[kept], 0.0))


def write_on_load_line(card: DeviceCard, pulse: WritePulse, line: LoadLine, start: Array) -> Written:
    """Unknowns, energies and current of one pulse and the rest after it.

    `pulse_energy` is supply times charge: lines and gates, picojoules, are not in it.

    Raises
    ------
    ConvergenceError
        The integration fails.
    """
    model = model_of(card)
    parameters = model.vector(card)
    sign = model.set_polarity * (1.0 if pulse.operation == "set" else -1.0)
    count = len(model.unknowns)
    slopes = np.empty(count)

    def drawn(voltage: float, unknowns: Array) -> float:
        return sign * model.response(parameters, sign * voltage, unknowns, slopes)

    def across(unknowns: Array) -> float:
        top = float(line.voltage[-1])
        if drawn(top, unknowns) <= line.current_at(top):
            return top
        return float(brentq(lambda v: drawn(v, unknowns) - line.current_at(v), 0.0, top, xtol=1e-9, rtol=1e-12))

    def driven(_time: float, state: Array) -> Array:
        voltage = across(state[:count])
        current = drawn(voltage, state[:count])
        return np.concatenate([slopes, [voltage * current, current]])

    def resting(_time: float, state: Array) -> Array:
        drawn(0.0, state)
        return slopes.copy()

    tolerance = np.array([unknown.tolerance for unknown in model.unknowns]) * 1e-2
    begin = np.concatenate([np.asarray(start, dtype=np.float64), [0.0, 0.0]])
    pushed = _solved(driven, begin, pulse.width, np.concatenate([tolerance, [1e-16, 1e-16]]))
    cooled = _solved(resting, pushed[:count, -1], REST, tolerance)
    peak = max(drawn(across(column), column) for column in pushed[:count].T)
    return Written(cooled[:, -1], float(pushed[count, -1]), float(pulse.voltage * pushed[count + 1, -1]), peak)


def _solved(slope: Callable[[float, Array], Array], start: Array, duration: float, tolerance: Array) -> Array:
    """States over the steps of the solver, shape (unknowns, steps)."""
    found = solve_ivp(slope, (0.0, duration), start, method="LSODA", rtol=1e-6, atol=tolerance)
    if not found.success or not np.all(np.isfinite(found.y)):
        raise ConvergenceError(f"a write of {duration:g} s was not integrated: {found.message}")
    return np.asarray(found.y)
