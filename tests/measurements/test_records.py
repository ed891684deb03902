"""Sets of records."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from measurements import Activity, InputError, MeasurementSet, Source, Sweep, ThermalStep


def test_selection_keeps_order_and_cells_apart(make_set: Callable[..., Sweep]) -> None:
    sweeps = tuple(make_set(cell=cell, cycle=number) for number, cell in enumerate(["(1,2)", "(2,1)", "(1,2)"]))
    heat = ThermalStep(np.array([0.0, 1.0]), np.ones(2), np.full(2, 300.0), 300.0, "other", "(1,2)", Source("h", ""))
    records = MeasurementSet(sweeps, (heat,))
    assert records.devices_and_cells() == (
        ("wafer(0,0)", "(1,2)"),
        ("wafer(0,0)", "(2,1)"),
        ("other", "(1,2)"),
    )
    assert [sweep.cycle for sweep in records.of_cell("wafer(0,0)", "(1,2)").sweeps] == [0, 2]
    assert records.of_cell("other", "(1,2)").heat == (heat,)
    assert records.of_cell("other", "(2,1)").sweeps == ()


@pytest.mark.parametrize(
    ("time", "current", "words"),
    [
        ([0.0, 1.0], [1.0], "current has shape"),
        ([], [], "no point"),
        ([0.0, 1.0], [1.0, np.nan], "current is not finite at point 1"),
        ([1.0, 0.0], [1.0, 1.0], "backwards"),
    ],
)
def test_impossible_sweeps_are_refused(
    make_sweep: Callable[..., Sweep], time: list[float], current: list[float], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        make_sweep(np.zeros(len(time)), np.array(current), Activity.SET, time=np.array(time))


def test_arrays_cannot_be_changed(make_set: Callable[..., Sweep]) -> None:
    with pytest.raises(ValueError, match="read-only"):
        make_set().current[0] = 1.0
