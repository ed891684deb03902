"""Compile numeric functions to machine code, keeping their type for the checker.

numba keeps machine code between runs and looks only at the file of the outermost function to see whether it is still
good. Models and kernels are spread over files, so their machine code is kept in a folder named by the digest of all
sources of the package: a change in any file compiles anew. Where no folder can be written, a function is compiled once
in every process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


@cache
def machine_code_folder(package: Path) -> Path:
    """Folder for machine code compiled from the present sources in folder `package`."""
    digest = hashlib.sha256()
    for source in sorted(package.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("NUMBA_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return Path(base) / "memchar" / "numba" / digest.hexdigest()[:16]


def compile_kept(
    function: Function,
    package: Path,
    *,
    nogil: bool = False,
    parallel: bool = False,
    fastmath: frozenset[str] = frozenset(),
) -> Function:
    """`function` compiled on its first call and kept with the other machine code of `package`."""
    options = {"nogil": nogil, "parallel": parallel, "fastmath": set(fastmath) or False, "error_model": "numpy"}
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(machine_code_folder(package))
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:
        return cast(Function, numba.njit(**options)(function))
    finally:
        numba.config.CACHE_DIR = before


def compiled(function: Function) -> Function:
    """`function` compiled as a part of the device model."""
    return compile_kept(function, Path(__file__).parent)
