"""Starts made from the data: the model switches near the measured events before anything is fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.recovery import CASES
from devicefit.cycles import synthetic_cycles
from devicefit.cycles.bases import _apart, base_cards
from devicefit.cycles.fit import prepare_cell
from devicefit.cycles.likelihood import TraceModel
from devicefit.cycles.preparation import Preparation
from devicefit.cycles.starts import features
from devicefit.cycles.tracedata import trace_data
from devicefit.models import quasi_static_table
from devicefit.models.registry import MODELS
from measurements.errors import InputError
from measurements.sweep import Activity

MADE = ("threshold-memdiode", "dynamic-memdiode", "stanford-gap", "vteam", "sky130-reram", "quasi-static-table")


def prepared(name: str, cycles: int = 6) -> Preparation:
    case = CASES[name]
    made = synthetic_cycles(MODELS[name], case.truth, case.protocol, case.spread, cycles, seed=1)
    return prepare_cell(made.records, "synthetic", "(0,0)")


def test_recovery_covers_every_model() -> None:
    assert set(CASES) == set(MODELS)


@pytest.mark.parametrize("name", MADE)
def test_a_start_switches_near_the_measured_events(name: str) -> None:
    model, traces = MODELS[name], prepared(name).traces
    card = base_cards(model, traces)[0]
    assert card.cell == "from the data"
    simulator, vector = TraceModel(model), model.vector(card)
    errors = [abs(simulator.simulate(trace_data(trace, model.set_polarity), vector).event_error) for trace in traces]
    assert np.median(errors) < 0.25  # of ln V
    assert max(errors) < 0.6
    assert {parameter.origin for parameter in card.parameters.values()} >= {"assumed"}


def test_features_tell_resistances_and_slopes() -> None:
    seen = features(prepared("vteam").traces)
    truth = CASES["vteam"].truth
    assert seen.on_resistance == pytest.approx(truth.value("on_resistance"), rel=0.1)
    assert seen.off_resistance == pytest.approx(truth.value("off_resistance"), rel=0.1)
    table = features(prepared("quasi-static-table").traces)
    assert table.set_slope == pytest.approx(CASES["quasi-static-table"].truth.value("set_slope"), rel=0.5)


def test_one_ramp_rate_tells_no_slope() -> None:
    traces = prepared("quasi-static-table").traces
    seen = features([replace(t, time=t.time * t.ramp_rate) for t in traces])
    assert seen.set_slope is None
    assert seen.steepness("set") >= 1.5 / seen.set_step


def test_the_table_follows_both_branches() -> None:
    card = base_cards(MODELS[quasi_static_table.NAME], prepared(quasi_static_table.NAME).traces)
    assert len(card) == 1  # the synthetic example is nobody's start
    on = card[0].value("on_negative_8") / np.sinh(card[0].value("on_span_negative"))
    off = card[0].value("off_positive_8") / np.sinh(2.5 * card[0].value("off_span_positive"))
    assert on == pytest.approx(1e-3, rel=0.05)
    assert off == pytest.approx(1e-9, rel=0.05)


def test_the_table_needs_both_events() -> None:
    sets = [t for t in prepared(quasi_static_table.NAME).traces if t.kind is Activity.SET]
    with pytest.raises(InputError, match="no reset that shows its event"):
        base_cards(MODELS[quasi_static_table.NAME], sets)


def test_the_start_of_the_threshold_memdiode_tells_slopes_and_series_resistance() -> None:
    traces = prepared("threshold-memdiode").traces
    card, truth = base_cards(MODELS["threshold-memdiode"], traces)[0], CASES["threshold-memdiode"].truth
    for name, within in (
        ("on_current", 1.25),
        ("on_slope", 1.3),
        ("off_current", 1.3),
        ("off_slope", 1.15),
        ("series_resistance", 2.0),  # a step of the grid of series resistances
        ("set_voltage", 1.1),
        ("set_slope", 1.5),
        ("reset_voltage", 1.15),
        ("reset_slope", 1.6),
    ):
        assert 1.0 / within < card.value(name) / truth.value(name) < within, name
    assert card.value("state_limit") == truth.value("state_limit")


def test_a_published_card_that_repeats_another_is_no_further_start() -> None:
    """The Stanford/ASU set is the foundry's but for 2 K; two sets of Yakopcic are two."""
    assert [card.device for card in _apart(MODELS["sky130-reram"].cards.values())] == ["SkyWater SKY130"]
    assert len(_apart(MODELS["yakopcic"].cards.values())) == len(MODELS["yakopcic"].cards) > 1
