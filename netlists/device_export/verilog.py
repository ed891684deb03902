"""Verilog-A from our own subcircuit text, so that the equations of a model are written once for circuits.

What is taken: `celltext.TAKEN`. Each element becomes one contribution, each `.func` an analog function; exp and sinh
with linear continuation stay the functions they are in the subcircuit (`$limexp` is another function: not used).
Nodes with an initial value are held there at time 0, that is while the operating point is solved, and let go in the
transient, as `.ic` does in SPICE; a DC sweep therefore shows the device with its state frozen. (`analysis("static")`
would say the same, but ngspice 46 answers it in the first step of the transient and not in the operating point.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devicefit.card import DeviceCard
from devicefit.models.model import CompactModel, ParameterSpec
from devicefit.models.registry import model_of
from measurements.errors import NetlistError
from netlists.checks import identifier
from netlists.device_export.celltext import CellText, Element, Function, through_branch
from netlists.device_export.expression import (
    BUILT_IN,
    Expression,
    Probe,
    names_in,
    probes_in,
)
from netlists.device_export.flatten import parse_cell
from netlists.device_export.header import header_lines
from netlists.device_export.reserved import RESERVED
from netlists.device_export.variables import ordered_variables
from netlists.device_export.verilogtext import verilog_text
from netlists.model import model_subcircuit

STOPS_IN_NGSPICE: Mapping[str, str] = {
    "jart-vcm-v1b": "ngspice 46 follows a sweep within 0.5 % and stops in the runaway of a set by a 1.5 V pulse",
}
"""Models whose compiled module runs everywhere in VACASK and not in ngspice; the module says so."""


def verilog_module(card: DeviceCard, name: str = "device", override: str | None = None) -> str:
    """Verilog-A of the card's model with the card's values as defaults; ports `te, be`, positive current into `te`.

    `override` is the recorded reason to export a fit that is not usable (see `refuse_unusable`).

    Raises
    ------
    NetlistError
        The model's subcircuit has something outside the list (the line is named).
    InputError
        The card does not fit its model, or its fit is not usable and there is no override.
    """
    model = model_of(card)
    cell = parse_cell(model_subcircuit(card, identifier(name)))
    head = [f"// {line}" for line in header_lines(card, "Verilog-A module", override)]
    notes: tuple[str, ...] = (
        f"// Translated from netlists/cells/{model.cell}.cir of memchar. {model.equations.strip().splitlines()[0]}",
        "// Nodes with an initial value are held there in the operating point and let go in the transient.",
        "// Ramps need a maximum step of a thousandth of the period and method=gear.",
    )
    if model.name in STOPS_IN_NGSPICE:
        notes += (f"// Prefer VACASK: {STOPS_IN_NGSPICE[model.name]}.",)
    return "\n".join([*head, *notes, "", *_module(cell, model), ""])


def _module(cell: CellText, model: CompactModel) -> list[str]:
    names = _legal_names(cell)
    specs = {spec.name: spec for spec in model.parameters}
    ammeters = [element for element in cell.elements if element.kind == "v"]
    _check(cell, ammeters)
    variables = ordered_variables(cell)
    computed = {variable.place for variable in variables}
    lines = [
        '`include "disciplines.vams"',
        "",
        f"module {names[cell.name]}({', '.join(cell.ports)});",
        f"  inout {', '.join(cell.ports)};",
        f"  electrical {', '.join(names[node] for node in (*cell.ports, *cell.nodes) if node not in computed)};",
    ]
    lines += [f"  real {names[variable.place]};" for variable in variables]
    lines.append("")
    for parameter, value in cell.parameters:
        starts = parameter in {unknown.initial for unknown in model.unknowns}
        instance = '(* type="instance" *) ' if starts else ""
        lines.append(_parameter(f"{instance}parameter real {names[parameter]}", value, specs.get(parameter), names))
    lines += [f"  localparam real {names[name]} = {_text(value, names, {})};" for name, value in cell.derived]
    for function in cell.functions:
        lines += ["", *_function(function, names)]
    return [*lines, "", *_analog(cell, names), "endmodule"]


def _legal_names(cell: CellText) -> Mapping[str, str]:
    """Verilog-A name of each name of the cell; one namespace there, several in SPICE."""
    own = [cell.name, *cell.ports, *cell.nodes, *(name for name, _ in (*cell.parameters, *cell.derived))]
    own += [function.name for function in cell.functions] + [e.name for e in cell.elements if e.kind == "v"]
    if len(set(own)) < len(own):
        double = next(name for name in own if own.count(name) > 1)
        raise NetlistError(f"{double!r} names two things in cell {cell.name!r}; Verilog-A needs different names")
    for port in cell.ports:
        if port in RESERVED:
            raise NetlistError(f"the port {port!r} is a word of Verilog-A")
    return {name: f"{name}_" if name in RESERVED or f"{name}_" in own else name for name in own}


def _check(cell: CellText, ammeters: Iterable[Element]) -> None:
    """Refuse names, functions and probes that the cell does not define."""
    values = {name for name, _ in cell.parameters}
    for derived, value in cell.derived:
        _known(names_in(value), values, f".param {derived}")
        values.add(derived)
    functions = {function.name for function in cell.functions}
    nodes, currents = {*cell.ports, *cell.nodes, "0"}, {element.name for element in ammeters}
    held = {node for node, _ in cell.initial}
    for function in cell.functions:
        _known(names_in(function.body), values | functions | set(function.arguments), f".func {function.name}")
        if probes_in(function.body):
            raise NetlistError(f".func {function.name} reads a node; Verilog-A functions cannot")
    for element in cell.elements:
        _known(names_in(element.value), values | functions, element.name)
        for probe in probes_in(element.value):
            _known(set(probe.places), nodes if probe.kind == "v" else currents, element.name)
        if held & {element.start, element.end} and "0" not in (element.start, element.end):
            raise NetlistError(f"{element.name} joins a held node to another; only elements to node 0 are taken there")


def _known(used: set[str], defined: set[str], place: str) -> None:
    unknown = sorted(used - defined - set(BUILT_IN))
    if unknown:
        raise NetlistError(f"{place} uses {unknown[0]!r}, which the cell does not define")


def _parameter(head: str, value: Expression, spec: ParameterSpec | None, names: Mapping[str, str]) -> str:
    text = f"{head} = {_text(value, names, {})}"
    if spec is None:
        return f"  {text};"
    meaning = spec.meaning.replace('"', "'").replace("\\", "")
    return f'  (* desc="{meaning}", units="{spec.unit}" *) {text} from [{spec.lower!r}:{spec.upper!r}];'


def _function(function: Function, names: Mapping[str, str]) -> list[str]:
    """An analog function; arguments that are words of Verilog-A are renamed, too."""
    local = {argument: f"{argument}_" if argument in RESERVED else argument for argument in function.arguments}
    arguments = ", ".join(local[argument] for argument in function.arguments)
    return [
        f"  analog function real {names[function.name]};",
        f"    input {arguments};",
        f"    real {arguments};",
        f"    {names[function.name]} = {_text(function.body, {**names, **local}, {})};",
        "  endfunction",
    ]


def _analog(cell: CellText, names: Mapping[str, str]) -> list[str]:
    """The contributions. A held node keeps its capacitor in both branches, for a charge that appears with the first
    step would be a current of its own.
    """
    held = dict(cell.initial)
    variables = ordered_variables(cell)
    elements = [element for element in cell.elements if element.name not in {v.element for v in variables}]
    bound = [e for e in elements if held.keys() & {e.start, e.end} and e.kind != "c"]
    free = [element for element in elements if element not in bound]
    known = {variable.place: names[variable.place] for variable in variables}
    lines = ["  analog begin"]
    for variable in variables:
        terms = (f"{sign}({_text(value, names, known)})" for sign, value in variable.terms)
        lines.append(f"    {names[variable.place]} = {' + '.join(terms)};")
    lines += [f"    {_contribution(element, names, known)}" for element in free]
    if held:
        lines.append("    if ($abstime == 0.0) begin")
        for node, value in held.items():
            lines.append(f"      I({names[node]}) <+ V({names[node]})-({_text(value, names, known)});")
        lines.append("    end else begin")
        lines += [f"      {_contribution(element, names, known)}" for element in bound]
        lines.append("    end")
    return [*lines, "  end"]


def _contribution(element: Element, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    if element.kind == "v":
        return f"V({names[element.start]}, {names[element.end]}) <+ 0;"
    value = _text(element.value, names, known)
    sign, place = _place(element, names)
    if element.kind == "e":
        return f"V({place}) <+ {sign}({value});" if sign else f"V({place}) <+ {value};"
    if element.kind == "r" and through_branch(element):
        return f"V({place}) <+ ({value})*I({place});"  # may be 0 ohm
    if element.kind == "b":
        return f"I({place}) <+ {sign}({value});" if sign else f"I({place}) <+ {value};"
    across = f"V({place})"
    return f"I({place}) <+ ddt(({value})*{across});" if element.kind == "c" else f"I({place}) <+ {across}/({value});"


def _place(element: Element, names: Mapping[str, str]) -> tuple[str, str]:
    """Sign and node pair of a current; one node alone is against node 0. R and C do not care for the sign."""
    if element.start == "0":
        return "-", names[element.end]
    if element.end == "0":
        return "", names[element.start]
    return "", f"{names[element.start]}, {names[element.end]}"


def _text(tree: Expression, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    """The expression; `known` are the variables that stand for a current or for the voltage of a node."""

    def volts(place: str) -> str:
        return known.get(place, f"V({names[place]})")

    def probe(node: Probe) -> str:
        if node.kind == "i":
            return known[node.places[0]]
        if node.kind == "branch":
            return f"I({', '.join(names[place] for place in node.places)})"
        pair = [place for place in node.places if place != "0"]
        if not pair:
            return "0"
        if len(node.places) == 1 or node.places[-1] == "0":
            return volts(pair[0])
        if node.places[0] == "0":
            return f"(-{volts(pair[0])})"
        if known.keys() & set(pair):
            return f"({volts(pair[0])}-{volts(pair[1])})"
        return f"V({', '.join(names[place] for place in pair)})"

    return verilog_text(tree, probe, lambda name: names[name])
