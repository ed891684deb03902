"""Columns of a schematic: which devices stand above each other, by the nets that their channels share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netlists.flattening import TRANSISTORS
from netlists.subcircuit import Element

SUPPLIES = frozenset(["vdd"])
GROUNDS = frozenset(["vss", "0", "gnd"])


@dataclass(frozen=True)
class Column:
    """Devices from top to bottom; the first `above` of them are drawn above the middle line.

    `nets` are those between them, one more than devices, from top to bottom.
    """

    elements: tuple[Element, ...]
    nets: tuple[str, ...]
    above: int

    @property
    def middle(self) -> str:
        """Net on the middle line."""
        return self.nets[self.above]


def polarity(element: Element) -> str:
    """`p` or `n` of a transistor, empty for others."""
    return TRANSISTORS[element.target][0] if element.target in TRANSISTORS else ""


def gate(element: Element) -> str | None:
    """Net of a transistor's gate; None for others."""
    return element.nodes[1] if polarity(element) else None


def ends(element: Element) -> tuple[str, str]:
    """Upper and lower net of a device: supplies up, grounds down, else the source of a p transistor and the drain of an
    n transistor up.
    """
    upper, lower = (element.nodes[0], element.nodes[2]) if polarity(element) else (element.nodes[0], element.nodes[1])
    if polarity(element) == "p":
        upper, lower = lower, upper
    wrong = upper in GROUNDS or lower in SUPPLIES
    return (lower, upper) if wrong else (upper, lower)


def columns_of(elements: Sequence[Element]) -> tuple[Column, ...]:
    """Columns of transistors, resistors and sources in the order of the netlist; each capacitor is a column of its own,
    beside the first one that has its net on the middle line.
    """
    passing = _transmission_gates(elements)
    waiting = [element for element in elements if element.kind != "c" and element.name not in passing]
    columns: list[Column] = []
    places: dict[str, int] = {element.name: index for index, element in enumerate(elements)}
    while waiting:
        chain = [next((one for one in waiting if ends(one)[0] in SUPPLIES), waiting[0])]
        waiting.remove(chain[0])
        _extend_down(chain, waiting)
        _extend_up(chain, waiting)
        columns.append(_column(chain))
    pairs = [element for element in elements if element.name in passing]
    while pairs:
        first = pairs.pop(0)
        other = next(one for one in pairs if frozenset(ends(one)) == frozenset(ends(first)))
        pairs.remove(other)
        columns.append(_column(sorted((first, other), key=polarity, reverse=True)))
    columns.sort(key=lambda column: min(places[element.name] for element in column.elements))
    for element in elements:
        if element.kind == "c":
            _insert(columns, _column([element]), places)
    return tuple(columns)


def _transmission_gates(elements: Sequence[Element]) -> set[str]:
    """Names of p and n transistors that lie between the same two nets, neither a supply, in pairs."""
    found: dict[frozenset[str], list[Element]] = {}
    for element in elements:
        between = frozenset(ends(element)) if polarity(element) else frozenset()
        if len(between) == 2 and not between & (SUPPLIES | GROUNDS):
            found.setdefault(between, []).append(element)
    return {one.name for pair in found.values() if sorted(map(polarity, pair)) == ["n", "p"] for one in pair}


def _extend_down(chain: list[Element], waiting: list[Element]) -> None:
    """Below a p transistor comes p or n, below an n transistor no p."""
    while (net := ends(chain[-1])[1]) not in SUPPLIES | GROUNDS:
        below = [e for e in waiting if ends(e)[0] == net and not (polarity(chain[-1]) == "n" and polarity(e) == "p")]
        if not below:
            return
        chain.append(_liked(chain[-1], below))
        waiting.remove(chain[-1])


def _extend_up(chain: list[Element], waiting: list[Element]) -> None:
    while (net := ends(chain[0])[0]) not in SUPPLIES | GROUNDS:
        above = [e for e in waiting if ends(e)[1] == net and not (polarity(chain[0]) == "p" and polarity(e) == "n")]
        if not above:
            return
        chain.insert(0, _liked(chain[0], above))
        waiting.remove(chain[0])


def _liked(beside: Element, candidates: Sequence[Element]) -> Element:
    """The one with the same gate, as in an inverter; else the first of the netlist."""
    same = [one for one in candidates if gate(one) is not None and gate(one) == gate(beside)]
    return (same or list(candidates))[0]


def _column(chain: Sequence[Element]) -> Column:
    nets = [ends(chain[0])[0]]
    for element in chain:
        upper, lower = ends(element)
        nets.append(upper if nets[-1] == lower else lower)
    above = sum(polarity(element) == "p" for element in chain)
    if above:
        above = max(index for index, element in enumerate(chain) if polarity(element) == "p") + 1
    elif nets[0] in SUPPLIES and not polarity(chain[0]):
        above = 1
    return Column(tuple(chain), tuple(nets), above)


def _insert(columns: list[Column], capacitor: Column, places: dict[str, int]) -> None:
    """Left of the first column with its net on the middle line, else where the netlist has it."""
    for index, column in enumerate(columns):
        if column.middle == capacitor.middle and column.elements[0].kind != "c":
            columns.insert(index, capacitor)
            return
    place = places[capacitor.elements[0].name]
    later = [i for i, c in enumerate(columns) if min(places[e.name] for e in c.elements) > place]
    columns.insert(later[0] if later else len(columns), capacitor)
