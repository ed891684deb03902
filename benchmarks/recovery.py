"""Are stated intervals true? Synthetic cycles of each model, fitted; how often the truth lies in its 95 % interval.

    python -m benchmarks.recovery [--json PATH]            (MEMCHAR_TRIALS, MEMCHAR_MODELS: fewer of them)

Every trial draws thresholds (and conductances) anew for each cycle and adds relative and additive noise, an offset and,
where the model is measured with one, a current limit. The target is the value behind a shared parameter and the centre
of a varying one. A parameter that a fit calls undetermined states no interval and is counted apart ("held"); a trial
that fails counts as a miss of every parameter. Every model of the registry has a case; truths are published cards,
some with values changed so that a slow sweep shows both events.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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


def changed(card: DeviceCard, values: Mapping[str, float]) -> DeviceCard:
    """A published card with other values: a truth away from where the fit starts, or one a sweep can show."""
    parameters = dict(card.parameters)
    for name, value in values.items():
        parameters[name] = replace(parameters[name], value=value, origin="assumed", note="of the benchmark")
    return replace(card, parameters=parameters)


CASES = {
    "threshold-memdiode": Case(
        reference_truth(),
        Protocol(
            5.0, 2.0, set_points=71, reset_points=71, set_limit=50e-6, reset_limit=10e-3, offset=-1.4e-9, noise=1e-10
        ),
        {"set_voltage": 0.1, "reset_voltage": 0.02, "on_current": 0.1},
    ),
    "dynamic-memdiode": Case(
        changed(
            published_card("dynamic-memdiode", "Aguirre oxidation 0.1"),
            {
                "on_current": 1e-3,
                "on_slope": 1.5,
                "off_current": 1e-7,
                "on_series_resistance": 20.0,
                "set_slope": 150.0,
                "reset_slope": 20.0,
            },
        ),
        Protocol(1.6, 2.4, 61, 61, ramp_rates=(0.1, 1.0, 10.0), noise=1e-9),
        {"set_voltage": 0.05, "reset_voltage": 0.05},
    ),
    "stanford-gap": Case(
        changed(
            published_card("stanford-gap", "MemTorch without field limit"),
            {"gap_length": 0.2e-9, "voltage_scale": 0.5, "series_resistance": 200.0},
        ),
        Protocol(1.4, 1.4, 61, 61, ramp_rates=(30.0, 300.0, 3000.0), noise=1e-9),
        {"current_scale": 0.05, "gap_speed": 0.1},
    ),
    "vteam": Case(
        changed(
            published_card("vteam", "exponential law"),
            {
                "on_resistance": 1e3,
                "off_resistance": 1e6,
                "set_rate": 200.0,
                "reset_rate": 20.0,
                "set_voltage": 0.5,
                "reset_voltage": 0.4,
            },
        ),
        Protocol(1.4, 1.1, 61, 61, ramp_rates=(0.1, 0.3, 1.0), noise=1e-10),
        {"on_resistance": 0.05, "set_voltage": 0.05, "reset_voltage": 0.05},
    ),
    "yakopcic": Case(
        published_card("yakopcic", "Aguirre C2"),
        Protocol(1.5, 1.5, 61, 61, ramp_rates=(0.1, 0.3, 1.0), offset=-1e-10, noise=1e-11),
        {"set_voltage": 0.1, "reset_voltage": 0.1},
    ),
    "sky130-reram": Case(
        published_card("sky130-reram", "SkyWater SKY130"),
        Protocol(2.7, 1.8, 61, 61, ramp_rates=(3e5, 3e6, 1e7), noise=1e-9),
        {"filament_minimum": 0.01, "filament_maximum": 0.01},
    ),
    "ecm": Case(
        published_card("ecm", "assumed Cu/TaOx/Pt"),
        Protocol(4.0, 3.0, 61, 61, ramp_rates=(0.3, 1.0, 3.0), noise=1e-12),
        {"gap_minimum": 0.03, "gap_maximum": 0.03},
    ),
    "jart-vcm-v1b": Case(
        published_card("jart-vcm-v1b", "HfO2/TiOx"),
        Protocol(1.5, 1.8, 61, 61, ramp_rates=(1e4, 1e5, 1e6), noise=1e-9),
        {"filament_radius": 0.02, "disc_length": 0.02},
    ),
    "quasi-static-table": Case(
        published_card("quasi-static-table", "synthetic"),
        Protocol(2.2, 1.7, 61, 61, ramp_rates=(1.0, 10.0, 100.0), noise=1e-11),
        {"set_voltage": 0.05, "reset_voltage": 0.05},
    ),
}


@dataclass
class Count:
    """Trials by outcome, and for each fitted parameter how often it was stated, and held by its interval.

    `ratios` are found over true values, stated or not.
    """

    trials: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    stated: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)
    undetermined: Counter[str] = field(default_factory=Counter)
    ratios: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def coverage(self) -> float:
        """Part of all stated intervals that held the truth [1]; a failed trial counts as one missed."""
        return sum(self.inside.values()) / max(sum(self.stated.values()) + self.failed.total(), 1)

    def share(self, name: str) -> float:
        """Part of the trials that state `name` whose interval held the truth [1]; failed trials are misses."""
        return self.inside[name] / max(self.stated[name] + self.failed.total(), 1)


def trials(model: CompactModel, case: Case, count: int, first_seed: int = 0) -> Count:
    """Fits `count` seeded synthetic devices and counts, with a line for each trial."""
    found = Count()
    for seed in range(first_seed, first_seed + count):
        began = time.process_time()
        outcome = _trial(model, case, seed, found)
        seconds = time.process_time() - began
        found.trials += 1
        found.seconds += seconds
        print(f"{model.name} seed {seed}: {outcome} ({seconds:.1f} s)", flush=True)
    return found


def _trial(model: CompactModel, case: Case, seed: int, found: Count) -> str:
    """One synthetic device fitted and counted; what to print of it."""
    made = synthetic_cycles(model, case.truth, case.protocol, case.spread, CYCLES, seed)
    try:
        fit = fit_model(made.records, "synthetic", "(0,0)", model)
    except MemcharError as error:
        found.failed[str(error)[:60]] += 1
        return f"failed: {str(error)[:200]}"
    missed = []
    for name in model.fitted:
        truth = case.truth.value(name)
        found.ratios.setdefault(name, []).append(fit.card.value(name) / truth)
        if name not in fit.intervals:
            found.undetermined[name] += 1
            continue
        found.stated[name] += 1
        interval = fit.intervals[name]
        if interval.contains(truth):
            found.inside[name] += 1
        else:
            missed.append(f"{name} {interval.lower:.4g} to {interval.upper:.4g} for {truth:.4g}")
    faults = f"; faults: {', '.join(fit.faults)}" if fit.faults else ""
    return f"{len(fit.intervals)} stated, missed: {', '.join(missed) or 'none'}{faults}"


def measure() -> list[Figure]:
    """Prints a table of parameters for each model and returns the coverage."""
    chosen = os.environ.get("MEMCHAR_MODELS", ",".join(CASES)).split(",")
    figures = []
    for name in chosen:
        found = trials(MODELS[name], CASES[name], TRIALS)
        print(f"{name}: {found.trials} trials, {found.failed.total()} failed {dict(found.failed)}")
        for parameter in MODELS[name].fitted:
            ratios = found.ratios.get(parameter, [])
            middle = statistics.median(ratios) if ratios else float("nan")
            print(
                f"  {parameter:26} stated {found.stated[parameter]:4d}, held {found.undetermined[parameter]:4d}, "
                f"inside {found.share(parameter):.3f}, median of found over true {middle:.4g}",
                flush=True,
            )
        stated = [p for p in MODELS[name].fitted if found.stated[p]]
        figures += [
            Figure(f"{name}: stated 95 % intervals that hold the truth", found.coverage, "1"),
            Figure(f"{name}: the same of its worst parameter", min(map(found.share, stated), default=0.0), "1"),
            Figure(f"{name}: trials that failed", found.failed.total() / found.trials, "1"),
            Figure(f"{name}: processor time of a trial", found.seconds / found.trials, "s"),
        ]
    return figures


if __name__ == "__main__":
    main("recovery", measure)
