"""What `--interfaces` and the trims say."""

from __future__ import annotations

import pytest

from evaluator import Interfaces, Trim
from measurements.errors import InputError
from memchar.cli import run
from memchar.interfaces import TRIM_GAIN, TRIM_OFFSET, interfaces_named


def test_names_and_seeds_are_interfaces() -> None:
    trims = ("1e-8,1e-7", "0,0", 1.5)
    usual = (TRIM_OFFSET, TRIM_GAIN, 1.5)
    assert interfaces_named("ideal", *usual) is None
    assert interfaces_named("designed", *usual) == Interfaces()
    for text in ("ideal", "designed"):
        with pytest.raises(InputError, match="not trimmed"):
            interfaces_named(text, *trims)
    assert interfaces_named("12", *trims) == Interfaces(12, Trim(1e-8, 1e-7, 0.0, 0.0, 1.5))


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("-1", "0,0", "'-1' is none"),
        ("drawn", "0,0", "'drawn' is none"),
        ("1e3", "0,0", "'1e3' is none"),
        ("3", "1e-8", "STEP,RANGE is needed"),
        ("3", "2e-8,1e-8", "trim by steps"),
    ],
)
def test_what_is_none_is_refused(text: str, offset: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        interfaces_named(text, offset, "0,0", 1.8)


def test_another_workload_has_no_interfaces(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--workload", "mixed-precision-lenet", "--interfaces", "3"]) == 2
    assert "--interfaces" in capsys.readouterr().err
