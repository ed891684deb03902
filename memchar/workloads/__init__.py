"""Workloads of `memchar evaluate` beside the spiking classifier, each in a module of its own.

A workload is a function from a `Request` to its `Findings`; its module is loaded when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from measurements.errors import InputError

MODULES = {
    "deep-dfr": "memchar.workloads.deepdfr",
    "mixed-precision-lenet": "memchar.workloads.mixedprecision",
}
"""Module of each workload; it has a function `evaluate`."""


@dataclass(frozen=True)
class Request:
    """What the command line was given; `settings` are those of --set, as text by name."""

    tables: Path | None = None
    device: Path | None = None
    variant: str | None = None
    data: Path | None = None
    images: int = 10_000
    settings: Mapping[str, str] = field(default_factory=dict)
    output: Path | None = None
    figure: Path | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Findings:
    """A document for JSON and lines for people."""

    document: Mapping[str, Any]
    lines: tuple[str, ...]


def run_workload(name: str, request: Request) -> Findings:
    """Evaluate the workload of that name.

    Raises
    ------
    InputError
        There is none, or as the workload does.
    """
    if name not in MODULES:
        raise InputError(f"there is no workload {name!r}", hint=f"use mnist-isi-ttfs, {', '.join(MODULES)}")
    found: Findings = import_module(MODULES[name]).evaluate(request)
    return found


def settings_of(pairs: list[str] | None) -> dict[str, str]:
    """NAME=VALUE of each --set.

    >>> settings_of(["epochs=3"])
    {'epochs': '3'}
    """
    found: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or name.strip() in found:
            raise InputError(
                f"--set {pair!r} is not NAME=VALUE, or names what was set before", hint="as --set epochs=3"
            )
        found[name.strip()] = value.strip()
    return found
