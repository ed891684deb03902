"""Compile a numeric function to machine code, keeping its type for the checker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """`function` compiled by numba on its first call, kept on disk between runs where that is possible.

    numba refuses `cache=True` where neither the package folder nor the user's cache folder can be written;
    the function is then compiled once in every process.
    """
    try:
        return cast(Function, numba.njit(cache=True, error_model="numpy")(function))
    except RuntimeError:
        return cast(Function, numba.njit(error_model="numpy")(function))
