"""Are stated intervals true? Synthetic cycles of each model, fitted; how often the truth lies in its 95 % interval.

    python -m benchmarks.recovery [--json PATH]            (MEMCHAR_TRIALS, MEMCHAR_MODELS: fewer of them)

Every trial draws thresholds (and conductances) anew for each cycle and adds relative and additive noise, an offset and,
where the model is measured with one, a current limit. The target is the value behind a shared parameter and the centre
of a varying one. A parameter that a fit calls undetermined states no interval and is counted apart.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.figures import Figure, main
from devicefit.card import DeviceCard
from devicefit.cycles import Protocol, fit_model, synthetic_cycles
from devicefit.models.model import CompactModel
from devicefit.models.registry import MODELS, published_card
from devicefit.synthesis import reference_truth
from measurements.errors import MemcharError

TRIALS = int(os.environ.get("MEMCHAR_TRIALS", "200"))
CYCLES = 6


@dataclass(frozen=True)
class Case:
    """A truth, how it is measured, and what varies from cycle to cycle (deviation of the logarithm)."""

    truth: DeviceCard
    protocol: Protocol
    spread: dict[str, float]


CASES = {
    "threshold-memdiode": Case(
        reference_truth(),
        Protocol(
            5.0, 2.0, set_points=71, reset_points=71, set_limit=50e-6, reset_limit=10e-3, offset=-1.4e-9, noise=1e-10
        ),
        {"set_voltage": 0.1, "reset_voltage": 0.02, "on_current": 0.1},
    ),
    "yakopcic": Case(
        published_card("yakopcic", "Aguirre C2"),
        Protocol(1.5, 1.5, 61, 61, ramp_rates=(0.1, 0.3, 1.0), offset=-1e-10, noise=1e-11),
        {"set_voltage": 0.1, "reset_voltage": 0.1},
    ),
}


@dataclass
class Count:
    """Trials by outcome, and for each parameter how often it was stated and how often the interval held the truth."""

    failed: Counter[str] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def coverage(self) -> float:
        """Part of all stated intervals that held the truth [1]."""
        return sum(self.inside.values()) / max(sum(self.stated.values()), 1)


def trials(model: CompactModel, case: Case, count: int, first_seed: int = 0) -> Count:
    """Fits `count` seeded synthetic devices and counts."""
    found = Count()
    for seed in range(first_seed, first_seed + count):
        made = synthetic_cycles(model, case.truth, case.protocol, case.spread, CYCLES, seed)
        began = time.process_time()
        try:
            fit = fit_model(made.records, "synthetic", "(0,0)", model)
        except MemcharError as error:
            found.failed[str(error)[:60]] += 1
            continue
        finally:
            found.seconds += time.process_time() - began
        for name, interval in fit.intervals.items():
            found.stated[name] += 1
            found.inside[name] += interval.contains(case.truth.value(name))
    return found


def measure() -> list[Figure]:
    """Prints a table of parameters for each model and returns the coverage."""
    chosen = os.environ.get("MEMCHAR_MODELS", ",".join(CASES)).split(",")
    figures = []
    for name in chosen:
        found = trials(MODELS[name], CASES[name], TRIALS)
        print(f"{name}: {TRIALS} trials, {found.failed.total()} failed {dict(found.failed)}")
        for parameter in MODELS[name].fitted:
            stated = found.stated[parameter]
            share = found.inside[parameter] / stated if stated else float("nan")
            print(f"  {parameter:22} stated {stated:4d}  inside its interval {share:.3f}")
        worst = min((found.inside[p] / found.stated[p] for p in found.stated), default=0.0)
        figures += [
            Figure(f"{name}: stated 95 % intervals that hold the truth", found.coverage, "1"),
            Figure(f"{name}: the same of its worst parameter", worst, "1"),
            Figure(f"{name}: trials that failed", found.failed.total() / TRIALS, "1"),
            Figure(f"{name}: processor time of a trial", found.seconds / TRIALS, "s"),
        ]
    return figures


if __name__ == "__main__":
    main("recovery", measure)
