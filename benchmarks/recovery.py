"""Are stated intervals true? Synthetic cycles of each model, fitted; how often the truth lies in its 95 % interval.

    python -m benchmarks.recovery [--json PATH]

    MEMCHAR_TRIALS    how many for each model (200)         MEMCHAR_MODELS    which models (all), with commas
    MEMCHAR_WORKERS   processes (1)                         MEMCHAR_TRIALS_FILE   keeps the trials, a JSON line each

Every trial draws thresholds (and conductances) anew for each cycle and adds relative and additive noise, an offset and,
where the model is measured with one, a current limit. The target is the value behind a shared parameter and the centre
of a varying one. A parameter that a fit calls undetermined states no interval and is counted apart ("held"); a trial
that fails counts as a miss of every parameter. Every model of the registry has a case (`recovery_cases`).

With a file of trials, those in it are not run again and an interrupt loses only the trials under way. Trials of another
truth or protocol are passed over; trials of older code count, and how many versions there are is printed.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, main
from benchmarks.recovery_cases import CASES
from benchmarks.recovery_trials import Trial, append_trial, read_trials, run_trials
from devicefit.models.registry import MODELS

TRIALS = int(os.environ.get("MEMCHAR_TRIALS", "200"))
WORKERS = int(os.environ.get("MEMCHAR_WORKERS", "1"))
FILE = os.environ.get("MEMCHAR_TRIALS_FILE")


def coverage(trials: Sequence[Trial], name: str | None = None) -> float:
    """Part of the stated intervals (of the parameter `name`, or of all) that hold the truth [1].

    A trial that failed counts as one that stated every fitted parameter, and missed it.
    """
    stated = inside = 0
    for trial in trials:
        names = trial.intervals if not trial.failure else MODELS[trial.model].fitted
        asked = [one for one in names if name is None or one == name]
        stated += len(asked)
        inside += sum(one not in trial.missed for one in asked) if not trial.failure else 0
    return inside / stated if stated else 0.0


def whole(trials: Sequence[Trial]) -> float:
    """Part of the trials whose stated intervals all hold the truth [1]; a failed trial does not."""
    return sum(not trial.failure and not trial.missed for trial in trials) / max(len(trials), 1)


def figures_of(trials: Sequence[Trial]) -> list[Figure]:
    """Prints a line for each fitted parameter of one model, and returns its figures."""
    name = trials[0].model
    failed = [trial.failure for trial in trials if trial.failure]
    fitted = MODELS[name].fitted
    stated = [one for one in fitted if any(one in trial.intervals for trial in trials)]
    versions = Counter(trial.sources for trial in trials)
    faults = sum(bool(trial.faults) for trial in trials)
    print(
        f"{name}: {len(trials)} trials by {len(versions)} version(s) of the code, {len(failed)} failed, {faults} faulty"
    )
    for reason, count in Counter(one[:100] for one in failed).most_common(3):
        print(f"  {count} x {reason}")
    for parameter in fitted:
        truth = CASES[name].truth.value(parameter)
        ratios = [trial.found[parameter] / truth for trial in trials if not trial.failure]
        held = sum(parameter in trial.held for trial in trials)
        print(
            f"  {parameter:26} stated {len(ratios) - held:4d}, held {held:4d}, "
            f"inside {coverage(trials, parameter):.3f}, "
            f"median of found over true {statistics.median(ratios) if ratios else float('nan'):.4g}",
            flush=True,
        )
    return [
        Figure(f"{name}: stated 95 % intervals that hold the truth", coverage(trials), "1"),
        Figure(
            f"{name}: the same of its worst parameter", min((coverage(trials, p) for p in stated), default=0.0), "1"
        ),
        Figure(f"{name}: trials in which all of them do", whole(trials), "1"),
        Figure(f"{name}: parameters stated in a trial", _stated(trials) / len(trials), f"of {len(fitted)}"),
        Figure(f"{name}: trials that failed", len(failed) / len(trials), "1"),
        Figure(f"{name}: processor time of a trial", sum(trial.seconds for trial in trials) / len(trials), "s"),
    ]


def _stated(trials: Sequence[Trial]) -> int:
    return sum(len(trial.intervals) for trial in trials)


def measure() -> list[Figure]:
    """The trials that are wanted and not yet in the file; then the figures of each model, of whatever is there."""
    chosen = os.environ.get("MEMCHAR_MODELS", ",".join(CASES)).split(",")
    path = None if FILE is None else Path(FILE)
    kept = [] if path is None else read_trials(path)
    there = {(trial.model, trial.seed): trial for trial in kept}
    wanted = [(name, seed) for name in chosen for seed in range(TRIALS) if (name, seed) not in there]
    try:
        for trial in run_trials(wanted, WORKERS):
            print(trial.line, flush=True)
            there[trial.model, trial.seed] = trial
            if path is not None:
                append_trial(path, trial)
    except KeyboardInterrupt:
        print(f"interrupted: {len(there)} trials are there", flush=True)
    found = []
    for name in chosen:
        trials = [trial for (model, seed), trial in sorted(there.items()) if model == name and seed < TRIALS]
        found += figures_of(trials) if trials else []
    return found


if __name__ == "__main__":
    main("recovery", measure)
