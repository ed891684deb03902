"""Names of the unknowns that a cycle has of its own: parameters, the same before its set, and offsets."""

from __future__ import annotations

from collections.abc import Mapping

from devicefit.cycles.trace import Trace
from measurements.sweep import Activity

OWN = " of the cycle"
BEFORE_SET = " before its set"  # added to what a cycle has two of: the off state its set starts from


def offset_of(trace: Trace, values: Mapping[str, float]) -> float:
    """What was removed too much from the readings of a trace [A]: in all sweeps of its kind, and in this one."""
    name = offset_name(trace.kind)
    return values.get(name, 0.0) + values.get(name + OWN, 0.0)


def own_name(name: str) -> str:
    """Name of the unknown behind what a cycle has of its own."""
    shared = parameter_of(name)
    return shared + OWN + name.removeprefix(shared)


def parameter_of(name: str) -> str:
    """The model's parameter behind what a cycle has of its own."""
    return name.removesuffix(BEFORE_SET)


def offset_name(kind: Activity) -> str:
    """Name of the unknown that holds what is left of the instrument's offset in sets or resets."""
    return f"offset in {kind.value}s"
