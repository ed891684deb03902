"""Finds ngspice and asks for its version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from measurements.errors import SimulationError

INSTALL_HINT = "install it with 'sudo apt-get install ngspice' (Debian, Ubuntu) or point MEMCHAR_NGSPICE at the program"


@dataclass(frozen=True)
class Ngspice:
    """An ngspice program: where it is and the version it states."""

    path: Path
    version: str


def find_ngspice() -> Ngspice:
    """The program named by the environment variable MEMCHAR_NGSPICE, else `ngspice` on PATH.

    Raises
    ------
    SimulationError
        None is there, or it does not answer `-v` like ngspice; the message says how to install it.
    """
    named = os.environ.get("MEMCHAR_NGSPICE")
    found = shutil.which(named or "ngspice")
    if found is None:
        where = f"MEMCHAR_NGSPICE={named} is not a program" if named else "no ngspice on PATH"
        raise SimulationError(f"{where}; {INSTALL_HINT}")
    path = Path(found).resolve()
    return Ngspice(path, _version(str(path), path.stat().st_mtime_ns))


def find_library() -> str | None:
    """Name of the libngspice that may be used beside the program; None where only the program may be.

    MEMCHAR_LIBNGSPICE names one, and nothing (an empty value) forbids it. A program named by MEMCHAR_NGSPICE is not
    joined by another installation's library unless that is named too.
    """
    named = os.environ.get("MEMCHAR_LIBNGSPICE")
    if named is not None:
        return named or None
    if "MEMCHAR_NGSPICE" in os.environ:
        return None
    return "libngspice.dylib" if sys.platform == "darwin" else "libngspice.so.0"


@lru_cache(maxsize=8)
def _version(path: str, modified: int) -> str:  # noqa: ARG001 - a replaced program is asked again
    try:
        answer = subprocess.run(
            [path, "-v"],
            capture_output=True,
            text=True,
            timeout=30,
            stdin=subprocess.DEVNULL,
            errors="replace",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SimulationError(f"{path} -v did not run ({error}); {INSTALL_HINT}") from error
    match = re.search(r"ngspice-([0-9][\w.+-]*)", answer.stdout)
    if match is None:
        raise SimulationError(f"{path} -v does not answer like ngspice; {INSTALL_HINT}")
    return match[1]


def child_environment() -> dict[str, str]:
    """Environment for ngspice: one OpenMP thread (two processes of two are 100 times slower), C locale."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "SPICE_ASCII"))}
    return environment | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"}
