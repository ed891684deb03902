"""Expressions of ngspice B-sources as trees, read from a cell's text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from measurements.errors import NetlistError


@dataclass(frozen=True)
class Number:
    """A literal, kept as it is written."""

    text: str


@dataclass(frozen=True)
class Name:
    """A parameter or an argument of a function."""

    text: str


@dataclass(frozen=True)
class Probe:
    """Voltage of a node or between two (`kind` v), or current of a 0 V source (`kind` i)."""

    kind: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Operation:
    """`operator` on one operand or two."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Choice:
    """`condition ? yes : no`."""

    condition: Expression
    yes: Expression
    no: Expression


Expression = Number | Name | Probe | Call | Operation | Choice

BUILT_IN: Mapping[str, tuple[int, str]] = {
    "exp": (1, "exp"),
    "ln": (1, "ln"),
    "log": (1, "ln"),  # ngspice's log is the natural one, Verilog-A's is decadic
    "log10": (1, "log"),
    "sqrt": (1, "sqrt"),
    "abs": (1, "abs"),
    "sinh": (1, "sinh"),
    "cosh": (1, "cosh"),
    "tanh": (1, "tanh"),
    "asinh": (1, "asinh"),
    "acosh": (1, "acosh"),
    "atanh": (1, "atanh"),
    "sin": (1, "sin"),
    "cos": (1, "cos"),
    "tan": (1, "tan"),
    "asin": (1, "asin"),
    "acos": (1, "acos"),
    "atan": (1, "atan"),
    "min": (2, "min"),
    "max": (2, "max"),
    "floor": (1, "floor"),
    "ceil": (1, "ceil"),
}
"""Functions of ngspice that are taken: number of arguments, name in Verilog-A. `pow(a,b)`, `a^b` and `a**b` are taken,
too, all as |a|^b, which is what ngspice computes; `pwr` is not.
"""
POWERS = ("**", "^")
STEPS: Mapping[str, tuple[str, str]] = {"sgn": ("(-1)", "0"), "u": ("0", "0.5")}
"""Functions of ngspice that jump at 0: value below 0 and at 0; 1 above."""

LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/"))
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?![\w.])|(?P<name>[a-z_]\w*)"
    r"|(?P<sign>\|\||&&|==|!=|<=|>=|\*\*|[-+*/<>!?:(),^]))"
)
_DEEPEST = 60


def parse_expression(text: str) -> Expression:
    """The tree of an ngspice expression; upper and lower case are the same.

    >>> parse_expression("2*V(x)").operands
    (Number(text='2'), Probe(kind='v', places=('x',)))

    Raises
    ------
    NetlistError
        Something outside the list: unknown signs, unit suffixes such as `1k`, powers, unbalanced parentheses.
    """
    reader = _Reader(_tokens(text.lower()), text)
    tree = reader.choice(0)
    reader.end()
    return tree


def _tokens(text: str) -> list[str]:
    found, place, whole = [], 0, text.rstrip()
    while place < len(whole):
        match = _TOKEN.match(whole, place)
        if match is None:
            raise NetlistError(f"cannot translate {whole[place : place + 20]!r} in {whole!r}")
        found.append(match.group(0).strip())
        place = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self.tokens, self.text, self.place = tokens, text, 0

    def choice(self, depth: int) -> Expression:
        """A whole expression: `?:` binds least and to the right."""
        if depth > _DEEPEST:
            raise self.error("nested too deeply")
        condition = self.level(0, depth)
        if not self.taken("?"):
            return condition
        yes = self.choice(depth + 1)
        self.need(":")
        return Choice(condition, yes, self.choice(depth + 1))

    def level(self, level: int, depth: int) -> Expression:
        """Operators of one precedence, which bind to the left."""
        if level == len(LEVELS):
            return self.unary(depth)
        left = self.level(level + 1, depth)
        while self.peek() in LEVELS[level]:
            sign = self.next()
            left = Operation(sign, (left, self.level(level + 1, depth)))
        return left

    def unary(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise self.error("nested too deeply")
        for sign in ("-", "!"):
            if self.taken(sign):
                return Operation(sign, (self.unary(depth + 1),))
        if self.taken("+"):
            return self.unary(depth + 1)
        base = self.atom(depth)
        if self.peek() not in POWERS:
            return base
        self.next()
        power = Call("pow", (base, self.unary(depth + 1)))
        if self.peek() in POWERS:
            raise self.error("a power of a power needs parentheses")
        return power

    def atom(self, depth: int) -> Expression:
        token = self.next()
        if token == "(":
            inside = self.choice(depth + 1)
            self.need(")")
            return inside
        if token[0].isdigit() or token[0] == ".":
            return Number(token)
        if not (token[0].isalpha() or token[0] == "_"):
            raise self.error(f"{token!r} is out of place")
        if not self.taken("("):
            return Name(token)
        if token in ("v", "i"):
            return self.probe(token)
        arguments = [self.choice(depth + 1)]
        while self.taken(","):
            arguments.append(self.choice(depth + 1))
        self.need(")")
        return Call(token, tuple(arguments))

    def probe(self, kind: str) -> Probe:
        places = [self.next()]
        while self.taken(","):
            places.append(self.next())
        self.need(")")
        if len(places) > (2 if kind == "v" else 1) or not all(re.fullmatch(r"\w+", place) for place in places):
            raise self.error(f"{kind}({','.join(places)}) is no probe")
        return Probe(kind, tuple(places))

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        if not token:
            raise self.error("it ends too early")
        self.place += 1
        return token

    def taken(self, token: str) -> bool:
        found = self.peek() == token
        self.place += found
        return found

    def need(self, token: str) -> None:
        if not self.taken(token):
            raise self.error(f"{token!r} is missing before {self.peek() or 'its end'!r}")

    def end(self) -> None:
        if self.peek():
            raise self.error(f"{self.peek()!r} is not taken")

    def error(self, cause: str) -> NetlistError:
        return NetlistError(f"cannot translate {self.text!r}: {cause}")


def names_in(tree: Expression) -> set[str]:
    """Names, functions beside the built-in ones included, that an expression uses."""
    if isinstance(tree, Name):
        return {tree.text}
    if isinstance(tree, Call):
        own = set() if tree.function in (*BUILT_IN, *STEPS, "pow") else {tree.function}
        return own.union(*(names_in(part) for part in tree.arguments))
    if isinstance(tree, Operation):
        return set[str]().union(*(names_in(part) for part in tree.operands))
    if isinstance(tree, Choice):
        return names_in(tree.condition) | names_in(tree.yes) | names_in(tree.no)
    return set()


def calls(tree: Expression, function: str) -> bool:
    """Whether an expression calls this function."""
    if isinstance(tree, Call):
        return tree.function == function or any(calls(part, function) for part in tree.arguments)
    if isinstance(tree, Operation):
        return any(calls(part, function) for part in tree.operands)
    if isinstance(tree, Choice):
        return any(calls(part, function) for part in (tree.condition, tree.yes, tree.no))
    return False


def renamed(tree: Expression, name: Callable[[str], str], place: Callable[[str], str]) -> Expression:
    """The expression with other names of parameters and functions (`name`) and of what its probes read (`place`)."""
    if isinstance(tree, Name):
        return Name(name(tree.text))
    if isinstance(tree, Probe):
        return Probe(tree.kind, tuple(place(one) for one in tree.places))
    if isinstance(tree, Call):
        return Call(name(tree.function), tuple(renamed(part, name, place) for part in tree.arguments))
    if isinstance(tree, Operation):
        return Operation(tree.operator, tuple(renamed(part, name, place) for part in tree.operands))
    if isinstance(tree, Choice):
        return Choice(*(renamed(part, name, place) for part in (tree.condition, tree.yes, tree.no)))
    return tree


def probes_in(tree: Expression) -> set[Probe]:
    """Probes that an expression reads."""
    if isinstance(tree, Probe):
        return {tree}
    if isinstance(tree, Call):
        return set[Probe]().union(*(probes_in(part) for part in tree.arguments))
    if isinstance(tree, Operation):
        return set[Probe]().union(*(probes_in(part) for part in tree.operands))
    if isinstance(tree, Choice):
        return probes_in(tree.condition) | probes_in(tree.yes) | probes_in(tree.no)
    return set()
