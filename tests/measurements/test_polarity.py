"""Polarity of a cell and sweeps that disagree."""

from __future__ import annotations

from collections.abc import Callable

from measurements import Source, Sweep
from measurements.polarity import find_polarity
from measurements.transition import Transition
from measurements.transitions import find_transitions

Make = Callable[..., Sweep]


def every(*sweeps: Sweep) -> list[Transition]:
    return [one for sweep in sweeps for one in find_transitions(sweep)]


def test_usual_polarity_has_no_flag(make_set: Make, make_reset: Make) -> None:
    found = find_polarity(every(make_set(), make_reset(), make_set()))
    assert (found.set_sign, found.reset_sign, found.sets, found.resets) == (1, -1, (2, 0), (0, 1))
    assert found.flags == ()


def test_swapped_sweep_is_named(make_set: Make, make_reset: Make) -> None:
    odd = make_set(polarity=-1, source=Source("odd.csv", ""))
    found = find_polarity(every(make_set(), make_set(), odd, make_reset()))
    (flag,) = found.flags
    assert "1 of 3 sets" in flag
    assert "odd.csv" in flag


def test_negative_set_and_unipolar_are_told(make_set: Make, make_reset: Make) -> None:
    found = find_polarity(every(make_set(polarity=-1), make_reset(polarity=-1)))
    assert found.unipolar
    assert any("leads were swapped" in flag for flag in found.flags)
    assert any("unipolar" in flag for flag in found.flags)


def test_cell_that_never_switches_has_no_polarity(make_set: Make) -> None:
    found = find_polarity(every(make_set(index=101)))
    assert (found.set_sign, found.reset_sign, found.flags) == (None, None, ())
