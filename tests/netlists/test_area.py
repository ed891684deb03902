from dataclasses import replace

import pytest

from measurements.errors import NetlistError
from netlists.area import CellArea, capacitor_frame, cell_area, crosspoint_area, plate_area, resistor_frame
from netlists.flattening import flatten
from netlists.layoutrules import SOURCES, LayoutRules, assumptions
from netlists.macroarea import ArrayShape, MacroShape, layer_blocks, macro_blocks, shipped_areas
from netlists.publishedlayouts import AND2, compare_layouts
from netlists.subcircuit import parse_subcircuits

RULES = LayoutRules()
UM2 = 1e-12


def area_of(*elements: str, rules: LayoutRules = RULES) -> CellArea:
    text = "\n".join([".subckt one a b c vss", *elements, ".ends"])
    return cell_area(flatten(parse_subcircuits(text), "one"), rules)


def test_one_transistor_by_hand() -> None:
    found = area_of("X1 a b c vss nch w=1u l=0.28u")
    assert found.bare == pytest.approx(0.28 * UM2)
    assert found.active == pytest.approx(1.0 * (0.28 + 0.88) * UM2)
    assert found.packed == pytest.approx((0.28 + 0.88 + 0.28) * (1.0 + 0.77) * UM2)
    assert found.spread == pytest.approx(found.packed * 1.3)


def test_twice_the_width_is_twice_the_active_area() -> None:
    one, two = area_of("X1 a b c vss nch w=1u l=0.28u"), area_of("X1 a b c vss nch w=2u l=0.28u")
    assert two.active == pytest.approx(2 * one.active)
    assert two.bare == pytest.approx(2 * one.bare)
    assert one.packed < two.packed < 2 * one.packed


def test_multiplicity_counts_as_that_many() -> None:
    one, three = area_of("X1 a b c vss nch w=1u l=0.28u"), area_of("X1 a b c vss nch w=1u l=0.28u m=3")
    assert three.transistors == 3
    assert three.bare == pytest.approx(3 * one.bare)
    assert three.spread < 3 * one.spread


def test_joined_diffusions_by_hand() -> None:
    """Two in series are one trail; four between a net each are four."""
    series = area_of("X1 a b m vss nch w=1u l=0.28u", "X2 m b c vss nch w=1u l=0.28u")
    assert series.packed == pytest.approx((2 * 0.28 + 0.52 + 0.88 + 0.28) * 1.77 * UM2)
    apart = area_of("X1 a b m vss nch w=1u l=0.28u", "X2 n b c vss nch w=1u l=0.28u")
    assert apart.packed == pytest.approx(2 * (0.28 + 0.88 + 0.28) * 1.77 * UM2)
    widths = area_of("X1 a b m vss nch w=1u l=0.28u", "X2 m b c vss nch w=2u l=0.28u")
    assert widths.packed == pytest.approx((0.28 + 0.88 + 0.28) * (1.77 + 2.77) * UM2)


def test_a_star_needs_half_its_odd_nets_as_trails() -> None:
    star = area_of(*(f"X{k} m a n{k} vss nch w=1u l=0.28u" for k in range(4)))
    assert star.packed == pytest.approx((4 * 0.28 + 2 * 0.52 + 2 * (0.88 + 0.28)) * 1.77 * UM2)


def test_wide_transistors_are_folded() -> None:
    folded = area_of("X1 a b c vss nch w=60u l=0.28u")
    assert folded.packed == pytest.approx((6 * 0.28 + 5 * 0.52 + 0.88 + 0.28) * 10.77 * UM2)
    assert folded.transistors == 1


def test_high_voltage_devices_take_their_own_rules() -> None:
    found = area_of("X1 a b c vss nch6 w=1u l=0.6u", "X2 a b c vss nch w=1u l=0.28u")
    assert found.packed == pytest.approx(((0.6 + 0.88 + 0.36) * 1.94 + (0.28 + 0.88 + 0.28) * 1.77) * UM2)


def test_capacitors_and_resistors_by_hand() -> None:
    assert plate_area(1.99e-13, RULES) == pytest.approx(100 * UM2)
    assert capacitor_frame(1.99e-13, RULES) == pytest.approx((10 + 2.4) ** 2 * UM2)
    assert plate_area(5e-15, RULES) == pytest.approx(10 * UM2)
    assert capacitor_frame(1.99e-11 * 2, RULES) == pytest.approx(2 * (100 + 2.4) ** 2 * UM2)
    assert resistor_frame(20e3, RULES) == pytest.approx((20 + 1.28) * 1.4 * UM2)
    assert resistor_frame(40e3, RULES) == pytest.approx(2 * (20 + 1.28) * 1.4 * UM2)
    above = area_of("X1 a b c vss nch w=1u l=0.28u", "C1 a b 199f")
    assert above.bare == pytest.approx(100 * UM2)
    assert above.spread > above.packed


def test_ideal_sources_are_counted_and_a_cell_of_them_alone_is_refused() -> None:
    assert area_of("X1 a b c vss nch w=1u l=0.28u", "Ib a b 1n", "Vx c b 0").ideal == 2
    with pytest.raises(NetlistError, match="no area"):
        area_of("Ib a b 1n")


def test_estimates_stand_in_their_order_for_every_shipped_cell() -> None:
    for name, area in shipped_areas().items():
        assert 0 < area.bare <= area.packed < area.spread, name
        assert area.transistors > 0


def test_published_layouts_lie_between_the_estimates_and_near_the_packed_one() -> None:
    compared = {one.layout.name: one for one in compare_layouts()}
    assert abs(compared[AND2.name].error) < 0.05
    for one in compared.values():
        assert -0.25 < one.error < 0.0
        assert one.estimate.bare < one.layout.area
    for name in ("and2_2", "ao211_2"):
        assert compared[name].layout.area < compared[name].estimate.spread


def test_every_rule_has_a_source_and_changed_ones_say_so() -> None:
    listed = {one.name: one for one in assumptions(replace(RULES, feature_size=1e-6))}
    assert set(listed) == set(SOURCES) == set(vars(RULES))
    assert listed["feature_size"].origin == "given"
    assert listed["wiring_factor"].origin == "assumed"
    assert listed["mim_density"].origin == "published"
    with pytest.raises(NetlistError):
        replace(RULES, wiring_factor=0.0)


def test_blocks_of_a_small_macro_by_hand() -> None:
    blocks = {block.block: block for block in macro_blocks(MacroShape((16, 8, 4), tile_rows=10))}
    counts = {name: block.count for name, block in blocks.items()}
    assert counts == {
        "encoders": 16, "row drivers": 24, "crossbars": 2 * (16 * 8 + 8 * 4), "column interfaces": 2 * 8 + 4,
        "interface biases": 1, "neurons": 12, "decoder": 1,
    }  # fmt: skip
    assert blocks["crossbars"].packed == pytest.approx(4 * 0.28**2 * UM2) == pytest.approx(crosspoint_area(RULES))
    assert blocks["crossbars"].spread == pytest.approx(resistor_frame(20e3, RULES))
    assert blocks["neurons"].packed == pytest.approx(shipped_areas()["lif_neuron"].packed)
    select = {one.block: one for one in macro_blocks(MacroShape((16, 8, 4), crosspoint="1t1r"))}
    assert select["crossbars"].packed == pytest.approx((0.28 + 0.88 + 0.28) * 2.77 * UM2)
    bare = {one.block: one for one in macro_blocks(MacroShape((16, 8, 4), select_resistance=0.0))}
    assert bare["crossbars"].spread == bare["crossbars"].bare


def test_blocks_of_layers_by_hand() -> None:
    """Nine copies of 4 rows by 2 outputs on three levels, two rows beyond an edge; then 18 rows in tiles of 10."""
    arrays = (ArrayShape(4, 2, 9, 3, 34), ArrayShape(18, 4, 1, 1, 18))
    shape = MacroShape((16, 18, 4), tile_rows=10, arrays=arrays)
    found = {(block.layer, block.block): block.count for block in layer_blocks(shape)}
    assert found == {
        (None, "encoders"): 16, (1, "row drivers"): 34, (2, "row drivers"): 18, (1, "crossbars"): 2 * 4 * 2 * 9 * 3,
        (2, "crossbars"): 2 * 18 * 4, (1, "column interfaces"): 18, (2, "column interfaces"): 2 * 4,
        (None, "interface biases"): 1, (1, "neurons"): 18, (2, "neurons"): 4, (None, "decoder"): 1,
    }  # fmt: skip
    for block in macro_blocks(shape):
        assert block.count == sum(number for (_, name), number in found.items() if name == block.block)
    usual = MacroShape((16, 8, 4), tile_rows=10)
    dense = replace(usual, arrays=(ArrayShape(16, 8, 1, 1, 16), ArrayShape(8, 4, 1, 1, 8)))
    assert layer_blocks(dense) == layer_blocks(usual)


@pytest.mark.parametrize(
    "shape",
    [
        {"sizes": (16, 8), "arrays": (ArrayShape(16, 4, 1, 1, 16),)},
        {"sizes": (16, 8, 4), "arrays": (ArrayShape(16, 8, 1, 1, 16),)},
        {"sizes": (784,)},
        {"sizes": (784, 0)},
        {"tile_rows": 0},
        {"encoder": "nch; x"},
        {"crosspoint": "diode"},
        {"select_resistance": -1.0},
    ],
)
def test_shapes_that_no_macro_has_are_refused(shape: dict) -> None:
    with pytest.raises(NetlistError):
        MacroShape(**shape)


def test_an_array_of_nothing_is_refused() -> None:
    with pytest.raises(NetlistError, match="1 or more"):
        ArrayShape(4, 2, 0, 1, 4)


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(NetlistError, match="no encoder"):
        macro_blocks(MacroShape(encoder="read_cell"))


def test_an_offset_trim_adds_its_converters_and_their_memory() -> None:
    plain, trimmed = MacroShape(tile_rows=784), MacroShape(tile_rows=784, offset_trim=True)
    without = {block.block: block for block in macro_blocks(plain)}
    found = {block.block: block for block in macro_blocks(trimmed)}
    added = {name: block.count for name, block in found.items() if name not in without}
    assert added == {"offset trims": 110, "trim biases": 2, "trim memory": 14 * 110}
    assert all(found[name] == block for name, block in without.items())
    area = sum(block.count * block.packed for name, block in found.items() if name in added)
    assert area == pytest.approx(0.043e-6, rel=0.05)
