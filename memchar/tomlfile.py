"""A user's TOML file as a checked model; unknown keys are refused by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from measurements.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def load_toml(path: Path, model: type[Model], hint: str) -> Model:
    """The file at `path` as a `model`; `hint` says where its keys are explained.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or has an unknown key or a value out of range.
    """
    return checked(read_toml(path), model, path, hint)


def load_changed(path: Path | None, changes: Mapping[str, Any], model: type[Model]) -> Model:
    """The file at `path` (defaults for None), with the changes that options gave: those that are not None.

    Raises as `load_toml` does.
    """
    data = {} if path is None else read_toml(path)
    given = {name: value for name, value in changes.items() if value is not None}
    return checked(data | given, model, path, f"keys: {', '.join(model.model_fields)}")


def read_toml(path: Path) -> dict[str, Any]:
    """Tables and keys of a TOML file.

    Raises
    ------
    InputError
        The file cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is not a TOML file: {error}", path=path) from error


def checked(data: Mapping[str, Any], model: type[Model], path: Path | None, hint: str) -> Model:
    """What was read at `path` as a `model`; `hint` says where its keys are explained.

    Raises
    ------
    InputError
        An unknown key, or a value out of range.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{key}: {first['msg']}", path=path, hint=hint) from error
