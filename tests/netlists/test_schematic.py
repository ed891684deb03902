from collections import Counter

import pytest

from netlists.columnorder import columns_of, ends
from netlists.flattening import TRANSISTORS
from netlists.macroarea import circuit_cells, shipped_subcircuits
from netlists.placement import place_schematic
from netlists.schematic import GATE, LEVEL, PITCH, Schematic, place_blocks
from netlists.subcircuit import Subcircuit, parse_subcircuits

DEFINITIONS = shipped_subcircuits()
CELLS = circuit_cells(DEFINITIONS)
INVERTERS = """.subckt two a y vdd vss
Xp1 b a vdd vdd pch w=1u l=0.28u
Xn1 b a vss vss nch w=0.42u l=0.28u
Xp2 y b vdd vdd pch w=2u l=0.28u
Xn2 y b vss vss nch w=0.84u l=0.28u
.ends"""
MIRROR = """.subckt mirror in out vdd vss
Xd in in vss vss nch w=1u l=2u
Xc out in vss vss nch w=3u l=2u
.ends"""


def one(text: str) -> Subcircuit:
    (found,) = parse_subcircuits(text).values()
    return found


def whole(subcircuit: Subcircuit) -> Schematic:
    drawing = place_schematic(subcircuit)
    place_blocks(drawing, subcircuit, DEFINITIONS)
    return drawing


def points(drawing: Schematic) -> set[tuple[float, float]]:
    return {(round(x, 6), round(y, 6)) for wire in drawing.wires for x, y in wire}


@pytest.mark.parametrize("name", CELLS)
def test_each_device_stands_once_and_nowhere_twice(name: str) -> None:
    drawing = whole(DEFINITIONS[name])
    assert Counter(d.name for d in drawing.devices) == Counter(e.name for e in DEFINITIONS[name].elements)
    assert len({device.place for device in drawing.devices}) == len(drawing.devices)


@pytest.mark.parametrize("name", CELLS)
def test_every_net_of_a_cell_is_named_in_its_drawing(name: str) -> None:
    drawing = whole(DEFINITIONS[name])
    shown = {one.net for one in drawing.names} | {net for net, _ in drawing.supplies + drawing.grounds}
    shown |= {net for device in drawing.devices for _, net in device.pins}
    elements = DEFINITIONS[name].elements
    bulks = {e.nodes[3] for e in elements if e.target in TRANSISTORS}
    assert {node for e in elements for node in e.nodes} - bulks <= shown


@pytest.mark.parametrize("name", CELLS)
def test_p_stands_above_n_and_columns_hang_together(name: str) -> None:
    for column in columns_of([e for e in DEFINITIONS[name].elements if e.kind != "x" or e.target in TRANSISTORS]):
        kinds = "".join(TRANSISTORS[e.target][0] for e in column.elements if e.target in TRANSISTORS)
        assert "np" not in kinds
        for element, upper, lower in zip(column.elements, column.nets, column.nets[1:], strict=False):
            assert sorted(ends(element)) == sorted((upper, lower))


def test_inverters_share_gates_and_the_first_drives_the_second() -> None:
    drawing = place_schematic(one(INVERTERS))
    places = {device.name: device.place for device in drawing.devices}
    assert places == {"xp1": (0, 0), "xn1": (0, -LEVEL), "xp2": (PITCH, 0), "xn2": (PITCH, -LEVEL)}
    assert ((0.0, -LEVEL), (PITCH - GATE, -LEVEL)) in drawing.wires
    assert [one.net for one in drawing.names if one.side == "left"] == ["a"]
    sizes = {device.name: device.size for device in drawing.devices}
    assert sizes["xp2"] == "2/0.28"


def test_a_mirror_has_its_gates_face_to_face_and_a_diode() -> None:
    drawing = place_schematic(one(MIRROR))
    assert {device.name: device.mirrored for device in drawing.devices} == {"xd": True, "xc": False}
    height = -LEVEL / 2
    assert ((GATE, height), (PITCH - GATE, height)) in drawing.wires
    assert {(GATE, 0.0), (0.0, 0.0)} <= points(drawing)


def test_a_changed_netlist_changes_the_drawing() -> None:
    wider = place_schematic(one(INVERTERS.replace("w=2u", "w=3u")))
    assert {device.name: device.size for device in wider.devices}["xp2"] == "3/0.28"
    cut = place_schematic(one(INVERTERS.replace("Xp2 y b", "Xp2 y c")))
    assert ((0.0, -LEVEL), (PITCH - GATE, -LEVEL)) not in cut.wires


def test_a_transmission_gate_is_a_column_of_its_own() -> None:
    text = ".subckt gate a b on off vss vdd\nXs b s vdd vdd pch w=1u l=1u\nXp a off b vdd pch w=1u l=1u\n"
    columns = columns_of(one(text + "Xn a on b vss nch w=1u l=1u\n.ends").elements)
    assert [[element.name for element in column.elements] for column in columns] == [["xs"], ["xp", "xn"]]


def test_cross_coupled_inverters_stand_in_columns_though_a_pass_transistor_comes_first() -> None:
    text = ".subckt latch a q b vdd vss\nXa q a b vdd pch w=1u l=1u\n"
    columns = columns_of(one(text + "Xp q b vdd vdd pch w=1u l=1u\nXn q b vss vss nch w=1u l=1u\n.ends").elements)
    assert [[element.name for element in column.elements] for column in columns] == [["xa"], ["xp", "xn"]]
