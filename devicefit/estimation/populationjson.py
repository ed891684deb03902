"""A population as plain JSON values, read back with every entry checked."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from devicefit.estimation.laws import PARAMETERS, Distribution, Family
from devicefit.estimation.population import (
    Correlation,
    CycleLevel,
    DeviceLevel,
    Population,
    PopulationQuantity,
)
from measurements.errors import InputError

MOST_QUANTITIES = 100
MOST_MEMBERS = 10_000

_STRICT = ConfigDict(extra="forbid", strict=True)
_Name = Annotated[str, Field(min_length=1, max_length=300)]
_Positive = Annotated[FiniteFloat, Field(ge=0)]
_Part = Annotated[FiniteFloat, Field(ge=-1, le=1)]
_Laws = Annotated[list[Family], Field(max_length=len(PARAMETERS))]


class _Law(BaseModel):
    model_config = _STRICT
    law: Family
    parameters: dict[_Name, FiniteFloat]

    def distribution(self) -> Distribution:
        order = [*PARAMETERS[self.law], *(key for key in self.parameters if key not in PARAMETERS[self.law])]
        return Distribution(self.law, {key: self.parameters[key] for key in order if key in self.parameters})


class _Device(BaseModel):
    model_config = _STRICT
    devices: Annotated[int, Field(ge=1)]
    centre: FiniteFloat
    centre_error: _Positive
    centre_interval: Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)]
    deviation: _Positive
    deviation_interval: Annotated[list[_Positive], Field(min_length=2, max_length=2)]
    p_value: Annotated[FiniteFloat, Field(ge=0, le=1)]
    law: _Law | None
    alternatives: _Laws


class _Cycle(BaseModel):
    model_config = _STRICT
    cycles: Annotated[int, Field(ge=1)]
    deviation: _Positive
    deviation_interval: Annotated[list[_Positive], Field(min_length=2, max_length=2)]
    law: _Law


class _Quantity(BaseModel):
    model_config = _STRICT
    name: _Name
    unit: _Name
    scale: Literal["log", "linear"]
    between_devices: _Device
    within_a_device: _Cycle | None


class _Pair(BaseModel):
    model_config = _STRICT
    first: _Name
    second: _Name
    value: _Part
    interval: Annotated[list[_Part], Field(min_length=2, max_length=2)]


class _Document(BaseModel):
    model_config = _STRICT
    devices: Annotated[list[_Name], Field(min_length=1, max_length=MOST_MEMBERS)]
    quantities: Annotated[list[_Quantity], Field(min_length=1, max_length=MOST_QUANTITIES)]
    device_correlations: Annotated[list[_Pair], Field(max_length=MOST_QUANTITIES**2)]
    cycle_correlations: Annotated[list[list[_Part]], Field(max_length=MOST_QUANTITIES)]


def population_to_dict(population: Population) -> dict[str, object]:
    """Plain JSON values; `population_from_dict` reads them back."""
    return {
        "devices": list(population.members),
        "quantities": [_quantity_document(quantity) for quantity in population.quantities],
        "device_correlations": [
            {"first": p.first, "second": p.second, "value": p.value, "interval": [p.low, p.high]}
            for p in population.device_correlations
        ],
        "cycle_correlations": population.cycle_correlations.tolist(),
    }


def _quantity_document(quantity: PopulationQuantity) -> dict[str, object]:
    device, cycle = quantity.device, quantity.cycle
    return {
        "name": quantity.name,
        "unit": quantity.unit,
        "scale": quantity.scale,
        "between_devices": {
            "devices": device.devices,
            "centre": device.centre,
            "centre_error": device.centre_error,
            "centre_interval": [device.centre_low, device.centre_high],
            "deviation": device.deviation,
            "deviation_interval": [device.deviation_low, device.deviation_high],
            "p_value": device.p_value,
            "law": None if device.law is None else _law_document(device.law),
            "alternatives": list(device.alternatives),
        },
        "within_a_device": None
        if cycle is None
        else {
            "cycles": cycle.cycles,
            "deviation": cycle.deviation,
            "deviation_interval": [cycle.deviation_low, cycle.deviation_high],
            "law": _law_document(cycle.law),
        },
    }


def _law_document(law: Distribution) -> dict[str, object]:
    return {"law": law.family, "parameters": dict(law.parameters)}


def population_from_dict(document: object) -> Population:
    """Read what `population_to_dict` wrote, or something claiming to be it.

    Raises
    ------
    InputError
        A key is missing, unknown or of the wrong type, or the values make no population.
    """
    try:
        found = _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the population"
        raise InputError(f"{place}: {first['msg']}") from error
    if len({len(row) for row in found.cycle_correlations} | {len(found.cycle_correlations)}) > 1:
        raise InputError("cycle_correlations: not a square of numbers")
    matrix = np.array(found.cycle_correlations, dtype=np.float64).reshape((len(found.cycle_correlations),) * 2)
    pairs = (Correlation(p.first, p.second, p.value, p.interval[0], p.interval[1]) for p in found.device_correlations)
    return Population(tuple(found.devices), tuple(_quantity(q) for q in found.quantities), tuple(pairs), matrix)


def _quantity(found: _Quantity) -> PopulationQuantity:
    device, cycle = found.between_devices, found.within_a_device
    low, high = device.deviation_interval
    level = DeviceLevel(
        device.devices,
        device.centre,
        device.centre_error,
        device.centre_interval[0],
        device.centre_interval[1],
        device.deviation,
        low,
        high,
        device.p_value,
        None if device.law is None else device.law.distribution(),
        tuple(device.alternatives),
    )
    own = None
    if cycle is not None:
        low, high = cycle.deviation_interval
        own = CycleLevel(cycle.cycles, cycle.deviation, low, high, cycle.law.distribution())
    return PopulationQuantity(found.name, found.unit, found.scale, level, own)
