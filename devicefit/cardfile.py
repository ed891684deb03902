"""Device cards as JSON text: written with sorted keys and exact floats, read with every key checked.

The parameters of a card whose model is registered are those of the model: each there, none beside them, in the model's
unit and within its range. Cards of other models are read as they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from devicefit.card import DeviceCard, Origin, Parameter, Spread
from devicefit.estimation.distributionjson import joint_from_dict
from devicefit.estimation.distributions import JointDistribution
from devicefit.estimation.population import Population
from devicefit.estimation.populationjson import population_from_dict, population_to_dict
from devicefit.models.registry import MODELS
from measurements.errors import InputError

FORMAT_VERSION = 1
POPULATION_VERSION = 2  # of a card with a population of devices, and of no other
LARGEST_TEXT = 4_000_000  # characters; a card of 10,000 measurement files has about 1.2 million

_Name = Annotated[str, Field(min_length=1, max_length=300)]
_Text = Annotated[str, Field(max_length=2_000)]
_STRICT = ConfigDict(extra="forbid", strict=True)


class _ParameterModel(BaseModel):
    model_config = _STRICT
    value: FiniteFloat
    unit: _Name
    origin: Origin
    standard_error: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None
    note: _Text


class _SpreadModel(BaseModel):
    model_config = _STRICT
    mean: FiniteFloat
    standard_deviation: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    p10: FiniteFloat
    median: FiniteFloat
    p90: FiniteFloat
    count: Annotated[int, Field(ge=0)]
    unit: _Name


class _CardModel(BaseModel):
    model_config = _STRICT
    format_version: int
    model: _Name
    device: _Name
    cell: _Name
    synthetic: bool
    parameters: Annotated[dict[_Name, _ParameterModel], Field(min_length=1, max_length=100)]
    variability: Annotated[dict[_Name, _SpreadModel], Field(max_length=100)]
    validity: Annotated[dict[_Name, FiniteFloat], Field(max_length=100)]
    provenance: Annotated[dict[_Name, _Text], Field(max_length=20_000)]
    distribution: dict[str, object] | None = None
    population: dict[str, object] | None = None


def card_to_json(card: DeviceCard) -> str:
    """The card as JSON text with sorted keys; every float reads back to the same bits.

    Raises
    ------
    InputError
        The card holds something that `card_from_json` would refuse, such as a value that is not finite.
    """
    content = {
        "format_version": card.format_version,
        "model": card.model,
        "device": card.device,
        "cell": card.cell,
        "synthetic": card.synthetic,
        "parameters": {name: vars(parameter) for name, parameter in card.parameters.items()},
        "variability": {name: vars(spread) for name, spread in card.variability.items()},
        "validity": dict(card.validity),
        "provenance": dict(card.provenance),
        "distribution": None if card.distribution is None else card.distribution.to_dict(),
    }
    if card.population is not None:
        content["population"] = population_to_dict(card.population)
    try:
        text = json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"the card of {card.device} {card.cell} cannot be written: {error}") from error
    card_from_json(text)
    return text + "\n"


def card_from_json(text: str, *, path: str | Path | None = None) -> DeviceCard:
    """The card in JSON `text`; `path` names the file in messages.

    Raises
    ------
    InputError
        Text that is not JSON, an unknown, missing or twice given key, a value of another type or not finite, another
        format version, or parameters that are not those of the model.
    """
    if len(text) > LARGEST_TEXT:
        raise InputError(f"{len(text)} characters; a device card has at most {LARGEST_TEXT}", path=path)
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"not a device card: {error.msg}", path=path, line=error.lineno) from error
    except (_BadContent, RecursionError) as error:
        raise InputError(f"not a device card: {error}", path=path) from error
    if isinstance(content, dict):
        _check_version(content, path)
    try:
        model = _CardModel.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the card"
        raise InputError(f"{place}: {first['msg']}", path=path, hint="fit again or mend the key by hand") from error
    card = DeviceCard(
        model=model.model,
        device=model.device,
        cell=model.cell,
        parameters={name: Parameter(**vars(value)) for name, value in model.parameters.items()},
        variability={name: Spread(**vars(value)) for name, value in model.variability.items()},
        validity=model.validity,
        provenance=model.provenance,
        synthetic=model.synthetic,
        format_version=model.format_version,
        distribution=_distribution(model.distribution, path),
        population=_population(model.population, path),
    )
    _check_parameters(card, path)
    return card


def _check_version(content: dict[str, object], path: str | Path | None) -> None:
    """Refuse versions not known, and a population in a card of a version that has none."""
    version = content.get("format_version")
    if version not in (FORMAT_VERSION, POPULATION_VERSION) or isinstance(version, bool):
        known = f"{FORMAT_VERSION} and {POPULATION_VERSION}"
        raise InputError(f"format_version is {version!r}, {known} are supported", path=path, hint="fit again")
    if (content.get("population") is not None) != (version == POPULATION_VERSION):
        wrong = "without" if version == POPULATION_VERSION else "with"
        raise InputError(f"a card of format_version {version} {wrong} a population", path=path, hint="fit again")


def _distribution(document: dict[str, object] | None, path: str | Path | None) -> JointDistribution | None:
    """The distribution in a card, with the file named in what is wrong with it."""
    if document is None:
        return None
    try:
        return joint_from_dict(document)
    except InputError as error:
        raise InputError(f"distribution: {error.reason}", path=path, hint="fit again") from error


def _population(document: dict[str, object] | None, path: str | Path | None) -> Population | None:
    """The population in a card, with the file named in what is wrong with it."""
    if document is None:
        return None
    try:
        return population_from_dict(document)
    except InputError as error:
        raise InputError(f"population: {error.reason}", path=path, hint="fit again") from error


def _check_parameters(card: DeviceCard, path: str | Path | None) -> None:
    """Refuse a card whose parameters are not those of its registered model."""
    if card.model not in MODELS:
        return
    specs = {spec.name: spec for spec in MODELS[card.model].parameters}
    for name, spec in specs.items():
        if name not in card.parameters:
            raise InputError(f"parameters: {card.model} needs {name} [{spec.unit}]", path=path, hint="fit again")
    for name, parameter in card.parameters.items():
        place = f"parameters.{name}"
        if name not in specs:
            raise InputError(
                f"{place}: {card.model} has no such parameter", path=path, hint=f"it has {', '.join(specs)}"
            )
        spec = specs[name]
        if parameter.unit != spec.unit:
            raise InputError(f"{place}.unit is {parameter.unit!r}; {spec.unit!r} is needed", path=path)
        if not spec.lower <= parameter.value <= spec.upper:
            span = f"{spec.lower:g} to {spec.upper:g} {spec.unit}"
            raise InputError(f"{place}.value is {parameter.value!r}; {span} are possible", path=path)


class _BadContent(Exception):
    """JSON that is well formed but not usable."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _BadContent(f"key {key!r} is given twice")
        found[key] = value
    return found


def _refuse_constant(constant: str) -> object:
    raise _BadContent(f"{constant} is not a finite number")
