"""A trace as the functions for single branches read it."""

from __future__ import annotations

import numpy as np

from devicefit.branches import Anchor, Branch
from devicefit.cycles.trace import Trace


def branch_of(trace: Trace) -> Branch:
    """The way out of a trace, whose event begins where the resting branch ends."""
    top = int(np.argmax(trace.voltage)) + 1
    before = trace.before[:top]
    end = top if before.all() else int(np.argmin(before))
    anchor = None if trace.event is None else Anchor(trace.event.time, trace.event.level, 0)
    return Branch(
        kind=trace.kind,
        source=trace.source,
        sign=trace.direction,
        time=trace.time[:top],
        voltage=trace.voltage[:top],
        current=trace.current[:top],
        floor=trace.floor,
        limited=trace.limited[:top],
        event=end,
        anchor=anchor,
        start_resistance=None,
    )
