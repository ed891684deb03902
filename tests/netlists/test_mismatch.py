"""The published law of mismatch, its draws, and that both they and the temperature reach ngspice."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from handmade import make_card, rises

from measurements.errors import NetlistError
from netlists import NetworkSpec, Neuron, load_technology, network_deck, neuron_fire_deck, neuron_leak_deck
from netlists.clockedencoder import SHIPPED, clocked_encoder_deck
from netlists.columninterface import ColumnInterface, column_interface_deck
from netlists.composition import cell
from netlists.deck import Deck
from netlists.decoder import Decoder, decoder_deck
from netlists.encoder import Encoder, encoder_deck
from netlists.instances import with_own_subcircuits
from netlists.mismatch import Shift, draw_shifts, mismatch_law, with_shifts
from netlists.neuron import neuron_geometries
from netlists.rowswitch import RowSwitch, row_switch_deck
from netlists.technology import Geometry, Technology, transistor_card

SMALL, LARGE = Geometry("nfet", 0.42e-6, 0.28e-6), Geometry("pfet", 4e-6, 2e-6)

PHASE, MULTIPLEXED = SHIPPED


def fire(technology: Technology, simulate) -> dict[str, np.ndarray]:
    return simulate(neuron_fire_deck(Neuron(), technology, 1e-5, 0.0, 5e-7).text)


def test_deviations_are_those_of_the_published_equations() -> None:
    # By hand: 0.7071*7.148 mV um/sqrt(0.13 um * 0.52 um) and so on.
    assert mismatch_law("nfet").deviations(SMALL) == pytest.approx((19.4398e-3, 19.0591e-3), rel=1e-4)
    assert mismatch_law("pfet").deviations(LARGE) == pytest.approx((1.70993e-3, 0.727360e-3), rel=1e-4)


def test_draws_follow_the_law_and_their_seed() -> None:
    shifts = draw_shifts([SMALL, LARGE] * 4000, seed=11)
    for part, geometry in enumerate((SMALL, LARGE)):
        volts, share = mismatch_law(geometry.polarity).deviations(geometry)
        thresholds = np.array([shift.threshold for shift in shifts[part::2]])
        mobilities = np.array([shift.mobility for shift in shifts[part::2]])
        assert thresholds.std() == pytest.approx(volts, rel=0.04)
        assert mobilities.std() == pytest.approx(share, rel=0.04)
        assert abs(thresholds.mean()) < 0.06 * volts
        assert abs(mobilities.mean() - 1.0) < 0.06 * share
        assert abs(np.corrcoef(thresholds, mobilities)[0, 1]) < 0.06
    assert draw_shifts([SMALL, LARGE], seed=11) == shifts[:2]
    assert draw_shifts([SMALL, LARGE], seed=12) != shifts[:2]


@pytest.mark.parametrize("polarity", ["nfet", "pfet"])
def test_a_shift_of_the_threshold_is_one_of_the_gate(polarity: str, simulate) -> None:
    """delvto and a source in series with the gate give the same current to 1 %; mulu0 scales the weak current."""
    geometry = Geometry(polarity, 1e-6, 1e-6)  # type: ignore[arg-type]
    sign = 1.0 if polarity == "nfet" else -1.0

    def current(gate: float, extra: str = "") -> float:
        lines = [
            "one transistor",
            load_technology().cards_for([geometry]),
            transistor_card("m1", "d", "g", "0", "0", geometry) + extra,
            f"vd d 0 {sign * 1.0}",
            f"vg g 0 {gate}",
            ".save i(vd)",
            ".tran 1n 10n 0 1n",
            ".end",
        ]
        return float(simulate("\n".join(lines) + "\n")["i(vd)"][-1])

    nominal, shifted = current(sign * 0.8), current(sign * 0.8, f" delvto={0.02 * sign}")
    assert shifted == pytest.approx(current(sign * 0.78), rel=0.01)
    assert 0.5 < shifted / nominal < 0.95
    assert current(sign * 0.8, " mulu0=1.1") / nominal == pytest.approx(1.1, rel=0.02)


def test_shifts_of_nothing_change_nothing_and_drawn_ones_the_neuron(simulate) -> None:
    text = "\n".join([cell("transistors"), cell("lif_neuron")])
    nothing = with_shifts(text, [Shift(0.0, 1.0)] * len(neuron_geometries()))
    deck = neuron_fire_deck(Neuron(), load_technology(), 1e-5, 0.0, 5e-7)
    assert "delvto" not in deck.text
    assert nothing != text
    plain, same = simulate(deck.text), simulate(deck.text.replace(text, nothing))
    np.testing.assert_array_equal(plain["v(mem)"], same["v(mem)"])
    trips = [rises(plain["time"], plain["v(spk)"], 0.9)[0]]
    for seed in (1, 2):
        drawn = fire(load_technology(mismatch_seed=seed), simulate)
        trips.append(rises(drawn["time"], drawn["v(spk)"], 0.9)[0])
    assert min(abs(trips[i] / trips[j] - 1.0) for i, j in ((0, 1), (0, 2), (1, 2))) > 2e-4
    assert max(abs(trip / trips[0] - 1.0) for trip in trips) < 0.1


def read_deck(technology: Technology, interface: ColumnInterface | None = None) -> Deck:
    return column_interface_deck(
        interface or ColumnInterface(),
        technology,
        sign=1,
        input_current=1e-4,
        rest_conductance=0.0,
        membrane_voltage=0.5,
    )


@pytest.mark.parametrize(
    ("deck_of", "transistors"),
    [
        (lambda drawn: row_switch_deck(RowSwitch(), drawn, load_conductance=1e-3, row_capacitance=1e-14), 8),
        (lambda drawn: encoder_deck(Encoder("full"), drawn, 1e-6), 22 + 3),
        (lambda drawn: encoder_deck(Encoder("parallel"), drawn, 1e-6), 3 * (22 + 19) + 6 + 8),
        (lambda drawn: encoder_deck(Encoder("burst"), drawn, 1e-6), 22 + 5 * 24 + 35),
        (lambda drawn: clocked_encoder_deck(PHASE, drawn, 1e-6), 22 + 19 + 10),
        (lambda drawn: clocked_encoder_deck(MULTIPLEXED, drawn, 1e-6), 25 + 2 * 10 + 4 + 6 + 18 + 4 + 2),
        (lambda drawn: decoder_deck(Decoder(1), drawn, {0: 3e-8}, reset_time=6e-8, stop_time=7e-8), 62 + 18 + 22 + 9),
        (read_deck, 6 + 2 * 5 + 10),
    ],
)
def test_no_two_transistors_of_a_cell_are_drawn_alike(deck_of: Callable[[Technology], Deck], transistors: int) -> None:
    texts = [deck_of(load_technology(mismatch_seed=seed)).text for seed in (1, 1, 2)]
    shifts = [re.findall(r" delvto=(-?[0-9]\S+) mulu0=", text) for text in texts]
    assert len(shifts[0]) == len(set(shifts[0])) == transistors
    assert texts[0] == texts[1]
    assert not set(shifts[0]) & set(shifts[2])
    assert "delvto" not in deck_of(load_technology()).text


def test_a_width_by_parameter_is_the_number_that_it_was_drawn_for() -> None:
    text = read_deck(load_technology(mismatch_seed=1), ColumnInterface(output_width=8e-6)).text
    assert len(re.findall(r"^X(?:copy|cascode) .* nch w=8u l=0.28u delvto=", text, re.MULTILINE)) == 4
    assert len(re.findall(r"^X(?:diode|turn)c? .* pch w=16u l=0.28u delvto=", text, re.MULTILINE)) == 4


def test_lengths_by_parameter_reach_cells_and_bias() -> None:
    sizes = ColumnInterface(main_length=1e-6, source_width=1e-6, source_length=6e-6, sense_length=4e-6, turn_ratio=3.0)
    text = read_deck(load_technology(mismatch_seed=1), sizes).text
    for pattern, count in (
        (r"X(?:main|copy) .* nch w=\d+u l=1u", 4), (r"X(?:source|pb|pr|pc) .* pch w=1u l=6u", 5),
        (r"X(?:sense|ref) .* nch w=16u l=4u", 3), (r"X(?:diode|turn) .* pch w=48u l=0.28u", 2),
        (r"Xrefc .* nch w=2u l=0.28u", 1), (r"Xrefcp .* pch w=3u l=0.5u", 1),
    ):  # fmt: skip
        assert len(re.findall(rf"^{pattern} delvto=", text, re.MULTILINE)) == count, pattern
    # the same sizes where ngspice works the expressions out
    plain = read_deck(load_technology(), sizes).text
    instance = next(line for line in plain.splitlines() if line.startswith("Xinterface "))
    assert float(re.findall(r" main_length=(\S+)", instance)[0]) == pytest.approx(1e-6)
    assert float(re.findall(r" sense_length=(\S+)", instance)[0]) == pytest.approx(4e-6)
    with pytest.raises(NetlistError, match="replica_width"):
        ColumnInterface(replica_width=-1e-6)


def test_copies_change_nothing_and_draws_the_offset(simulate) -> None:
    """The columns of an interface rest apart by the law's millivolts: 7.1 mV um/sqrt(16 um * 0.5 um) a sense pair."""
    deck, cells = read_deck(load_technology()).text, cell("column_interface")
    own = with_own_subcircuits(cells, ["column_interface_bias", "column_interface"])
    plain, copied = simulate(deck), simulate(deck.replace(cells, own))
    np.testing.assert_allclose(copied["i(vpin_mem)"], plain["i(vpin_mem)"], rtol=1e-6, atol=1e-12)
    drawn = [simulate(read_deck(load_technology(mismatch_seed=seed)).text) for seed in (1, 2)]
    offsets = [float(run["v(pin_plus)"][1] - run["v(pin_minus)"][1]) for run in (plain, *drawn)]
    assert abs(offsets[0]) < 4e-4
    assert all(2e-4 < abs(offset - offsets[0]) < 1.5e-2 for offset in offsets[1:])
    assert abs(offsets[1] - offsets[2]) > 2e-4


def test_another_number_of_transistors_or_another_cell_is_refused() -> None:
    shifts, text = draw_shifts(neuron_geometries(), 1), "\n".join([cell("transistors"), cell("lif_neuron")])
    with pytest.raises(NetlistError, match="22 transistors in the cell, 21 shifts"):
        with_shifts(text, shifts[:-1])
    with pytest.raises(NetlistError, match="1 definitions and 2 models"):
        with_shifts(text.replace(".subckt nch d g s b w=1u", ".subckt nch d g s b w=2u"), shifts)
    spec = NetworkSpec((np.array([[1]]),), ((1e-8,),), (1.0,), 1e-7)
    with pytest.raises(NetlistError, match="would repeat one drawn neuron"):
        network_deck(spec, load_technology(mismatch_seed=1), make_card())


def test_temperature_is_part_of_the_deck_and_of_what_ngspice_does(simulate) -> None:
    nominal, hot = load_technology(), load_technology(temperature=358.15)
    decks = [neuron_leak_deck(Neuron(), technology, 0.1, 1e-7) for technology in (nominal, hot)]
    assert "temp" not in decks[0].text
    assert "\n.options temp=85.000000\n" in decks[1].text
    assert decks[0].key != decks[1].key
    spec = NetworkSpec((np.array([[1]]),), ((1e-8,),), (1.0,), 1e-7)
    assert "\n.options temp=85.000000\n" in network_deck(spec, hot, make_card()).text
    cold, warm = fire(nominal, simulate), fire(hot, simulate)
    energies = [np.trapezoid(-1.8 * run["i(vdd)"], run["time"]) for run in (cold, warm)]
    # The published cards: lower threshold and mobility, more supply energy for the same spike at 85 C.
    assert 1.02 < energies[1] / energies[0] < 1.5
    with pytest.raises(NetlistError, match="temperature"):
        load_technology(temperature=0.0)


def test_corners_temperature_and_draws_are_what_the_technology_says() -> None:
    technology = load_technology(corner="ss", temperature=350.0, mismatch_seed=5)
    assert (technology.corner, technology.temperature, technology.mismatch_seed) == ("ss", 350.0, 5)
    text = neuron_fire_deck(Neuron(), technology, 1e-5, 0.0, 5e-7).text
    assert text.count(" delvto=") == 22 + 4
    assert technology.cards_for(neuron_geometries()) in text
