import math

import pytest

from measurements.errors import NetlistError
from netlists.checks import finite, identifier, not_negative, positive, single_line


@pytest.mark.parametrize("text", ["", "a b", "a\n.end", "A", "1a", "v(x)", "a;b", "mem\r"])
def test_names_that_could_change_a_netlist_are_refused(text: str) -> None:
    with pytest.raises(NetlistError, match="is not made of"):
        identifier(text)


@pytest.mark.parametrize("text", ["", "two\nlines", "nul\0"])
def test_titles_are_one_printable_line(text: str) -> None:
    with pytest.raises(NetlistError, match="title"):
        single_line(text)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_positive_refuses(value: float) -> None:
    with pytest.raises(NetlistError, match="edge_time"):
        positive("edge_time [s]", value)


def test_zero_is_not_negative_and_nan_is_neither() -> None:
    assert not_negative("c", 0.0) == 0.0
    assert finite("i", -2.0) == -2.0
    with pytest.raises(NetlistError):
        not_negative("c", -1e-18)
    with pytest.raises(NetlistError):
        finite("i", math.nan)
