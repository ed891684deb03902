"""What networks take on arrays, published beside computed, and how long the cells of a training last, for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from memchar.files import read_card
from memchar.workloads import Request

if TYPE_CHECKING:
    from evaluator.mixedprecision import ModuleSettings
    from evaluator.mixedprecision.wear import Programming

COMPARED = (
    "devices", "flops", "arrays", "arrays_with_copies", "operations", "tile_operations", "plain_latency",
    "pipelined_latency", "copied_latency", "energy",
)  # fmt: skip


def accounts_document(settings: ModuleSettings, request: Request) -> list[dict[str, Any]]:
    """Each network of the published table: as printed, from the general account, and with the own device's energy."""
    from evaluator.mixedprecision import NETWORKS, account, published_cost
    from evaluator.mixedprecision.owncost import module_cost, table_cost
    from evaluator.mixedprecision.published import TABLE

    ours = None
    if request.tables is not None and request.device is not None:
        from circuits.tables import read_tables

        ours = read_tables(request.tables, request.variant), read_card(request.device)
    found = []
    for row in TABLE:
        made = account(NETWORKS[row.network](), published_cost(row.tile))
        computed = {name: getattr(made, name) for name in COMPARED}
        entry: dict[str, Any] = {
            "network": made.network.name,
            "tile": [row.tile.rows, row.tile.columns],
            "published": {name: getattr(row, name) for name in COMPARED},
            "computed": computed,
            "origin": made.cost.origin,
            "copies": {layer.layer.name: layer.copies for layer in made.layers if layer.copies > 1},
        }
        costs = {}
        if settings.name.startswith("own"):
            costs["own pulses"] = module_cost(settings, row.tile)
        if ours is not None:
            costs["own tables"] = table_cost(*ours, row.tile)
        entry["own"] = {
            name: {"energy": made.tile_operations * cost.energy, "operation": cost.energy, "origin": cost.origin}
            for name, cost in costs.items()
        }
        found.append(entry)
    return found


def life_document(document: Mapping[str, Any], programming: Programming) -> dict[str, Any] | None:
    """Energy of the writes of a mixed-precision training, and trainings that cells last; means over the seeds."""
    from evaluator.mixedprecision.wear import Wear, life_of

    ends = [run["epochs"][-1] for run in document["runs"] if run["mode"] == "mixed" and run["finished"]]
    if not ends:
        return None
    lives = [life_of(Wear(**_wear(end)), programming) for end in ends]
    bounded = "at least" if programming.endurance_bound else "about"
    return {
        "energy_of_a_write_J": programming.energy,
        "energy_origin": programming.origin,
        "energy_of_a_training_J": sum(life.energy for life in lives) / len(lives),
        "endurance": programming.endurance,
        "endurance_is": bounded,
        "trainings_of_the_mean_cell": min((life.trainings_mean for life in lives if life.trainings_mean), default=None),
        "trainings_of_the_busiest_cell": min(
            (life.trainings_busiest for life in lives if life.trainings_busiest), default=None
        ),
        "sources": {name: asdict(source) for name, source in programming.sources.items()},
    }


def _wear(epoch: Mapping[str, Any]) -> dict[str, Any]:
    return {**epoch["wear"], "by_layer": tuple(epoch["wear"]["by_layer"])}
