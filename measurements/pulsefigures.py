"""Figures of a cell from its pulse trains."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from measurements.estimate import Bound, bound_estimate
from measurements.findings import Findings
from measurements.pulse_asymmetry import asymmetry
from measurements.pulse_update import PulseUpdate, pulse_update
from measurements.pulses import PulseDirection, PulseTrain


def pulse_figures(findings: Findings, trains: Sequence[PulseTrain]) -> None:
    """Add the update curves of both directions and their asymmetry."""
    by_direction = {way: [train for train in trains if train.direction is way] for way in PulseDirection}
    for way, chosen in by_direction.items():
        if not chosen:
            findings.missing[f"{way}_curve"] = "no pulse train of this direction"
            continue
        update = findings.attempt(f"{way}_curve", partial(pulse_update, chosen))
        if update is not None:
            _add(findings, way, update)
    if all(by_direction.values()):
        up, down = by_direction[PulseDirection.POTENTIATION], by_direction[PulseDirection.DEPRESSION]
        findings.add("update_asymmetry", partial(asymmetry, up, down))


def _add(findings: Findings, way: PulseDirection, update: PulseUpdate) -> None:
    named = {
        "start_conductance": update.start_conductance,
        "end_conductance": update.end_conductance,
        "pulses": update.pulses,
        "nonlinearity": update.nonlinearity,
        "step": update.step,
        "update_noise": update.update_noise,
        "read_noise": update.read_noise,
        "train_deviation": update.train_deviation,
    }
    for name, estimate in named.items():
        findings.keep(f"{way}_{name}", estimate, "the trains do not show it")
    for name, count in (("read_levels", update.read_levels), ("pulse_levels", update.pulse_levels)):
        if count is not None:
            method = "levels 4 deviations apart; at most, since programming adds its own error"
            findings.figures[f"{way}_{name}"] = bound_estimate(count, Bound.AT_MOST, "1", method)
