"""What a plan comes to before anything is simulated: variants, points, ngspice runs, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from measurements.errors import InputError
from memchar.config import PipelineConfig
from memchar.plan import chosen_for, planned
from memchar.variants import COLUMN, Variant, seeds, variants

if TYPE_CHECKING:
    from circuits.procedures.procedure import Procedure

MAXIMUM_DECKS = 10_000_000
RUNS_A_POINT = 2
"""Each point is run at the maximum step and at half of it."""
SECONDS_A_RUN: Mapping[str, float] = {
    "column_read": 0.018,
    "neuron_fire": 0.11,
    "neuron_leak": 0.027,
    "neuron_charge": 0.017,
    "neuron_leak_gate": 0.041,
    "neuron_comparator": 0.020,
    "neuron_trip": 0.042,
    "decoder_decide": 5.1,
    "decoder_tie": 5.1,
    "decoder_timeout": 6.6,
    "column_interface": 0.17,
    "row_drive": 0.022,
    "encoder_full": 0.57,
    "encoder_parallel": 1.4,
    "encoder_partial": 1.1,
    "encoder_rate": 0.58,
    "encoder_latency": 0.25,
    "encoder_burst": 2.8,
    "encoder_phase": 1.2,
    "encoder_multiplexed": 5.4,
    "sram_read": 0.26,
    "sram_margin": 0.02,
    "reservoir_node": 0.042,
}
"""CPU time of one ngspice run [s], for the estimate alone, by `python -m benchmarks.runseconds` beside other work: mean
of 16 runs at random points of the shipped grids (burst, phase, multiplexed: 8); of decoder and the other encoders of
both runs of a point in the middle."""


@dataclass(frozen=True)
class PlanRow:
    """One procedure of a plan, counted: points of one grid, variants that differ for it, ngspice runs, CPU seconds."""

    procedure: str
    axes: str
    points: int
    variants: int
    runs: int
    seconds: float
    refined: tuple[str, ...]


def plan_rows(config: PipelineConfig, procedures: Sequence[Procedure], validation_points: int = 0) -> list[PlanRow]:
    """What the plan of a configuration comes to for each of its procedures, without simulating.

    Refined axes are counted as they begin, with the check points of one round: what refinement adds is not known
    before. Variants whose decks are the same (a column in another process corner) are counted once, for the cache
    keeps their points.

    Raises
    ------
    InputError
        As `planned`; or the plan has more decks than `MAXIMUM_DECKS`.
    """
    rows = []
    for procedure in procedures:
        if procedure.name not in config.plan.procedures:
            continue
        chosen = chosen_for(config.plan, procedure)
        axes = planned(config.plan, procedure).axes()
        count = len({_conditions(config, procedure.name, variant) for variant in variants(config)})
        corners = len({_conditions(config, procedure.name, v) for v in variants(config) if v.draw == 0})
        points = int(np.prod([len(axis.values) for axis in axes]))
        checks = chosen.check_points * corners if chosen.refined else 0
        runs = RUNS_A_POINT * ((points + validation_points) * count + checks)
        text = " x ".join(f"{axis.name}({len(axis.values)}{'+' * (axis.name in chosen.refined)})" for axis in axes)
        seconds = runs * SECONDS_A_RUN.get(procedure.name, max(SECONDS_A_RUN.values()))
        rows.append(PlanRow(procedure.name, text, points, count, runs, seconds, chosen.refined))
    decks = sum(row.runs for row in rows)
    if decks > MAXIMUM_DECKS:
        raise InputError(f"the plan has {decks} decks, at most {MAXIMUM_DECKS} are run; take fewer corners or draws")
    return rows


def _conditions(config: PipelineConfig, procedure: str, variant: Variant) -> tuple[object, ...]:
    """What of a variant reaches the decks of a procedure."""
    drawn = seeds(config, variant.draw)
    if procedure == COLUMN:
        held = config.plan.corners.device_temperature == "card"
        return (None if held else variant.temperature, drawn.device)
    return (variant.process, variant.supply_voltage, variant.temperature, drawn.mismatch)


def plan_lines(rows: Sequence[PlanRow], jobs: int) -> list[str]:
    """The plan for a person: a line a procedure, then the number of decks and the time on `jobs` processes."""
    lines = [
        f"{row.procedure}: {row.axes} = {row.points} points, {row.variants} variants, {row.runs} runs" for row in rows
    ]
    decks, seconds = sum(row.runs for row in rows), sum(row.seconds for row in rows) / max(jobs, 1)
    more = "; axes marked + get more points where the tolerance is missed" if any(row.refined for row in rows) else ""
    return [*lines, f"{decks} ngspice runs, about {_time(seconds)} on {jobs} processes{more}"]


def _time(seconds: float) -> str:
    """Rough time for a person.

    >>> _time(40.0), _time(400.0), _time(40000.0)
    ('40 s', '7 min', '11 h')
    """
    if seconds < 120.0:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200.0 else f"{seconds / 3600:.0f} h"
