"""Traces made ready: noise of the instrument where one reading at 0 V is near zero by chance."""

from __future__ import annotations

from benchmarks.recovery import CASES
from devicefit.cycles import synthetic_cycles
from devicefit.cycles.fit import prepare_cell
from devicefit.models.registry import MODELS
from measurements.sweep import Activity


def test_no_set_is_taken_for_nearly_noiseless() -> None:
    case = CASES["dynamic-memdiode"]
    noises = []
    for seed in (0, 1):  # among these twelve sets are two that read 9 pA and 0.2 nA at 0 V, under a noise of 1 nA
        made = synthetic_cycles(MODELS["dynamic-memdiode"], case.truth, case.protocol, case.spread, 6, seed)
        traces = prepare_cell(made.records, "synthetic", "(0,0)").traces
        noises += [trace.noise for trace in traces if trace.kind is Activity.SET]
    assert min(noises) > 0.3 * case.protocol.noise
    assert max(noises) < 4.0 * case.protocol.noise
