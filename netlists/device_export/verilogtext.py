"""Expressions written as Verilog-A."""

from __future__ import annotations

from collections.abc import Callable

from measurements.errors import NetlistError
from netlists.device_export.expression import (
    BUILT_IN,
    LEVELS,
    STEPS,
    Call,
    Choice,
    Expression,
    Name,
    Number,
    Probe,
)


def verilog_text(tree: Expression, probe: Callable[[Probe], str], name: Callable[[str], str]) -> str:
    """The expression in Verilog-A; `probe` and `name` give the text of its probes and names.

    Raises
    ------
    NetlistError
        A function with another number of arguments than it has.
    """

    def text(node: Expression, binding: int = 0) -> str:
        if isinstance(node, Number):
            return node.text if not node.text.startswith(".") else f"0{node.text}"
        if isinstance(node, Name):
            return name(node.text)
        if isinstance(node, Probe):
            return probe(node)
        if isinstance(node, Call) and node.function == "pow":
            base, power = (text(part) for part in _two(node))
            return f"pow(abs({base}), {power})"
        if isinstance(node, Call) and node.function in STEPS and len(node.arguments) == 1:
            argument, (below, at) = text(node.arguments[0], 5), STEPS[node.function]
            return f"({argument}>0 ? 1 : ({argument}<0 ? {below} : {at}))"
        if isinstance(node, Call):
            return f"{_function(node, name)}({', '.join(text(part) for part in node.arguments)})"
        if isinstance(node, Choice):
            return f"({text(node.condition, 1)} ? {text(node.yes, 1)} : {text(node.no, 1)})"
        if len(node.operands) == 1:
            return f"({node.operator}{text(node.operands[0], 99)})"
        own = 1 + next(k for k, signs in enumerate(LEVELS) if node.operator in signs)
        left, right = (text(part, own + k) for k, part in enumerate(node.operands))
        inside = f"{left}{node.operator}{right}"
        return inside if own >= binding else f"({inside})"

    return text(tree)


def _two(call: Call) -> tuple[Expression, Expression]:
    if len(call.arguments) != 2:
        raise NetlistError(f"{call.function} takes 2 arguments, {len(call.arguments)} are given")
    return call.arguments[0], call.arguments[1]


def _function(call: Call, name: Callable[[str], str]) -> str:
    if call.function not in BUILT_IN:
        return name(call.function)
    count, translated = BUILT_IN[call.function]
    if len(call.arguments) != count:
        raise NetlistError(f"{call.function} takes {count} arguments, {len(call.arguments)} are given")
    return translated
