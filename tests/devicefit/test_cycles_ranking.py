"""Held-out cycles, distributions over cycles, random devices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from devicefit.cardfile import card_from_json, card_to_json
from devicefit.cycles import Protocol, draw_device, fit_model, rank_models, synthetic_cycles
from devicefit.cycles.fit import fit_prepared, prepare_cell
from devicefit.cycles.furthercycles import with_further_cycles
from devicefit.cycles.ranking import split, spread_out
from devicefit.models import yakopcic
from measurements.errors import FitError, InputError
from measurements.records import MeasurementSet
from measurements.sweep import Activity

TRUTH = yakopcic.MODEL.cards["Aguirre C2"]
PROTOCOL = Protocol(1.5, 1.5, set_points=41, reset_points=41, ramp_rates=(0.1, 0.2), noise=1e-11)


@pytest.fixture(scope="module")
def records() -> MeasurementSet:
    spread = {"set_voltage": 0.1, "reset_voltage": 0.1}
    return synthetic_cycles(yakopcic.MODEL, TRUTH, PROTOCOL, spread, 8, seed=5).records


def test_no_cycle_is_both_fitted_and_held_out_and_each_is_held_out_once(records: MeasurementSet) -> None:
    prepared = prepare_cell(records, "synthetic", "(0,0)")
    folds = split(prepared, 3)
    held = [trace.source.file for _, out in folds for trace in out.traces]
    assert sorted(held) == sorted(trace.source.file for trace in prepared.traces)
    for train, out in folds:
        assert not {t.source.file for t in train.traces} & {t.source.file for t in out.traces}


def test_the_model_that_may_follow_the_data_ranks_before_one_that_may_not(records: MeasurementSet) -> None:
    other = replace(yakopcic.MODEL.cards["Miao TaOx"], model="stiff")  # conduction of another device, held
    stiff = replace(
        yakopcic.MODEL, name="stiff", cards={"other": other}, fitted=("set_voltage", "reset_voltage"), per_cycle=()
    )
    first, second = rank_models(records, "synthetic", "(0,0)", [stiff, yakopcic.MODEL], folds=2)
    assert (first.model, second.model) == ("yakopcic", "stiff")
    assert first.errors is not None
    assert first.errors.current < 0.25
    assert len(first.fold_errors) == 2
    assert second.errors is None or second.errors.decades > 1.5 * first.errors.decades


def test_more_folds_than_cycles_are_refused(records: MeasurementSet) -> None:
    with pytest.raises(InputError, match="cannot be dealt"):
        split(prepare_cell(records, "synthetic", "(0,0)"), 99)


def test_drawn_devices_scatter_as_the_cycles_do_and_the_card_keeps_the_law(records: MeasurementSet) -> None:
    card = fit_model(records, "synthetic", "(0,0)", yakopcic.MODEL).card
    assert card.distribution is not None
    again = card_from_json(card_to_json(card))
    drawn = np.array([draw_device(again, seed).value("set_voltage") for seed in range(60)])
    assert np.std(np.log(drawn)) == pytest.approx(0.1, rel=0.8)
    assert np.median(drawn) == pytest.approx(TRUTH.value("set_voltage"), rel=0.15)
    assert draw_device(card, 3).parameters == draw_device(again, 3).parameters
    assert draw_device(card, 3).value("slope") == card.value("slope")


def test_a_card_without_a_distribution_draws_nothing() -> None:
    with pytest.raises(FitError, match="holds no distribution"):
        draw_device(TRUTH, 1)


def test_synthetic_records_say_so_and_start_where_they_should(records: MeasurementSet) -> None:
    assert all("synthetic" in sweep.comment for sweep in records.sweeps)
    sets = [sweep for sweep in records.sweeps if sweep.activity is Activity.SET]
    assert all(sweep.voltage[-1] == pytest.approx(1.5) for sweep in sets)
    assert all(abs(sweep.current[-1]) > 1e3 * abs(sweep.current[5]) for sweep in sets)


def test_further_cycles_are_told_their_own_values_with_the_shared_ones_held(records: MeasurementSet) -> None:
    drawn = synthetic_cycles(
        yakopcic.MODEL, TRUTH, PROTOCOL, {"set_voltage": 0.1, "reset_voltage": 0.1}, 8, seed=5
    ).values
    prepared = prepare_cell(records, "synthetic", "(0,0)")
    some = fit_prepared(records, spread_out(prepared, 4), yakopcic.MODEL)
    every = with_further_cycles(some, yakopcic.MODEL, prepared)
    assert every.places == tuple(range(8))
    assert every.card is some.card
    for place, cycle in zip(every.places, every.cycles, strict=True):
        assert cycle["set_voltage"] == pytest.approx(drawn[place]["set_voltage"], rel=0.05)
    kept = dict(zip(some.places, some.cycles, strict=True))
    assert all(every.cycles[place] == kept[place] for place in some.places)
    assert with_further_cycles(every, yakopcic.MODEL, prepared) is every
