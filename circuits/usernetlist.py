"""Reads a netlist that the user brings: checked line by line, its includes taken in, nothing left that reads a file.

A netlist is run only where the caller says that it is trusted, since even a circuit of allowed cards can hold a
simulator up; and even then it may be nothing but a circuit. What the checks are against is in `selfcontained`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from measurements.errors import InputError, NetlistError
from netlists.deck import IncludedFile

from .selfcontained import require_self_contained

MAXIMUM_BYTES = 4 << 20
MAXIMUM_LINES = 200_000
MAXIMUM_DEPTH = 8
# Analyses, options, temperatures and saved vectors belong to the procedure; `.global` would join nodes past the pins.
_CARDS = frozenset([".model", ".subckt", ".ends", ".param", ".func", ".if", ".elseif", ".else", ".endif"])
_INCLUDE = re.compile(r"\.(include|inc)\s+(?P<file>\"[^\"]+\"|'[^']+'|[^\s\"']+)\s*", re.IGNORECASE)
_LIBRARY = re.compile(r"\.lib\s+(?P<file>\"[^\"]+\"|'[^']+'|[^\s\"']+)\s+(?P<section>\w+)\s*", re.IGNORECASE)
_SECTION = re.compile(r"\.(lib|endl)\b\s*(\w*)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class UserNetlist:
    """A checked netlist.

    Parameters
    ----------
    text
        Subcircuits, models and parameters, with every included file in its place.
    files
        What the text was read from, with SHA-256; the netlist itself first.
    subcircuits
        Pins of each subcircuit by name, both in lower case as ngspice takes them.
    """

    text: str
    files: tuple[IncludedFile, ...]
    subcircuits: dict[str, tuple[str, ...]]


def read_netlist(path: Path, *, trusted: bool, folders: Sequence[Path] = ()) -> UserNetlist:
    """The netlist in `path`; `.include` and `.lib` may name files in its own folder and in `folders` only.

    Raises
    ------
    InputError
        The netlist is not `trusted`, or a file cannot be read, is too large or not text.
    NetlistError
        A line holds what a circuit does not need, or names a file elsewhere; the file and line are named.
    """
    if not trusted:
        raise InputError(
            "is a netlist of your own, which ngspice would run",
            path=path,
            hint="look through it, then say so with --trust-netlist",
        )
    allowed = [path.parent.resolve(), *(folder.resolve() for folder in folders)]
    reader = _Reader(allowed)
    lines = list(reader.lines(path.resolve(), None, 0))
    text = "\n".join(lines).rstrip("\n") + "\n"
    require_self_contained(f"\n{text}", path.name)
    _require_closed(lines, path)
    return UserNetlist(text, tuple(reader.files), _subcircuits(lines))


@dataclass
class _Reader:
    allowed: list[Path]

    def __post_init__(self) -> None:
        self.files: list[IncludedFile] = []
        self.count = 0

    def lines(self, path: Path, section: str | None, depth: int) -> Iterator[str]:
        """Lines of a file, or of a section of it, with what they include; every one checked."""
        if depth > MAXIMUM_DEPTH:
            raise InputError(f"files include each other more than {MAXIMUM_DEPTH} deep", path=path)
        for number, line in _section(path, self._text(path), section):
            self.count += 1
            if self.count > MAXIMUM_LINES:
                raise InputError(f"has more than {MAXIMUM_LINES} lines with what it includes", path=path)
            stripped = line.strip()
            include, library = _INCLUDE.fullmatch(stripped), _LIBRARY.fullmatch(stripped)
            found = include or library
            if found is not None:
                inner = self._inside(path, found["file"].strip("\"'"), number)
                yield from self.lines(inner, library["section"].lower() if library else None, depth + 1)
                continue
            reason = _refusal(line)
            if reason:
                raise NetlistError(f"{path.name}, line {number}: {stripped[:60]!r} {reason}; remove it")
            yield line

    def _inside(self, path: Path, name: str, number: int) -> Path:
        """The file that a line names, in the including file's folder or an allowed one."""
        for folder in (path.parent, *self.allowed):
            candidate = (folder / name).resolve()
            if any(candidate.is_relative_to(root) for root in self.allowed) and candidate.is_file():
                return candidate
        where = " or ".join(str(folder) for folder in self.allowed)
        raise NetlistError(
            f"{path.name}, line {number}: there is no file {name[:80]!r} in {where}; nothing else is read"
        )

    def _text(self, path: Path) -> str:
        try:
            with path.open("rb") as stream:
                content = stream.read(MAXIMUM_BYTES + 1)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path=path) from error
        if len(content) > MAXIMUM_BYTES:
            raise InputError(f"has more than {MAXIMUM_BYTES} bytes", path=path)
        file = IncludedFile(path.name, hashlib.sha256(content).hexdigest())
        if file not in self.files:
            self.files.append(file)
        try:
            return content.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise InputError(f"is not UTF-8 text: {error}", path=path) from error


def _refusal(line: str) -> str | None:
    """Why a line has no place in a user's circuit, or None; comments are judged with the rest of the text."""
    stripped = line.strip().lower()
    if not line.replace("\t", " ").isprintable() or not line.isascii():
        return "holds a character that is not plain ASCII" if not stripped.startswith("*") else None
    if stripped.startswith("."):
        word = stripped.split()[0]
        return None if word in _CARDS else "has no place in a subcircuit that is characterized"
    return None


def _section(path: Path, text: str, section: str | None) -> Iterator[tuple[int, str]]:
    """Numbered lines of a file, without what its `.lib NAME` to `.endl` hold; or only those of `section`."""
    inside: str | None = None
    found = section is None
    for number, line in enumerate(text.split("\n"), start=1):
        mark = _SECTION.fullmatch(line.strip())
        if mark is None or (mark[1].lower() == "lib" and not mark[2]):
            if inside == section:
                yield number, line
            continue
        inside = mark[2].lower() if mark[1].lower() == "lib" else None
        found = found or inside == section
    if not found:
        raise InputError(f"has no section {section!r}", path=path)


def _require_closed(lines: Sequence[str], path: Path) -> None:
    """Every element inside a subcircuit, every `.subckt` and `.if` closed: nothing may reach into the test bench."""
    depth, conditions = 0, 0
    cards = list(_joined(lines))
    if cards[0]:
        raise NetlistError(f"{path.name}: begins with a continuation line {cards[0][:60]!r}; remove it")
    for card in cards[1:]:
        word = card.lower().split()[0]
        depth += (word == ".subckt") - (word == ".ends")
        conditions += (word == ".if") - (word == ".endif")
        if depth < 0 or conditions < 0:
            raise NetlistError(f"{path.name}: {card[:60]!r} closes what was not opened")
        if depth == 0 and not word.startswith("."):
            raise NetlistError(f"{path.name}: {card[:60]!r} is outside of every subcircuit; put it into one")
    if depth or conditions:
        raise NetlistError(f"{path.name}: a .subckt or .if is not closed")


def _subcircuits(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Pins of every `.subckt`, its parameters left out."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _joined(lines):
        words = line.lower().split()
        if words[:1] != [".subckt"] or len(words) < 2:
            continue
        pins = re.split(r"\bparams:|\S+\s*=", " ".join(words[2:]), maxsplit=1)[0].split()
        found[words[1]] = tuple(pins)
    return found


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Cards with their continuation lines put on; the first, before any card, is empty in a whole file."""
    card = ""
    for line in lines:
        stripped = line.split(";")[0].strip()
        if stripped.startswith("+"):
            card += " " + stripped[1:]
        elif stripped and not stripped.startswith("*"):
            yield card
            card = stripped
    yield card
