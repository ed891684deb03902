"""Compilers of the kernel's loops; see `devicefit.compiled` for how machine code is kept between runs."""

from __future__ import annotations

import os

import numba

from devicefit.compiled import Function, compile_kept


def compiled_parallel(function: Function) -> Function:
    """`function` compiled with its `prange` loops shared over threads; each writes only to places of its index.

    It must not be called from two threads at once. numba's pool is not OpenMP's unless NUMBA_THREADING_LAYER says so:
    that one raises the number of threads of PyTorch's products, which then wait for ever where OMP_THREAD_LIMIT, as in
    our Makefile, lets them have fewer.
    """
    if "NUMBA_THREADING_LAYER" not in os.environ:
        numba.config.THREADING_LAYER = "workqueue"
    return compile_kept(function, parallel=True)


def compiled_unlocked(function: Function) -> Function:
    """`function` compiled to run without the interpreter lock, so that Python threads run it side by side."""
    return compile_kept(function, nogil=True)


def compiled(function: Function) -> Function:
    """`function` compiled as a part of the kernel."""
    return compile_kept(function)


def borrowing(function: Function) -> Function:
    """`function` compiled as a part of the kernel that makes no array and counts no references to its caller's."""
    return compile_kept(function, borrowing=True)


def inlined(function: Function) -> Function:
    """`function` compiled, borrowing, into each place that calls it: its many arguments are not handed over."""
    return compile_kept(function, inlined=True, borrowing=True, fastmath=frozenset({"contract"}))
