"""Units of column headers."""

from __future__ import annotations

import numpy as np
import pytest

from measurements.units import parse_unit, split_header


@pytest.mark.parametrize(
    ("text", "si", "value"),
    [
        ("V", "V", 3.0),
        ("mV", "V", 0.003),
        ("kV", "V", 3000.0),
        ("pA", "A", 3e-12),
        ("µA", "A", 3e-6),
        ("μA", "A", 3e-6),
        ("uA", "A", 3e-6),
        ("Amps", "A", 3.0),
        ("Volt", "V", 3.0),
        ("second", "s", 3.0),
        ("ms", "s", 0.003),
        ("m", "m", 3.0),
        ("kohm", "ohm", 3000.0),
        ("MΩ", "ohm", 3e6),
        ("Ohms", "ohm", 3.0),
        ("mS", "S", 0.003),
        ("degC", "K", 276.15),
        ("%", "1", 0.03),
        ("1", "1", 3.0),
    ],
)
def test_known_units(text: str, si: str, value: float) -> None:
    unit = parse_unit(text)
    assert unit is not None
    assert unit.si == si
    assert unit.to_si(np.array([3.0])).tolist() == [value]


@pytest.mark.parametrize("text", ["", "v", "a", "xA", "mmV", "a.u.", "dB", "VV", "MMS"])
def test_unknown_units(text: str) -> None:
    assert parse_unit(text) is None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("time [s]", ("time", "s")),
        (' "R1.V [V]" ', ("R1.V", "V")),
        ("Temperature (K)", ("Temperature", "K")),
        ("U / mV", ("U", "mV")),
        ("I/V", ("I/V", None)),
        ("Smu1.V[1][1]", ("Smu1.V[1]", "1")),
        ("f(x)", ("f", "x")),
        ("plain", ("plain", None)),
        ("n []", ("n", "")),
    ],
)
def test_header_cells(cell: str, expected: tuple[str, str | None]) -> None:
    assert split_header(cell) == expected
