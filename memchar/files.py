"""Writing results: whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements.errors import InputError

if TYPE_CHECKING:
    from devicefit import DeviceCard


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file through a temporary one in the same folder, so that no reader ever sees half of it.

    Raises
    ------
    InputError
        The folder cannot be written or the disk is full; an older file of the same name is left as it was.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; results are for sharing, as the user's umask says.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}",
            path=path,
            hint="free space or name another folder with -o",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write one JSON document atomically; NaN is refused, for it is not JSON."""
    write_text(path, json.dumps(document, indent=2, allow_nan=False) + "\n")


def read_card(path: Path) -> DeviceCard:
    """The device card in a file; raises as `read_text` and `card_from_json` do."""
    from devicefit import card_from_json

    return card_from_json(read_text(path), path=path)


def read_text(path: Path) -> str:
    """Text of a file the user named.

    Raises
    ------
    InputError
        It cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", path=path) from error
