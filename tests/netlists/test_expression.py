import pytest

from measurements.errors import NetlistError
from netlists.expression import MAXIMUM_LENGTH, evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.22u", 0.22e-6),
        ("3", 3.0),
        ("1meg", 1e6),
        ("1m", 1e-3),
        ("2.5e-7", 2.5e-7),
        ("100fF", 100e-15),
        ("10ohm", 10.0),
        ("{2*width + 1u}", 5e-6),
        ("'(width - 1u)/-2'", -0.5e-6),
        ("8-3-2", 3.0),
        ("8/2/2", 2.0),
    ],
)
def test_values(text: str, value: float) -> None:
    assert evaluate(text, {"width": 2e-6}) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "w",
        "1+",
        "1)",
        "(1",
        "1/0",
        "__import__('os')",
        "1 1",
        "2**3",
        "(" * 50 + "1",
        "1" * (MAXIMUM_LENGTH + 1),
        "-" * 60 + "1",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(NetlistError):
        evaluate(text, {})
