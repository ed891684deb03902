"""Every device of a subcircuit with its size, through all subcircuits that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from measurements.errors import NetlistError
from netlists.expression import evaluate
from netlists.subcircuit import Element, Subcircuit

Kind = Literal["nfet", "pfet", "capacitor", "resistor", "memristor", "ideal"]
MAXIMUM_LEVELS = 16
MAXIMUM_DEVICES = 1_000_000
MAXIMUM_SIZE = 1e-3
"""Largest width or length of a transistor [m]: beyond, metres were meant to be micrometres."""
TRANSISTORS: Mapping[str, Literal["nfet", "pfet"]] = {
    "nch": "nfet", "pch": "pfet", "nfet_03v3": "nfet", "pfet_03v3": "pfet",
    "nch6": "nfet", "pch6": "pfet", "nfet_06v0": "nfet", "pfet_06v0": "pfet",
}  # fmt: skip
"""Subcircuits and models that are a transistor."""
HIGH_VOLTAGE = frozenset(["nch6", "pch6", "nfet_06v0", "pfet_06v0"])
"""Those of 5 and 6 V, whose layout rules are wider."""
MEMRISTORS = frozenset(
    [
        "memristor",
        "dynamic_memdiode",
        "ecm",
        "jart_vcm_v1b",
        "quasi_static_table",
        "sky130_reram",
        "stanford_gap",
        "vteam",
        "yakopcic",
    ]
)
"""Subcircuits that are a memristor (`netlists/cells`)."""


@dataclass(frozen=True)
class Device:
    """One device of a cell.

    Parameters
    ----------
    path
        Names of the instances and of the element, joined by dots.
    kind
        `ideal` is a source, which has no place on a chip.
    nodes
        Nets: drain, gate, source, bulk of a transistor.
    width, length
        Of a transistor [m]; None for others.
    multiplicity
        How many in parallel (`m`) [1].
    value
        Capacitance [F] or resistance [ohm]; None for others.
    high_voltage
        Whether a transistor is one of 5 or 6 V.
    """

    path: str
    kind: Kind
    nodes: tuple[str, ...]
    width: float | None = None
    length: float | None = None
    multiplicity: float = 1.0
    value: float | None = None
    high_voltage: bool = False


def flatten(
    definitions: Mapping[str, Subcircuit], name: str, parameters: Mapping[str, float] | None = None
) -> tuple[Device, ...]:
    """Devices of the subcircuit `name`, with `parameters` in place of its defaults.

    Raises
    ------
    NetlistError
        A subcircuit is not defined or holds itself, pins differ in number, a size is missing, not positive or beyond
        1 mm, or there are more than a million devices.
    """
    devices: list[Device] = []
    _walk(definitions, name, dict(parameters or {}), ("", {}), 0, devices)
    return tuple(devices)


def _walk(
    definitions: Mapping[str, Subcircuit],
    name: str,
    given: Mapping[str, float],
    place: tuple[str, Mapping[str, str]],
    level: int,
    devices: list[Device],
) -> None:
    if name not in definitions:
        raise NetlistError(f"subcircuit {name!r} is not defined")
    if level > MAXIMUM_LEVELS:
        raise NetlistError(f"subcircuits more than {MAXIMUM_LEVELS} deep at {place[0]!r}; does {name!r} hold itself?")
    subcircuit = definitions[name]
    values = _values(subcircuit, given)
    prefix, nets = place
    for element in subcircuit.elements:
        path = prefix + element.name
        nodes = tuple(nets.get(node, node if node == "0" else prefix + node) for node in element.nodes)
        if element.kind != "x" or element.target in TRANSISTORS or element.target in MEMRISTORS:
            devices.append(_device(element, path, nodes, values))
        else:
            child = subcircuit_of(definitions, element)
            inner = {key: _number(text, values, element) for key, text in element.parameters.items()}
            _walk(
                definitions,
                child.name,
                inner,
                (f"{path}.", dict(zip(child.pins, nodes, strict=True))),
                level + 1,
                devices,
            )
        if len(devices) > MAXIMUM_DEVICES:
            raise NetlistError(f"more than {MAXIMUM_DEVICES} devices in {name!r}")


def subcircuit_of(definitions: Mapping[str, Subcircuit], element: Element) -> Subcircuit:
    """What an instance is of.

    Raises
    ------
    NetlistError
        It is not defined, or has more or fewer pins than the instance has nets.
    """
    if element.target not in definitions:
        raise NetlistError(f"line {element.line}: {element.name!r} names {element.target!r}, which is not defined")
    child = definitions[element.target]
    if len(child.pins) != len(element.nodes):
        raise NetlistError(
            f"line {element.line}: {element.name!r} has {len(element.nodes)} nets;"
            f" {child.name!r} has {len(child.pins)} pins"
        )
    return child


def _values(subcircuit: Subcircuit, given: Mapping[str, float]) -> dict[str, float]:
    """Values of the parameters: the given ones, else the defaults, which may name earlier ones."""
    values: dict[str, float] = {}
    for key, text in subcircuit.defaults.items():
        values[key] = given[key] if key in given else evaluate(text, values)
    unknown = set(given) - set(values)
    if unknown:
        raise NetlistError(f"subcircuit {subcircuit.name!r} has no parameter {sorted(unknown)[0]!r}")
    return values


def _number(text: str, values: Mapping[str, float], element: Element) -> float:
    try:
        return evaluate(text, values)
    except NetlistError as error:
        raise NetlistError(f"line {element.line}: {element.name!r}: {error}") from error


def _device(element: Element, path: str, nodes: tuple[str, ...], values: Mapping[str, float]) -> Device:
    if element.target in MEMRISTORS:
        return Device(path, "memristor", nodes)
    if element.target in TRANSISTORS:
        return _transistor(element, path, nodes, values)
    if element.kind in "cr":
        if "value" not in element.parameters:
            raise NetlistError(f"line {element.line}: {element.name!r} has no value")
        value = _number(element.parameters["value"], values, element)
        if not 0.0 < value < 1e18:
            raise NetlistError(f"line {element.line}: {element.name!r} has the value {value:g}; above 0 is needed")
        return Device(path, "capacitor" if element.kind == "c" else "resistor", nodes, value=value)
    # a frozen memristor is a source that its own voltage controls (cells/read_cell.cir)
    frozen = element.kind == "g" and "memristor" in element.name
    if element.kind in "begvifh":
        return Device(path, "memristor" if frozen else "ideal", nodes)
    raise NetlistError(f"line {element.line}: {element.name!r} ({element.target}) is no device that has an area here")


def _transistor(element: Element, path: str, nodes: tuple[str, ...], values: Mapping[str, float]) -> Device:
    sizes = {}
    for key in ("w", "l", "m"):
        text = element.parameters.get(key, "1" if key == "m" else None)
        if text is None:
            raise NetlistError(f"line {element.line}: transistor {element.name!r} has no {key}=")
        sizes[key] = _number(text, values, element)
        if not sizes[key] > 0:
            raise NetlistError(
                f"line {element.line}: transistor {element.name!r} has {key}={sizes[key]:g}; above 0 is needed"
            )
    if max(sizes["w"], sizes["l"]) > MAXIMUM_SIZE:
        raise NetlistError(
            f"line {element.line}: transistor {element.name!r} is {max(sizes['w'], sizes['l']):g} m long or wide; was"
            " the u of micrometres left out?"
        )
    if len(nodes) != 4:
        raise NetlistError(f"line {element.line}: transistor {element.name!r} has {len(nodes)} nets; 4 are needed")
    high = element.target in HIGH_VOLTAGE
    return Device(path, TRANSISTORS[element.target], nodes, sizes["w"], sizes["l"], sizes["m"], high_voltage=high)
