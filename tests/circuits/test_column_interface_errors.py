"""Draws of the column interface: as designed it is `column_interface`, drawn each differs and keeps its sizes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from circuits.engine import Engine
from circuits.procedures.column_interface import ColumnInterfaceProcedure
from circuits.procedures.column_interface_errors import ColumnInterfaceErrorsProcedure
from circuits.simulate import simulate_point
from circuits.status import Status
from measurements.errors import InputError
from netlists.columninterface import ColumnInterface, column_interface_definitions
from netlists.technology import load_technology

SMALL = ColumnInterface(
    bias_current=1e-6, main_width=8e-6, output_width=8e-6, turn=4.0, read_voltage=0.3, pulse_width=20e-9
)
PROCEDURE = ColumnInterfaceErrorsProcedure(SMALL, load_technology(), input_current=5e-6, rest_conductance=1e-4)


def measured(engine: Engine, draw: int, sign: int = 1) -> dict[str, float]:
    procedure = replace(PROCEDURE, draw=(draw,))
    result = simulate_point(procedure, {"draw": draw, "sign": sign, "membrane_voltage": 0.5}, engine)
    assert result.status is Status.OK, result.message
    return dict(result.quantities)


def test_draw_zero_is_the_interface_as_designed(engine: Engine) -> None:
    plain = ColumnInterfaceProcedure(SMALL, load_technology())
    point = {"sign": -1.0, "input_current": 5e-6, "rest_conductance": 1e-4, "membrane_voltage": 0.5}
    expected = plain.deck(point)
    deck = PROCEDURE.deck({"draw": 0.0, "sign": -1.0, "membrane_voltage": 0.5})
    # no edge is looked for, so steps are longer; the circuit is the same to the letter
    assert deck.maximum_step > expected.maximum_step
    assert deck.with_maximum_step(expected.maximum_step).text == expected.text
    found = simulate_point(plain, point, engine).quantities
    values = measured(engine, 0, -1)
    assert set(values) == {"charge_gain", "offset_current", "offset_charge", "column_offset", "static_power"}
    for name in ("charge_gain", "offset_current", "static_power"):
        assert values[name] == pytest.approx(found[name], rel=1e-3)


def test_draws_differ_and_a_draw_is_one_circuit(engine: Engine) -> None:
    first, other = measured(engine, 1), measured(engine, 2)
    assert abs(first["offset_current"] - other["offset_current"]) > 1e-8
    assert first["charge_gain"] != pytest.approx(other["charge_gain"], rel=1e-2)
    # the offset is that of both sides, whichever is read; the row that will be read rests on one of them
    assert measured(engine, 1, -1)["offset_current"] == pytest.approx(first["offset_current"], rel=0.15)


def test_the_drawn_plus_side_keeps_its_own_width() -> None:
    drawn = column_interface_definitions(SMALL, load_technology(mismatch_seed=3))[1]
    text = drawn[drawn.index(".subckt column_side_plus") :]
    widths = re.findall(r" w=([\d.]+)u", text[: text.index(".ends column_side_plus")])
    # copy and cascode of the side that is turned are a quarter as wide
    assert widths.count("2") == 2
    assert drawn.count("delvto=") == 30


def test_designed_and_drawn_do_not_mix() -> None:
    assert PROCEDURE.name == "column_interface_common"
    assert replace(PROCEDURE, draw=(1, 2)).name == "column_interface_mismatch"
    with pytest.raises(InputError, match="draw 0"):
        replace(PROCEDURE, draw=(0, 1))
