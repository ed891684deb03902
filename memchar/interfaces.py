"""What the command line says of column interfaces: whether their errors act, how they are drawn and trimmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from measurements.errors import InputError

if TYPE_CHECKING:
    from evaluator import Interfaces

IDEAL, DESIGNED = "ideal", "designed"
TRIM_OFFSET, TRIM_GAIN = "1.76e-8,5.8e-7", "0.068,0.41"
"""Steps and ranges of the trim cells' default sizes (docs/operating_point.md) [A], [1]."""


def interfaces_named(text: str, trim_offset: str, trim_gain: str, supply_voltage: float) -> Interfaces | None:
    """None for ideal ones, those as designed, or those of a seed, trimmed from a supply of `supply_voltage` [V].

    Raises
    ------
    InputError
        It is none of these, the trim is none, or there is a trim of interfaces that are not drawn.
    """
    from evaluator import Interfaces, Trim

    if text in (IDEAL, DESIGNED) and (trim_offset, trim_gain) != (TRIM_OFFSET, TRIM_GAIN):
        raise InputError(
            f"--interfaces {text} are not trimmed; --trim-offset and --trim-gain are for drawn ones",
            hint="name a seed, as --interfaces 1, or leave the trims out",
        )
    if text == IDEAL:
        return None
    if text == DESIGNED:
        return Interfaces()
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise InputError(f"--interfaces {text[:40]!r} is none", hint=f"{IDEAL}, {DESIGNED}, or a seed: a whole number")
    return Interfaces(int(text), Trim(*step_and_range(trim_offset), *step_and_range(trim_gain), supply_voltage))


def step_and_range(text: str) -> tuple[float, float]:
    """Step and range of a trim.

    >>> step_and_range("2e-8,2.54e-6")
    (2e-08, 2.54e-06)
    """
    try:
        step, reach = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{text[:40]!r} is no trim; STEP,RANGE is needed, as 2e-8,2.54e-6") from None
    return step, reach
