"""Reads subcircuits back from their text: pins, elements, nets and parameters, for area and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from measurements.errors import NetlistError

MAXIMUM_CHARACTERS = 4 << 20
MAXIMUM_LINE = 4000
"""Longest card, its continuation lines joined [characters]."""
_TERMINALS = {
    "c": 2,
    "r": 2,
    "l": 2,
    "v": 2,
    "i": 2,
    "b": 2,
    "d": 2,
    "e": 4,
    "g": 4,
    "m": 4,
    "q": 3,
    "s": 4,
    "f": 2,
    "h": 2,
}
"""Nets of an element, by the first letter of its name."""
_ASSIGNMENT = re.compile(r"([a-z_][a-z0-9_.]*)\s*=\s*(\{[^{}]*\}|'[^']*'|[^\s{}']+)")
_CARDS = frozenset(
    [".func", ".ic", ".param", ".model", ".nodeset", ".include", ".lib", ".endl", ".if", ".else", ".endif"]
)
"""Cards inside or around a subcircuit that carry no element; what they set is not followed."""


@dataclass(frozen=True)
class Element:
    """One element of a subcircuit, in lower case as ngspice takes it.

    Parameters
    ----------
    name
        As written; its first letter is the kind (`x` an instance, `c` a capacitor ...).
    nodes
        Nets in the order of the card.
    target
        Subcircuit of an instance, model of a transistor; empty for others.
    parameters
        Name to expression; the value of a C, R, L, V or I stands under `value`.
    line
        Of the text, from 1.
    """

    name: str
    nodes: tuple[str, ...]
    target: str
    parameters: Mapping[str, str]
    line: int

    @property
    def kind(self) -> str:
        """First letter of the name."""
        return self.name[0]


@dataclass(frozen=True)
class Subcircuit:
    """A `.subckt`: its pins, defaults of its parameters, and its elements in their order."""

    name: str
    pins: tuple[str, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)
    elements: tuple[Element, ...] = ()


def parse_subcircuits(text: str) -> dict[str, Subcircuit]:
    """Every subcircuit of a text, by name in lower case, in the order of the text.

    Raises
    ------
    NetlistError
        The text is too long, a subcircuit is nested, not closed or defined twice, two elements share a name, an element
        stands outside a subcircuit, or a card cannot be read; the line is named.

    >>> found = parse_subcircuits(".subckt half a b\\nR1 a b 1k\\n.ends")
    >>> found["half"].elements[0].nodes
    ('a', 'b')
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise NetlistError(f"netlist of {len(text)} characters; {MAXIMUM_CHARACTERS} are taken")
    found: dict[str, Subcircuit] = {}
    head: Subcircuit | None = None
    elements: dict[str, Element] = {}
    for number, line in _cards(text):
        word = line.split(maxsplit=1)[0]
        if word == ".subckt":
            if head is not None:
                raise NetlistError(f"line {number}: a subcircuit begins inside {head.name!r}; one at a time is read")
            head, elements = _header(line, number), {}
            if head.name in found:
                raise NetlistError(f"line {number}: subcircuit {head.name!r} is defined twice")
        elif word == ".ends":
            if head is None:
                raise NetlistError(f"line {number}: .ends without .subckt")
            found[head.name] = Subcircuit(head.name, head.pins, head.defaults, tuple(elements.values()))
            head = None
        elif word.startswith("."):
            if word not in _CARDS:
                raise NetlistError(f"line {number}: card {word[:20]!r} is not part of a cell")
        else:
            element = _element(line, number)
            if head is None:
                raise NetlistError(f"line {number}: element {element.name[:20]!r} stands outside a subcircuit")
            if element.name in elements:
                raise NetlistError(f"line {number}: a second element {element.name!r} in {head.name!r}")
            elements[element.name] = element
    if head is not None:
        raise NetlistError(f"subcircuit {head.name!r} is not closed by .ends")
    return found


def _cards(text: str) -> Iterator[tuple[int, str]]:
    """Cards in lower case with their first line's number; continuation lines joined, comments and blanks left out."""
    number, card = 0, ""
    for index, raw in enumerate(text.split("\n"), start=1):
        line = re.split(r"[;$]", raw, maxsplit=1)[0].strip().lower()
        if not line or line.startswith("*"):
            continue
        if not line.isprintable():
            raise NetlistError(f"line {index}: holds a character that cannot be printed")
        if line.startswith("+"):
            if not card:
                raise NetlistError(f"line {index}: continues nothing")
            card = f"{card} {line[1:].strip()}"
        else:
            if card:
                yield number, card
            number, card = index, line
        if len(card) > MAXIMUM_LINE:
            raise NetlistError(f"line {number}: a card of more than {MAXIMUM_LINE} characters")
    if card:
        yield number, card


def _header(line: str, number: int) -> Subcircuit:
    bare = _ASSIGNMENT.sub("", line).replace("params:", "")
    words = bare.split()
    if len(words) < 2 or any("=" in word for word in words):
        raise NetlistError(f"line {number}: a subcircuit needs a name, pins and name=value: {line[:60]!r}")
    return Subcircuit(words[1], tuple(words[2:]), dict(_ASSIGNMENT.findall(line)))


def _element(line: str, number: int) -> Element:
    name = line.split(maxsplit=1)[0]
    if name[0] != "x" and name[0] not in _TERMINALS:
        raise NetlistError(f"line {number}: {name[:20]!r} is not a kind of element that a cell has")
    if name[0] in "begvifh":
        return _source(line, number)
    words = _ASSIGNMENT.sub("", line).split()[1:]
    parameters = dict(_ASSIGNMENT.findall(line))
    if name[0] == "x":
        if not words:
            raise NetlistError(f"line {number}: instance {name!r} names no subcircuit")
        return Element(name, tuple(words[:-1]), words[-1], parameters, number)
    count = _TERMINALS[name[0]]
    if len(words) < count:
        raise NetlistError(f"line {number}: {name!r} has {len(words)} nets; {count} are needed")
    nodes, rest = tuple(words[:count]), " ".join(words[count:])
    if name[0] in "crl":
        return Element(name, nodes, "", parameters | ({"value": rest} if rest else {}), number)
    return Element(name, nodes, rest.split(" ")[0], parameters, number)


def _source(line: str, number: int) -> Element:
    """Sources keep what follows their nets as one text: it may hold functions and blanks."""
    name, *words = line.split()
    count = 2 if len(words) > 2 and "poly" in words[2] else _TERMINALS[name[0]]
    if name[0] in "eg" and len(words) > 2 and words[2].startswith(("vol", "cur", "value")):
        count = 2
    if len(words) < count:
        raise NetlistError(f"line {number}: {name!r} has {len(words)} nets; {count} are needed")
    return Element(name, tuple(words[:count]), "", {"value": " ".join(words[count:])}, number)
