"""Silicon area of a cell from the sizes in its netlist: what the gates alone take, and what a layout would."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from measurements.errors import NetlistError
from netlists.flattening import Device
from netlists.layoutrules import LayoutRules


@dataclass(frozen=True)
class CellArea:
    """Area of one cell [m^2] and what it counts.

    Parameters
    ----------
    bare
        Lower estimate: gates (W x L) and resistor bodies, or the capacitor plates above them where those are larger.
    packed
        Rows as in a standard cell: diffusions of transistors that share a net and a width are joined as far as the
        netlist lets them be, capacitors lie above the transistors. No analogue layout is as dense.
    spread
        Upper estimate: every transistor an island, capacitors beside them, all times the wiring factor.
    active
        Gates with their contacted diffusions, W x (L + 2 x 0.44 um) a transistor.
    transistors, capacitors, resistors, memristors
        How many, multiplicities counted.
    ideal
        Sources, which have no area: a bias that a real cell would need is not in it.
    """

    bare: float
    packed: float
    spread: float
    active: float
    transistors: int
    capacitors: int
    resistors: int
    memristors: int
    ideal: int


def cell_area(devices: Sequence[Device], rules: LayoutRules | None = None) -> CellArea:
    """Area of the devices of one cell; see `CellArea`, and `LayoutRules` for the numbers and their sources.

    Raises
    ------
    NetlistError
        The cell holds nothing that has an area.
    """
    rules = rules or LayoutRules()
    transistors = [device for device in devices if device.kind in ("nfet", "pfet")]
    capacitances = [device.value for device in devices if device.kind == "capacitor" and device.value]
    resistances = [device.value for device in devices if device.kind == "resistor" and device.value]
    kinds = Counter(device.kind for device in devices)
    if not transistors and not capacitances and not resistances and not kinds["memristor"]:
        raise NetlistError("the cell holds no transistor, capacitor, resistor or memristor; it has no area")
    gates = sum(size.width * size.length * size.count for size in map(_size, transistors))
    plates = sum(plate_area(value, rules) for value in capacitances)
    bodies = sum(resistor_body(value, rules) for value in resistances)
    frames = sum(capacitor_frame(value, rules) for value in capacitances)
    strips = sum(resistor_frame(value, rules) for value in resistances)
    stack = kinds["memristor"] * crosspoint_area(rules)
    islands = sum(_rows_area([device], rules) for device in transistors)
    return CellArea(
        bare=max(gates + bodies, plates, stack),
        packed=max(_rows_area(transistors, rules) + strips, frames, stack),
        spread=max((islands + strips + frames) * rules.wiring_factor, stack),
        active=sum(s.width * (s.length + 2.0 * rules.end_diffusion) * s.count for s in map(_size, transistors)),
        transistors=sum(_size(device).count for device in transistors),
        capacitors=kinds["capacitor"],
        resistors=kinds["resistor"],
        memristors=kinds["memristor"],
        ideal=kinds["ideal"],
    )


@dataclass(frozen=True)
class _Size:
    width: float
    length: float
    count: int


def _size(device: Device) -> _Size:
    if device.width is None or device.length is None:
        raise NetlistError(f"transistor {device.path!r} has no size")
    if device.multiplicity != round(device.multiplicity):
        raise NetlistError(f"transistor {device.path!r} has m={device.multiplicity:g}; a whole number is needed")
    return _Size(device.width, device.length, round(device.multiplicity))


def crosspoint_area(rules: LayoutRules) -> float:
    """A memristor between two layers of metal, (2 F)^2 [m^2]; it lies above the transistors."""
    return 4.0 * rules.feature_size**2


def plate_area(capacitance: float, rules: LayoutRules) -> float:
    """Plates of a capacitor: MIM, or metal fingers where a MIM capacitor would be under its smallest size [m^2]."""
    mim = capacitance / rules.mim_density
    return mim if mim >= rules.mim_minimum_area else capacitance / rules.metal_density


def capacitor_frame(capacitance: float, rules: LayoutRules) -> float:
    """Square MIM plates with the bottom plate around them and the space to the next; fingers as they are [m^2]."""
    area = capacitance / rules.mim_density
    if area < rules.mim_minimum_area:
        return plate_area(capacitance, rules)
    pieces = math.ceil(area / rules.mim_maximum_area * (1.0 - 1e-12))
    return pieces * (math.sqrt(area / pieces) + rules.mim_frame) ** 2


def resistor_body(resistance: float, rules: LayoutRules) -> float:
    """Polysilicon of a resistor at its smallest width, one square at least [m^2]."""
    return max(resistance / rules.sheet_resistance, 1.0) * rules.resistor_width**2


def resistor_frame(resistance: float, rules: LayoutRules) -> float:
    """Legs of a folded resistor with their contacts and spaces [m^2]."""
    length = max(resistance / rules.sheet_resistance, 1.0) * rules.resistor_width
    legs = math.ceil(length / rules.resistor_leg * (1.0 - 1e-12))
    return legs * (length / legs + rules.resistor_heads) * (rules.resistor_width + rules.resistor_space)


def _rows_area(transistors: Iterable[Device], rules: LayoutRules) -> float:
    """Rows of fingers, p and n and every width apart; diffusions on one net are joined.

    A finger is an edge between the nets of its source and drain; a strip of joined fingers is a trail of that graph: a
    component with 2k nets of odd degree needs max(1, k) trails (Euler). With E fingers in T trails the row is
    sum(L) + (E - T)*shared + T*(2*end + space) long and W + overhead high.
    """
    rows: dict[tuple[str, bool, float], list[tuple[str, str, float]]] = defaultdict(list)
    for device in transistors:
        size = _size(device)
        fingers = math.ceil(size.width / rules.fold_width * (1.0 - 1e-12))
        nets = (device.nodes[0], device.nodes[2])
        row = rows[(device.kind, device.high_voltage, round(size.width / fingers, 12))]
        row += [(*nets, size.length)] * (fingers * size.count)
    return sum(_row_area(fingers, width, high, rules) for (_, high, width), fingers in rows.items())


def _row_area(fingers: list[tuple[str, str, float]], width: float, high_voltage: bool, rules: LayoutRules) -> float:
    space = rules.high_voltage_space if high_voltage else rules.diffusion_space
    overhead = rules.high_voltage_overhead if high_voltage else rules.row_overhead
    trails = _trails([(a, b) for a, b, _ in fingers])
    joined = (len(fingers) - trails) * rules.shared_diffusion
    ends = trails * (2.0 * rules.end_diffusion + space)
    length = sum(one for _, _, one in fingers) + joined + ends
    return length * (max(width, rules.contacted_width) + overhead)


def _trails(edges: Sequence[tuple[str, str]]) -> int:
    """Fewest trails that run over every edge once."""
    leader: dict[str, str] = {}

    def find(net: str) -> str:
        while leader.setdefault(net, net) != net:
            net = leader[net]
        return net

    for a, b in edges:
        leader[find(a)] = find(b)
    degree = Counter(net for edge in edges for net in edge)
    odd = Counter(find(net) for net, count in degree.items() if count % 2)
    return sum(max(1, odd[component] // 2) for component in {find(a) for a, _ in edges})
