"""Compilers of loops for several threads, keeping the function's type for the checker.

numba keeps machine code between runs and looks only at the file of the outermost function to see whether it
is still good. The kernel is spread over files, so its machine code is kept in a folder named by the digest of
all of them: a change in any file compiles anew. Where no folder can be written, it is compiled in every
process.
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
def machine_code_folder() -> Path:
    """Folder for machine code compiled from the present sources of this package."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("NUMBA_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return Path(base) / "memchar" / "numba" / digest.hexdigest()[:16]


def _kept(function: Function, *, parallel: bool, nogil: bool, fastmath: set[str] | bool = False) -> Function:
    options = {"parallel": parallel, "nogil": nogil, "fastmath": fastmath, "error_model": "numpy"}
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(machine_code_folder())
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:
        return cast(Function, numba.njit(**options)(function))
    finally:
        numba.config.CACHE_DIR = before


def compiled_parallel(function: Function) -> Function:
    """`function` compiled with its `prange` loops shared over threads; a body may write only to places of its
    index.
    """
    return _kept(function, parallel=True, nogil=False)


def compiled_unlocked(function: Function) -> Function:
    """`function` compiled to run without the interpreter lock, so that Python threads run it side by side."""
    return _kept(function, parallel=False, nogil=True)


def compiled_sum(function: Function) -> Function:
    """`function` compiled as a part of the kernel, its sums in an order of the compiler's choice: the same in
    every run.
    """
    return _kept(function, parallel=False, nogil=False, fastmath={"reassoc", "contract"})


def compiled(function: Function) -> Function:
    """`function` compiled as a part of the kernel."""
    return _kept(function, parallel=False, nogil=False)
