"""HDF5 files of NIR graphs as plain dictionaries, read with bounds: no link is followed, nothing is unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from measurements.errors import InputError

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
LARGEST_FILE = 256 * 2**20
"""Largest file that is opened, and most content that is read from it [byte]."""
LARGEST_TEXT = 1 << 16
MOST_OBJECTS = 20_000
DEEPEST = 8
"""Groups within groups: a graph, its nodes, a graph within, its nodes, their metadata."""
FILTERS = ("gzip", "lzf", None)


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 does."""
    try:
        with path.open("rb") as file:
            return file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error


def read_nir_file(path: Path) -> dict[str, Any]:
    """The graph in an HDF5 file as `nir.NIRGraph.to_dict` gives it: groups as dictionaries, data sets as arrays,
    numbers and strings.

    Raises
    ------
    InputError
        The file cannot be opened as HDF5, has no graph, or holds links, compound or object data, filters other than
        those of h5py, too many objects, or more than `LARGEST_FILE` bytes.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(f"has {size} bytes, at most {LARGEST_FILE} are read")
        with h5py.File(path, "r") as file:
            if not isinstance(file.get("node", getlink=True), h5py.HardLink):
                raise InputError("holds no NIR graph: there is no group 'node'")
            return _Reader().group(file["node"], 0)
    except InputError as error:
        raise InputError(error.reason, path=path, hint=error.hint) from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, UnicodeError, MemoryError) as error:
        raise InputError(f"cannot be read as a NIR graph: {error}", path=path) from error


class _Reader:
    """Walks groups and counts what it meets."""

    def __init__(self) -> None:
        self.objects = 0
        self.bytes = 0

    def group(self, group: h5py.Group, depth: int) -> dict[str, Any]:
        if not isinstance(group, h5py.Group):
            raise InputError(f"{getattr(group, 'name', '?')} must be a group")
        if depth > DEEPEST:
            raise InputError(f"groups lie more than {DEEPEST} deep in each other")
        found: dict[str, Any] = {}
        for name in group:
            self.objects += 1
            if self.objects > MOST_OBJECTS:
                raise InputError(f"holds more than {MOST_OBJECTS} objects")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise InputError(f"{group.name}/{name} is a link to elsewhere, which is not followed")
            item = group[name]
            if isinstance(item, h5py.Group):
                found[name] = self.group(item, depth + 1)
            elif isinstance(item, h5py.Dataset):
                found[name] = self.data(item)
            else:
                raise InputError(f"{group.name}/{name} is neither a group nor data")
        return found

    def data(self, item: h5py.Dataset) -> Any:
        text = h5py.check_string_dtype(item.dtype) is not None
        if not text and item.dtype.kind not in "fiub":
            raise InputError(f"{item.name} holds {item.dtype}, which is neither numbers nor text")
        if item.is_virtual or item.external or item.compression not in FILTERS or item.scaleoffset is not None:
            raise InputError(f"{item.name} is stored outside the file or by an unknown filter")
        if item.shape is None:
            raise InputError(f"{item.name} is empty")
        chunk = int(np.prod(item.chunks)) if item.chunks else 0
        self.bytes += max(item.size, chunk, 1) * item.dtype.itemsize
        if self.bytes > LARGEST_FILE or (text and item.size > MOST_OBJECTS):
            raise InputError(f"unpacks to more than {LARGEST_FILE} bytes or {MOST_OBJECTS} texts")
        return _texts(item[()]) if text else item[()]


def _texts(found: Any) -> Any:
    """Text or nested lists of it, decoded."""
    if isinstance(found, np.ndarray):
        return [_texts(one) for one in found.tolist()]
    if isinstance(found, list):
        return [_texts(one) for one in found]
    decoded = found.decode("utf-8") if isinstance(found, bytes) else str(found)
    if len(decoded) > LARGEST_TEXT:
        raise InputError(f"holds a text of {len(decoded)} characters, at most {LARGEST_TEXT} are read")
    return decoded
