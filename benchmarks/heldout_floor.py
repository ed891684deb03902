"""What a table without any model makes of the held-out cycles: the floor that cycle-to-cycle spread sets.

A free table holds the median log current of each 50 mV of set or reset, way out or way back. Filled from the training
cycles it is the best that a prediction alike for all cycles may hope for; from the training cycles at most `reach`
away, what slow drift leaves; from the held-out cycles themselves (an oracle), what no one curve for all can undercut.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from devicefit.cycles.trace import Trace

BIN = 0.05  # V
FAINT = 1e-13  # A, as which smaller and negative readings count in a median of logarithms
FloatArray = NDArray[np.float64]
_Key = tuple[str, bool, int]


def table_error(known: Sequence[Trace], held: Sequence[Trace], reach: int | None = None) -> float:
    """Median relative current error on `held` of the table filled from `known`, or from those of these within `reach`
    cycles of each held-out trace [1].
    """
    errors = []
    filled = None if reach is not None else _filled(known)
    for trace in held:
        table = filled if filled is not None else _filled(_near(known, trace, reach or 0))
        predicted = np.array([_value(table, key) for key in _keys(trace)])
        limit = np.inf if trace.compliance_current is None else trace.compliance_current
        measured = np.minimum(trace.current, limit)
        error = np.abs(np.minimum(predicted, limit) - measured) / (np.abs(measured) + trace.floor)
        errors.append(error[~trace.limited])
    return float(np.median(np.concatenate(errors)))


def _near(known: Sequence[Trace], trace: Trace, reach: int) -> list[Trace]:
    """Traces of the same kind within `reach` cycles, or the nearest where there is none."""
    alike = [one for one in known if one.kind is trace.kind]
    nearest = min(abs(one.place - trace.place) for one in alike)
    return [one for one in alike if abs(one.place - trace.place) <= max(reach, nearest)]


def _keys(trace: Trace) -> list[_Key]:
    top = int(np.argmax(trace.voltage))
    return [(trace.kind.value, place > top, int(volts // BIN)) for place, volts in enumerate(trace.voltage.tolist())]


def _filled(traces: Sequence[Trace]) -> dict[_Key, float]:
    """Current [A] of every key."""
    seen: dict[_Key, list[float]] = {}
    for trace in traces:
        for key, current, limited in zip(_keys(trace), trace.current.tolist(), trace.limited.tolist(), strict=True):
            if not limited:
                seen.setdefault(key, []).append(max(current, FAINT))
    return {key: float(np.exp(np.median(np.log(values)))) for key, values in seen.items()}


def _value(table: dict[_Key, float], key: _Key) -> float:
    """The entry, or the nearest one of the same kind and leg (of the same kind where that leg is not there)."""
    if key in table:
        return table[key]
    near = [one for one in table if one[:2] == key[:2]] or [one for one in table if one[0] == key[0]]
    return table[min(near, key=lambda one: abs(one[2] - key[2]))]
