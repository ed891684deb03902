"""Quantities of a cell that are computed one after the other, without an unknown of their own.

The current of a 0 V source: a Verilog-A compiler merges the nodes of such a branch and loses the current where it is
read, so that it is taken from the elements beside the source. The voltage of a node that a B source alone sets.
"""

from __future__ import annotations

from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.device_export.celltext import CellText, Element, through_branch
from netlists.device_export.expression import Expression, Operation, Probe, probes_in


@dataclass(frozen=True)
class Variable:
    """`place` (an ammeter's or a node's name) is the sum of signed terms; `element` is the voltage source it replaces,
    None for a current.
    """

    place: str
    terms: tuple[tuple[str, Expression], ...]
    element: str | None = None


def ordered_variables(cell: CellText) -> list[Variable]:
    """Currents of ammeters that are read, and computed nodes, each after those it needs.

    Raises
    ------
    NetlistError
        A current that is not that of elements beside its source, or quantities that need each other.
    """
    read = {place for e in cell.elements for p in probes_in(e.value) if p.kind == "i" for place in p.places}
    found = [_current(cell, element) for element in cell.elements if element.kind == "v" and element.name in read]
    found += [_voltage(element) for element in cell.elements if element.kind == "e" and _alone(cell, element)]
    ordered: list[Variable] = []
    waiting = {variable.place: variable for variable in found}
    while waiting:
        ready = [v for v in waiting.values() if not _needs(v) & waiting.keys()]
        if not ready:
            raise NetlistError(f"{', '.join(waiting)} in cell {cell.name!r} need each other; they cannot be translated")
        for variable in ready:
            ordered.append(waiting.pop(variable.place))
    return ordered


def _needs(variable: Variable) -> set[str]:
    return {place for _, value in variable.terms for probe in probes_in(value) for place in probe.places}


def _alone(cell: CellText, element: Element) -> bool:
    """Whether a voltage source only tells others a value: from a node that no other element touches to node 0."""
    if element.end != "0" or element.start in cell.ports:
        return False
    return not any(element.start in (e.start, e.end) for e in cell.elements if e is not element)


def _voltage(element: Element) -> Variable:
    return Variable(element.start, (("", element.value),), element.name)


def _current(cell: CellText, ammeter: Element) -> Variable:
    """From what leaves the far node, or reaches the near one, through elements whose current is explicit."""
    for node, far in ((ammeter.end, True), (ammeter.start, False)):
        beside = [e for e in cell.elements if node in (e.start, e.end) and e is not ammeter]
        terms = [_leaving(element, node, far) for element in beside]
        if beside and node not in cell.ports and None not in terms:
            own = Variable(ammeter.name, tuple(term for term in terms if term is not None))
            if ammeter.name not in _needs(own):
                return own
    raise NetlistError(f"the current of {ammeter.name} is not that of elements beside it; it cannot be translated")


def _leaving(element: Element, node: str, far: bool) -> tuple[str, Expression] | None:
    """Signed current of an element as the ammeter sees it; None for capacitors and other ammeters."""
    sign = "" if (element.start == node) == far else "-"
    if element.kind == "b":
        return sign, element.value
    pair = (element.start, element.end)
    if through_branch(element) and "0" not in pair:
        return sign, Probe("branch", pair)
    if element.kind == "r":
        return sign, Operation("/", (Probe("v", pair), element.value))
    return None
