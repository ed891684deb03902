"""Threshold current of a spiking cell, narrowed down by bisection after its table was made."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .cache import Cache
from .engine import Engine
from .ngspice import find_ngspice
from .procedures.spiking_cell import SpikingCellProcedure
from .runner import DEFAULT_TIMEOUT
from .simulate import simulate_point
from .status import Status

MOST_RUNS = 20
STEP = "step_error_interval"


@dataclass(frozen=True)
class Rheobase:
    """The threshold current lies between `silent` and `firing` [A]; either is None where it was not found."""

    silent: float | None
    firing: float | None

    def described(self) -> str:
        """For a person.

        >>> Rheobase(1e-10, 1.1e-10).described()
        'between 1e-10 A and 1.1e-10 A'
        >>> Rheobase(None, 1e-9).described()
        'below 1e-09 A, the lowest current of the grid'
        """
        if self.silent is None and self.firing is None:
            return "not found: no point of the grid says whether the cell fires"
        if self.silent is None:
            return f"below {self.firing:.3g} A, the lowest current of the grid"
        if self.firing is None:
            return f"above {self.silent:.3g} A, the highest current of the grid"
        return f"between {self.silent:.3g} A and {self.firing:.3g} A"


def bracket(table: xr.Dataset) -> Rheobase:
    """The last silent current below the first firing one in a table of `spiking_cell`."""
    current, status = table["input_current"].to_numpy(), table["status"].to_numpy()
    fires = _fires(status, table[STEP].to_numpy())
    first = float(current[fires].min()) if np.any(fires) else None
    silent = current[(status == Status.DID_NOT_FIRE) & (current < (math.inf if first is None else first))]
    return Rheobase(float(silent.max()) if silent.size else None, first)


def _fires(status: NDArray[np.int32], interval_error: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Points where the cell fires, well measured or not.

    A failed measure is one of fewer than three spikes; a point that halving the step changes has an error of its
    interval only where it fired at both steps.
    """
    seen: NDArray[np.bool_] = np.isin(status, (Status.OK, Status.MEASURE_FAILED)) | np.isfinite(interval_error)
    return seen


def find_rheobase(
    procedure: SpikingCellProcedure,
    table: xr.Dataset,
    *,
    ratio: float = 1.05,
    cache: Cache | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Rheobase:
    """Halve the bracket of the table, on a logarithmic scale, until its ends differ by no more than `ratio`.

    A current at which the cell is silent at one step size and fires at half of it, or at which it is not solved, ends
    the search: the bracket found so far is given.
    """
    found = bracket(table)
    engine = Engine(find_ngspice())
    try:
        for _ in range(MOST_RUNS):
            if found.silent is None or found.firing is None or found.firing <= ratio * found.silent:
                break
            current = math.sqrt(found.silent * found.firing)
            result = simulate_point(procedure, {"input_current": current}, engine, timeout=timeout, cache=cache)
            if result.status == Status.DID_NOT_FIRE:
                found = Rheobase(current, found.firing)
            elif _fires(np.array([result.status]), np.array([result.diagnostics.get(STEP, math.nan)]))[0]:
                found = Rheobase(found.silent, current)
            else:
                break
    finally:
        engine.close()
    return found


@dataclass(frozen=True)
class IntervalLaw:
    """Intervals of a table as charge/(I - leak) + refractory_period.

    Parameters
    ----------
    charge
        Input charge of one spike [C].
    leak
        Input that is lost [A].
    refractory_period, refractory_error
        Part of the interval that no input shortens, and its standard error [s].
    worst
        Largest relative distance of a point of the table from the law [1].
    """

    charge: float
    leak: float
    refractory_period: float
    refractory_error: float
    worst: float

    @property
    def shows(self) -> bool:
        """True where the refractory period is told from 0 by three standard errors."""
        return self.refractory_period > 3.0 * self.refractory_error


def interval_law(table: xr.Dataset) -> IntervalLaw | None:
    """Least squares of relative residuals over the points that have numbers; None with fewer than five of them."""
    from lmfit import Parameters, minimize

    fired = table["status"].to_numpy() == Status.OK
    current, interval = table["input_current"].to_numpy()[fired], table["interval"].to_numpy()[fired]
    if len(current) < 5:
        return None
    charge, shortest = float(np.median(current * interval)), float(interval.min())
    start = Parameters()
    start.add("charge", 1.0, min=1e-3)
    start.add("leak", 0.1, min=0.0, max=0.999)
    start.add("refractory", 0.1, min=0.0, max=1.0)

    def law(values: Parameters) -> NDArray[np.float64]:
        net = current - float(values["leak"].value) * current[0]
        found: NDArray[np.float64] = charge * float(values["charge"].value) / net
        return found + shortest * float(values["refractory"].value)

    fit = minimize(lambda values: law(values) / interval - 1.0, start)
    error = fit.params["refractory"].stderr
    return IntervalLaw(
        charge=charge * fit.params["charge"].value,
        leak=float(current[0]) * fit.params["leak"].value,
        refractory_period=shortest * fit.params["refractory"].value,
        refractory_error=shortest * error if error is not None else math.inf,
        worst=float(np.max(np.abs(law(fit.params) / interval - 1.0))),
    )
