"""The heat model against published facts, and its fits against their own error bars.

`python -m benchmarks.heat [--json PATH] [--trials N]`. The first table says of each published fact what the model gives
and what that is worth (`heatfacts`). The second counts, over seeded trials with synthetic data, how often the stated
truth lies within the 95 % interval of each fitted parameter.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.heatfacts import REAL, Comparison, compare, session
from devicefit.card import Parameter
from devicefit.heat import fit_coefficient, fit_cycles, fit_disturb, fit_isothermal
from devicefit.heat.measured import coupling_along
from devicefit.heat.synthesis import (
    HEAT_TRUTH,
    SINKS,
    cycles_to_failure,
    neighbour_disturb,
    resistance_temperature,
    stack_switching,
    synthetic_array,
)


def coverage(trials: int) -> dict[str, float]:
    """Share of trials in which the truth lies within the 95 % interval, by fit and parameter [1]."""
    reach = coupling_along(synthetic_array())
    critical = Parameter(HEAT_TRUTH["critical_temperature"], "K", "assumed")
    inside: dict[str, int] = {}

    def count(fit: str, found: Mapping[str, Parameter]) -> None:
        for name, parameter in found.items():
            truth = SINKS.get(name) or HEAT_TRUTH[name]
            relative = (parameter.standard_error or 0.0) / parameter.value
            hit = abs(math.log(parameter.value / truth)) < 1.96 * relative
            inside[f"{fit}: {name}"] = inside.get(f"{fit}: {name}", 0) + hit

    for seed in range(trials):
        generator = np.random.default_rng([2026, seed])
        stage = fit_coefficient(resistance_temperature("d", "c", generator, "synthetic"))
        count("stage temperature", {"temperature_coefficient": stage.coefficient, "on_resistance": stage.resistance})
        law = fit_isothermal(stack_switching("d", generator, "synthetic"), HEAT_TRUTH["oxide_thickness"], critical)
        shared = {"saturated_conductivity": law.saturated_conductivity, "saturated_radius": law.saturated_radius}
        count("isothermal law", {**law.sink, **shared})
        count("cycles to failure", fit_cycles(cycles_to_failure("d", generator, "synthetic")).parameters)
        count("neighbour disturb", fit_disturb(neighbour_disturb("d", generator, "synthetic"), reach).parameters)
    return {name: hits / trials for name, hits in inside.items()}


def main() -> None:
    """Print both tables, and write them as JSON where asked."""
    parser = argparse.ArgumentParser(description="heat model against published facts")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--trials", type=int, default=200, help="seeded trials of each fit")
    arguments = parser.parse_args()
    rows: Sequence[Comparison] = [*compare(), *session()]
    shares = coverage(arguments.trials)
    _print(rows, shares, arguments.trials)
    if arguments.json is not None:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        document = {"benchmark": "heat", "comparisons": [asdict(row) for row in rows], "coverage": shares}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")


def _print(rows: Sequence[Comparison], shares: Mapping[str, float], trials: int) -> None:
    table = Table(title="heat: published against computed", show_lines=True)
    for column in ("published", "source", "model", "what it is worth"):
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(text) for text in (row.fact, row.source, row.model, row.verdict)))
    covered = Table(title=f"truth within the 95 % interval, {trials} seeded trials on synthetic data")
    covered.add_column("parameter")
    covered.add_column("share", justify="right")
    for name, share in shares.items():
        covered.add_row(name, f"{share:.3f}")
    console = Console(width=160)
    console.print(table)
    console.print(covered)
    if not REAL.is_dir():
        print("the measured heating session is not beside the project; it is left out")


if __name__ == "__main__":
    main()
