"""One trial of the recovery benchmark, and the file of trials: a JSON document a line, appended as each ends."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import devicefit
import measurements
from benchmarks.recovery_cases import CASES
from devicefit.cycles import fit_model, synthetic_cycles
from devicefit.models.registry import MODELS
from measurements.errors import InputError, MemcharError


@dataclass(frozen=True)
class Trial:
    """Outcome of one synthetic device.

    `case` and `sources` tell which truth and which code it is of; `failure` is empty where a fit came out. `found` has
    every fitted parameter, `intervals` those stated (lower, upper), `held` the reason of each that is not.
    """

    model: str
    case: str
    sources: str
    seed: int
    seconds: float
    failure: str = ""
    found: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def missed(self) -> tuple[str, ...]:
        """Parameters whose stated interval does not hold the truth."""
        truth = CASES[self.model].truth
        return tuple(n for n, (low, high) in self.intervals.items() if not low <= truth.value(n) <= high)

    @property
    def line(self) -> str:
        """What to print of it."""
        if self.failure:
            return f"{self.model} seed {self.seed}: failed: {self.failure[:200]} ({self.seconds:.1f} s)"
        truth = CASES[self.model].truth
        missed = [
            f"{n} {self.intervals[n][0]:.4g} to {self.intervals[n][1]:.4g} for {truth.value(n):.4g}"
            for n in self.missed
        ]
        faults = f"; faults: {', '.join(self.faults)}" if self.faults else ""
        return (
            f"{self.model} seed {self.seed}: {len(self.intervals)} stated, missed: {', '.join(missed) or 'none'}"
            f"{faults} ({self.seconds:.1f} s)"
        )


@cache
def sources_digest() -> str:
    """Of every Python file of the rooms that a trial runs."""
    digest = hashlib.sha256()
    for room in (devicefit, measurements):
        for file in sorted(Path(room.__file__ or "").parent.rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def run_trial(name: str, seed: int) -> Trial:
    """Synthetic cycles of the case `name`, fitted."""
    case, model = CASES[name], MODELS[name]
    began = time.process_time()
    made = synthetic_cycles(model, case.truth, case.protocol, case.spread, case.cycles, seed)
    try:
        fit = fit_model(made.records, "synthetic", "(0,0)", model)
    except MemcharError as error:
        return Trial(name, case.digest, sources_digest(), seed, time.process_time() - began, failure=str(error))
    return Trial(
        model=name,
        case=case.digest,
        sources=sources_digest(),
        seed=seed,
        seconds=time.process_time() - began,
        found={parameter: fit.card.value(parameter) for parameter in model.fitted},
        intervals={parameter: (one.lower, one.upper) for parameter, one in fit.intervals.items()},
        held=dict(fit.undetermined),
        faults=fit.faults,
    )


def read_trials(path: Path) -> list[Trial]:
    """Trials kept in `path` that are of the present cases; an unfinished last line is passed over.

    Raises
    ------
    InputError
        Another line is no trial.
    """
    if not path.is_file():
        return []
    lines = path.read_text().splitlines(keepends=True)
    found = []
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            trial = Trial(**{**values, "faults": tuple(values["faults"])})
            known = trial.model in CASES and trial.case == CASES[trial.model].digest
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) and not line.endswith("\n"):
                continue
            raise InputError(f"not a recovery trial: {error}", path=str(path), line=number) from error
        if known:
            found.append(trial)
    return found


def append_trial(path: Path, trial: Trial) -> None:
    """One line more; after a line that a kill cut short, a new one is begun."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, 2)
            if file.read(1) != b"\n":
                file.truncate(_whole(path))
        file.write((json.dumps(asdict(trial)) + "\n").encode())


def _whole(path: Path) -> int:
    """Length of the whole lines of a file [bytes]."""
    return path.read_bytes().rfind(b"\n") + 1


def run_trials(wanted: Iterable[tuple[str, int]], workers: int) -> Iterator[Trial]:
    """The trials (model, seed) as they end, by so many processes; 1: in this one."""
    if workers == 1:
        for name, seed in wanted:
            yield run_trial(name, seed)
        return
    waiting = iter(wanted)
    with ProcessPoolExecutor(workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        running = {pool.submit(run_trial, name, seed) for name, seed in islice(waiting, workers)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(run_trial, name, seed) for name, seed in islice(waiting, len(done))}
            for one in done:
                yield one.result()
