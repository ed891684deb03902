"""The `# key: value` lines before the header of every heat layout."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from measurements.errors import InputError
from measurements.textfile import TextFile, parse_number

_FORBIDDEN = re.compile("[\0\r\n\ufeff]")


@dataclass(frozen=True)
class Preamble:
    """Facts before the header line: key -> (value, line from 1), the comment, and the header's index."""

    text: TextFile
    header: int
    facts: Mapping[str, tuple[str, int]]
    comment: str

    def required(self, key: str) -> str:
        """The value of `key`; an `InputError` names the header line where it is missing."""
        if key not in self.facts:
            raise self.text.error(f"'# {key}: …' is missing before the header", self.header + 1)
        return self.facts[key][0]

    def number(self, key: str, *, positive: bool = True) -> float:
        """The value of `key` as a finite number, above zero (`positive`) or not below it."""
        value = parse_number(self.required(key), key, self.text, self.facts[key][1])
        if value < 0 or (positive and value == 0):
            wanted = "above zero" if positive else "zero or more"
            raise self.text.error(f"{key} is {value}, expected {wanted}", self.facts[key][1])
        return value


def header_line(text: TextFile) -> int | None:
    """Index of the first line that is neither blank nor starts with `#`; None where there is none."""
    filled = (index for index, line in enumerate(text.lines) if line.strip() and not line.startswith("#"))
    return next(filled, None)


def read_preamble(text: TextFile, header: int, keys: Sequence[str]) -> Preamble:
    """Facts and comment before the line with index `header`; lines that name no key of `keys` are comment.

    Raises
    ------
    InputError
        A key given twice.
    """
    pattern = _pattern(keys)
    facts: dict[str, tuple[str, int]] = {}
    comment = []
    for index in range(header):
        line = text.lines[index]
        match = pattern.fullmatch(line)
        if match is not None:
            if match[1] in facts:
                raise text.error(f"'{match[1]}' is given twice", index + 1)
            facts[match[1]] = (match[2], index + 1)
        elif line.startswith("#"):
            comment.append(line.removeprefix("#").removeprefix(" "))
    return Preamble(text, header, facts, "\n".join(comment))


def preamble_lines(facts: Mapping[str, str], comment: str, keys: Sequence[str], file: str) -> list[str]:
    """The lines that `read_preamble` reads back as these facts and comment.

    Raises
    ------
    InputError
        A name or comment with NUL, carriage return or byte-order mark, or a comment line that would read as
        metadata.
    """
    pattern = _pattern(keys)
    lines = [f"# {key}: {value}" for key, value in facts.items()]
    comments = [f"# {line}" for line in comment.split("\n")] if comment else []
    for line in (*lines, *comments):
        if _FORBIDDEN.search(line) or (line in comments and pattern.fullmatch(line)):
            raise InputError(f"{line[:40]!r} cannot stand in the metadata", path=file)
    return [*lines, *comments]


def _pattern(keys: Sequence[str]) -> re.Pattern[str]:
    return re.compile("# (" + "|".join(re.escape(key) for key in keys) + "): (.*)")
