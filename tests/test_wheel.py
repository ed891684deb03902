"""What is installed holds every file that is read at run time, beside the code."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling.build", reason="hatchling, which builds the wheel, is not installed")

ROOT = Path(__file__).parents[1]
ROOMS = ("measurements", "devicefit", "netlists", "circuits", "evaluator", "memchar")


def tracked() -> set[str]:
    """The files of the rooms that are in version control."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--", *ROOMS]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip("not a git checkout")
    return {name for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()}


def test_the_wheel_holds_every_file_of_the_rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hatchling.build import build_wheel

    monkeypatch.chdir(ROOT)
    wheel = tmp_path / build_wheel(str(tmp_path))
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    expected = tracked()
    assert {"circuits/startup/.spiceinit", "netlists/cells/lif_neuron.cir", "circuits/worker.py"} <= expected
    assert not expected - held
    assert any(name.startswith("memchar/templates/") for name in held)
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in held)
