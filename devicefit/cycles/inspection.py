"""What makes measurements unusable for a fit, found before it starts: signs, mixed units, nothing that switches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from devicefit.cycles.preparation import Preparation
from devicefit.cycles.trace import Trace
from measurements.errors import FitError, InputError
from measurements.records import MeasurementSet
from measurements.sweep import Activity

HIGHEST_VOLTAGE = 200.0  # V; no two-terminal memristor takes as much
LOWEST_VOLTAGE = 5e-3  # V; nothing switches below it
HIGHEST_CURRENT = 10.0  # A
FACTOR = 300.0  # between sweeps of one kind: units differ by 1000


def check_units(records: MeasurementSet, name: str) -> None:
    """Refuse sweeps whose voltage or current cannot be in volt and ampere, or not in the same unit.

    Raises
    ------
    InputError
        Names the file, the figure and the likely unit.
    """
    for sweep in records.sweeps:
        volts, amperes = float(np.abs(sweep.voltage).max()), float(np.abs(sweep.current).max())
        if volts > HIGHEST_VOLTAGE:
            raise InputError(
                f"{name}: the voltage reaches {volts:.4g} V", path=sweep.source.file, hint="is the column in millivolt?"
            )
        if volts < LOWEST_VOLTAGE and sweep.activity in (Activity.SET, Activity.RESET, Activity.CYCLE):
            raise InputError(
                f"{name}: the voltage stays below {volts:.3g} V", path=sweep.source.file, hint="is it in kilovolt?"
            )
        if amperes > HIGHEST_CURRENT:
            raise InputError(
                f"{name}: the current reaches {amperes:.4g} A",
                path=sweep.source.file,
                hint="is the column in milliampere or microampere?",
            )


def check_traces(prepared: Preparation, name: str) -> None:
    """Refuse traces that no model can be fitted to.

    Raises
    ------
    FitError
        No set or no reset event (with the reasons counted), or polarities that contradict each other.
    InputError
        Sweeps of one kind in different units.
    """
    for kind in (Activity.SET, Activity.RESET):
        chosen = [trace for trace in prepared.traces if trace.kind is kind]
        if not any(trace.switches for trace in chosen):
            reasons = Counter(reason for _, reason in (*prepared.excluded, *prepared.unswitched))
            found = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(5)) or "no such ramp"
            raise FitError(
                f"{name}: no {kind.value} to fit ({found}); measure a {kind.value} ramp from below to above the "
                "switching voltage, in 20 steps or more, with the limit above the current of the other state"
            )
        signs = Counter(trace.sign for trace in chosen)
        if len(signs) > 1:
            raise FitError(
                f"{name}: {signs[1]} {kind.value} ramps are positive and {signs[-1]} negative; swapped leads? "
                "fit the two polarities apart, or turn the sign of one"
            )
        _same_units(chosen, name, "voltage", "V", lambda trace: float(trace.voltage.max()))
        switched = [trace for trace in chosen if trace.switches]  # one that stays off carries less, in the same unit
        _same_units(switched, name, "current", "A", lambda trace: float(np.abs(trace.current).max()))
    set_sign = next(trace.sign for trace in prepared.traces if trace.kind is Activity.SET)
    reset_sign = next(trace.sign for trace in prepared.traces if trace.kind is Activity.RESET)
    if set_sign == reset_sign:
        raise FitError(
            f"{name}: set and reset ramps have the same polarity; the models here are bipolar: check the sign of the "
            "voltage column, and which file is the set"
        )
    against = [t for t in prepared.traces if float(np.median(t.current[t.current.size // 3 :])) < -3.0 * t.floor]
    if len(against) > len(prepared.traces) / 2:
        raise FitError(
            f"{name}: in {len(against)} of {len(prepared.traces)} ramps the current flows against the voltage; "
            "turn the sign of the current column"
        )


def _same_units(traces: Sequence[Trace], name: str, what: str, unit: str, highest: Callable[[Trace], float]) -> None:
    values = [highest(trace) for trace in traces]
    middle = float(np.median(values))
    for trace, value in zip(traces, values, strict=True):
        if not middle / FACTOR < value < middle * FACTOR:
            raise InputError(
                f"{name}: the {what} of this {trace.kind.value} reaches {value:.3g} {unit}, that of the others "
                f"{middle:.3g} {unit}",
                path=trace.source.file,
                hint="mixed units? convert the file, or leave it out",
            )
