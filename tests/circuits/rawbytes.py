"""Writes raw files as ngspice 39 does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def raw_bytes(
    names: Sequence[str], table: np.ndarray, *, points: int | str | None = None, flags: str = "real"
) -> bytes:
    count = len(table) if points is None else points
    header = f"Title: toy\nDate: Sat Nov 21 11:07:00  2026\nPlotname: Transient Analysis\nFlags: {flags}\n"
    header += f"No. Variables: {len(names)}\nNo. Points: {count:<8}\nVariables:\n"
    header += "".join(f"\t{index}\t{name}\tvoltage\n" for index, name in enumerate(names))
    return header.encode() + b"Binary:\n" + np.ascontiguousarray(table, dtype="<f8").tobytes()
