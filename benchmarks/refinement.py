"""What a table of a given accuracy costs: axes refined by the engine against regular grids.

    python -m benchmarks.refinement [neuron_leak] [column_read] [neuron_fire] [--tolerance 0.01] [--quantile 0.95]

For each procedure all listed axes are refined from a coarse regular start, until the share `quantile` of the errors at
random points off the grid meets the tolerance; then regular grids (evenly spaced on the axis' own scale, all axes made
finer by the same factor) are filled until one meets it too. All tables are judged at the same random points, which no
refinement has seen. Runs are ngspice runs, two a point; those of the refinement include every check on its way, those
of the regular grid are counted without the coarser grids that were tried before it, and with them; both with the one
check that shows it to be good enough.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from circuits import Cache, NeuronFireProcedure, NeuronLeakProcedure, Procedure, TableSet
from circuits.characterize import characterize
from circuits.procedures.column_read import ColumnReadProcedure
from circuits.refinement import size
from circuits.tables import Table
from circuits.validate import point_errors
from devicefit import reference_truth
from memchar.config import PipelineConfig
from memchar.plan import Plan
from memchar.refining import refined
from netlists import Neuron, load_technology

JUDGES = 200
"""Random points at which every table is judged [1]."""
SEED = 987654
CHECKS = 50
FACTORS = (1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.3, 16.0)
"""How much finer the regular grids are than the start [1]."""


@dataclass(frozen=True)
class Goal:
    """The share `quantile` of the errors is to be at most `tolerance` [1]."""

    tolerance: float
    quantile: float


@dataclass(frozen=True)
class Case:
    """A procedure, and the axes that get points with the number they begin with."""

    procedure: Procedure
    start: Mapping[str, int]

    def regular(self, factor: float) -> Procedure:
        """The procedure with evenly spaced values on these axes, `factor` times as fine as the start."""
        values = {}
        for axis in self.procedure.axes():
            if axis.name in self.start:
                spread = np.geomspace if axis.scale == "log" else np.linspace
                count = round((self.start[axis.name] - 1) * factor) + 1
                values[axis.name] = tuple(float(value) for value in spread(axis.values[0], axis.values[-1], count))
        return dataclasses.replace(self.procedure, **values)  # type: ignore[type-var]


def cases() -> dict[str, Case]:
    """The shipped procedures over their shipped ranges; the column with all rows active, where no idle cell matters."""
    neuron, technology = Neuron(), load_technology()
    column = ColumnReadProcedure(reference_truth(), active_rows=(98,), on_fraction=(1.0,))
    return {
        "neuron_leak": Case(NeuronLeakProcedure(neuron, technology), {"initial_voltage": 5, "interval": 3}),
        "column_read": Case(column, {"device_resistance": 5, "row_load": 3}),
        "neuron_fire": Case(NeuronFireProcedure(neuron, technology), {"initial_voltage": 3, "input_current": 4}),
    }


def main() -> None:
    """Print a line for every table that was made."""
    parser = argparse.ArgumentParser(description="Refined axes against regular grids of the same accuracy.")
    parser.add_argument("procedures", nargs="*", default=["neuron_leak", "column_read"])
    parser.add_argument("--tolerance", type=float, default=0.01)
    parser.add_argument("--quantile", type=float, default=0.95)
    parser.add_argument("--jobs", type=int, default=None)
    chosen = parser.parse_args()
    for name in chosen.procedures:
        compare(name, cases()[name], Goal(chosen.tolerance, chosen.quantile), chosen.jobs)


def compare(name: str, case: Case, goal: Goal, jobs: int | None) -> None:
    """One procedure: refined, then regular grids until one is as good."""
    print(f"{name}: {100 * goal.quantile:g} % of the errors within {100 * goal.tolerance:g} %")
    with tempfile.TemporaryDirectory() as folder:
        grids, judges = Cache(Path(folder) / "grids"), Cache(Path(folder) / "judges")
        points, cost, error = _refined(case, goal, jobs, Path(folder) / "refined", judges)
        print(f"  refined: {points} points, {cost} runs with all checks, error {100 * error:.2f} %", flush=True)
        for factor in FACTORS:
            larger = case.regular(factor)
            table = TableSet.of(characterize([larger], jobs, cache=grids), {})[larger.name]
            error = _judged(larger, table, goal, jobs, judges)
            shape = " x ".join(str(len(axis.values)) for axis in larger.axes())
            runs = 2 * (size(larger) + CHECKS)
            print(f"  regular, {shape}: {size(larger)} points, {runs} runs, error {100 * error:.2f} %", flush=True)
            if error <= goal.tolerance:
                tried = 2 * (len(list(grids.folder.glob("*/*.json"))) + CHECKS)
                ratios = f"{size(larger) / points:.1f} in points, {runs / cost:.1f} in runs"
                print(f"  regular over refined: {ratios}, {tried / cost:.1f} with the grids tried before")
                return
    print("  no regular grid was as good", file=sys.stderr)


def _refined(case: Case, goal: Goal, jobs: int | None, folder: Path, judges: Cache) -> tuple[int, int, float]:
    """Points of the refined table, the ngspice runs it took with all checks, and its error at the judges."""
    chosen: dict[str, object] = {"axes": {axis: {"refine": True} for axis in case.start}, "check_points": CHECKS}
    chosen |= {"tolerance": goal.tolerance, "quantile": goal.quantile}
    plan = Plan.model_validate({"procedures": {case.procedure.name: chosen}})
    config = PipelineConfig.model_validate({"simulation": {"jobs": jobs}}).model_copy(update={"plan": plan})
    result = refined(case.regular(1.0), config, cache=Cache(folder))
    runs = 2 * len(list(folder.glob("*/*.json")))
    for number, found in enumerate(result.rounds, 1):
        print(f"    round {number}: {found.points} points, error {100 * found.error:.2f} %, +{len(found.added)}")
    for axis in result.procedure.axes():
        print(f"    {axis.name}: {', '.join(f'{value:.3g}' for value in axis.values)}")
    if not result.met:
        print("    the tolerance is not met", file=sys.stderr)
    return size(result.procedure), runs, _judged(result.procedure, result.table, goal, jobs, judges)


def _judged(procedure: Procedure, table: Table, goal: Goal, jobs: int | None, cache: Cache) -> float:
    """The goal's quantile of the relative error, of the quantity where it is largest [1]."""
    errors = point_errors(procedure, table, JUDGES, SEED, jobs=jobs, cache=cache)
    names = {error.quantity for error in errors}
    return max(float(np.quantile([e.error for e in errors if e.quantity == name], goal.quantile)) for name in names)


if __name__ == "__main__":
    main()
