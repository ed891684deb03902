"""Judges a finished ngspice run by its log and its data, never by its exit status."""

from __future__ import annotations

import re

import numpy as np

from measurements.errors import ConvergenceError, SimulationError
from netlists.deck import Deck

from .ending import has_ended
from .waveforms import Waveforms

# ngspice exits 0 on a singular matrix and after source stepping failed; both leave a whole, meaningless
# waveform. A failed gmin stepping alone is no fault: source stepping follows it and has its own line.
_UNSOLVED = re.compile(
    r"singular matrix|timestep too small|source stepping failed|transient op failed|non-?convergence"
    r"|no convergence|without convergence|iteration limit reached|LU decomposition failed"
    r"|simulation\(s\) aborted",
    re.IGNORECASE,
)
_FAULTY = re.compile(
    r"can't find model|valid modelname|unknown model|unknown subckt|unknown parameter|unrecognized parameter"
    r"|undefined parameter|circuit not parsed|not enough memory|out of memory|^\s*(fatal )?error\b"
    r"|\bfatal error",
    re.IGNORECASE | re.MULTILINE,
)
STOP_TOLERANCE = 1e-6


def judge_log(log: str, task: str) -> None:
    """Raise ConvergenceError or SimulationError where the log of `task` tells of a fault."""
    unsolved = _UNSOLVED.search(log)
    faulty = _FAULTY.search(log)
    if unsolved is not None:
        step = "look for a floating node or an abrupt model there, or shorten the maximum step"
        raise ConvergenceError(f"{task}: ngspice did not solve the circuit ({_line(log, unsolved)!r}); {step}")
    if faulty is not None:
        raise SimulationError(f"{task}: ngspice refused the deck ({_line(log, faulty)!r}); mend the deck")


def judge_data(waveforms: Waveforms, deck: Deck, task: str) -> None:
    """Raise unless the run reached its end with increasing time and every saved vector finite."""
    known = waveforms.vectors
    missing = {name for name in set(deck.saved).difference(known) if name.lower() not in known}
    if missing:
        raise SimulationError(
            f"{task}: ngspice did not save {', '.join(sorted(missing))}; check the names against the circuit"
        )
    time = waveforms.time
    if not np.all(np.isfinite(time)) or np.any(np.diff(time) < 0.0):
        raise SimulationError(f"{task}: time points are not finite and increasing; run it again")
    if time[-1] < deck.stop_time * (1.0 - STOP_TOLERANCE) and not has_ended(waveforms, deck):
        raise ConvergenceError(
            f"{task}: the transient ended at {time[-1]:g} s of {deck.stop_time:g} s; shorten the maximum step"
        )
    if waveforms.block is not None and np.all(np.isfinite(waveforms.block)):
        return
    saved = [known[name] if name in known else known[name.lower()] for name in deck.saved]
    if not np.all(np.isfinite(np.concatenate(saved))):  # one look at all of them costs a tenth of one at each
        name = next(name for name, values in zip(deck.saved, saved, strict=True) if not np.all(np.isfinite(values)))
        raise ConvergenceError(f"{task}: {name} is not finite; look at the models that drive it")


def _line(log: str, match: re.Match[str]) -> str:
    """The line of the log that holds the match, without the progress text before it."""
    start = log.rfind("\n", 0, match.start() + 1) + 1
    end = log.find("\n", match.end())
    return log[max(start, match.start() - 40) : end if end >= 0 else len(log)].strip()[:160]
