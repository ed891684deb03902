"""Memristor cells of a column: current against the compact model, the select transistor, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from circuits.engine import Engine
from circuits.procedures.cell_read import CellReadProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from circuits.waveforms import Waveforms
from devicefit.models.static import static_current
from devicefit.synthesis import reference_truth
from measurements.errors import NetlistError
from netlists.composition import compose, new_circuit
from netlists.memorycolumn import MemoryColumn, memory_column_deck, memory_definitions
from netlists.technology import Corner, load_technology

TYPICAL = load_technology()
CARD = reference_truth()
SELECTED = CellReadProcedure(MemoryColumn("1t1r", CARD), TYPICAL)


def read(
    engine: Engine, state: float, select: float = 1.8, rows: int = 64, procedure: CellReadProcedure = SELECTED
) -> dict[str, float]:
    point = {"state": state, "rows": float(rows), "select_voltage": select}
    result = simulate_point(procedure, point, engine)
    assert result.status is Status.OK, result.message
    return dict(result.quantities)


def transistor_resistance(engine: Engine, gate: float, drop: float) -> float:
    """Of the select transistor alone with this voltage over it, its source 10 mV above ground [ohm]."""
    lines = [f"Vd d 0 {0.01 + drop}", "Vs s 0 0.01", f"Vg g 0 {gate}", "Xs d g s 0 nch w=2u l=0.28u"]
    circuit = new_circuit("transistor", [*memory_definitions(SELECTED.column, TYPICAL), "\n".join(lines)])
    waves = engine.run(compose(circuit, stop_time=1e-9, maximum_step=1e-10, saved=["i(vd)"]))
    return drop / -waves.at("i(vd)", 0.5e-9)


@pytest.mark.parametrize(("state", "select"), [(1.0, 1.8), (0.1, 1.8), (1.0, 3.3)])
def test_the_current_is_that_of_card_transistor_and_wire_in_series(state: float, select: float, engine: Engine) -> None:
    found = read(engine, state, select)
    drop = found["current"] * found["select_resistance"]
    assert found["select_resistance"] == pytest.approx(transistor_resistance(engine, select, drop), rel=0.01)
    across = 0.1 - found["current"] * (found["select_resistance"] + 64 * 2.5 + 10.0)
    assert found["current"] == pytest.approx(float(static_current(CARD, across, state)), rel=0.01)
    assert found["charge"] == pytest.approx(found["current"] * 5e-9, rel=0.01)
    assert found["energy"] == pytest.approx(0.1 * found["current"] * 4.93e-9, rel=0.02)
    assert found["lost_share"] < 1e-6


def test_the_figures_stated_in_the_cell_are_near(engine: Engine) -> None:
    found = read(engine, 1.0, rows=8)
    assert found["select_resistance"] == pytest.approx(1271.0, rel=0.02)
    assert found["resistance"] == pytest.approx(1911.0, rel=0.02)
    wide = replace(SELECTED, column=replace(SELECTED.column, select_width=42e-6))
    assert read(engine, 1.0, rows=8, procedure=wide)["select_resistance"] == pytest.approx(55.93, rel=0.02)


@pytest.mark.parametrize(("corner", "resistance"), [("ff", 1096.0), ("ss", 1495.0)])
def test_it_reads_in_the_corners(corner: Corner, resistance: float, engine: Engine) -> None:
    procedure = replace(SELECTED, technology=load_technology(corner=corner))
    assert read(engine, 1.0, procedure=procedure)["select_resistance"] == pytest.approx(resistance, rel=0.02)


def test_a_false_current_is_noticed_and_what_is_no_column_is_refused(engine: Engine) -> None:
    point = {"state": 1.0, "rows": 8.0, "select_voltage": 1.8}
    deck = SELECTED.deck(point)
    waves = engine.run(deck)
    wrong = dict(waves.vectors) | {"i(vpin_sense)": 1.05 * waves.vector("i(vpin_sense)")}
    assert SELECTED.closure_error(point, deck, Waveforms(waves.time, wrong)) > 10 * SELECTED.closure_tolerance
    assert np.max(waves.vector("v(pin_word)")) == pytest.approx(1.8)
    with pytest.raises(NetlistError, match="cell kind is '2t2r'"):
        MemoryColumn("2t2r", CARD)  # type: ignore[arg-type]
    with pytest.raises(NetlistError, match=r"read polynomials hold to 0\.3 V"):
        MemoryColumn("1t1r", CARD, read_voltage=1.0)
    with pytest.raises(NetlistError, match="mismatch is not drawn"):
        memory_column_deck(SELECTED.column, replace(TYPICAL, mismatch_seed=1))
