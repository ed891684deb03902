"""How wrong the shipped tables are between their points: every procedure, every quantity, against fresh ngspice runs.

    python -m benchmarks.validation [PROCEDURE…] [--points 40] [--cache runs/validation] [--jobs N]

Each procedure fills its table on the grid it is shipped with (from the stated truth behind the synthetic reference, in
the default configuration; `spiking_cell` on the plans of both examples) and is then run at random points off that grid.
Energies and delays, that is every quantity in joules or seconds, are judged: median at most 1 %, 95th percentile at
most 3 %. All others are printed apart with the reason. Finished points are kept in a folder and are not run again.
The exit status is 1 where a judged quantity misses, or a point that the table predicts is not confirmed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table as Printed

from circuits import Cache, Procedure, TableSet
from circuits.characterize import characterize
from circuits.validate import ProcedureValidation, QuantityErrors, validate
from devicefit import reference_truth
from memchar.circuitplan import OwnCircuitPlan, planned_procedure
from memchar.config import PipelineConfig
from memchar.pipeline import compose
from memchar.plan import Plan, ProcedureName
from memchar.tomlfile import load_toml

POINTS = 40
SEED = 20
MEDIAN = 0.01
"""Largest median error of an energy or a delay [1]."""
P95 = 0.03
"""Largest 95th percentile of it [1]."""
JUDGED = {"J": "energy", "s": "delay"}
STEPS = {"first_wins", "tie", "spikes"}
"""Quantities that are whole numbers: between two of them there is nothing to interpolate."""
REPEATING = (
    "encoder_full", "encoder_parallel", "encoder_partial", "encoder_rate", "encoder_burst", "encoder_multiplexed",
)  # fmt: skip
"""Their energies are those of a whole window, which holds a whole number of spikes."""
EXAMPLES = ("axon_hillock", "indiveri_neuron")


@dataclass(frozen=True)
class Row:
    """One line of the table: errors of one quantity [1], and the limits or why it has none."""

    procedure: str
    grid: int
    compared: int
    errors: QuantityErrors
    apart: str | None

    @property
    def met(self) -> bool:
        """Whether the limits hold; a quantity that is not judged has none to miss."""
        return self.apart is not None or (self.errors.median <= MEDIAN and self.errors.p95 <= P95)


def shipped(names: Sequence[str] = ()) -> dict[str, Procedure]:
    """The procedures named, or all, on the grids they are shipped with, by the label they are printed under."""
    card, config = reference_truth(), PipelineConfig()
    plan = Plan.model_validate({"procedures": {name: {} for name in get_args(ProcedureName)}})
    found: dict[str, Procedure] = {}
    for procedure in compose(card, config.model_copy(update={"plan": plan})).procedures:
        found[procedure.name] = procedure
    found |= {f"spiking_cell, {name}": _example(name) for name in EXAMPLES}
    return {label: procedure for label, procedure in found.items() if not names or procedure.name in names}


def _example(name: str) -> Procedure:
    folder = Path(__file__).parents[1] / "examples" / name
    plan = load_toml(folder / "plan.toml", OwnCircuitPlan, "it is one of the project's examples")
    return planned_procedure(plan, folder / f"{name}.cir", trusted=True)


def measure(
    label: str, procedure: Procedure, points: int, seed: int, jobs: int | None, cache: Cache
) -> tuple[list[Row], ProcedureValidation]:
    """Fill the table, run the points off its grid, and sort the quantities."""
    tables = TableSet.of(characterize([procedure], jobs, cache=cache), {})
    (found,) = validate([procedure], tables, points, seed, jobs=jobs, cache=cache).procedures
    grid = int(tables[procedure.name].dataset["status"].size)
    return [Row(label, grid, found.compared, errors, _apart(label, errors)) for errors in found.errors], found


def _apart(label: str, errors: QuantityErrors) -> str | None:
    """Why a quantity is not judged by the limits of energy and delay; None where it is."""
    if label in REPEATING and errors.quantity in ("energy", "input_energy"):
        return "jumps by a spike; energy_per_spike is judged"
    if errors.quantity in STEPS:
        return "a step: whole numbers"
    return None if errors.unit in JUDGED else f"in {errors.unit}, neither energy nor delay"


def print_rows(title: str, rows: Sequence[Row], last: str) -> None:
    """One table; errors in percent."""
    printed = Printed(title=title)
    for column in ("procedure", "grid", "quantity", "points", "median", "p95", "worst", last):
        printed.add_column(column, justify="left" if column in ("procedure", "quantity", last) else "right")
    for row in rows:
        errors = row.errors
        shares = (f"{100 * value:.3f} %" for value in (errors.median, errors.p95, errors.worst))
        verdict = row.apart or ("yes" if row.met else "NO")
        printed.add_row(row.procedure, str(row.grid), errors.quantity, str(row.compared), *shares, verdict)
    Console(width=140).print(printed)


def document(rows: Sequence[Row], failures: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """As plain dictionaries and lists that `json` writes."""
    plain = [asdict(row) | {"met": row.met} for row in rows]
    return {"benchmark": "validation", "median": MEDIAN, "p95": P95, "rows": plain, "failures": dict(failures)}


def main() -> None:
    """Print judged quantities, those apart, and points that were not confirmed."""
    parser = argparse.ArgumentParser(description="Errors of every shipped table between its points.")
    parser.add_argument("procedures", nargs="*", help="all if none is named")
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=None)
    parser.add_argument("--cache", type=Path, default=Path("runs/validation"), help="folder of finished points")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    chosen = parser.parse_args()
    cache, rows, failures = Cache(chosen.cache), [], {}
    for label, procedure in shipped(chosen.procedures).items():
        found, entry = measure(label, procedure, chosen.points, chosen.seed, chosen.jobs, cache)
        rows += found
        failures[label] = entry.failures
        print(f"{label}: {len(entry.failures)} of {chosen.points} points not confirmed", flush=True)
    print_rows(f"energy and delay: median <= {MEDIAN:.0%}, p95 <= {P95:.0%}", [r for r in rows if not r.apart], "met")
    print_rows("apart", [row for row in rows if row.apart], "why not judged")
    for label, messages in failures.items():
        print("\n".join(f"{label}: {message}" for message in messages), end="\n" if messages else "")
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(document(rows, failures), indent=2) + "\n")
    sys.exit(0 if all(row.met for row in rows) and not any(failures.values()) else 1)


if __name__ == "__main__":
    main()
