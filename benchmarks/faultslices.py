"""The whole fault campaign in slices, side by side and resumable: a slice that is done is not run again.

    python -m benchmarks.faultslices [--folder runs/bench/faults] [--slices 10] [--jobs N] [--json PATH]

Every slice is a call of `benchmarks.faults` with a seed of its own and its share of every kind of fault, in a process
of its own; its figures are a file in the folder. A call that was interrupted goes on with the slices that have none.

A file names the engine it was run with: the start of the SHA-256 of `circuits/*.py` and of the campaign. Slices of an
earlier engine are counted, and told apart in the figures: take their files away to run them on the present one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.figures import main as print_figures
from circuits.parallel import core_count

ALL = "faults, all"
EARLIER = "of them with an earlier engine"
ENGINE = "engine"
"""Key of a slice's file: which engine it was run with."""


def engine_digest() -> str:
    """The start of the SHA-256 of the engine's and the campaign's sources, by name and content."""
    root, digest = Path(__file__).parents[1], hashlib.sha256()
    campaign = (root / "benchmarks" / "faultcases.py", root / "benchmarks" / "faults.py")
    for path in (*sorted((root / "circuits").glob("*.py")), *campaign):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def run_slice(folder: Path, number: int, slices: int) -> Path:
    """The figures of one slice; run where there are none yet, and named only when they are whole."""
    path = folder / f"{number:02d}-of-{slices}.json"
    if not path.exists():
        draft, engine = path.with_suffix(".draft"), engine_digest()
        command = [sys.executable, "-m", "benchmarks.faults", f"--share={1 / slices}", f"--seed={number}"]
        with path.with_suffix(".log").open("w") as log:
            subprocess.run([*command, "--json", str(draft)], check=True, stdout=log, stderr=log)
        found = json.loads(draft.read_text())
        draft.write_text(json.dumps({ENGINE: engine, **found}, indent=2) + "\n")
        draft.rename(path)
    print(f"slice {number} of {slices}: {path}", file=sys.stderr, flush=True)
    return path


def measure(folder: Path, slices: int, jobs: int) -> list[Figure]:
    """The figures of all slices, added up."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        paths = list(pool.map(lambda number: run_slice(folder, number, slices), range(1, slices + 1)))
    total: dict[str, tuple[float, str]] = {}
    for path in paths:
        found = json.loads(path.read_text())
        for figure in found["figures"]:
            name = figure["name"].replace("wall time", "wall time of all slices")
            total[name] = total.get(name, (0.0, ""))[0] + figure["value"], figure["unit"]
            if figure["name"] == ALL and found.get(ENGINE) != engine_digest():
                total[EARLIER] = total.get(EARLIER, (0.0, ""))[0] + figure["value"], figure["unit"]
    return [Figure(name, value, unit) for name, (value, unit) in total.items()]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--folder", type=Path, default=Path("runs/bench/faults"))
    parser.add_argument("--slices", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=core_count())
    known, sys.argv[1:] = parser.parse_known_args()
    print_figures("fault campaign", lambda: measure(known.folder, known.slices, known.jobs))
