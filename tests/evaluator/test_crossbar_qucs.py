"""Arrays with resistive wires as another simulator solved them: the 33 public Qucs cases of badcrossbar."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluator.crossbar import ArrayWiring, effective_conductance, solve_array

CASES = json.loads((Path(__file__).parent / "qucs_arrays.json").read_text("ascii"))["cases"]


def conductances(case: Mapping[str, Any]) -> NDArray[np.float64]:
    """Of each cell [S]; an open cell has none."""
    resistances = np.array(case["resistances"], dtype=np.float64)
    return np.where(np.isnan(resistances), 0.0, 1.0 / resistances)


def wiring(case: Mapping[str, Any]) -> ArrayWiring:
    """Their first segment lies before the first cell and their last below the last one."""
    row, column = case["row_segment"], case["column_segment"]
    return ArrayWiring(row, column, row, column)


def assert_same(found: NDArray[np.float64], qucs: Sequence[Any]) -> None:
    np.testing.assert_allclose(found, qucs, rtol=1e-9, atol=1e-15)


def test_there_are_all_of_them_and_they_are_not_all_zero() -> None:
    assert len(CASES) == 33
    assert sum(bool(np.any(case["output_current"])) for case in CASES) == 18


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_every_node_and_every_current_is_that_of_qucs(case: Mapping[str, Any]) -> None:
    cells, sources = conductances(case), np.array(case["voltages"])
    solved = solve_array(cells, sources, wiring(case))
    assert_same(solved.column_current, case["output_current"])
    assert_same(solved.cell_current, case["cell_current"])
    assert_same(solved.row_voltage, case["row_voltage"])
    assert_same(solved.column_voltage, case["column_voltage"])
    assert_same(sources @ effective_conductance(cells, wiring(case)), case["output_current"])
