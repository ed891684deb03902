"""Points of a sweep a millisecond that each compact model integrates, beside LSODA on the same compiled equations.

Each model runs one triangle of 1000 points that switches it both ways. The peer may step at most a hundredth of the
period, so that it cannot step over an event; its current is not evaluated at the samples.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numba
import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.figures import Figure, main
from devicefit import DeviceCard, reference_truth
from devicefit.models.model import CompactModel
from devicefit.models.registry import MODELS
from devicefit.models.simulation import simulate_model, tolerances
from devicefit.numerics import FloatArray

# First and second peak of the triangle [V] and its period [s], for the first published card of each model.
SWEEPS = {
    "threshold-memdiode": (4.0, -2.0, 1e-3),
    "dynamic-memdiode": (1.1, -2.5, 10.0),
    "stanford-gap": (1.2, -1.5, 1e-2),
    "vteam": (-0.4, 0.3, 1.0),
    "yakopcic": (0.5, -1.5, 1.0),
    "sky130-reram": (2.4, -1.6, 1e-6),
    "ecm": (4.0, -3.0, 14.0),
    "jart-vcm-v1b": (-1.5, 1.5, 6e-5),
    "quasi-static-table": (2.2, -1.7, 1e-3),
}
_POINTS = 1000
_RUNS = 20


def _fastest(run: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest of `runs` runs, after one that compiles."""
    run()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _peer(model: CompactModel, card: DeviceCard, instants: FloatArray, voltage: FloatArray) -> Callable[[], object]:
    """LSODA on the same equations."""
    equations, parameters = numba.njit(model.response), model.vector(card)
    slopes = np.zeros(len(model.unknowns))

    def right(t: float, unknowns: FloatArray) -> FloatArray:
        equations(parameters, np.interp(t, instants, voltage), unknowns, slopes)
        return slopes.copy()

    absolute, _ = tolerances(model)
    start, step = model.at_fraction(parameters, 0.0), instants[-1] / 100
    return lambda: solve_ivp(
        right, instants[[0, -1]], start, "LSODA", instants, rtol=1e-6, atol=1e-3 * absolute, max_step=step
    )


def measure() -> list[Figure]:
    """One figure for each model."""
    figures = []
    for name, (first, second, period) in SWEEPS.items():
        model = MODELS[name]
        card = next(iter(model.cards.values()), None) or reference_truth()
        instants = np.linspace(0.0, period, _POINTS)
        voltage = np.interp(instants, np.array([0, 1, 2, 3, 4]) * period / 4, [0.0, first, 0.0, second, 0.0])
        ours = _fastest(lambda m=model, c=card, t=instants, v=voltage: simulate_model(m, c, t, v), _RUNS)
        peer = _fastest(_peer(model, card, instants, voltage), 1)
        figures.append(
            Figure(f"{name}, 1000-point sweep", _POINTS / ours / 1e3, "points/ms", "LSODA", _POINTS / peer / 1e3)
        )
    return figures


if __name__ == "__main__":
    main("models", measure)
