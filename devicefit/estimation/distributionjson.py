"""A joint distribution read back from plain JSON values, every entry checked."""

from __future__ import annotations

import math

import numpy as np

from devicefit.estimation.distributions import JointDistribution, Quantity
from devicefit.estimation.laws import FAMILIES, PARAMETERS, Distribution
from measurements.errors import InputError

MOST_QUANTITIES = 100


def joint_from_dict(document: object) -> JointDistribution:
    """Read what `to_dict` wrote, or something claiming to be it.

    Raises
    ------
    InputError
        A key is missing, unknown or of the wrong type, or the values make no distribution.
    """
    top = _object(document, {"quantities", "correlations"}, "a joint distribution")
    entries, rows = top["quantities"], top["correlations"]
    if not isinstance(entries, list) or not isinstance(rows, list):
        raise InputError("a joint distribution: 'quantities' and 'correlations' must be lists")
    if len(entries) > MOST_QUANTITIES or len(rows) > MOST_QUANTITIES:
        raise InputError(f"a joint distribution of more than {MOST_QUANTITIES} quantities is not read")
    quantities = tuple(_quantity(entry, i) for i, entry in enumerate(entries))
    if any(not isinstance(row, list) or len(row) != len(quantities) for row in rows):
        raise InputError(f"correlations: {len(quantities)} quantities need rows of {len(quantities)} numbers")
    return JointDistribution(quantities, np.array([[_number(v, "correlations") for v in row] for row in rows]))


def _quantity(entry: object, index: int) -> Quantity:
    place = f"quantity {index}"
    keys = {"name", "unit", "law", "parameters", "standard_errors", "count", "device_share"}
    found = _object(entry, keys, place)
    name, unit, law, count, share = (found[key] for key in ("name", "unit", "law", "count", "device_share"))
    if not isinstance(name, str) or not name or not isinstance(unit, str) or not isinstance(law, str):
        raise InputError(f"{place}: name, unit and law must be text")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InputError(f"{place} ({name}): count must be a whole number above 0")
    family = next((family for family in FAMILIES if family == law), None)
    if family is None:
        raise InputError(f"{place} ({name}): law {law!r}: expected one of {', '.join(FAMILIES)}")
    values, errors = found["parameters"], found["standard_errors"]
    if not isinstance(values, dict) or not isinstance(errors, dict):
        raise InputError(f"{place} ({name}): parameters and standard_errors must be objects")
    ordered = [
        *(key for key in PARAMETERS[family] if key in values),
        *(k for k in values if k not in PARAMETERS[family]),
    ]
    numbers = {str(key): _number(values[key], f"{place} ({name}): {key}") for key in ordered}  # JSON may sort the keys
    known = {str(k): None if v is None else _number(v, f"{place} ({name}): error of {k}") for k, v in errors.items()}
    if not set(known) <= set(numbers):
        raise InputError(f"{place} ({name}): standard errors of {sorted(set(known) - set(numbers))}, which it has not")
    part = None if share is None else _number(share, f"{place} ({name}): device_share")
    if part is not None and not 0 <= part <= 1:
        raise InputError(f"{place} ({name}): device_share lies between 0 and 1, not {part:g}")
    return Quantity(name, unit, Distribution(family, numbers), known, count, part)


def _object(value: object, keys: set[str], place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InputError(f"{place}: expected an object, found {type(value).__name__}")
    if set(value) != keys:
        raise InputError(f"{place}: expected the keys {sorted(keys)}, found {sorted(map(str, value))}")
    return value


def _number(value: object, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{place}: {value!r} is not a number")
    return float(value)
