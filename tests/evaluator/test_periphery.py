"""Encoders, drivers and interface in an evaluation, against counts by hand; all tables synthetic."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_tables import dataset

from circuits.tables import TableSet
from evaluator import IsiEncoder, SpikingNetwork, evaluate, simulate
from measurements.errors import TableError

PATTERNS = np.array([[255, 255, 0, 0], [0, 0, 255, 255]], np.uint8)
LABELS = np.array([0, 1])
REST, SPIKE = 0.2e-6, 0.4e-12
GATES = 1e-12
STATIC, BIAS, STROBE, STROBE_WIDTH, PER_CHARGE = 60e-6, 70e-6, 5e-15, 11e-9, 0.9


@pytest.fixture(scope="module")
def network():
    first = np.array([[1, -1], [1, -1], [-1, 1], [-1, 1]], np.int8)
    return SpikingNetwork((first, np.eye(2, dtype=np.int8)), (0.15, 0.4), IsiEncoder(phases=2))


def encoder_table(longest=2e-6):
    current = np.geomspace(1e-7, 1e-5, 9)
    interval = longest * 1e-7 / current
    spike = SPIKE + REST * interval
    return dataset(
        {"input_current": (current, "A")},
        {"interval_1": (interval, "s"), "first_spike": (interval, "s"), "static_power": (REST, "W"),
         "energy_per_spike": (spike, "J")},
    )  # fmt: skip


def driver_table(largest=1e-2):
    load = np.geomspace(1e-6, largest, 5)
    return dataset(
        {"load_conductance": (load, "S"), "row_capacitance": (np.array([2e-15, 2e-14]), "F")},
        {"energy": (GATES, "J")},
    )


def interface_table(largest=1e-3):
    current, rest = np.array([5e-6, 2e-5, 1e-4, 4e-4]), np.array([0.0, largest])
    axes = {
        "sign": (np.array([-1.0, 1.0]), "1"), "input_current": (current, "A"),
        "rest_conductance": (rest, "S"), "membrane_voltage": (np.array([0.2, 0.5, 0.8]), "V"),
    }  # fmt: skip
    sign, amperes, *_ = np.meshgrid(*(values for values, _ in axes.values()), indexing="ij")
    energy = STATIC * STROBE_WIDTH + (1 + sign) * PER_CHARGE * amperes * 5e-9
    return dataset(
        axes,
        {"static_power": (STATIC, "W"), "bias_power": (BIAS, "W"), "energy": (energy, "J"),
         "strobe_energy": (STROBE, "J"), "gain": (0.5 * sign, "1")},
        interface_pulse_width=5e-9, interface_strobe_width=STROBE_WIDTH, interface_column_voltage=0.4,
    )  # fmt: skip


def with_tables(tables, **more):
    return TableSet.of({**{name: table.dataset for name, table in tables.items()}, **more}, {})


def test_without_their_tables_the_blocks_are_named(network, tables, card):
    found = evaluate(network, tables, card, PATTERNS, LABELS)
    assert [line.split(":")[0].split(" ")[0] for line in found.not_counted] == [
        "encoder",
        "column",
        "row",
        "decoder",
        "control,",
    ]
    assert not {"encoders", "row_drivers"} & set(found.breakdown_J)


def test_encoders_and_drivers_against_a_count_by_hand(network, tables, card):
    more = with_tables(tables, encoder_full=encoder_table(), row_drive=driver_table())
    outcome = simulate(network, tables, card, PATTERNS).outcome
    found = evaluate(network, more, card, PATTERNS, LABELS)
    inputs, hidden, time = outcome.spikes[:, 0].mean(), outcome.spikes[:, 1].mean(), outcome.decision.mean()
    assert inputs > 0
    assert found.breakdown_J["encoders"] == pytest.approx(inputs * SPIKE + 4 * REST * time, rel=0.01)
    assert found.breakdown_J["row_drivers"] == pytest.approx((inputs + hidden) * GATES, rel=1e-6)
    assert sum(found.breakdown_J.values()) == pytest.approx(found.energy_per_image_J)
    assert [line.split(" ")[0] for line in found.not_counted] == ["column", "decoder:", "control,"]


def test_interface_against_a_count_by_hand(network, tables, card):
    more = with_tables(tables, column_interface=interface_table())
    outcome = simulate(network, tables, card, PATTERNS).outcome
    found = evaluate(network, more, card, PATTERNS, LABELS)
    charge, time = 0.1 * outcome.charge[:, 0].mean(), outcome.decision.mean()
    assert found.breakdown_J["interface_1_static"] == pytest.approx((2 * STATIC + BIAS) * time, rel=1e-6)
    expected = outcome.spikes[:, 0].mean() * 2 * STROBE + charge * (PER_CHARGE + 0.4)
    assert found.breakdown_J["interface_1_reads"] == pytest.approx(expected, rel=1e-3)
    assert any("gain of 0.5" in line for line in found.assumed)
    assert not any(line.startswith("column interface") for line in found.not_counted)


def test_a_layer_with_an_interface_of_its_own_is_counted_by_it(network, tables, card):
    one = interface_table()
    other = one.assign(static_power=3.0 * one["static_power"]).assign_attrs(one.attrs)
    found = evaluate(network, with_tables(tables, column_interface=one), card, PATTERNS, LABELS).breakdown_J
    own = with_tables(tables, column_interface=one, column_interface_2=other)
    apart = evaluate(network, own, card, PATTERNS, LABELS).breakdown_J
    assert apart["interface_1_static"] == pytest.approx(found["interface_1_static"])
    time = found["interface_2_static"] / (2 * STATIC + BIAS)
    assert apart["interface_2_static"] == pytest.approx((6 * STATIC + BIAS) * time, rel=1e-6)


WAITING, DECISION, TIMEOUT, LENGTH = 0.7e-6, 1.9e-12, 2.3e-12, 1.9e-6


def decoder_tables():
    place = {"input_transition": (np.array([3e-10]), "s"), "output_load": (np.array([2e-14]), "F")}
    timer = {"timer_bias": (np.array([1e-7, 2e-7, 4e-7]), "A")}
    length = LENGTH * 2e-7 / timer["timer_bias"][0]
    return {
        "decoder_decide": dataset(place, {"static_power": (WAITING, "W"), "energy": (DECISION, "J")}),
        "decoder_timeout": dataset(timer, {"timeout": (length, "s"), "energy": (TIMEOUT * length / LENGTH, "J")},
                                   decoder_timer_bias=2e-7),
    }  # fmt: skip


def test_decoder_against_a_count_by_hand(network, tables, card):
    pixels = np.concatenate([PATTERNS, np.zeros((1, 4), np.uint8)])  # a dark image: its decoder times out
    labels = np.array([0, 1, 0])
    outcome = simulate(network, tables, card, pixels).outcome
    assert outcome.fired.tolist() == [True, True, False]
    decider = {"decoder_decide": decoder_tables()["decoder_decide"]}
    waiting = WAITING * outcome.decision.mean()
    both = evaluate(network, with_tables(tables, **decoder_tables()), card, pixels, labels)
    expected = waiting + 2 / 3 * DECISION + (TIMEOUT - WAITING * LENGTH) / 3
    assert both.breakdown_J["decoder"] == pytest.approx(expected, rel=1e-6)
    alone = evaluate(network, with_tables(tables, **decider), card, pixels, labels)
    assert alone.breakdown_J["decoder"] == pytest.approx(waiting + DECISION, rel=1e-6)
    assert any("no table of it" in line for line in alone.assumed)


def test_with_every_table_only_control_is_left_out(network, tables, card):
    more = with_tables(
        tables, encoder_full=encoder_table(), row_drive=driver_table(), column_interface=interface_table(),
        **decoder_tables(),
    )  # fmt: skip
    found = evaluate(network, more, card, PATTERNS, LABELS)
    assert found.not_counted == ("control, clocks, programming of the cells",)


def test_what_the_tables_do_not_reach_is_refused(network, tables, card):
    short = with_tables(tables, encoder_full=encoder_table(2e-8))
    with pytest.raises(TableError, match="characterize other currents"):
        evaluate(network, short, card, PATTERNS, LABELS)
    weak = with_tables(tables, row_drive=driver_table(1e-5))
    with pytest.raises(TableError, match="load_conductance"):
        evaluate(network, weak, card, PATTERNS, LABELS)
