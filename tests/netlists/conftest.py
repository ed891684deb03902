"""ngspice as a user would start it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from handmade import make_card
from numpy.typing import NDArray

from devicefit.card import DeviceCard

Vectors = dict[str, NDArray[np.float64]]


@pytest.fixture
def card() -> DeviceCard:
    return make_card()


@pytest.fixture
def linear_card() -> DeviceCard:
    """A device without curvature or series resistance, for columns done by hand: 500 ohm when on."""
    return make_card(on_current=0.2, on_slope=0.01, series_resistance=0.0, off_current=1e-4, off_slope=1e-4)


def _ngspice(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("ngspice")
    if program is None:
        pytest.skip("ngspice is not installed (apt-get install ngspice)")
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return subprocess.run(
        [program, "-n", "-b", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def batch(tmp_path: Path) -> Callable[[str], dict[str, float]]:
    """`ngspice -b deck.cir`: the measures it prints, by name."""

    def run(text: str) -> dict[str, float]:
        (tmp_path / "deck.cir").write_text(text)
        done = _ngspice(["deck.cir"], tmp_path)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        _, _, printed = done.stdout.partition("Measurements for Transient Analysis")
        found = re.findall(r"^(\w+)\s+=\s+([-+.\deE]+)(?:\s+from=.*|\s+)?$", printed, re.MULTILINE)
        return {name: float(value) for name, value in found}

    return run


@pytest.fixture
def simulate(tmp_path: Path) -> Callable[[str], Vectors]:
    """`ngspice -b -r raw deck.cir`: the vectors of the binary raw file, by name."""

    def run(text: str) -> Vectors:
        (tmp_path / "deck.cir").write_text(text)
        done = _ngspice(["-r", "deck.raw", "deck.cir"], tmp_path)
        assert "aborted" not in done.stderr, done.stderr[-2000:]
        head, _, body = (tmp_path / "deck.raw").read_bytes().partition(b"Binary:\n")
        lines = head.decode().partition("Variables:\n")[2].splitlines()
        names = [line.split()[1] for line in lines if line.strip()]
        values = np.frombuffer(body, dtype=np.float64).reshape(-1, len(names))
        return {name: values[:, k] for k, name in enumerate(names)}

    return run
