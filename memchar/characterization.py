"""Stage 4 over the variants of a plan: tables given or refined, validated, and kept as they are finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from memchar import pipeline
from memchar.config import PipelineConfig
from memchar.progress import ProgressCallback
from memchar.variants import Variant, check_variants, config_of, seeds, variants

if TYPE_CHECKING:
    from circuits import Cache, TableSet
    from devicefit import DeviceCard

Stage = Callable[[str], AbstractContextManager[ProgressCallback]]
_WRITING_SHARE = 0.1
"""Largest share of the time that goes into writing the tables finished so far [1]."""


def characterize_variants(
    card: DeviceCard, config: PipelineConfig, stage: Stage, *, cache: Cache | None = None, validation_points: int = 0
) -> Iterator[TableSet]:
    """Tables of one variant of the plan after the other, the first of the plan first.

    Axes are refined for the nominal circuit of a corner; its draws get the same grid, so that they can be compared
    point by point.

    Parameters
    ----------
    card, config
        Device, and everything else; the plan is in it.
    stage
        Shows progress under a title.
    cache
        Finished points: an interrupted call goes on where it was.
    validation_points
        Random points off the grid at which each table is held against fresh simulations; 0 for none.

    Raises
    ------
    InputError
        The device or the plan cannot give a variant; before anything is simulated.
    """
    check_variants(card, config)
    grids: TableSet | None = None
    every = variants(config)
    for number, variant in enumerate(every, 1):
        place = variant.label if len(every) == 1 else f"{variant.label} ({number} of {len(every)})"
        own = config_of(config, variant)
        circuits = pipeline.compose(card, own, variant.draw)
        with stage(f"characterize {place}") as progress:
            grid = grids if variant.draw else None
            tables = pipeline.characterize(circuits, own, cache=cache, progress=progress, grid=grid)
        grids = grids if variant.draw else tables
        if validation_points:
            with stage(f"validate {place}") as progress:
                tables = _validated(circuits, tables, own, validation_points, cache, progress)
        yield _described(tables, config, variant)


def save_as_finished(path: Path, finished: Iterator[TableSet]) -> list[TableSet]:
    """Take every variant and write them into one file: all of them in the end, those that are finished on the way.

    What was finished is in the file too where the next variant fails or is interrupted.
    """
    kept: list[TableSet] = []
    written, due = 0, 0.0
    try:
        for tables in finished:
            kept.append(tables)
            if time.monotonic() >= due:
                start = time.monotonic()
                save_tables(path, kept)
                written = len(kept)
                due = time.monotonic() + (time.monotonic() - start) / _WRITING_SHARE
    finally:
        if len(kept) > written:
            save_tables(path, kept)
    return kept


def save_tables(path: Path, variants: list[TableSet]) -> None:
    """Write sets of tables into one file atomically, the first at its root."""
    from circuits.tables import write_tables

    path.parent.mkdir(parents=True, exist_ok=True)
    groups = [({name: table.dataset for name, table in found.items()}, found.attributes) for found in variants]
    others = {str(attributes["variant"]): (datasets, attributes) for datasets, attributes in groups[1:]}
    write_tables(path, *groups[0], others)


def variant_rows(sets: list[TableSet]) -> list[tuple[str, ...]]:
    """Each variant with what became of its points, as lines of a text table."""
    rows: list[tuple[str, ...]] = [("variant", "table", "points", "coverage", "worst validation error")]
    for tables in sets:
        for name, table in tables.items():
            worst = table.dataset.attrs.get("validation_worst")
            text = "not validated" if worst is None else f"{100 * float(worst):.2f} %"
            size = str(table.dataset["status"].size)
            rows.append((str(tables.attributes["variant"]), name, size, f"{100 * table.coverage:.1f} %", text))
    return rows


def variant_document(sets: list[TableSet]) -> list[dict[str, object]]:
    """Each variant with seeds, points by status and worst validation errors, for `--json`."""
    named = ("variant", "process", "supply_voltage", "temperature", "draw", "device_seed", "mismatch_seed")
    return [
        {key: tables.attributes[key] for key in named if key in tables.attributes}
        | {
            "tables": {
                name: {"status": table.status_counts(), "coverage": table.coverage} | _recorded(table.dataset.attrs)
                for name, table in tables.items()
            }
        }
        for tables in sets
    ]


def _recorded(attributes: Mapping[str, object]) -> dict[str, object]:
    found = {key: attributes[key] for key in attributes if key.startswith("refinement_")}
    return found | ({"validation_worst": attributes["validation_worst"]} if "validation_worst" in attributes else {})


def _validated(
    circuits: pipeline.Circuits,
    tables: TableSet,
    config: PipelineConfig,
    points: int,
    cache: Cache | None,
    progress: ProgressCallback,
) -> TableSet:
    from circuits.quality import with_validation as with_errors
    from circuits.tables import TableSet
    from memchar.config import with_validation

    report = pipeline.validate(circuits, tables, with_validation(config, points, None), progress=progress, cache=cache)
    return TableSet.of(with_errors({n: t.dataset for n, t in tables.items()}, report), tables.attributes)


def _described(tables: TableSet, config: PipelineConfig, variant: Variant) -> TableSet:
    """The tables with the variant, its seeds, coverage and worst validation error among the attributes."""
    from dataclasses import replace

    drawn = seeds(config, variant.draw)
    found: dict[str, str | int | float] = {
        "variant": variant.label,
        "process": variant.process,
        "supply_voltage": variant.supply_voltage,
        "temperature": variant.temperature,
        "device_temperature": config.plan.corners.device_temperature,
        "draw": variant.draw,
        "coverage": min(table.coverage for table in tables.values()),
    }
    if drawn.device is not None:
        found["device_seed"] = drawn.device
    if drawn.mismatch is not None:
        found["mismatch_seed"] = drawn.mismatch
    worst = [
        float(t.dataset.attrs["validation_worst"]) for t in tables.values() if "validation_worst" in t.dataset.attrs
    ]
    if worst:
        found["validation_worst"] = max(worst)
    return replace(tables, attributes={**tables.attributes, **found})
