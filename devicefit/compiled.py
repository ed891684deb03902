"""Compile numeric functions to machine code, keeping their type for the checker.

numba keeps machine code between runs and looks only at the file of the outermost function to see whether it is still
good. Models and kernels are spread over files, so machine code is kept in a folder named by the digest of all files
that the function's file imports, directly or not, from its package: a change in any of them compiles anew. Where no
folder can be written, a function is compiled once in every process.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


@cache
def machine_code_folder(source: Path) -> Path:
    """Folder for machine code compiled from the present content of `source` and of what it imports."""
    digest = hashlib.sha256()
    for file in sorted(imported_files(source)):
        digest.update(file.read_bytes())
    base = os.environ.get("NUMBA_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return Path(base) / "memchar" / "numba" / digest.hexdigest()[:16]


@cache
def imported_files(source: Path) -> frozenset[Path]:
    """`source` and every file of our packages that it imports at module level, directly or not."""
    root = Path(__file__).parents[1]
    found, waiting = set[Path](), [source.resolve()]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                target = root / node.module.replace(".", "/")
                submodules = [target / f"{name.name}.py" for name in node.names]
                waiting += [path for path in (target.with_suffix(".py"), *submodules) if path.is_file()]
    return frozenset(found)


def compile_kept(
    function: Function,
    *,
    nogil: bool = False,
    parallel: bool = False,
    fastmath: frozenset[str] = frozenset(),
    inlined: bool = False,
    borrowing: bool = False,
    signature: object | None = None,
) -> Function:
    """`function` compiled on its first call, or at once for a stated numba `signature`, and kept between runs.

    One that is `inlined` becomes part of each compiled function that calls it. One that is `borrowing` makes no array:
    it works on those of its caller and counts no reference to them. Counting locks memory: it took a third of the
    network kernel's time.
    """
    options = {"nogil": nogil, "parallel": parallel, "fastmath": set(fastmath) or False, "error_model": "numpy"}
    options["_nrt"] = not borrowing  # said in any case, else what a borrowing function calls takes it over
    if inlined:
        options["forceinline"] = True

    def build(keep: bool) -> Function:
        return cast(Function, numba.njit(signature, cache=keep, **options)(function))

    return _kept(function, build)


def compile_callback(function: Function, signature: object) -> Function:
    """`function` in machine code that other compiled functions call through its address, kept between runs.

    A caller compiled for a function of this `signature` serves every such function, without being compiled anew.
    """

    def build(keep: bool) -> Function:
        return cast(Function, numba.cfunc(signature, cache=keep, error_model="numpy")(function))

    return _kept(function, build)


def _kept(function: Function, build: Callable[[bool], Function]) -> Function:
    source = Path(function.__code__.co_filename)
    if not source.is_file():  # typed into an interpreter
        return build(False)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(machine_code_folder(source))
    try:
        return build(True)
    except RuntimeError:
        return build(False)
    finally:
        numba.config.CACHE_DIR = before


def compiled(function: Function) -> Function:
    """`function` compiled as a part of the device model."""
    return compile_kept(function)


def inlined(function: Function) -> Function:
    """`function` compiled into each that calls it, where returning several numbers takes as long as finding them."""
    return compile_kept(function, inlined=True)
