"""Importing tables starts and imports no simulator; every public name can be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import circuits

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_there_and_they_are_few() -> None:
    assert len(circuits.__all__) <= 25
    for name in circuits.__all__:
        assert getattr(circuits, name) is not None


def test_tables_import_no_simulator() -> None:
    code = "import sys, circuits.tables\nprint(sorted(m for m in sys.modules if m[:4] in ('circ', 'netl')))"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    modules = [
        "circuits",
        "circuits.interpolation",
        "circuits.quality",
        "circuits.slopes",
        "circuits.status",
        "circuits.tablefile",
        "circuits.tables",
    ]
    assert out.strip() == str(modules)
