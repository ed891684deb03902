"""A subcircuit of `netlists/cells` as data: ports, parameters, functions, elements and initial values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.device_export.expression import Expression, Number, parse_expression

TAKEN = "R and C with a value, V with 0 (ammeter), B with I=, .func, .ic, parameters of .subckt"


@dataclass(frozen=True)
class Function:
    """`.func name(arguments) {body}`."""

    name: str
    arguments: tuple[str, ...]
    body: Expression


@dataclass(frozen=True)
class Element:
    """An element between two nodes. `kind` r: resistance [ohm], c: capacitance [F], b: current from `start` to `end`
    [A], v: ammeter, whose value is 0."""

    kind: str
    name: str
    start: str
    end: str
    value: Expression


@dataclass(frozen=True)
class CellText:
    """A subcircuit with two ports: what `parse_cell` found."""

    name: str
    ports: tuple[str, ...]
    parameters: tuple[tuple[str, Expression], ...]
    functions: tuple[Function, ...]
    elements: tuple[Element, ...]
    initial: tuple[tuple[str, Expression], ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """Internal nodes in the order of their first element; node 0 is not among them."""
        seen = dict.fromkeys(node for element in self.elements for node in (element.start, element.end))
        return tuple(node for node in seen if node not in (*self.ports, "0"))


_FUNCTION = re.compile(r"\.func\s+(\w+)\s*\(([\w\s,]*)\)\s*=?\s*\{(.*)\}")
_ELEMENT = re.compile(r"(\w+)\s+(\w+)\s+(\w+)\s+(.+)")


def parse_cell(text: str) -> CellText:
    """The subcircuit in `text`, which holds one `.subckt` with two ports.

    Raises
    ------
    NetlistError
        A line that is not one of R and C with a value, V with 0 (ammeter), B with I=, .func, .ic; the line is named.
    """
    lines = _joined(text)
    if not lines or not lines[0].startswith(".subckt ") or not lines[-1].startswith(".ends"):
        raise NetlistError("a cell starts with .subckt and stops with .ends")
    name, ports, parameters = _head(lines[0])
    functions: list[Function] = []
    elements: list[Element] = []
    initial: list[tuple[str, Expression]] = []
    for line in lines[1:-1]:
        if line.startswith(".func"):
            functions.append(_function(line))
        elif line.startswith(".ic "):
            initial.extend(_initial(line))
        else:
            elements.append(_element(line))
    return CellText(name, ports, parameters, tuple(functions), tuple(elements), tuple(initial))


def _joined(text: str) -> list[str]:
    """Lines without comments, continuations joined, in lower case, since SPICE ignores case."""
    lines: list[str] = []
    for raw in text.lower().splitlines():
        line = raw.split(";")[0].strip()
        if not line or line.startswith("*"):
            continue
        if line.startswith("+") and lines:
            lines[-1] += " " + line[1:].strip()
        else:
            lines.append(line)
    return lines


def _head(line: str) -> tuple[str, tuple[str, ...], tuple[tuple[str, Expression], ...]]:
    words = re.sub(r"\s*=\s*", "=", line).split()[1:]
    ports = tuple(word for word in words[1:] if "=" not in word and word != "params:")
    if len(ports) != 2:
        raise NetlistError(f"cell {words[0]!r} has {len(ports)} ports; two are needed")
    values = (word.partition("=") for word in words[1:] if "=" in word)
    return words[0], ports, tuple((name, parse_expression(_bare(value))) for name, _, value in values)


def _bare(text: str) -> str:
    """An expression without its braces or quotes."""
    text = text.strip()
    return text[1:-1] if text[:1] + text[-1:] in ("{}", "''") else text


def _function(line: str) -> Function:
    match = _FUNCTION.fullmatch(line)
    if match is None:
        raise NetlistError(f"cannot translate the function {line!r}")
    arguments = tuple(argument.strip() for argument in match.group(2).split(","))
    if not all(arguments):
        raise NetlistError(f"cannot translate {line!r}: a function needs one or more arguments")
    return Function(match.group(1), arguments, parse_expression(match.group(3)))


def _initial(line: str) -> list[tuple[str, Expression]]:
    found = re.findall(r"v\((\w+)\)\s*=\s*(\{[^}]*\}|\S+)", line)
    if re.sub(r"v\(\w+\)\s*=\s*(\{[^}]*\}|\S+)", "", line[len(".ic ") :]).strip():
        raise NetlistError(f"cannot translate the initial values {line!r}")
    return [(node, parse_expression(_bare(value))) for node, value in found]


def _element(line: str) -> Element:
    match = _ELEMENT.fullmatch(line)
    kind = line[0]
    if match is None or kind not in "rcbv":
        raise NetlistError(f"cannot translate {line!r}; taken are {TAKEN}")
    name, start, end, rest = match.groups()
    start, end = ("0" if node == "gnd" else node for node in (start, end))
    if kind == "b":
        rest, count = re.subn(r"^i\s*=", "", rest)
        if not count:
            raise NetlistError(f"cannot translate {line!r}; taken are {TAKEN}")
    value = parse_expression(_bare(rest))
    if kind == "v" and value != Number("0"):
        raise NetlistError(f"cannot translate {line!r}: of voltage sources only ammeters of 0 V are taken")
    return Element(kind, name, start, end, value)
