"""What every cell of a Liberty file is written with: its first lines, lists of numbers, units."""

from __future__ import annotations

from collections.abc import Iterable

NANO, PICO = 1e-9, 1e-12
CELL_HEAD = (
    "    dont_use : true;",
    "    dont_touch : true;",
    "    interface_timing : true;",
)
SUPPLY_PINS = (
    "    pg_pin (VDD) { pg_type : primary_power; voltage_name : VDD; }",
    "    pg_pin (VSS) { pg_type : primary_ground; voltage_name : VSS; }",
)


def listed(values: Iterable[float]) -> str:
    """Numbers as Liberty lists them.

    >>> listed([1, 0.25])
    '1, 0.25'
    """
    return ", ".join(f"{float(value):.6g}" for value in values)
