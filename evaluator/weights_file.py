"""Weights on disk: a small .npz with the recipe that made them."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from evaluator.code import Encoder
from evaluator.encoding import IsiEncoder
from evaluator.encodings import ENCODINGS
from evaluator.network import SpikingNetwork
from measurements.errors import InputError

FORMAT_VERSION = 1
LARGEST_FILE = 64 * 2**20
"""Largest weights file that is read, and largest unpacked content [byte]."""


SHIPPED_CODE = "isi-full"
"""Encoding of the networks whose files name none."""


def weights_name(network: str, code: str) -> str:
    """Name under which the weights of `network` trained for encoding `code` are shipped.

    >>> weights_name("mnist-784-100-10", "latency")
    'mnist-784-100-10-latency'
    """
    return network if code == SHIPPED_CODE else f"{network}-{code}"


def shipped_weights(name: str = "mnist-784-100-10") -> Path:
    """Path of the weights shipped under `name`.

    >>> shipped_weights().name
    'mnist-784-100-10.npz'
    """
    return Path(__file__).parent / "weights" / f"{name}.npz"


def save_network(path: Path, network: SpikingNetwork) -> None:
    """Write `network` to `path`, through a neighbour file so that no half-written file is left under that
    name.
    """
    header = {
        "format_version": FORMAT_VERSION,
        "layers": len(network.weights),
        "pulse_steps": list(network.pulse_steps),
        "encoder": encoder_fields(network.encoder),
        "recipe": network.recipe,
    }
    arrays: dict[str, Any] = {f"weights_{index}": matrix for index, matrix in enumerate(network.weights)}
    partial = path.with_name(path.name + ".partial.npz")
    np.savez_compressed(partial, header=np.array(json.dumps(header)), **arrays)
    partial.replace(path)


def load_network(path: Path | str) -> SpikingNetwork:
    """Network in the weights file `path`.

    Raises
    ------
    InputError
        The file cannot be read, is not a weights file, lacks a field, or holds values that no network can
        have.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > LARGEST_FILE:
            raise InputError(f"unpacks to {size} bytes, at most {LARGEST_FILE} are read", path=path)
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(str(file["header"]))
            if not isinstance(header, dict) or header.get("format_version") != FORMAT_VERSION:
                raise InputError(f"not a weights file of format {FORMAT_VERSION}", path=path)
            weights = tuple(file[f"weights_{index}"] for index in range(int(header["layers"])))
        steps = tuple(float(step) for step in header["pulse_steps"])
        return SpikingNetwork(weights, steps, encoder_from(header["encoder"]), str(header["recipe"]))
    except InputError as error:
        raise error if error.path else InputError(error.reason, path=path, hint=error.hint) from error
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"cannot be read as weights: {error}",
            path=path,
            hint="make them with `python -m evaluator.train`",
        ) from error


def encoder_fields(encoder: Encoder) -> dict[str, Any]:
    """Fields of an encoder; those of another class than ISI with its name, as `code`."""
    values = asdict(encoder)
    return values if isinstance(encoder, IsiEncoder) else {"code": type(encoder).__name__, **values}


def encoder_from(found: object) -> Encoder:
    """Encoder from the header; every field and no other must be there."""
    if not isinstance(found, dict):
        raise InputError("encoder must be a group of fields")
    values = dict(found)
    classes: dict[str, type[Encoder]] = {type(one.encoder).__name__: type(one.encoder) for one in ENCODINGS.values()}
    code = values.pop("code", IsiEncoder.__name__)
    if code not in classes:
        raise InputError(f"there is no encoder {code!r}; known are {', '.join(classes)}")
    names = {item.name for item in fields(classes[code])}
    if set(values) != names:
        raise InputError(f"encoder must have the fields {', '.join(sorted(names))}")
    return classes[code](**values)
