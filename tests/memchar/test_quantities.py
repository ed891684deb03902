"""Engineering notation at the edge."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.errors import InputError
from memchar.quantities import format_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2.5k", None, 2500.0),
        ("35uA", "A", 35e-6),
        ("100 mV", "V", 0.1),
        ("1e-3", "s", 1e-3),
        ("3M", None, 3e6),
        ("-.5", None, -0.5),
        ("2 Ω", "ohm", 2.0),
        ("5f", "F", 5e-15),
    ],
)
def test_reads_what_engineers_write(text, unit, value):
    assert parse_quantity(text, unit) == value


@pytest.mark.parametrize("text", ["", "k", "1..2", "1e", "nan", "inf", "1 2", "5x", "__import__('os')"])
def test_refuses_what_is_no_quantity(text):
    with pytest.raises(InputError, match="is not a quantity"):
        parse_quantity(text)


def test_milli_and_mega_are_not_confused():
    assert parse_quantity("1m") == 1e-3
    assert parse_quantity("1M") == 1e6


def test_another_unit_is_refused():
    with pytest.raises(InputError, match="is in V where A is expected"):
        parse_quantity("3mV", "A")


@given(st.floats(min_value=1e-15, max_value=9e11))
def test_what_is_shown_reads_back_to_three_digits(value):
    assert math.isclose(parse_quantity(format_quantity(value, "J"), "J"), value, rel_tol=6e-3)
