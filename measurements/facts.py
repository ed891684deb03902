"""What the user states about files where the files themselves are silent: series resistor, cell, units of columns.

A facts file is TOML, rules in order, later ones over earlier ones::

    [[files]]
    match = "triangle*.csv"          # name or path of the files meant, with * and ?; all where it is left out
    series_resistance = 1000.0       # [ohm]
    cell = "A1"

Keys: the fields of `FileFacts`, in SI units.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from measurements.errors import InputError
from measurements.sweep import Activity

MAXIMUM_BYTES = 1024 * 1024
"""Largest facts file taken [byte]."""


@dataclass(frozen=True)
class FileFacts:
    """Facts that go before those in a file, its name, and what could be inferred; None where nothing is stated.

    Parameters
    ----------
    device, cell, activity
        As in `Sweep`.
    compliance_current [A], temperature [K]
        As in `Sweep`.
    series_resistance
        Resistor in series with the device in an oscilloscope measurement [ohm].
    drive_channel
        Oscilloscope channel that is connected to the generator.
    read_voltage
        Voltage of the reads in a table of currents [V].
    swap_polarity
        Whether voltage and current change their sign, so that positive is on the active electrode.
    columns
        Headers of a table that has none, such as `resistance [ohm]`, from the left.

    Raises
    ------
    InputError
        A quantity that is not a finite number above zero.
    """

    device: str | None = None
    cell: str | None = None
    activity: Activity | None = None
    compliance_current: float | None = None
    temperature: float | None = None
    series_resistance: float | None = None
    drive_channel: int | None = None
    read_voltage: float | None = None
    swap_polarity: bool | None = None
    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("compliance_current", "temperature", "series_resistance", "read_voltage"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InputError(f"{name} is {value}, expected a finite number above zero")

    def over(self, other: FileFacts) -> FileFacts:
        """These facts, and the other's where these are silent."""
        stated = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(other, **{name: value for name, value in stated.items() if value is not None})


@dataclass(frozen=True)
class FactRule:
    """Facts about the files whose name or path matches a pattern."""

    match: str
    facts: FileFacts


def facts_of(path: Path, rules: Iterable[FactRule]) -> FileFacts:
    """What the rules say about one file.

    >>> rules = [FactRule("*", FileFacts(cell="A")), FactRule("b*.csv", FileFacts(cell="B"))]
    >>> facts_of(Path("x/b1.csv"), rules).cell, facts_of(Path("x/a1.csv"), rules).cell
    ('B', 'A')
    """
    found = FileFacts()
    for rule in rules:
        if fnmatchcase(path.name, rule.match) or fnmatchcase(str(path), rule.match):
            found = rule.facts.over(found)
    return found


def read_facts(path: Path) -> tuple[FactRule, ...]:
    """Read a facts file.

    Raises
    ------
    InputError
        Missing, too large, no TOML, an unknown key, or a value of the wrong kind.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAXIMUM_BYTES + 1)
        if len(data) > MAXIMUM_BYTES:
            raise InputError(f"larger than {MAXIMUM_BYTES} bytes", path=path)
        document = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"no TOML: {error}", path=path, hint="see docs/readers.md for an example") from error
    rules = document.pop("files", None)
    if document or not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise InputError("expected [[files]] tables and nothing else", path=path, hint="see docs/readers.md")
    return tuple(_rule(number, rule, path) for number, rule in enumerate(rules, start=1))


def _rule(number: int, rule: dict[str, Any], path: Path) -> FactRule:
    place = f"rule {number}"
    match = rule.pop("match", "*")
    if not isinstance(match, str):
        raise InputError(f"{place}: match is no text", path=path)
    known = {field.name: str(field.type) for field in fields(FileFacts)}
    values: dict[str, Any] = {}
    for key, value in rule.items():
        if key not in known:
            raise InputError(f"{place}: unknown key {key!r}", path=path, hint=f"known: {', '.join(known)}")
        values[key] = _checked(key, known[key].removesuffix(" | None"), value, path, place)
    try:
        return FactRule(match, FileFacts(**values))
    except InputError as error:
        raise InputError(f"{place}: {error.reason}", path=path) from error


def _checked(key: str, kind: str, value: object, path: Path, place: str) -> object:
    if kind == "str" and isinstance(value, str):
        return value
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "int" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "float" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind == "Activity" and value in list(Activity):
        return Activity(str(value))
    if kind == "tuple[str, ...]" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    expected = f"one of {', '.join(Activity)}" if kind == "Activity" else kind
    raise InputError(f"{place}: {key} is {value!r}, expected {expected}", path=path)
