"""Strict reader of IDX files of unsigned bytes, gzip-compressed or not, the format of MNIST."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from measurements.errors import InputError

UNSIGNED_BYTE = 8
LARGEST_FILE = 64 * 2**20
"""Largest compressed file that is read [byte]; the largest of MNIST has 9.4 MiB."""
LARGEST_DATA = 256 * 2**20
"""Largest content that is unpacked [byte]; the largest of MNIST has 44.9 MiB."""


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Array of unsigned bytes in the IDX file `path`, which is gzip-compressed where its name ends in .gz.

    Layout, big-endian: two zero bytes, type code (8: unsigned byte), number of dimensions, one 32-bit length
    a dimension, data in C order and nothing after it.

    Raises
    ------
    InputError
        The file cannot be read, is not gzip, unpacks to more than `LARGEST_DATA`, has another type or number
        of dimensions, an empty dimension, or not exactly the data that its header announces.
    """
    return parse_idx(unpack(path), dimensions, path)


def unpack(path: Path) -> bytes:
    """Content of a file, unpacked where it is a .gz, never more than `LARGEST_DATA` bytes of it."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(f"file has {size} bytes, at most {LARGEST_FILE} are read", path=path)
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            content = stream.read(LARGEST_DATA + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be read as gzip: {error}", path=path, hint="fetch the file again") from error
    if len(content) > LARGEST_DATA:
        raise InputError(f"unpacks to more than {LARGEST_DATA} bytes", path=path)
    return content


def parse_idx(content: bytes, dimensions: int, path: Path) -> NDArray[np.uint8]:
    """Array in IDX `content`; `path` is for messages."""
    header = 4 + 4 * dimensions
    if len(content) < header:
        raise InputError(f"IDX header needs {header} bytes, found {len(content)}", path=path)
    magic = bytes((0, 0, UNSIGNED_BYTE, dimensions))
    if content[:4] != magic:
        raise InputError(f"IDX header must begin with {magic.hex()}, found {content[:4].hex()}", path=path)
    shape = tuple(int(length) for length in np.frombuffer(content, ">u4", dimensions, 4))
    expected = 1
    for length in shape:
        expected *= length
    if expected == 0 or expected != len(content) - header:
        raise InputError(
            f"IDX header announces {' x '.join(map(str, shape))} bytes, found {len(content) - header}",
            path=path,
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
