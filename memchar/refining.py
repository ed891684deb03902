"""One table with axes that get points until the plan's tolerance is met off its grid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from memchar.config import PipelineConfig
from memchar.plan import chosen_for
from memchar.progress import ProgressCallback

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from circuits import Cache, Procedure
    from circuits.halving import PointError
    from circuits.refinement import Refined
    from circuits.tables import Table


def refined_dataset(
    procedure: Procedure, config: PipelineConfig, *, cache: Cache | None, progress: ProgressCallback | None
) -> xr.Dataset:
    """The final table of a procedure; attributes `refinement_*` say what it took and whether the tolerance is met."""
    return _described(refined(procedure, config, cache=cache, progress=progress), config)


def refined(
    procedure: Procedure, config: PipelineConfig, *, cache: Cache | None, progress: ProgressCallback | None = None
) -> Refined:
    """Refine the axes that the plan lets have more points.

    Tables are judged at random points that the final validation does not use. `cache` keeps the points of one round, of
    the grid and off it, for the next; without it every round runs them again.
    """
    from circuits.characterize import characterize
    from circuits.refinement import refine
    from circuits.tables import Table
    from circuits.validate import point_errors

    chosen, simulation = chosen_for(config.plan, procedure), config.simulation

    def run(larger: Procedure) -> Table:
        found = characterize([larger], simulation.jobs, progress, cache, timeout=simulation.timeout)
        return Table(larger.name, found[larger.name])

    def check(larger: Procedure, table: Table, number: int) -> Sequence[PointError]:
        return point_errors(
            larger,
            table,
            chosen.check_points,
            simulation.seed + 1 + number,
            jobs=simulation.jobs,
            progress=progress,
            timeout=simulation.timeout,
            cache=cache,
        )

    return refine(
        procedure,
        chosen.tolerance,
        run,
        check,
        refined=chosen.refined,
        quantile=chosen.quantile,
        maximum_points=chosen.maximum_points,
    )


def _described(result: Refined, config: PipelineConfig) -> xr.Dataset:
    chosen = chosen_for(config.plan, result.procedure)
    rounds = [{"points": r.points, "compared": r.compared, "error": r.error} for r in result.rounds]
    return result.table.dataset.assign_attrs(
        refinement_met=int(result.met),
        refinement_tolerance=chosen.tolerance,
        refinement_quantile=chosen.quantile,
        refinement_error=result.rounds[-1].error,
        refinement_rounds=json.dumps(rounds),
    )
