"""Compile a loop over images to machine code for several threads, keeping its type for the checker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled_parallel(function: Function) -> Function:
    """`function` compiled by numba with `prange` loops shared over threads, kept on disk where that is possible.

    numba refuses `cache=True` where no folder can be written; the function is then compiled in every process.
    Results may not depend on the number of threads: a loop body writes only to places of its own index.
    """
    try:
        return cast(Function, numba.njit(cache=True, parallel=True, error_model="numpy")(function))
    except RuntimeError:
        return cast(Function, numba.njit(parallel=True, error_model="numpy")(function))
