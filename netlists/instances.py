"""A subcircuit of its own for every instance: what differs between equal cells can then be written into each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from measurements.errors import NetlistError

_DEFINITION = re.compile(r"^\.subckt (\S+) [^\n]*\n.*?^\.ends \1$", re.MULTILINE | re.DOTALL)
_SHARED = ("nch", "pch")
"""The transistors: they differ by parameters of the instance, not by a copy."""


def with_own_subcircuits(text: str, used: Sequence[str]) -> str:
    """The definitions of the subcircuits `used`, each instance in them with a copy of what it is an instance of.

    A copy is named after the original and the path to its instance, and stands before the subcircuit that it is in.
    Definitions that `used` does not need are left out; those used keep their names.

    Parameters
    ----------
    text
        Definitions from `.subckt NAME` to `.ends NAME`, none inside another.
    used
        Names of those of which the bench has one instance each.

    Raises
    ------
    NetlistError
        A subcircuit that is not defined in `text`.

    >>> cells = ".subckt half a\\nX1 a 0 0 0 nch w=1u l=1u\\n.ends half\\n.subckt whole a\\nXh a half\\n.ends whole"
    >>> print(with_own_subcircuits(cells, ["whole"]))
    .subckt half__h a
    X1 a 0 0 0 nch w=1u l=1u
    .ends half__h
    .subckt whole a
    Xh a half__h
    .ends whole
    """
    definitions = {found[1]: found[0] for found in _DEFINITION.finditer(text)}
    return "\n".join(line for name in used for line in _copied(definitions, name, ()))


def _copied(definitions: Mapping[str, str], name: str, path: tuple[str, ...]) -> list[str]:
    """Lines of a copy of `name` at `path`, those of the copies that it needs first."""
    if name not in definitions:
        raise NetlistError(f"the subcircuit {name} is not defined; {', '.join(definitions)} are")
    before: list[str] = []
    lines = definitions[name].split("\n")
    for number, line in enumerate(lines):
        words = line.split(" ")
        place = _place_of_name(words)
        if place is None or words[place] in _SHARED:
            continue
        below = (*path, words[0][1:])
        before += _copied(definitions, words[place], below)
        words[place] = _own_name(words[place], below)
        lines[number] = " ".join(words)
    own = _own_name(name, path)
    head, tail = lines[0].split(" "), lines[-1].split(" ")
    head[1], tail[1] = own, own
    return [*before, " ".join(head), *lines[1:-1], " ".join(tail)]


def _place_of_name(words: Sequence[str]) -> int | None:
    """Where an instance's line names its subcircuit: the last word before the parameters; None in other lines."""
    if words[0][:1] not in ("X", "x"):
        return None
    given = [number for number, word in enumerate(words) if "=" in word]
    return (given[0] if given else len(words)) - 1


def _own_name(name: str, path: Sequence[str]) -> str:
    return "__".join([name, *path])
