"""How long an import takes: 600 CSV files of a laboratory's folder, and each other format, per file."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.figures import Figure, main
from measurements import Activity, Source, Sweep, import_files, keithley_text

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
_FILES = 600
_POINTS = 100
_FOLDERS = ("vt-cu-taox-pt", "clarius-h16248l-b12", "nbsto-sweeps", "easyexpert-b1500a", "radar-1t1r")


def _synthetic(folder: Path) -> None:
    """600 sweeps of 100 points in the 4200A's layout; synthetic."""
    voltage = np.linspace(0.0, 5.0, _POINTS)
    for number in range(_FILES):
        sweep = Sweep(
            time=0.04 * np.arange(_POINTS),
            voltage=voltage,
            current=voltage * (1e-6 + 1e-9 * number),
            activity=Activity.SET,
            compliance_current=2e-5,
            device="synthetic",
            cell="(0,0)",
            cycle=0,
            temperature=None,
            source=Source("", ""),
            comment="synthetic",
        )
        (folder / f"{number:03d}.csv").write_text(keithley_text(sweep))


def _import(name: str, folder: Path) -> list[Figure]:
    start, processor = time.perf_counter(), time.process_time()
    imported = import_files([folder])
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    return [
        Figure(f"{name}: files read", len(imported.explained), "1"),
        Figure(f"{name}: files refused", len(imported.refused), "1"),
        Figure(f"{name}: records", len(imported.records.records), "1"),
        Figure(f"{name}: import", seconds, "s"),
        Figure(f"{name}: processor time of the import", processor, "s"),
    ]


def measure() -> list[Figure]:
    """One import each; the real folders where they stand beside the project."""
    with TemporaryDirectory() as folder:
        _synthetic(Path(folder))
        figures = _import(f"{_FILES} synthetic sweeps of {_POINTS} points", Path(folder))
    for name in _FOLDERS:
        if (_SHARED / name).is_dir():
            figures += _import(name, _SHARED / name)
    return figures


if __name__ == "__main__":
    main("import of instrument files", measure)
