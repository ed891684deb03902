"""What a plan comes to before anything is simulated: variants, points, ngspice runs, time."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from measurements.errors import InputError
from memchar.plan import Plan, chosen_for, planned

if TYPE_CHECKING:
    from circuits.procedures.procedure import Procedure

MAXIMUM_DECKS = 10_000_000
RUNS_A_POINT = 2
"""Each point is run at the maximum step and at half of it."""
SECONDS_A_RUN: Mapping[str, float] = {"column_read": 0.025, "neuron_fire": 0.23, "neuron_leak": 0.03}
"""CPU time of one ngspice run [s], for the estimate alone: mean of 32 runs at random points of the default grids."""


@dataclass(frozen=True)
class Variant:
    """One combination of a corner and a draw; draw 0 is the nominal circuit. Its tables stand under `label`."""

    process: str
    supply_voltage: float
    temperature: float
    draw: int

    @property
    def label(self) -> str:
        """Name of the variant.

        >>> Variant("ff", 1.98, 300.15, 0).label
        'ff_1.98V_300.15K'
        """
        place = f"{self.process}_{self.supply_voltage:g}V_{self.temperature:g}K"
        return f"{place}_draw{self.draw}" if self.draw else place


@dataclass(frozen=True)
class PlanRow:
    """One procedure of a plan, counted: points of one grid, variants, ngspice runs, and CPU seconds they may take."""

    procedure: str
    axes: str
    points: int
    variants: int
    runs: int
    seconds: float
    refined: tuple[str, ...]


def variants(plan: Plan) -> tuple[Variant, ...]:
    """Every corner, each nominal and with every draw."""
    corners = plan.corners
    draws = range(plan.monte_carlo.draws + 1)
    return tuple(
        Variant(*place)
        for place in itertools.product(corners.process, corners.supply_voltage, corners.temperature, draws)
    )


def plan_rows(plan: Plan, procedures: Sequence[Procedure]) -> list[PlanRow]:
    """What a plan comes to for each of its procedures, without simulating.

    Refined axes are counted as they begin, with the check points of one round: what refinement adds is not known
    before.

    Raises
    ------
    InputError
        As `planned`; or the plan has more decks than `MAXIMUM_DECKS`.
    """
    rows = []
    count = len(variants(plan))
    for procedure in procedures:
        if procedure.name not in plan.procedures:
            continue
        chosen = chosen_for(plan, procedure)
        axes = planned(plan, procedure).axes()
        points = int(np.prod([len(axis.values) for axis in axes]))
        checks = chosen.check_points if chosen.refined else 0
        runs = RUNS_A_POINT * (points + checks) * count
        text = " x ".join(f"{axis.name}({len(axis.values)}{'+' * (axis.name in chosen.refined)})" for axis in axes)
        seconds = runs * SECONDS_A_RUN.get(procedure.name, max(SECONDS_A_RUN.values()))
        rows.append(PlanRow(procedure.name, text, points, count, runs, seconds, chosen.refined))
    decks = sum(row.runs for row in rows)
    if decks > MAXIMUM_DECKS:
        raise InputError(f"the plan has {decks} decks, at most {MAXIMUM_DECKS} are run; take fewer corners or draws")
    return rows


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
