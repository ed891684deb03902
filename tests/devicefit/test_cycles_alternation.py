"""Sets and resets filed apart are put back in turn; what has a date, or another number, is left as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from devicefit.cycles.alternation import in_turn
from measurements.sweep import Activity, Source, Sweep


def sweeps(file: str, activity: Activity, count: int, taken: str = "") -> list[Sweep]:
    ramp = np.linspace(0.0, 1.0, 5)
    one = Sweep(
        time=ramp,
        voltage=ramp,
        current=ramp,
        activity=activity,
        compliance_current=None,
        device="d",
        cell="c",
        cycle=0,
        temperature=None,
        source=Source(file, "0" * 64),
        taken=taken,
    )
    return [replace(one, cycle=number) for number in range(count)]


def order(found: tuple[Sweep, ...]) -> list[str]:
    return [f"{sweep.activity.value}{sweep.cycle}" for sweep in found]


def test_two_files_of_one_test_alternate_each_cycle_beginning_with_its_set() -> None:
    resets, sets = sweeps("a", Activity.RESET, 3), sweeps("b", Activity.SET, 3)
    assert order(in_turn([*resets, *sets])) == ["set0", "reset0", "set1", "reset1", "set2", "reset2"]
    assert order(in_turn([*sets, *resets])) == order(in_turn([*resets, *sets]))


def test_a_single_reset_before_them_stays_where_it_is() -> None:
    first = sweeps("first", Activity.RESET, 1)
    found = in_turn([*first, *sweeps("a", Activity.RESET, 2), *sweeps("b", Activity.SET, 2)])
    assert order(found) == ["reset0", "set0", "reset0", "set1", "reset1"]
    assert found[0].source.file == "first"


def test_other_numbers_dates_and_purposes_are_left_as_they_are() -> None:
    unequal = [*sweeps("a", Activity.RESET, 3), *sweeps("b", Activity.SET, 2)]
    dated = [*sweeps("a", Activity.RESET, 2, "2022-01-01"), *sweeps("b", Activity.SET, 2, "2022-01-02")]
    reads = [*sweeps("a", Activity.READ, 2), *sweeps("b", Activity.SET, 2)]
    for given in (unequal, dated, reads):
        assert in_turn(given) == tuple(given)
