"""`memchar characterize my_cell.cir --procedure spiking-cell --plan plan.toml --trust-netlist`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.output import columns, emit

if TYPE_CHECKING:
    from circuits import Cache, Table, TableSet
    from circuits.procedures.spiking_cell import SpikingCellProcedure
    from circuits.rheobase import IntervalLaw, Rheobase
    from memchar.circuitplan import OwnVariant

SHOWN = ("interval", "latency", "energy", "static_power", "pulse_width")

OwnProcedure = Annotated[
    str | None,
    typer.Option("--procedure", help="For a circuit of your own: spiking-cell. The argument is then a netlist."),
]
TrustNetlist = Annotated[
    bool, typer.Option("--trust-netlist", help="You looked through your own netlist, and ngspice may run it.")
]


def characterize_own_command(
    procedures: Mapping[OwnVariant, SpikingCellProcedure],
    output: Path,
    cache: Callable[[], Cache],
    *,
    jobs: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Characterize a user's cell, or say what would be run; `cache` is opened only where something runs."""
    from memchar.characterization import save_tables
    from memchar.owncircuit import characterize_own
    from memchar.progress import show_progress

    if dry_run:
        _say_planned(procedures, as_json=as_json)
        return
    kept, opened = [], cache()
    documents: dict[str, dict[str, Any]] = {}
    lines: list[str] = []
    for variant, procedure in procedures.items():
        with show_progress(f"characterize {variant.label}", quiet=as_json) as progress:
            tables, threshold, law = characterize_own(variant, procedure, jobs, opened, progress)
        kept.append(tables)
        save_tables(output, kept)  # a corner that is finished is kept where the next one fails
        documents[variant.label], own = _own_document(tables, threshold, law)
        lines += [*([f"corner {variant.label}"] if len(procedures) > 1 else []), *own]
    document = {"variants": documents} if len(procedures) > 1 else next(iter(documents.values()))
    emit({"tables": str(output), **document}, [*lines, f"tables -> {output}"], as_json=as_json)


def _say_planned(procedures: Mapping[OwnVariant, SpikingCellProcedure], *, as_json: bool) -> None:
    """What would be run, the settings being those of the first corner."""
    procedure = next(iter(procedures.values()))
    points = len(procedure.input_current)
    corners = {"corners": ", ".join(variant.label for variant in procedures)} if len(procedures) > 1 else {}
    runs = 2 * points * len(procedures)
    planned = {"procedure": procedure.name, "points": points, **corners, "runs": runs, **procedure.settings()}
    emit(planned, [f"{key}: {value}" for key, value in planned.items()], as_json=as_json)


def _own_rows(table: Table) -> list[tuple[str, ...]]:
    """A line a point: input current, main quantities, status."""
    from circuits.status import Status

    data = table.dataset
    rows: list[tuple[str, ...]] = [("input_current [A]", *(f"{n} [{table.unit(n)}]" for n in SHOWN), "status")]
    for index, current in enumerate(data["input_current"].to_numpy()):
        found = (float(data[name].to_numpy()[index]) for name in SHOWN)
        status = Status(int(data["status"].to_numpy()[index])).meaning
        rows.append((f"{current:.3g}", *("" if value != value else f"{value:.4g}" for value in found), status))
    return rows


def _own_document(tables: TableSet, threshold: Rheobase, law: IntervalLaw | None) -> tuple[dict[str, Any], list[str]]:
    """What came out, for programs and for people."""
    (table,) = tables.values()
    failures = str(table.dataset.attrs["failures"]).splitlines()
    document = {
        "status": {table.name: table.status_counts()},
        "rheobase_A": [threshold.silent, threshold.firing],
        "interval_law": None if law is None else _finite(vars(law)) | {"refractory_period_shows": law.shows},
        "failures": failures,
    }
    return document, [
        *columns(_own_rows(table)),
        *failures,
        f"threshold current {threshold.described()}",
        _law_line(law),
    ]


def _law_line(law: IntervalLaw | None) -> str:
    if law is None:
        return "refractory period: five points that fire are needed to tell it from the intervals"
    shape = f"interval = {law.charge:.3g} C/(I - {law.leak:.2g} A) + refractory period, to {100 * law.worst:.2g} %"
    if not law.shows:
        return f"refractory period does not show; {shape}"
    return f"refractory period {law.refractory_period:.3g} +- {law.refractory_error:.1g} s from {shape}"


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    """Numbers that JSON can hold; an error that could not be had is null."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
