"""Compilers of the kernel's loops; see `devicefit.compiled` for how machine code is kept between runs."""

from __future__ import annotations

from devicefit.compiled import Function, compile_kept


def compiled_parallel(function: Function) -> Function:
    """`function` compiled with its `prange` loops shared over threads; each writes only to places of its index."""
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
