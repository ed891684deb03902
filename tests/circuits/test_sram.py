"""The static memory: figures of a read, charge and capacitance held against each other, noise margin, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.measure import MeasureError
from circuits.procedures.sram_margin import SramMarginProcedure, noise_margin
from circuits.procedures.sram_read import SramReadProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from measurements.errors import NetlistError
from netlists.composition import compose, new_circuit
from netlists.deck import Deck
from netlists.sram import (
    GATE_CAPACITANCE,
    STROBE_CAPACITANCE,
    TRANSIENT_OPTIONS,
    SramColumn,
    cells_alike,
    sram_definitions,
    sram_read_deck,
)
from netlists.technology import Corner, load_technology

TYPICAL = load_technology()
READ = SramReadProcedure(SramColumn(), TYPICAL)
MARGIN = SramMarginProcedure(TYPICAL)
RAMP = 1e-6


def read(engine: Engine, rows: int = 64, supply: float = 1.8, procedure: SramReadProcedure = READ) -> dict[str, float]:
    result = simulate_point(procedure, {"rows": float(rows), "supply_voltage": supply}, engine)
    assert result.status is Status.OK, result.message
    assert result.diagnostics["closure_error"] < 1e-6
    return dict(result.quantities)


def ramped(engine: Engine, lines: list[str], sources: list[str]) -> dict[str, float]:
    """Charge that each source gives while V(ramp) goes from 0 to 1.8 V, over 1.8 V [F]."""
    elements = ["Vramp ramp 0 PWL(0 0 10n 0 1010n 1.8)", "Vhigh high 0 1.8", *lines]
    circuit = new_circuit("capacitance", [*sram_definitions(TYPICAL), "\n".join(elements)])
    saved = [f"i({name})" for name in sources]
    deck = compose(circuit, stop_time=1.02 * RAMP, maximum_step=1e-9, saved=saved, options=TRANSIENT_OPTIONS)
    waves = engine.run(deck)
    return {name: -float(np.trapezoid(waves.vector(f"i({name})"), waves.time)) / 1.8 for name in sources}


def test_the_figures_stated_in_the_cell_are_near(engine: Engine) -> None:
    found = read(engine)
    assert found["delay"] == pytest.approx(1.407e-9, rel=0.02)
    assert found["swing"] == pytest.approx(0.576, rel=0.02)
    assert found["energy"] == pytest.approx(0.2400e-12, rel=0.02)
    assert found["precharge_energy"] == pytest.approx(0.1804e-12, rel=0.02)
    assert found["cell_leakage"] == pytest.approx(0.533e-12, rel=0.03)
    assert found["read_disturb"] == pytest.approx(0.241, rel=0.02)
    shared = (found["word_energy"] + found["timing_energy"]) / READ.column.columns
    own = found["cell_energy"] + found["precharge_energy"] + found["sense_energy"]
    assert found["energy"] == pytest.approx(own + shared, rel=1e-9)


def test_the_precharge_returns_what_the_swing_took(engine: Engine) -> None:
    """Charge = C_bit dV + gates, with C_bit of a column of held cells by a slow ramp; the rows alone differ."""
    held = ["Vgate wl 0 0", "Vother other 0 1.8", "Vq q 0 1.8", "Vqb qb 0 0"]
    cells = cells_alike("held", "ramp other wl q qb high 0", 48)
    wire = 48 * READ.column.bit_wire.segment_capacitance
    below = ["Vstep ramp step 0", *(line.replace(" ramp ", " step ", 1) for line in cells)]
    more = ramped(engine, [*held, *below], ["vramp"])["vramp"] + wire
    taken = {}
    for rows in (16, 64):
        point = {"rows": float(rows), "supply_voltage": 1.8}
        waves = engine.run(READ.deck(point))
        end = READ.column_at(point).read_end
        taken[rows] = (waves.at("v(blb)", end) - waves.at("v(bl)", end), read(engine, rows)["charge"])
    # Q = (C0 + rows*c) dV + Q0, Q0 the gates of the precharge: with c from the ramp, C0 must come out small and like
    gates = 1.8 * 2.0e-15 * (3 * 2.0 + 4.5 + 1.5)  # about 2 fF a um of gate
    fixed = (taken[16][1] - gates) / taken[16][0] - more / 3.0
    assert 5e-15 < fixed < 35e-15
    assert taken[64][1] == pytest.approx((fixed + 4.0 * more / 3.0) * taken[64][0] + gates, rel=0.06)


def test_the_capacitors_for_other_columns_are_those_of_the_transistors(engine: Engine) -> None:
    gates = ["Xa high ramp 0 0 nch w=0.36u l=0.28u", "Xb high ramp high 0 nch w=0.36u l=0.28u"]
    assert ramped(engine, gates, ["vramp"])["vramp"] == pytest.approx(GATE_CAPACITANCE, rel=0.03)
    sense = ["Vlow low 0 1.7", "Xs high low ramp o ob high 0 sram_sense"]
    assert ramped(engine, sense, ["vramp"])["vramp"] == pytest.approx(STROBE_CAPACITANCE, rel=0.05)


def test_idle_cells_alike_are_as_many_single_ones(engine: Engine) -> None:
    column = SramColumn(rows=8)
    deck = sram_read_deck(column, TYPICAL)
    single = [f"Xidle{k} bl blb pin_vss iq iqb pin_cell pin_vss sram_6t" for k in range(7)]
    kept = [line for line in deck.text.splitlines() if not line.startswith("midle_")]
    at = next(index for index, line in enumerate(kept) if line.startswith("Xread"))
    text = "\n".join([*kept[:at], *single, *kept[at:]]) + "\n"
    written = Deck(text, deck.stop_time, deck.maximum_step, deck.saved, deck.measures, deck.includes)
    alike, each = engine.run(deck), engine.run(written)
    for when in (4e-9, column.read_end, column.read_end + 0.5e-9):
        assert alike.at("v(bl)", when) == pytest.approx(each.at("v(bl)", when), rel=2e-3)


@pytest.mark.parametrize(("corner", "supply", "delay", "energy"), [
    ("ss", 1.62, 2.441e-9, 0.1961e-12), ("ff", 1.98, 0.923e-9, 0.2894e-12),
])  # fmt: skip
def test_it_reads_in_the_corners(corner: Corner, supply: float, delay: float, energy: float, engine: Engine) -> None:
    found = read(engine, supply=supply, procedure=replace(READ, technology=load_technology(corner=corner)))
    assert found["delay"] == pytest.approx(delay, rel=0.02)
    assert found["energy"] == pytest.approx(energy, rel=0.02)


def test_a_one_is_read_as_a_zero_is(engine: Engine) -> None:
    found = read(engine, procedure=replace(READ, column=SramColumn(bit=1)))
    assert found["delay"] == pytest.approx(1.407e-9, rel=0.02)
    assert found["swing"] > 0.0


def test_the_noise_margin_is_the_largest_square(engine: Engine) -> None:
    point = {"supply_voltage": 1.8}
    result = simulate_point(MARGIN, point, engine)
    assert result.status is Status.OK, result.message
    waves = engine.run(MARGIN.deck(point))
    for name in ("hold", "read"):
        given, answered = waves.vector("v(in)"), waves.vector(f"v({name}_left)")
        assert result.quantities[f"{name}_margin"] == pytest.approx(_largest_square(given, answered), rel=0.01)
    assert result.quantities["read_margin"] < 0.7 * result.quantities["hold_margin"]
    assert result.quantities["read_margin"] == pytest.approx(0.3085, rel=0.01)
    assert result.quantities["read_current"] == pytest.approx(48.8e-6, rel=0.01)


def _largest_square(given: np.ndarray, answered: np.ndarray) -> float:
    """Squares between the curve and its mirror image, corner by corner: b + s = f(a + s) with a = f(b)."""
    order = np.argsort(given, kind="stable")
    given, answered = given[order], answered[order]
    best = 0.0
    for low in np.linspace(0.0, 1.8, 400):
        corner = np.interp(low, given, answered)
        sides = np.linspace(0.0, 1.8, 4000)
        above = np.interp(corner + sides, given, answered) - sides - low
        crossed = np.flatnonzero((above[:-1] > 0.0) & (above[1:] <= 0.0))
        best = max(best, float(sides[crossed[0]]) if crossed.size else 0.0)
    return best


def test_what_is_no_read_is_no_number(engine: Engine) -> None:
    point = {"rows": 16.0, "supply_voltage": 1.8}
    deck = READ.deck(point)
    waves = engine.run(deck)
    vectors = dict(waves.vectors)
    wrong = Waveforms(waves.time, vectors | {"i(vpin_precharge)": 1.05 * waves.vector("i(vpin_precharge)")})
    assert READ.closure_error(point, deck, wrong) > 10 * READ.closure_tolerance
    swapped = {"v(pin_out)": waves.vector("v(pin_outb)"), "v(pin_outb)": waves.vector("v(pin_out)")}
    with pytest.raises(MeasureError, match="is read as 1"):
        READ.quantities(point, deck, Waveforms(waves.time, vectors | swapped))
    with pytest.raises(MeasureError, match="no inverter"):
        noise_margin(np.array([0.0, 1.0]), np.array([0.0, 1.5]), np.array([1.0, 0.0]))
    with pytest.raises(NetlistError, match="rows is 4"):
        SramColumn(rows=4)
    with pytest.raises(NetlistError, match="bit is 2"):
        SramColumn(bit=2)


def test_unlike_halves_have_the_margin_of_the_smaller_lobe(engine: Engine) -> None:
    result = simulate_point(
        replace(MARGIN, technology=replace(TYPICAL, mismatch_seed=3)), {"supply_voltage": 1.8}, engine
    )
    assert result.status is Status.OK, result.message
    assert 0.15 < result.quantities["read_margin"] < 0.3085
    given = np.linspace(0.0, 1.0, 4001)
    one, other = (np.clip((level - given) * 50.0 + 0.5, 0.0, 1.0) - 1e-9 * given for level in (0.5, 0.6))
    # two steep inverters that trip at 0.5 and 0.6 V: the squares are 0.4 and 0.5 V wide, less their slopes
    assert noise_margin(given, one, one) == pytest.approx(0.49, rel=0.03)
    assert noise_margin(given, one, other) == pytest.approx(0.4, rel=0.03)


def test_draws_of_mismatch_read_right_and_differ(engine: Engine) -> None:
    drawn = [read(engine, procedure=replace(READ, technology=replace(TYPICAL, mismatch_seed=k))) for k in (1, 2)]
    assert drawn[0]["delay"] != drawn[1]["delay"]
    for found in drawn:
        assert found["delay"] == pytest.approx(1.407e-9, rel=0.1)
        assert found["swing"] == pytest.approx(0.576, rel=0.3)
