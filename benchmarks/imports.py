"""How long `import memchar` and the command line's `--help` take, beside a bare Python and `import numpy`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.figures import Figure, main

_RUNS = 5


def _seconds(*arguments: str) -> float:
    """Median wall time of a fresh Python process [s]; the first run only warms the file cache."""
    times = []
    for _ in range(_RUNS + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def measure() -> list[Figure]:
    """Medians of five fresh processes."""
    numpy = _seconds("-c", "import numpy")
    rooms = (
        "memchar",
        "measurements",
        "devicefit",
        "netlists",
        "circuits.tables",
        "evaluator",
        "memchar.cli",
    )
    figures = [Figure("bare python", _seconds("-c", "pass"), "s")]
    figures += [
        Figure(f"import {room}", _seconds("-c", f"import {room}"), "s", "import numpy", numpy) for room in rooms
    ]
    return [
        *figures,
        Figure("memchar --help", _seconds("-m", "memchar.cli", "--help"), "s", "import numpy", numpy),
    ]


if __name__ == "__main__":
    main("import time", measure)
