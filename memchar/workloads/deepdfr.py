"""Workload deep-dfr: a deep delay-feedback reservoir on the characterized node, its readout in memristors that vary."""

from __future__ import annotations

import sys
from pathlib import Path

from circuits.tables import read_tables
from measurements.errors import InputError
from memchar.files import read_card, write_bytes
from memchar.workloads import Findings, Request
from memchar.workloads.deepdfrdocument import Sources, deep_dfr
from memchar.workloads.deepdfrfigure import deep_dfr_figure
from memchar.workloads.deepdfrlines import deep_dfr_lines
from memchar.workloads.deepdfrplan import deep_dfr_plan

NAME = "deep-dfr"


def evaluate(request: Request) -> Findings:
    """Every task at every depth, on the ideal node and on the characterized one; the request's figure is drawn.

    Raises
    ------
    InputError
        No tables or card, settings that do not fit, and as `deep_dfr`.
    """
    if request.tables is None or request.device is None:
        raise InputError(f"{NAME} needs tables and --device", hint="docs/deep_dfr.md")
    settings = dict(request.settings)
    series = settings.pop("series", None)
    plan = deep_dfr_plan(settings)

    def say(task: str) -> None:
        if not request.quiet and sys.stderr.isatty():
            print(f"{NAME}: {task}", file=sys.stderr)

    sources = Sources(None if series is None else Path(series), request.data)
    tables, card = read_tables(request.tables, request.variant), read_card(request.device)
    document = deep_dfr(tables, card, plan, sources, say)
    if request.figure is not None:
        write_bytes(request.figure, deep_dfr_figure(document))
    return Findings(document, tuple(deep_dfr_lines(document)))
