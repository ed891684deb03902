"""Figures from a table of quantities: the middle of each column, and the window of a cycling table."""

from __future__ import annotations

from functools import partial

import numpy as np

from measurements.criteria import Criteria
from measurements.endurance import endurance_of_resistances
from measurements.estimate import median_estimate
from measurements.findings import Findings
from measurements.quantities import QuantityTable

ON, OFF = "resistance_after_set", "resistance_after_reset"


def table_figures(findings: Findings, table: QuantityTable, criteria: Criteria) -> None:
    """Add the median of each column with a unit; of a cycling table window and share of good cycles too."""
    for name, values in table.columns.items():
        seen = values[np.isfinite(values)]
        if table.units[name] != "1" and seen.size:
            where = f"{table.kind} table, median of rows;"
            findings.add(f"{table.kind} {name}", partial(median_estimate, seen, table.units[name], where))
    if {ON, OFF} <= table.columns.keys():
        pair = table.columns[ON], table.columns[OFF]
        course = findings.attempt(f"{table.kind} window", lambda: endurance_of_resistances(*pair, criteria))
        if course is not None and course.window is not None:
            findings.figures[f"{table.kind} window"] = course.window
            findings.figures[f"{table.kind} success"] = course.success["cycle"]
