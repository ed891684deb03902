import pytest
from handmade import close

from measurements.errors import NetlistError
from netlists.composition import cell, compose, measure_line, new_circuit
from netlists.deck import Crossing, Deck, Integral, Sample


def rc_deck(**changed: object) -> Deck:
    """1 kohm and 1 pF, a step of 1 V at 1 ns."""
    circuit = new_circuit("rc")
    circuit.V("in", "in", circuit.gnd, "PULSE(0 1 1e-9 1e-13 1e-13 1 2)")
    circuit.R("one", "in", "out", 1e3)
    circuit.C("one", "out", circuit.gnd, 1e-12)
    measures = (
        Crossing("half", "v(out)", 0.5, "rise", reference=1e-9),
        Integral("energy", ((-1.0, "v(in)", "i(vin)"),), 0.0, 20e-9, "J"),
        Sample("end", "v(out)", 20e-9, "V"),
    )
    settings = {"stop_time": 20e-9, "maximum_step": 1e-11, "saved": ["v(in)", "v(out)", "i(vin)"]} | changed
    return compose(circuit, measures=measures, **settings)  # type: ignore[arg-type]


def test_an_rc_deck_prints_what_was_calculated_by_hand(batch) -> None:
    """ln(2)*RC, C*V^2 from the source, 1 V in the end."""
    printed = batch(rc_deck().text)
    assert printed["half"] == close(0.693147e-9, rel=2e-3)
    assert printed["energy"] == close(1e-12, rel=1e-3)
    assert printed["end"] == close(1.0, rel=1e-4)


def test_the_same_circuit_has_the_same_key() -> None:
    assert rc_deck().key == rc_deck().key
    assert rc_deck().key != rc_deck(maximum_step=2e-11).key
    assert rc_deck().text.splitlines()[0] == ".title rc"
    assert rc_deck().text.endswith(".end\n")


def test_halving_rewrites_only_the_transient_line() -> None:
    deck = rc_deck()
    half = deck.with_maximum_step(5e-12)
    changed = [(a, b) for a, b in zip(deck.text.splitlines(), half.text.splitlines(), strict=True) if a != b]
    assert changed == [
        (
            ".tran 1.000000000e-11 2.000000000e-08 0 1.000000000e-11",
            ".tran 5.000000000e-12 2.000000000e-08 0 5.000000000e-12",
        )
    ]


def test_a_measure_on_what_is_not_saved_is_refused() -> None:
    with pytest.raises(NetlistError, match=r"v\(out\)"):
        rc_deck(saved=["v(in)", "i(vin)"])


def test_times_must_be_positive() -> None:
    with pytest.raises(NetlistError, match="stop_time"):
        rc_deck(stop_time=-1.0)


def test_measure_names_cannot_inject_lines() -> None:
    with pytest.raises(NetlistError):
        measure_line(Sample("a\n.end", "v(out)", 0.0, "V"))
    with pytest.raises(NetlistError):
        cell("../secret")


def test_saved_vectors_are_kept_once_in_order() -> None:
    assert rc_deck(saved=["v(in)", "V(OUT)", "i(vin)", "v(in)"]).saved == ("v(in)", "v(out)", "i(vin)")
