"""Sets of a cell whose off branch the instrument's floor hides: what is read before the event counts for nothing.

There the leakage comes and goes from cycle to cycle, and one off branch for all would bend the slope of the set to
follow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devicefit.cycles.trace import Trace
from measurements.sweep import Activity

SHAPE = 2.5  # sampling steps before a gradual event, which tell its shape


def without_leak(traces: Sequence[Trace]) -> tuple[Trace, ...]:
    """The traces, with the readings of sets before the event marked `unused`."""
    return tuple(_marked(trace) if trace.kind is Activity.SET else trace for trace in traces)


def _marked(trace: Trace) -> Trace:
    event = trace.event
    if event is None:
        return trace
    shape = 0.0 if event.abrupt else SHAPE * trace.step
    return replace(trace, unused=trace.time < event.time - shape)
