"""A deck: one complete ngspice run as text, with what it saves and what is measured on it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Literal

from measurements.errors import NetlistError

NOMINAL_TEMPERATURE = 300.15
"""Temperature at which ngspice simulates where a deck names none [K]."""
ZERO_CELSIUS = 273.15
"""[K]."""
_TRAN = re.compile(r"\n\.tran (\S+) (\S+) 0 (\S+)( uic)?(?=\n)")


@dataclass(frozen=True)
class Integral:
    """Integral over time of a sum of products of saved vectors.

    `terms` is a tuple of (factor, vector, vector or None): sum of factor * a(t) * b(t), integrated from
    `start` to `stop` [s]. Energy from a supply of node `vdd` with source `vdd` is
    ((-1.0, "v(vdd)", "i(vdd)"),).
    """

    name: str
    terms: tuple[tuple[float, str, str | None], ...]
    start: float
    stop: float
    unit: str


@dataclass(frozen=True)
class Crossing:
    """Time at which a saved vector crosses `level` for the n-th time in that direction, after `start` [s].

    The measured value is that time minus `reference` [s].
    """

    name: str
    vector: str
    level: float
    edge: Literal["rise", "fall"]
    number: int = 1
    start: float = 0.0
    reference: float = 0.0
    unit: str = "s"


@dataclass(frozen=True)
class Sample:
    """Value of a saved vector at a time [s]."""

    name: str
    vector: str
    time: float
    unit: str


Measure = Integral | Crossing | Sample


@dataclass(frozen=True)
class IncludedFile:
    """A file whose content is in the deck (inlined), by name and SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Deck:
    """Canonical netlist text that runs unchanged with `ngspice -b`, and what to expect from it.

    Parameters
    ----------
    text
        Title line to `.end`, with exactly one `.tran` line, `.save`, and a `.meas` line for each measure.
    stop_time, maximum_step
        Of the `.tran` line [s].
    saved
        Vectors in the raw file, spelled as ngspice names them: `v(mem)`, `i(vdd)`; lower case.
    measures
        Evaluated on the waveforms after the run (`-b -r` does not execute `.meas`).
    includes
        Files inlined into the text.
    ends_with
        Everything asked of the run is known once this has happened, and what follows is not computed where the
        simulator can stop, and dropped where it cannot; the run goes to `stop_time` where it does not happen.
    """

    text: str
    stop_time: float
    maximum_step: float
    saved: tuple[str, ...]
    measures: tuple[Measure, ...] = ()
    includes: tuple[IncludedFile, ...] = ()
    ends_with: Crossing | None = None

    @property
    def key(self) -> str:
        """SHA-256 of the text: same deck, same key."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def with_maximum_step(self, step: float) -> Deck:
        """The same circuit with another maximum step [s], for the step-halving verdict."""
        text, count = _TRAN.subn(lambda m: f"\n.tran {step:.9e} {m[2]} 0 {step:.9e}{m[4] or ''}", self.text)
        if count != 1:
            raise NetlistError(f"deck has {count} lines of the form '.tran STEP STOP 0 MAXSTEP [uic]'; one is needed")
        return replace(self, text=text, maximum_step=step)
