"""Reader of the binary raw files that `ngspice -r` writes: one real transient plot, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from measurements.errors import SimulationError

from .waveforms import Waveforms

MAXIMUM_HEADER = 1 << 20
MAXIMUM_FILE = 1 << 30
_BINARY = b"Binary:\n"
_VARIABLE = re.compile(r"\t(\d+)\t([^\t]+)\t(\w+)(?: dims=\d+)?")


@dataclass(frozen=True)
class _Header:
    plot: str
    points: int
    names: tuple[str, ...]


def read_raw(path: Path) -> Waveforms:
    """Read the transient plot of an ngspice binary raw file; the vectors are views of the file's bytes.

    The file is refused with a SimulationError unless its header is complete, its flags are `real`, its first
    variable is `time`, every name is there once, and its data hold exactly the points the header announces.
    A run that was killed or aborted leaves a header without a point count, and is refused.
    """
    try:
        size = path.stat().st_size
        if size > MAXIMUM_FILE:
            raise _refusal(path, f"at most {MAXIMUM_FILE} bytes", f"{size} bytes")
        content = path.read_bytes()
    except OSError as error:
        raise SimulationError(f"{path}: cannot read the raw file ({error.strerror}); run the deck again") from error
    return parse_raw(content, path)


def parse_raw(content: bytes, path: Path | str = "raw file") -> Waveforms:
    """Parse the bytes of a raw file; `path` is only named in errors. See `read_raw`."""
    marker = content.find(_BINARY, 0, MAXIMUM_HEADER)
    if marker < 0:
        found = (
            "ASCII data (a spinit with 'set filetype=ascii'?)" if b"\nValues:" in content[:MAXIMUM_HEADER] else "none"
        )
        raise _refusal(path, "a line 'Binary:' after the header", found)
    header = _parse_header(content[:marker].decode("utf-8", "replace"), path)
    offset = marker + len(_BINARY)
    expected = 8 * header.points * len(header.names)
    if len(content) - offset != expected:
        raise _refusal(
            path,
            f"{expected} bytes for {header.points} points of {len(header.names)} variables",
            f"{len(content) - offset} bytes",
        )
    table = np.frombuffer(content, dtype="<f8", offset=offset).reshape(header.points, len(header.names))
    time: NDArray[np.float64] = table[:, 0]
    vectors = {name: table[:, column] for column, name in enumerate(header.names) if column}
    return Waveforms(time, MappingProxyType(vectors))


def _parse_header(text: str, path: Path | str) -> _Header:
    fields, lines = _fields(text, path)
    plot = fields.get("plotname", "")
    if not plot.lower().startswith("transient"):
        raise _refusal(path, "Plotname: Transient Analysis", repr(plot[:60]))
    if fields.get("flags", "").split() != ["real"]:
        raise _refusal(path, "Flags: real", repr(fields.get("flags", "")[:60]))
    variables = _count(fields, "no. variables", path)
    points = _count(fields, "no. points", path)
    if variables < 2 or points < 2:
        raise _refusal(path, "at least 2 variables and 2 points", f"{variables} and {points}")
    return _Header(plot, points, _names(lines, variables, path))


def _fields(text: str, path: Path | str) -> tuple[dict[str, str], list[str]]:
    """Header fields by lower-case key, and the lines of the variable list."""
    lines = text.split("\n")
    fields: dict[str, str] = {}
    for number, line in enumerate(lines):
        key, colon, value = line.partition(":")
        if not colon:
            raise _refusal(path, f"'Key: value' in header line {number + 1}", repr(line[:60]))
        if key.lower() == "variables":
            return fields, lines[number + 1 :]
        if key.lower() in fields:
            raise _refusal(path, "each header field once", f"a second {key[:60]!r}")
        fields[key.lower()] = value.strip()
    raise _refusal(path, "a line 'Variables:'", "none")


def _count(fields: dict[str, str], key: str, path: Path | str) -> int:
    value = fields.get(key, "")
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise _refusal(path, f"a count in {key!r}", f"{value[:60]!r} (ngspice fills it in only when a run ends)")
    return int(value)


def _names(lines: list[str], variables: int, path: Path | str) -> tuple[str, ...]:
    if lines and not lines[-1]:
        lines = lines[:-1]
    if len(lines) != variables:
        raise _refusal(path, f"{variables} lines of variables", f"{len(lines)}")
    names = []
    for index, line in enumerate(lines):
        match = _VARIABLE.fullmatch(line)
        if match is None or match[1] != str(index):
            raise _refusal(path, f"variable {index} as 'number name type'", repr(line[:60]))
        names.append(match[2].lower())
    if names[0] != "time" or len(set(names)) != len(names):
        raise _refusal(path, "'time' first and every name once", ", ".join(names[:8]))
    return tuple(names)


def _refusal(path: Path | str, expected: str, found: str) -> SimulationError:
    return SimulationError(f"{path}: not a whole transient raw file: expected {expected}, found {found}; run it again")
