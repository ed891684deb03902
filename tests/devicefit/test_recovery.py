"""The recovery benchmark in short: stated intervals hold the truth and are narrow; trials are kept and gone on from."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.recovery import coverage, whole
from benchmarks.recovery_cases import CASES
from benchmarks.recovery_trials import Trial, append_trial, read_trials, run_trials
from measurements.errors import InputError

NAMES = ("vteam", "sky130-reram")
SEEDS = range(3)


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    return list(run_trials([(name, seed) for name in NAMES for seed in SEEDS], 1))


def kept(seed: int, **changes: object) -> Trial:
    case = CASES["vteam"]
    found = {"set_rate": 200.0, "reset_rate": 20.0}
    intervals = {"set_rate": (190.0, 210.0), "reset_rate": (21.0, 22.0)}
    values = {"model": "vteam", "case": case.digest, "sources": "0", "seed": seed, "seconds": 1.0}
    return Trial(**{**values, "found": found, "intervals": intervals, **changes})  # type: ignore[arg-type]


def test_stated_intervals_hold_the_truth(trials: list[Trial]) -> None:
    assert not any(trial.failure for trial in trials)
    assert sum(len(trial.intervals) for trial in trials) >= 34
    assert coverage(trials) >= 0.85


def test_intervals_of_shared_parameters_tell_five_per_cent(trials: list[Trial]) -> None:
    for name, parameter in (
        ("vteam", "off_resistance"),
        ("vteam", "reset_rate"),
        ("sky130-reram", "field_enhancement"),
    ):
        truth = CASES[name].truth.value(parameter)
        for trial in trials:
            if trial.model == name:
                low, high = trial.intervals[parameter]
                assert math.log(high / low) < 0.05
                assert not low <= 1.05 * truth <= high


def test_coverage_counts_misses_and_failures() -> None:
    assert coverage([kept(0)]) == pytest.approx(0.5)
    assert coverage([kept(0)], "set_rate") == pytest.approx(1.0)
    failed = kept(1, failure="no minimum", found={}, intervals={})
    assert coverage([kept(0), failed]) == pytest.approx(1.0 / 8.0)
    assert whole([kept(0), failed]) == pytest.approx(0.0, abs=1e-12)


def test_trials_are_read_back_and_a_cut_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    append_trial(path, kept(0))
    with path.open("a") as file:
        file.write('{"model": "vteam", "se')
    assert [trial.seed for trial in read_trials(path)] == [0]
    append_trial(path, kept(1))
    assert [trial.seed for trial in read_trials(path)] == [0, 1]
    assert read_trials(path)[0].missed == ("reset_rate",)
    append_trial(path, kept(2, case="of another truth"))
    assert [trial.seed for trial in read_trials(path)] == [0, 1]


def test_a_line_that_is_no_trial_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text("[]\n")
    append_trial(path, kept(0))
    with pytest.raises(InputError, match=r"trials.jsonl:1: not a recovery trial"):
        read_trials(path)
