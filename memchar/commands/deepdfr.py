"""The workload deep-dfr of `memchar evaluate`, and the options that it alone takes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from memchar.commands.output import emit

Settings = Annotated[
    Path | None,
    typer.Option("--settings", help="deep-dfr: reservoir, tasks and readout (TOML, memchar/deepdfrplan.py)."),
]
Tasks = Annotated[
    str | None,
    typer.Option("--task", help="deep-dfr: narma10, mackey-glass, santa-fe, mnist-rows, with commas; else all."),
]
Depth = Annotated[str | None, typer.Option("--depth", help="deep-dfr: loops in cascade, as 1,2,3,4.")]
Nodes = Annotated[int | None, typer.Option("--nodes", help="deep-dfr: virtual nodes of all loops together; 200.")]
Tune = Annotated[
    int | None, typer.Option("--tune", help="deep-dfr: tries to find settings on the validation part; else kept ones.")
]
Series = Annotated[
    Path | None,
    typer.Option("--series", help="deep-dfr: Santa Fe laser series, a number a line; else that of reservoirpy."),
]
Figure = Annotated[Path | None, typer.Option("--figure", help="deep-dfr: also draw node, tasks and variation (PNG).")]


@dataclass(frozen=True)
class DeepDfrOptions:
    """What the command was given for this workload; None where it was not."""

    settings: Path | None = None
    tasks: str | None = None
    depth: str | None = None
    nodes: int | None = None
    tune: int | None = None
    series: Path | None = None
    figure: Path | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the options that were given."""
        return tuple(
            f"--{name.removesuffix('s')}" if name == "tasks" else f"--{name}"
            for name, v in vars(self).items()
            if v is not None
        )


def evaluate_deep_dfr(
    tables: Path,
    device: Path,
    data: Path | None,
    variant: str | None,
    options: DeepDfrOptions,
    output: Path | None,
    as_json: bool,
) -> None:
    """Evaluate the reservoir; see `memchar evaluate`."""
    from circuits.tables import read_tables
    from memchar.deepdfr import Sources, deep_dfr
    from memchar.deepdfrfigure import deep_dfr_figure
    from memchar.deepdfrlines import deep_dfr_lines
    from memchar.deepdfrplan import listed, load_deep_dfr_plan
    from memchar.files import read_card, write_bytes, write_json

    changes: dict[str, Any] = {
        "tasks": listed(options.tasks, "tasks"),
        "depth": listed(options.depth, "depths"),
        "nodes": options.nodes,
        "tune": options.tune,
    }
    plan = load_deep_dfr_plan(options.settings, changes)

    def say(task: str) -> None:
        if not as_json and sys.stderr.isatty():
            print(f"deep-dfr: {task}", file=sys.stderr)

    document = deep_dfr(read_tables(tables, variant), read_card(device), plan, Sources(options.series, data), say)
    if output is not None:
        write_json(output, document)
    if options.figure is not None:
        write_bytes(options.figure, deep_dfr_figure(document))
    emit(document, deep_dfr_lines(document), as_json=as_json)
