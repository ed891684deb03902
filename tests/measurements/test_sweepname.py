"""File names of the laboratory."""

from __future__ import annotations

import pytest

from measurements.sweep import Activity
from measurements.sweepname import parse_name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "(wafer1,2,0,-1,-1,3,4)_2202281602_observe_0_0.1_10mA.csv",
            ("wafer1(2,0)", "(3,4)", "2202281602", Activity.READ, 10e-3),
        ),
        (
            "(wafer2,0,7,-1,-1,1,2)_220325170745_reset_0_-3_1_6mA.csv",
            ("wafer2(0,7)", "(1,2)", "220325170745", Activity.RESET, 6e-3),
        ),
        (
            "(w,0,1,2,3,4,5)_220325170745_form_0_5_0.5_260nA.csv",
            ("w(0,1)(2,3)", "(4,5)", "220325170745", Activity.FORM, 260e-9),
        ),
    ],
)
def test_names(name: str, expected: tuple[str, str, str, Activity, float]) -> None:
    found = parse_name(name)
    assert found is not None
    assert (found.device, found.cell, found.stamp, found.activity, found.compliance_current) == expected


@pytest.mark.parametrize(
    "name",
    [
        "sweep.csv",
        "(wafer2,0,7,-1,-1,1)_220325170745_reset_0_-3_1_6mA.csv",
        "(wafer2,0,7,-1,-1,1,2)_22032517074_reset_0_-3_1_6mA.csv",
        "(wafer2,0,7,-1,-1,1,2)_220325170745_anneal_0_-3_1_6mA.csv",
        "(wafer2,0,7,-1,-1,1,2)_220325170745_reset_0_-3_1_6kA.csv",
        "(wafer2,0,7,-1,-1,1,2)_220325170745_reset_0_-3_1_6mA.csv.bak",
    ],
)
def test_other_names_say_nothing(name: str) -> None:
    assert parse_name(name) is None
