"""Small-signal noise of a circuit, by ngspice's `.noise` at its operating point.

Noise is no transient, so it does not pass the engine of the tables: one run, whose printed table is read.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from measurements.errors import ConvergenceError, InputError, SimulationError

from .ngspice import Ngspice, child_environment, find_ngspice
from .selfcontained import require_self_contained

Array = NDArray[np.float64]
_ROW = re.compile(r"^\d+\t(\S+)\t(\S+)\t(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Noise:
    """Densities at rising `frequency` [Hz]: `output` [V/sqrt(Hz)], `input` in the unit of the source over sqrt(Hz)."""

    frequency: Array
    output: Array
    input: Array

    def total(self) -> float:
        """Root mean square at the output over all frequencies that were computed [V]."""
        return float(np.sqrt(np.trapezoid(self.output**2, self.frequency)))

    def integrated(self, duration: float) -> float:
        """Root mean square of the output's integral over `duration` [s], in [V s].

        sigma^2 = integral of S(f) (sin(pi f T)/(pi f))^2 df,  S T/2 where S is white
        """
        window = (duration * np.sinc(self.frequency * duration)) ** 2
        return float(np.sqrt(np.trapezoid(self.output**2 * window, self.frequency)))


def run_noise(
    elements: str,
    output: str,
    source: str,
    *,
    lowest: float = 1e4,
    highest: float = 1e11,
    points_a_decade: int = 50,
    timeout: float = 60.0,
    ngspice: Ngspice | None = None,
) -> Noise:
    """Noise of the circuit `elements` (title, elements, models; no analysis) at node `output`, referred to `source`.

    Raises
    ------
    InputError
        Frequencies that do not rise, or a node or source that is no name.
    NetlistError
        The circuit is not self-contained.
    ConvergenceError
        No operating point, or not every frequency was computed.
    SimulationError
        ngspice is missing or did not end in time.
    """
    if not (0.0 < lowest < highest and points_a_decade > 0):
        raise InputError(f"noise needs rising frequencies, found {lowest:g} to {highest:g} Hz")
    for name in (output, source):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise InputError(f"{name!r} is no name of a node or a source")
    require_self_contained(elements, "noise")
    card = f".noise v({output}) {source} dec {points_a_decade} {lowest:.9e} {highest:.9e}"
    text = "\n".join([elements.rstrip(), card, ".print noise onoise_spectrum inoise_spectrum", ".end", ""])
    log = _printed(text, timeout, ngspice or find_ngspice())
    found = np.array([[float(value) for value in row] for row in _ROW.findall(log)])
    if len(found) == 0 or found[-1, 0] < 0.99 * highest or not np.all(np.isfinite(found)):
        last = " ".join(log.strip().splitlines()[-1:])[:120]
        raise ConvergenceError(f"noise: ngspice computed {len(found)} frequencies; its last words: {last!r}")
    frequency, index = np.unique(found[:, 0], return_index=True)
    return Noise(frequency, found[index, 1], found[index, 2])


def _printed(text: str, timeout: float, program: Ngspice) -> str:
    """What ngspice prints of a deck."""
    with tempfile.TemporaryDirectory(prefix="memchar-") as folder:
        (Path(folder) / "noise.cir").write_text(text, encoding="utf-8")
        command = [str(program.path), "-n", "-b", "-D", "num_threads=1", "noise.cir"]
        try:
            done = subprocess.run(
                command, cwd=folder, env=child_environment(), stdin=subprocess.DEVNULL, capture_output=True,
                timeout=timeout, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise SimulationError(f"noise: killed after {timeout:g} s; raise the time-out") from error
    return done.stdout.decode("utf-8", "replace")
