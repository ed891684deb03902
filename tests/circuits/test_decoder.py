"""The first-spike decoder of transistors: who wins, ties, time-out, reset; its procedures; its Liberty cell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from opensta import rise_arrival
from toytables import decoder_tables, toy_tables

from circuits.engine import Engine
from circuits.exports.formats import export_files
from circuits.measure import crossings
from circuits.procedures.decoder_decide import DecoderDecideProcedure, require_one_winner
from circuits.procedures.decoder_tie import DecoderTieProcedure, DecoderTimeoutProcedure, resolvable_interval
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.tables import TableSet
from measurements.errors import NetlistError, TableError
from netlists.decoder import Decoder, decoder_deck, decoder_subcircuit
from netlists.technology import load_technology

TYPICAL = load_technology()
DECODER = Decoder(inputs=3)


@pytest.mark.parametrize("first", [0, 1, 2])
def test_the_first_spike_wins_and_the_reset_forgets_it(first: int, engine: Engine) -> None:
    """Inputs one after the other, 2 ns apart, whatever their index."""
    order = [first, (first + 1) % 3, (first + 2) % 3]
    spikes = {index: 20e-9 + 2e-9 * place for place, index in enumerate(order)}
    spikes = dict(sorted(spikes.items(), key=lambda item: item[1]))
    waves = engine.run(decoder_deck(DECODER, TYPICAL, spikes, reset_time=45e-9, stop_time=55e-9))
    assert require_one_winner(DECODER, waves, 45e-9, first) == first
    assert waves.at("v(pin_tie)", 45e-9) < 0.1
    assert waves.at("v(pin_valid)", 45e-9) > 1.7
    assert waves.vector("v(pin_timeout)").max() < 0.1
    (rise,) = crossings(waves, f"v(pin_win{first})", 0.9, rising=True, start=15e-9)
    assert 4e-9 < rise - 20.15e-9 < 7e-9
    others = [index for index in range(3) if index != first]
    assert max(waves.vector(f"v(pin_win{index})").max() for index in others) < 0.3
    assert max(waves.at(f"v(pin_{name})", 55e-9) for name in (*DECODER.outputs,)) < 0.1


@pytest.mark.parametrize(("separation", "wins", "tie"), [(1e-9, 1.0, 0.0), (1e-10, 0.0, 1.0), (-1e-10, 1.0, 1.0)])
def test_a_tie_goes_to_the_lower_index_and_is_told(separation: float, wins: float, tie: float, engine: Engine) -> None:
    result = simulate_point(DecoderTieProcedure(DECODER, TYPICAL), {"separation": separation}, engine)
    assert result.status is Status.OK, result.message
    assert (result.quantities["first_wins"], result.quantities["tie"]) == (wins, tie)


def test_the_reset_wins_over_a_spike(engine: Engine) -> None:
    """Input 1 is high when the reset comes: nothing is captured and no current flows but the timer's."""
    deck = decoder_deck(DECODER, TYPICAL, {0: 20e-9, 1: 42e-9}, reset_time=45e-9, stop_time=62e-9, spike_width=25e-9)
    waves = engine.run(deck)
    assert require_one_winner(DECODER, waves, 45e-9, 0) == 0
    assert waves.at("v(pin_spk1)", 61e-9) > 1.7
    assert max(waves.at(f"v(pin_{name})", 61e-9) for name in DECODER.outputs) < 0.1
    assert -waves.at("i(vpin_vdd)", 61e-9) < 1e-6


def test_the_chain_of_priority_is_quicker_than_valid(engine: Engine) -> None:
    """First and last input together: the last output must not rise before the chain has told it of the first."""
    decoder = Decoder(inputs=10)
    deck = decoder_deck(decoder, TYPICAL, {0: 30e-9, 9: 30e-9}, reset_time=45e-9, stop_time=46e-9)
    waves = engine.run(deck)
    assert require_one_winner(decoder, waves, 45e-9, 0) == 0
    assert waves.at("v(pin_tie)", 45e-9) > 1.7
    assert waves.vector("v(pin_win9)").max() < 0.2


def test_the_figures_stated_in_the_cell_are_near(engine: Engine) -> None:
    """Of 3 inputs instead of 10; a change of the cell must change its comment."""
    procedure = DecoderDecideProcedure(DECODER, TYPICAL)
    result = simulate_point(procedure, {"input_transition": 3e-10, "output_load": 2e-14}, engine)
    assert result.status is Status.OK, result.message
    found = result.quantities
    assert found["valid_delay"] == pytest.approx(4.98e-9, rel=0.02)
    assert found["delay"] - found["valid_delay"] == pytest.approx(0.479e-9, rel=0.04)
    assert found["reset_delay"] == pytest.approx(0.95e-9, rel=0.03)
    assert found["energy"] == pytest.approx(1.228e-12, rel=0.03)
    assert found["static_power"] == pytest.approx(0.72e-6, rel=0.03)
    assert found["input_capacitance"] == pytest.approx(1.84e-15, rel=0.04)
    assert result.diagnostics["closure_error"] < 1e-6


def test_without_a_spike_the_timer_ends_the_wait(engine: Engine) -> None:
    procedure = DecoderTimeoutProcedure(DECODER, TYPICAL)
    found = simulate_point(procedure, {"timer_bias": 1e-6}, engine)
    assert found.status is Status.OK, found.message
    assert found.quantities["timeout"] == pytest.approx(0.459e-6, rel=0.03)
    assert found.quantities["energy"] > 2 * 1.8 * 1e-6 * found.quantities["timeout"]


def test_resolvable_interval_is_that_of_the_worse_side() -> None:
    table = decoder_tables()["decoder_tie"].dataset
    assert resolvable_interval(table) == pytest.approx(4e-10)
    assert np.isnan(resolvable_interval(table.isel(separation=slice(2, 5))))


def test_what_is_no_decoder_is_refused() -> None:
    with pytest.raises(NetlistError, match="1 to 256"):
        Decoder(inputs=0)
    with pytest.raises(NetlistError, match="input 3 spikes"):
        decoder_deck(DECODER, TYPICAL, {3: 2e-8}, reset_time=4e-8, stop_time=5e-8)
    with pytest.raises(NetlistError, match="must follow each other"):
        decoder_deck(DECODER, TYPICAL, {0: 5e-9}, reset_time=4e-8, stop_time=5e-8)
    text = decoder_subcircuit(DECODER)
    assert text.count("ttfs_channel") == 4  # the time-out is the last channel


@pytest.fixture
def tables() -> TableSet:
    return TableSet.of({name: t.dataset for s in (toy_tables(), decoder_tables()) for name, t in s.items()}, {})


@pytest.fixture
def library(tables: TableSet, tmp_path: Path) -> Path:
    path = tmp_path / "memchar.lib"
    path.write_text(str(export_files(tables, "liberty")[""]))
    return path


def test_liberty_parser_finds_the_decoder(library: Path) -> None:
    from liberty.parser import parse_liberty
    from liberty.types import select_cell, select_pin

    cell = select_cell(parse_liberty(library.read_text()), "ttfs_decoder_3")
    assert cell["cell_leakage_power"] == pytest.approx(700.0)
    pin = select_pin(cell, "win1")
    rise, fall = pin.get_groups("timing")
    assert (rise["related_pin"].value, fall["related_pin"].value) == ("spk1", "nreset")
    delays = rise.get_group("cell_rise")
    np.testing.assert_allclose(delays.get_array("index_1")[0], [0.1, 1.0])
    np.testing.assert_allclose(delays.get_array("index_2")[0], [0.01, 0.04, 0.16])
    expected = [[3.0 + 0.1 * edge + 2.0 * load for load in (0.01, 0.04, 0.16)] for edge in (0.1, 1.0)]
    np.testing.assert_allclose(delays.get_array("values"), expected, rtol=1e-5)
    np.testing.assert_allclose(fall.get_group("cell_fall").get_array("values")[0], [0.84, 0.96, 1.44], rtol=1e-5)
    power = pin.get_group("internal_power").get_group("rise_power").get_array("values")
    np.testing.assert_allclose(power, np.full((2, 3), 1.0 - 7e-7 * 3.5e-8 / 1e-12), rtol=1e-4)
    timeout = select_pin(cell, "timeout").get_group("timing").get_group("cell_rise").get_array("values")
    np.testing.assert_allclose(timeout, [[1800.0]])


def test_a_decoder_with_a_failed_point_is_not_exported(tables: TableSet) -> None:
    decide = tables["decoder_decide"].dataset.copy(deep=True)
    decide["status"][0, 0] = Status.TIMED_OUT
    broken = TableSet.of({**{name: t.dataset for name, t in tables.items()}, "decoder_decide": decide}, {})
    with pytest.raises(TableError, match="timed_out"):
        export_files(broken, "liberty")


@pytest.mark.skipif(shutil.which("yosys") is None, reason="yosys is not installed (apt install yosys)")
def test_yosys_links_the_decoder(library: Path, tmp_path: Path) -> None:
    top = (
        "module top(input [2:0] s, input r, output [2:0] w, output v, t, o);\n"
        " ttfs_decoder_3 d(.spk0(s[0]), .spk1(s[1]), .spk2(s[2]), .nreset(r),"
        " .win0(w[0]), .win1(w[1]), .win2(w[2]), .valid(v), .tie(t), .timeout({}));\nendmodule\n"
    )
    commands = f"read_liberty -lib {library}; read_verilog top.v; hierarchy -check -top top; check -assert; stat"
    (tmp_path / "top.v").write_text(top.format("o"))
    done = subprocess.run(["yosys", "-p", commands], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ttfs_decoder_3                  1" in done.stdout


@pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed (apt install opensta)")
def test_a_timing_analyser_interpolates_the_decoders_delay(library: Path, tmp_path: Path) -> None:
    """Between grid points of edge and load: 3 ns + 0.1*0.55 ns + 2*0.1 ns."""
    top = "module top(a, r, y); input a, r; output y; ttfs_decoder_3 d(.spk1(a), .nreset(r), .win1(y)); endmodule\n"
    settings = ["set_input_transition 0.55 [get_ports a]", "set_load 0.1 [get_ports y]"]
    found, out = rise_arrival(tmp_path, library, top, settings, "d/win1 (ttfs_decoder_3)")
    assert found == pytest.approx(3.255, rel=1e-3), out
