"""What a table of a given accuracy costs: axes refined by the engine against regular grids.

    python -m benchmarks.refinement [neuron_leak] [column_read] [neuron_fire] [--tolerance 0.03] [--quantile 0.99]

For each procedure one axis is refined from a coarse start until the share `quantile` of the errors at random points off
the grid meets the tolerance; then regular grids (evenly spaced on the axis' own scale) are made finer until one meets
it too. All tables are judged at the same random points, which no refinement has seen. Runs are ngspice runs, two a
point; those of the refinement include every check on its way, those of the regular grid the one check that shows it to
be good enough, but not the coarser grids that were tried before it.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from circuits import Cache, NeuronFireProcedure, NeuronLeakProcedure, Procedure, TableSet
from circuits.characterize import characterize
from circuits.halving import PointError
from circuits.procedures.column_read import ColumnReadProcedure
from circuits.refinement import size
from circuits.tables import Table
from circuits.validate import point_errors
from devicefit import reference_truth
from memchar.config import PipelineConfig
from memchar.plan import Plan
from memchar.refining import refined
from netlists import Neuron, load_technology

JUDGES = 400
"""Random points at which every table is judged [1]."""
SEED = 987654
CHECKS = 50
LADDER = (5, 9, 12, 17, 24, 33, 47, 65, 91, 129, 181, 257, 361)
"""Numbers of points of the regular grids [1]."""


@dataclass(frozen=True)
class Goal:
    """The share `quantile` of the errors is to be at most `tolerance` [1]."""

    tolerance: float
    quantile: float


@dataclass(frozen=True)
class Case:
    """A procedure with a coarse, regular start on the axis that gets points."""

    procedure: Procedure
    axis: str

    def on(self, values: tuple[float, ...]) -> Procedure:
        """The procedure with these values on the axis."""
        return dataclasses.replace(self.procedure, **{self.axis: values})  # type: ignore[type-var]

    def regular(self, points: int) -> tuple[float, ...]:
        """Evenly spaced values between the ends, on the scale of the axis."""
        axis = next(axis for axis in self.procedure.axes() if axis.name == self.axis)
        spread = np.geomspace if axis.scale == "log" else np.linspace
        return tuple(float(value) for value in spread(axis.values[0], axis.values[-1], points))


def cases() -> dict[str, Case]:
    """The shipped procedures; axes that are not refined have few values, so that the benchmark takes minutes."""
    neuron, technology = Neuron(), load_technology()
    leak = NeuronLeakProcedure(neuron, technology)
    column = ColumnReadProcedure(reference_truth(), active_rows=(98,), row_load=(0.0, 5e-3), on_fraction=(0.0, 1.0))
    fire = NeuronFireProcedure(neuron, technology, initial_voltage=(0.0, 0.4))
    return {
        "neuron_leak": Case(leak, "initial_voltage"),
        "column_read": Case(column, "device_resistance"),
        "neuron_fire": Case(fire, "input_current"),
    }


def main() -> None:
    """Print a line for every table that was made."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("procedures", nargs="*", default=["neuron_leak", "column_read"])
    parser.add_argument("--tolerance", type=float, default=0.03)
    parser.add_argument("--quantile", type=float, default=0.99)
    parser.add_argument("--jobs", type=int, default=None)
    chosen = parser.parse_args()
    for name in chosen.procedures:
        compare(name, cases()[name], Goal(chosen.tolerance, chosen.quantile), chosen.jobs)


def compare(name: str, case: Case, goal: Goal, jobs: int | None) -> None:
    """One procedure: refined, then regular grids until one is as good."""
    print(f"{name}, {case.axis}: {100 * goal.quantile:g} % of the errors within {100 * goal.tolerance:g} %")
    with tempfile.TemporaryDirectory() as folder:
        cost, reached = _refined(case, goal, jobs, Path(folder))
    print(f"  refined: {cost} runs, error {100 * reached:.2f} % at {JUDGES} points", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for points in LADDER:
            larger = case.on(case.regular(points))
            table = _table(larger, jobs, Cache(Path(folder)))
            error = _judged(larger, table, goal, jobs, Cache(Path(folder)))
            runs = 2 * (size(larger) + CHECKS)
            print(f"  regular, {points} values: {runs} runs, error {100 * error:.2f} %", flush=True)
            if error <= goal.tolerance:
                print(f"  a regular grid takes {runs / cost:.1f} times the runs of the refined one")
                return
    print("  no regular grid of the ladder was as good", file=sys.stderr)


def _refined(case: Case, goal: Goal, jobs: int | None, folder: Path) -> tuple[int, float]:
    """ngspice runs that the refinement took, all its checks included, and the error of its table at the judges."""
    chosen: dict[str, object] = {"axes": {case.axis: {"refine": True}}, "check_points": CHECKS}
    chosen |= {"tolerance": goal.tolerance, "quantile": goal.quantile}
    plan = Plan.model_validate({"procedures": {case.procedure.name: chosen}})
    config = PipelineConfig.model_validate({"simulation": {"jobs": jobs}}).model_copy(update={"plan": plan})
    result = refined(case.on(case.regular(LADDER[0])), config, cache=Cache(folder))
    runs = 2 * len(list(folder.glob("*/*.json")))
    for number, found in enumerate(result.rounds, 1):
        print(f"    round {number}: {found.points} points, error {100 * found.error:.2f} %, +{len(found.added)}")
    if not result.met:
        print("    the tolerance is not met", file=sys.stderr)
    values = next(axis.values for axis in result.procedure.axes() if axis.name == case.axis)
    print(f"    {len(values)} values: {', '.join(f'{value:.3g}' for value in values)}")
    return runs, _judged(result.procedure, result.table, goal, jobs, Cache(folder))


def _table(procedure: Procedure, jobs: int | None, cache: Cache) -> Table:
    return TableSet.of(characterize([procedure], jobs, cache=cache), {})[procedure.name]


def _judged(procedure: Procedure, table: Table, goal: Goal, jobs: int | None, cache: Cache) -> float:
    """The goal's quantile of the relative error, of the quantity where it is largest [1]."""
    errors: list[PointError] = point_errors(procedure, table, JUDGES, SEED, jobs=jobs, cache=cache)
    names = {error.quantity for error in errors}
    return max(float(np.quantile([e.error for e in errors if e.quantity == name], goal.quantile)) for name in names)


if __name__ == "__main__":
    main()
