"""Slices of the fault campaign are added up, and those of an earlier engine told apart."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.faultslices import engine_digest, measure


def stored(folder: Path, number: int, engine: str | None, injected: int) -> None:
    figures = [("faults, all", injected), ("wrong numbers", 0), ("wall time", 10.0)]
    content: dict[str, object] = {"figures": [{"name": n, "value": v, "unit": "1"} for n, v in figures]}
    if engine is not None:
        content["engine"] = engine
    (folder / f"{number:02d}-of-3.json").write_text(json.dumps(content))


def test_slices_of_an_earlier_engine_are_told_apart(tmp_path: Path) -> None:
    stored(tmp_path, 1, None, 5)
    stored(tmp_path, 2, "0123456789ab", 7)
    stored(tmp_path, 3, engine_digest(), 11)
    figures = {figure.name: figure.value for figure in measure(tmp_path, 3, 1)}
    assert figures == {
        "faults, all": 23,
        "of them with an earlier engine": 12,
        "wrong numbers": 0,
        "wall time of all slices": 30.0,
    }
