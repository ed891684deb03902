"""Time of a joint fit of 50 cycles of 500 points, and of the fit of a single cycle.

    python -m benchmarks.joint [--json PATH]                (MEMCHAR_MODELS: which models)

Synthetic cycles of each model as in `benchmarks.recovery`, with 250 points a ramp; processor time of one core, after a
first fit that compiles. Traces are thinned to `most_points` before they are fitted, which is the default path.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace

from benchmarks.figures import Figure, main
from benchmarks.recovery import CASES
from devicefit.cycles import fit_model, synthetic_cycles
from devicefit.models.registry import MODELS

CYCLES, POINTS = 50, 250


def measure() -> list[Figure]:
    """Both times for each model."""
    figures = []
    for name in os.environ.get("MEMCHAR_MODELS", ",".join(CASES)).split(","):
        case = CASES[name]
        protocol = replace(case.protocol, set_points=POINTS, reset_points=POINTS)
        few = synthetic_cycles(MODELS[name], case.truth, protocol, case.spread, 1, seed=1)
        fit_model(few.records, "synthetic", "(0,0)", MODELS[name])
        began = time.process_time()
        fit_model(few.records, "synthetic", "(0,0)", MODELS[name])
        single = time.process_time() - began
        many = synthetic_cycles(MODELS[name], case.truth, protocol, case.spread, CYCLES, seed=1)
        began = time.process_time()
        fit = fit_model(many.records, "synthetic", "(0,0)", MODELS[name])
        joint = time.process_time() - began
        print(f"{name}: single {single:.2f} s, joint {joint:.1f} s of processor time", flush=True)
        figures += [
            Figure(f"{name}: fit of a single cycle of {2 * POINTS} points", single, "s"),
            Figure(f"{name}: joint fit of {CYCLES} cycles of {2 * POINTS} points", joint, "s"),
            Figure(f"{name}: median relative current error of that fit", fit.errors.current, "1"),
        ]
    return figures


if __name__ == "__main__":
    main("joint", measure)
