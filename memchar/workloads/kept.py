"""Runs of an earlier, interrupted command that need not be made again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from memchar.files import read_text
from memchar.workloads.lenetplan import LenetPlan

RUN = ("mode", "seed", "finished", "epochs", "transfer")


def finished_runs(path: Path | None, key: str, plan: LenetPlan) -> list[dict[str, Any]]:
    """Whole runs of the same key in an earlier result; none where there is no such result."""
    if path is None or not path.is_file():
        return []
    try:
        document = json.loads(read_text(path))
        runs = document["runs"] if document["key"] == key else []
        whole = [run for run in runs if all(name in run for name in RUN)]
        return [run for run in whole if run["finished"] is True and len(run["epochs"]) == plan.epochs]
    except (ValueError, KeyError, TypeError):
        return []
