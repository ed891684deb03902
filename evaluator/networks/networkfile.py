"""The project's own file of a network of layers: a small .npz of plain arrays with a JSON header (docs/networks.md)."""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from evaluator.networks.description import LayeredNetwork, Timing
from evaluator.networks.layers import Convolution, Dense, Layer, Pooling, Recurrent
from evaluator.networks.neuronmodel import NeuronModel
from evaluator.weights_file import LARGEST_FILE, encoder_fields, encoder_from
from measurements.errors import InputError

FORMAT, FORMAT_VERSION = "memchar-network", 1
LARGEST_HEADER = 1 << 20
"""Longest header that is read [characters]."""
KINDS: dict[str, type[Layer]] = {
    "dense": Dense,
    "recurrent": Recurrent,
    "convolution": Convolution,
    "pooling": Pooling,
}


def save_layers(path: Path, network: LayeredNetwork) -> None:
    """Write `network` to `path`, through a neighbour file so that no half-written file is left under that name."""
    arrays: dict[str, Any] = {}
    described = []
    for index, layer in enumerate(network.layers):
        entry: dict[str, Any] = {"layer": next(name for name, kind in KINDS.items() if kind is type(layer))}
        for item in fields(layer):
            value = getattr(layer, item.name)
            if isinstance(value, np.ndarray):
                arrays[f"layer_{index}_{item.name}"] = value
            elif isinstance(value, NeuronModel):
                entry[item.name] = asdict(value)
            else:
                entry[item.name] = value
        described.append(entry)
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "input_shape": network.input_shape,
        "layers": described,
        "encoder": encoder_fields(network.encoder),
        "levels": network.levels,
        "timing": asdict(network.timing),
        "recipe": network.recipe,
    }
    partial = path.with_name(path.name + ".partial.npz")
    np.savez_compressed(partial, header=np.array(json.dumps(header)), **arrays)
    partial.replace(path)


def load_layers(path: Path) -> LayeredNetwork:
    """Network in a file of this format; nothing in it is ever executed.

    Raises
    ------
    InputError
        The file cannot be read, is too large, has another format, lacks a field or has one too many, or holds what no
        network can have.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_FILE:
            raise InputError(f"unpacks to {size} bytes, at most {LARGEST_FILE} are read")
        with np.load(path, allow_pickle=False) as file:
            text = str(file["header"])
            if len(text) > LARGEST_HEADER:
                raise InputError(f"has a header of {len(text)} characters, at most {LARGEST_HEADER} are read")
            arrays = {name: file[name] for name in file.files if name != "header"}
        return _network(_group(json.loads(text), "header"), arrays)
    except InputError as error:
        raise InputError(error.reason, path=path, hint=error.hint) from error
    except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, MemoryError, zipfile.BadZipFile,
            zlib.error) as error:  # fmt: skip
        raise InputError(
            f"cannot be read as a network: {error}", path=path, hint="docs/networks.md describes the format"
        ) from error


def _network(header: dict[str, Any], arrays: dict[str, Any]) -> LayeredNetwork:
    if header.get("format") != FORMAT or header.get("format_version") != FORMAT_VERSION:
        raise InputError(f"is no network of format {FORMAT} {FORMAT_VERSION}")
    named = {"format", "format_version", "input_shape", "layers", "encoder", "levels", "timing", "recipe"}
    if set(header) != named:
        raise InputError(f"header must have the fields {', '.join(sorted(named))}")
    described = header["layers"]
    if not isinstance(described, list):
        raise InputError("layers must be a list")
    layers = tuple(_layer(index, _group(entry, f"layer {index + 1}"), arrays) for index, entry in enumerate(described))
    if arrays:
        raise InputError(f"has arrays of no layer: {', '.join(sorted(arrays)[:4])}")
    timing = _group(header["timing"], "timing")
    return LayeredNetwork(
        input_shape=_whole(header["input_shape"], "input_shape"),
        layers=layers,
        encoder=encoder_from(header["encoder"]),
        levels=_whole([header["levels"]], "levels")[0],
        timing=Timing(**{name: _real(value, name) for name, value in timing.items()}),
        recipe=str(header["recipe"]),
    )


def _layer(index: int, entry: dict[str, Any], arrays: dict[str, Any]) -> Layer:
    """One layer from its entry and its arrays, which are taken out of `arrays`."""
    kind = entry.pop("layer", None)
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"layer {index + 1}: there is no layer {kind!r}; known are {', '.join(KINDS)}")
    values: dict[str, Any] = {}
    for item in fields(KINDS[kind]):
        stored = f"layer_{index}_{item.name}"
        if stored in arrays:
            found = arrays.pop(stored)
            if found.dtype.kind != "f":
                raise InputError(f"layer {index + 1}: {item.name} must be floating point, found {found.dtype}")
            values[item.name] = found
        elif item.name not in entry:
            raise InputError(f"layer {index + 1}: {item.name} is missing")
        else:
            values[item.name] = _entry(item.name, entry.pop(item.name))
    if entry:
        raise InputError(f"layer {index + 1}: unknown fields {', '.join(sorted(entry)[:4])}")
    return KINDS[kind](**values)


def _entry(name: str, value: object) -> object:
    """A field of a layer that is no array."""
    if name == "neuron":
        return NeuronModel(**_group(value, "neuron"))
    if name == "kind":
        return str(value)
    if name == "groups":
        return _whole([value], name)[0]
    return _real(value, name) if name == "delay" else _whole(value, name)


def _group(found: object, name: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise InputError(f"{name} must be a group of fields, found {type(found).__name__}")
    return dict(found)


def _whole(found: object, name: str) -> tuple[int, ...]:
    if not isinstance(found, (list, tuple)) or not all(type(number) is int for number in found):
        raise InputError(f"{name} must be whole numbers, found {found!r}"[:200])
    return tuple(found)


def _real(found: object, name: str) -> float:
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        raise InputError(f"{name} must be a finite number, found {found!r}"[:200])
    return float(found)
