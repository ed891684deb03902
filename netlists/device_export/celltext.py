"""A subcircuit of `netlists/cells` as data: ports, parameters, functions, elements and initial values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.device_export.expression import Expression, Number, calls, parse_expression

TAKEN = (
    "R and C with a value, V with 0 (ammeter), B with I= or V=, X of a subcircuit in the same text, .func, .param, "
    ".ic, parameters of .subckt"
)


@dataclass(frozen=True)
class Function:
    """`.func name(arguments) {body}`."""

    name: str
    arguments: tuple[str, ...]
    body: Expression


@dataclass(frozen=True)
class Element:
    """An element between two nodes. `kind` r: resistance [ohm], c: capacitance [F], b: current from `start` to `end`
    [A], e: voltage of `start` over `end` [V], v: ammeter, whose value is 0."""

    kind: str
    name: str
    start: str
    end: str
    value: Expression


@dataclass(frozen=True)
class Instance:
    """`Xname nodes cell parameters`."""

    name: str
    nodes: tuple[str, ...]
    cell: str
    parameters: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True)
class CellText:
    """A subcircuit. `derived` are values computed from the parameters (`.param`), in order."""

    name: str
    ports: tuple[str, ...]
    parameters: tuple[tuple[str, Expression], ...]
    derived: tuple[tuple[str, Expression], ...]
    functions: tuple[Function, ...]
    elements: tuple[Element, ...]
    initial: tuple[tuple[str, Expression], ...]
    instances: tuple[Instance, ...] = ()

    @property
    def nodes(self) -> tuple[str, ...]:
        """Internal nodes in the order of their first element; node 0 is not among them."""
        seen = dict.fromkeys(node for element in self.elements for node in (element.start, element.end))
        return tuple(node for node in seen if node not in (*self.ports, "0"))


def through_branch(element: Element) -> bool:
    """Whether the translated element has an unknown for its current: a resistance that may be 0, or a voltage."""
    if element.kind == "e":
        return True
    return element.kind == "r" and "0" not in (element.start, element.end) and not isinstance(element.value, Number)


_FUNCTION = re.compile(r"\.func\s+(\w+)\s*\(([\w\s,]*)\)\s*=?\s*\{(.*)\}")
_ELEMENT = re.compile(r"(\w+)\s+(\w+)\s+(\w+)\s+(.+)")


def parse_cells(text: str) -> tuple[CellText, ...]:
    """Each subcircuit in `text`, in order.

    Raises
    ------
    NetlistError
        A line that is not among `TAKEN`; the line is named.
    """
    cells: list[CellText] = []
    inside: list[str] = []
    for line in _joined(text):
        if not inside and not line.startswith(".subckt "):
            raise NetlistError(f"{line!r} is outside a subcircuit")
        if inside and line.startswith(".subckt"):
            raise NetlistError(f"{line!r} is inside another subcircuit")
        inside.append(line)
        if line.startswith(".ends"):
            cells.append(_cell(inside))
            inside = []
    if inside or not cells:
        raise NetlistError("a subcircuit starts with .subckt and stops with .ends")
    return tuple(cells)


def _cell(lines: list[str]) -> CellText:
    name, ports, parameters = _head(lines[0])
    derived: list[tuple[str, Expression]] = []
    functions: list[Function] = []
    elements: list[Element] = []
    initial: list[tuple[str, Expression]] = []
    instances: list[Instance] = []
    for line in lines[1:-1]:
        if line.startswith(".func"):
            functions.append(_function(line))
        elif line.startswith(".param "):
            derived.extend(_derived(line))
        elif line.startswith(".ic "):
            initial.extend(_initial(line))
        elif line.startswith("x"):
            instances.append(_instance(line))
        else:
            elements.append(_element(line))
    return CellText(
        name, ports, parameters, tuple(derived), tuple(functions), tuple(elements), tuple(initial), tuple(instances)
    )


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
    words, values = _assignments(line)
    return words[1], tuple(word for word in words[2:] if word != "params:"), values


def _assignments(line: str) -> tuple[list[str], tuple[tuple[str, Expression], ...]]:
    """Words before the first `name=value`, and the values; a value is a word or stands in braces."""
    found = re.findall(r"(\w+)\s*=\s*(\{[^}]*\}|'[^']*'|[^\s={}']+)", line)
    rest = re.sub(r"(\w+)\s*=\s*(\{[^}]*\}|'[^']*'|[^\s={}']+)", "", line)
    if "=" in rest or "{" in rest:
        raise NetlistError(f"cannot translate {line!r}; taken are {TAKEN}")
    return rest.split(), tuple((name, parse_expression(_bare(value))) for name, value in found)


def _derived(line: str) -> tuple[tuple[str, Expression], ...]:
    words, values = _assignments(line)
    if words != [".param"]:
        raise NetlistError(f"cannot translate {line!r}; taken are {TAKEN}")
    if any(calls(value, "pow") for _, value in values):
        raise NetlistError(f"cannot translate {line!r}: ngspice has other powers there than in B sources")
    return values


def _instance(line: str) -> Instance:
    words, values = _assignments(line)
    if len(words) < 3:
        raise NetlistError(f"cannot translate {line!r}; taken are {TAKEN}")
    nodes = tuple("0" if node == "gnd" else node for node in words[1:-1])
    return Instance(words[0], nodes, words[-1], values)


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
        source = re.match(r"([iv])\s*=\s*", rest)
        if source is None:
            raise NetlistError(f"cannot translate {line!r}; taken are {TAKEN}")
        kind, rest = ("b" if source.group(1) == "i" else "e"), rest[source.end() :]
    value = parse_expression(_bare(rest))
    if kind == "v" and value != Number("0"):
        raise NetlistError(f"cannot translate {line!r}: of voltage sources only ammeters of 0 V are taken")
    return Element(kind, name, start, end, value)
