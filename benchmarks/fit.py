"""Time to read and fit measurements: the embedded synthetic set and, where it is beside the project, the real one.

The real set is `../shared/data/vt-cu-taox-pt` (599 Keithley sweeps of Cu/TaOx/Pt cells); its cell `wafer2(0,7)` `(1,1)`
has the most set sweeps. The integrator's peer is scipy's LSODA on the same equations, tolerances and sweep.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.figures import Figure, main
from devicefit import current, rates, reference_truth
from devicefit.cycles import ModelFit, fit_model
from devicefit.models.registry import model_named
from devicefit.models.simulation import simulate_model
from measurements import Import, import_files, reference_directory

MODEL = model_named("threshold-memdiode")
_REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "vt-cu-taox-pt"
Result = TypeVar("Result")


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def _set(name: str, folder: Path, device: str, cell: str) -> list[Figure]:
    """Import and fit times of one folder of measurements."""
    seconds, imported = _timed(lambda: import_files([folder]))
    figures = [
        Figure(f"{name}: files imported", len(imported.records.sweeps) + len(imported.records.heat), "1"),
        Figure(f"{name}: files refused", len(imported.refused), "1"),
        Figure(f"{name}: import", seconds, "s"),
    ]
    return figures + _fit(name, imported, device, cell)


def _fit(name: str, imported: Import, device: str, cell: str) -> list[Figure]:
    seconds, fit = _timed(lambda: _joint(imported, device, cell))
    points = sum(len(sweep) for sweep in imported.records.of_cell(device, cell).sweeps)
    return [
        Figure(f"{name}: points of the cell", points, "1"),
        Figure(f"{name}: joint fit of {len(fit.curves)} traces", seconds, "s"),
    ]


def _joint(imported: Import, device: str, cell: str) -> ModelFit:
    return fit_model(imported.records, device, cell, MODEL)


def _integrator() -> list[Figure]:
    """One set sweep of the reference truth, compiled and by LSODA."""
    card = reference_truth()
    when = np.linspace(0.0, 4.0, 401)
    voltage = when.copy()
    simulate_model(MODEL, card, when, voltage)
    compiled = min(_timed(lambda: simulate_model(MODEL, card, when, voltage))[0] for _ in range(5))

    limit, ambient = card.value("state_limit"), card.value("ambient_temperature")
    resistance, capacitance = card.value("thermal_resistance"), card.value("thermal_capacitance")

    def slopes(now: float, state: np.ndarray) -> np.ndarray:
        logit, rise = state
        through = float(current(card, float(np.interp(now, when, voltage)), 1 / (1 + np.exp(-logit))))
        inside = float(np.interp(now, when, voltage)) - through * card.value("series_resistance")
        setting, resetting = rates(card, inside, ambient + rise)
        drift = setting / (1 + np.exp(logit - limit)) - resetting / (1 + np.exp(-logit - limit))
        return np.array([float(drift), (inside * through - rise / resistance) / capacitance])

    start = np.array([-limit, 0.0])
    peer = _timed(lambda: solve_ivp(slopes, (0.0, 4.0), start, method="LSODA", rtol=1e-6, atol=1e-9, t_eval=when))[0]
    return [Figure("integrator: set sweep of 401 points", compiled, "s", "scipy LSODA, same equations", peer)]


def measure() -> list[Figure]:
    """Everything; the first fit is made twice so that compilation is not counted."""
    reference = import_files([reference_directory()])
    (device, cell), *_ = reference.records.devices_and_cells()
    cold, _ = _timed(lambda: _joint(reference, device, cell))
    figures = [Figure("synthetic: first fit of a process, compilation or its cache included", cold, "s")]
    figures += _set("synthetic", reference_directory(), device, cell)
    if _REAL.is_dir():
        figures += _set("Cu/TaOx/Pt", _REAL, "wafer2(0,7)", "(1,1)")
    else:
        print(f"real measurements are not beside the project ({_REAL.name}); only the synthetic set is timed")
    return figures + _integrator()


if __name__ == "__main__":
    main("fit", measure)
