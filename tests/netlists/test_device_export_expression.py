"""Expressions and cells are read as ngspice reads them, written as Verilog-A, and refused where the two differ."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.errors import NetlistError
from netlists.device_export.expression import (
    Call,
    Choice,
    Expression,
    Name,
    Number,
    Operation,
    Probe,
    names_in,
    parse_expression,
    probes_in,
)
from netlists.device_export.flatten import parse_cell
from netlists.device_export.verilogtext import verilog_text

FUNCTIONS = {"exp": math.exp, "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "sqrt": math.sqrt} | {
    "min": min,
    "max": max,
    "abs": abs,
    "ln": math.log,
    "log10": math.log10,
    "asinh": math.asinh,
    "asin": math.asin,
    "pow": lambda base, power: abs(base) ** power,
    "u": lambda x: 0.5 * ((x > 0) - (x < 0) + 1),
    "sgn": lambda x: float((x > 0) - (x < 0)),
}


def emitted(tree: Expression) -> str:
    return verilog_text(tree, lambda p: f"{p.kind.upper()}({','.join(p.places)})", lambda name: name)


def value(tree: Expression, names: dict[str, float]) -> float:
    """An evaluator of the tests' own."""
    if isinstance(tree, Number):
        return float(tree.text)
    if isinstance(tree, Name):
        return names[tree.text]
    if isinstance(tree, Probe):
        return names[",".join(tree.places)]
    if isinstance(tree, Choice):
        return value(tree.yes if value(tree.condition, names) else tree.no, names)
    if isinstance(tree, Call):
        return FUNCTIONS[tree.function](*(value(part, names) for part in tree.arguments))
    parts = [value(part, names) for part in tree.operands]
    if len(parts) == 1:
        return -parts[0] if tree.operator == "-" else float(not parts[0])
    left, right = parts
    return {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "<": lambda: float(left < right),
        ">": lambda: float(left > right),
        "<=": lambda: float(left <= right),
        ">=": lambda: float(left >= right),
        "&&": lambda: float(bool(left) and bool(right)),
        "||": lambda: float(bool(left) or bool(right)),
    }[tree.operator]()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2+3*4", 14.0),
        ("2-3-4", -5.0),
        ("24/4/2", 3.0),
        ("24/(4/2)", 12.0),
        ("2-(3-4)", 3.0),
        ("-2*3", -6.0),
        ("-(2+3)*2", -10.0),
        ("1 ? 2 : 0 ? 3 : 4", 2.0),
        ("0 ? 2 : 0 ? 3 : 4", 4.0),
        ("2>1 && 1>2 || 3>1 ? 5 : 6", 5.0),
        ("!0*3", 3.0),
        ("max(1, min(4, 2)) - 1.5e1", -13.0),
        (".5*4", 2.0),
        ("v(A,b)*V(a , B)", 49.0),
        ("(-2)**3", 8.0),  # what ngspice 39 and 46 give
        ("-2^2*3", -12.0),
        ("2*pow(-3,2)", 18.0),
        ("u(-3)+10*u(2)+u(0)", 10.5),
        ("sgn(-3)+sgn(4)*10+sgn(0)", 9.0),
    ],
)
def test_value_is_that_of_spice_before_and_after_translation(text, expected) -> None:
    tree = parse_expression(text)
    assert value(tree, {"a,b": 7.0}) == expected
    assert value(parse_expression(emitted(tree)), {"a,b": 7.0}) == expected


leaves = st.sampled_from([Number("2"), Number("0.5"), Number("7"), Name("p"), Probe("v", ("x",))])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda op, a, b: Operation(op, (a, b)), st.sampled_from("+-*"), inner, inner),
        st.builds(lambda a: Operation("-", (a,)), inner),
        st.builds(lambda a, b: Call("max", (a, b)), inner, inner),
        st.builds(lambda a, b, c, d: Choice(Operation("<", (a, b)), c, d), inner, inner, inner, inner),
    ),
    max_leaves=12,
)


@given(trees)
def test_any_tree_comes_back_from_its_text(tree) -> None:
    assert parse_expression(emitted(tree)) == tree


def test_natural_logarithm_keeps_its_meaning() -> None:
    assert emitted(parse_expression("log(x)+ln(x)+log10(x)")) == "ln(x)+ln(x)+log(x)"


@pytest.mark.parametrize(
    "text",
    [
        *("1k", "2meg", "a=b", "f(", "(1", "1)", "1 2", "", "v(a,b,c)", "i(a,b)", "a ? b", "@r1[x]"),
        *("exp(1,2)", "min(1)", "(" * 100 + "1" + ")" * 100, "-" * 100 + "1"),
    ],
)
def test_what_is_not_taken_is_refused(text) -> None:
    with pytest.raises(NetlistError):
        emitted(parse_expression(text))


def test_names_and_probes_are_found() -> None:
    tree = parse_expression("f(p, v(x)) > 0 ? exp(q)*i(vm) : -v(a,b)")
    assert names_in(tree) == {"f", "p", "q"}
    assert probes_in(tree) == {Probe("v", ("x",)), Probe("i", ("vm",)), Probe("v", ("a", "b"))}


CELL = """* comment
.subckt two te be x0=1 slope = 2
+ rate=3e-2
.func f(a,b) {a*b}
Rs te n {slope}
Vm n m 0
Bm m gnd I={f(v(m),rate)} ; a comment
Cx x 0 1
.ic v(x)={x0} v(m)=0
.ends two
"""


def test_a_cell_is_read_whole() -> None:
    cell = parse_cell(CELL)
    assert (cell.name, cell.ports, cell.nodes) == ("two", ("te", "be"), ("n", "m", "x"))
    assert [name for name, _ in cell.parameters] == ["x0", "slope", "rate"]
    assert [(e.kind, e.start, e.end) for e in cell.elements] == [
        ("r", "te", "n"),
        ("v", "n", "m"),
        ("b", "m", "0"),
        ("c", "x", "0"),
    ]
    assert cell.initial == (("x", Name("x0")), ("m", Number("0")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Cx x 0 1", "Q1 a b c npn"),
        ("Cx x 0 1", "Lx x 0 1n"),
        ("Cx x 0 1", "Bx x 0 Q=v(te)"),
        ("Cx x 0 1", "Xx x 0 nowhere"),
        ("Cx x 0 1", ".param a={2**3}"),
        ("Cx x 0 1", ".param a={2"),
        ("Vm n m 0", "Vm n m 1"),
        ("Cx x 0 1", ".model d d"),
        (".func f(a,b) {a*b}", ".func f() {2}"),
        ("v(m)=0", "i(m)=0"),
        ("te be x0=1", "te be third x0=1"),
        (".ends two", ""),
    ],
)
def test_a_construct_outside_the_list_is_refused_by_its_line(old, new) -> None:
    with pytest.raises(NetlistError):
        parse_cell(CELL.replace(old, new))


NESTED = """.subckt main te be gain=2
.param twice={2*gain}
Xin te be out inner size={gain}
Bmain te be I=v(out)*twice
.ends main
.subckt inner a b out size=1 other=3
.param both={size+other}
.func f(size,y) {size*y*both}
Bout out 0 V=f(v(a,b),v(m))
Bm m 0 V=other
.ends inner
"""


def test_a_subcircuit_inside_is_written_out() -> None:
    cell = parse_cell(NESTED)
    assert [name for name, _ in cell.derived] == ["twice", "xin_size", "xin_other", "xin_both"]
    assert cell.derived[3][1] == parse_expression("xin_size+xin_other")
    assert cell.derived[1][1] == Name("gain")
    (function,) = cell.functions
    assert (function.name, function.arguments) == ("xin_f", ("size", "y"))
    assert function.body == parse_expression("size*y*xin_both"), "an argument hides the parameter of its name"
    assert [(e.name, e.start) for e in cell.elements] == [("bmain", "te"), ("xin_bout", "out"), ("xin_bm", "xin_m")]
    assert cell.elements[1].value == parse_expression("xin_f(v(te,be),v(xin_m))")


@pytest.mark.parametrize(
    ("old", "new"), [("out inner", "inner"), ("size={gain}", "sizes=2"), ("inner size", "other size")]
)
def test_an_instance_that_does_not_fit_is_refused(old, new) -> None:
    with pytest.raises(NetlistError):
        parse_cell(NESTED.replace(old, new))
