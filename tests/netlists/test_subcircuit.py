import pytest

from measurements.errors import NetlistError
from netlists.flattening import flatten
from netlists.macroarea import circuit_cells, shipped_subcircuits
from netlists.subcircuit import MAXIMUM_CHARACTERS, parse_subcircuits

PAIR = """* two inverters, the second of a parameter's width
.subckt inverter a y vdd vss width=1u
XP y a vdd vdd pch w={2*width}
+ l=0.28u ; comment
Xn y a vss vss nch w={width} l=0.28u m=2
.ends inverter
.subckt pair a y vdd vss
X1 a n vdd vss inverter
X2 n y vdd vss inverter width=3u
C1 n vss {10f}
Ib vdd n 1n
.ends
"""


def test_elements_and_continuation() -> None:
    found = parse_subcircuits(PAIR)
    assert list(found) == ["inverter", "pair"]
    assert found["inverter"].pins == ("a", "y", "vdd", "vss")
    first = found["inverter"].elements[0]
    assert (first.name, first.target, first.nodes) == ("xp", "pch", ("y", "a", "vdd", "vdd"))
    assert first.parameters == {"w": "{2*width}", "l": "0.28u"}


def test_flattening_gives_sizes_and_nets_of_every_device() -> None:
    devices = {device.path: device for device in flatten(parse_subcircuits(PAIR), "pair")}
    assert sorted(devices) == ["c1", "ib", "x1.xn", "x1.xp", "x2.xn", "x2.xp"]
    assert devices["x1.xp"].width == pytest.approx(2e-6)
    assert devices["x2.xp"].width == pytest.approx(6e-6)
    assert devices["x2.xn"].multiplicity == 2
    assert devices["x1.xp"].nodes[0] == devices["x2.xp"].nodes[1] == "n"
    assert devices["c1"].value == pytest.approx(10e-15)
    assert devices["ib"].kind == "ideal"


def test_every_shipped_cell_is_read_and_its_devices_counted() -> None:
    definitions = shipped_subcircuits()
    names = circuit_cells(definitions)
    assert {"lif_neuron", "encoder_parallel", "column_interface", "ttfs_channel", "row_switch"} <= set(names)
    assert not {"nch", "pch", "read_cell", "memristor", "row_driver"} & set(names)
    kinds = [device.kind for device in flatten(definitions, "lif_neuron")]
    assert (kinds.count("nfet"), kinds.count("pfet"), kinds.count("capacitor"), kinds.count("ideal")) == (12, 10, 5, 3)


@pytest.mark.parametrize(
    "text",
    [
        ".subckt a b\n.subckt c d\n.ends\n.ends",
        ".subckt a b\nR1 a b 1",
        ".ends",
        "R1 a b 1",
        "+ R1 a b 1",
        ".subckt a b\n.ends\n.subckt a b\n.ends",
        ".subckt a b\nR1 b 0 1\nr1 b 0 2\n.ends",
        ".subckt a b\n.shell rm\n.ends",
        ".subckt a b\nR1 b\n.ends",
        ".subckt a b\nZ1 b 0 1\n.ends",
        ".subckt a b\nR1 b 0 \x07\n.ends",
        ".subckt a b\nR1 b 0 " + "1" * 5000 + "\n.ends",
        "*" * (MAXIMUM_CHARACTERS + 1),
    ],
)
def test_text_that_is_no_cell_is_refused(text: str) -> None:
    with pytest.raises(NetlistError):
        parse_subcircuits(text)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("Xa b b 0 0 nch w=1 l=0.28u", "micrometres"),
        ("Xa b b 0 0 nch w=0 l=0.28u", "above 0"),
        ("Xa b b 0 0 nch w=1u", "no l="),
        ("Xa b b 0 nch w=1u l=1u", "4 are needed"),
        ("Xa b b other", "not defined"),
        ("Xa b b one", "pins"),
        ("Xa b one", "hold itself"),
        ("Xa b one missing=1", "no parameter"),
        ("Ra b 0", "no value"),
        ("Ra b 0 -1k", "above 0"),
        ("Da b 0 diode", "no device"),
    ],
)
def test_devices_without_a_meaning_are_refused(body: str, cause: str) -> None:
    with pytest.raises(NetlistError, match=cause):
        flatten(parse_subcircuits(f".subckt one b\n{body}\n.ends"), "one")
