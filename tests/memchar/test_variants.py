"""The variants of a plan: which there are, with which seeds and device; what the cards cannot give is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from devicefit import reference_truth
from devicefit.estimation.distributions import JointDistribution, Quantity
from devicefit.estimation.laws import Distribution
from devicefit.models.registry import published_card
from measurements.errors import InputError
from memchar.config import PipelineConfig
from memchar.pipeline import compose, technology_of
from memchar.plan import ProcedureName
from memchar.plancount import plan_rows
from memchar.run import require_all_procedures
from memchar.variants import Variant, check_variants, config_of, device_of, seeds, variants


def config(**plan: object) -> PipelineConfig:
    return PipelineConfig.model_validate({"plan": plan})


def test_what_a_plan_does_not_name_is_the_pipelines_own() -> None:
    own = PipelineConfig.model_validate(
        {
            "neuron": {"corner": "ff", "supply_voltage": 2.0},
            "simulation": {"temperature": 320.0},
            "plan": {"corners": {"process": ["ss", "sf"]}},
        }
    )
    assert variants(own) == (Variant("ss", 2.0, 320.0, 0), Variant("sf", 2.0, 320.0, 0))
    assert variants(PipelineConfig()) == (Variant("typical", 1.8, 300.15, 0),)
    there = config_of(own, variants(own)[1])
    assert (there.neuron.corner, there.neuron.supply_voltage, there.simulation.temperature) == ("sf", 2.0, 320.0)
    technology = technology_of(there)
    assert (technology.corner, technology.temperature, technology.mismatch_seed) == ("sf", 320.0, None)


def test_labels_tell_close_variants_apart() -> None:
    assert len({Variant("ff", 1.8, t, 0).label for t in (300.15, 300.15001, 300.2)}) == 3


def test_seeds_are_those_of_the_draw_and_of_what_is_drawn() -> None:
    both = config(monte_carlo={"draws": 3, "seed": 4})
    assert seeds(both, 0).device is None
    assert seeds(both, 0).mismatch is None
    drawn = [seeds(both, number) for number in (1, 2, 3)]
    assert len({seed for pair in drawn for seed in (pair.device, pair.mismatch)}) == 6
    assert seeds(config(monte_carlo={"draws": 3, "seed": 5}), 1) != drawn[0]
    one = seeds(config(monte_carlo={"draws": 1, "seed": 4, "device": False}), 1)
    assert (one.device, one.mismatch) == (None, drawn[0].mismatch)
    assert technology_of(both, 2).mismatch_seed == drawn[1].mismatch


def test_a_device_is_drawn_from_the_cards_distribution() -> None:
    plan = config(monte_carlo={"draws": 2})
    with pytest.raises(InputError, match="holds no distribution to draw devices from; fit five or more cycles"):
        check_variants(reference_truth(), plan)
    check_variants(reference_truth(), config(monte_carlo={"draws": 2, "device": False}))
    check_variants(reference_truth(), config(monte_carlo={"draws": 2}, procedures={"neuron_leak": {}}))
    law = Distribution("normal", {"mean": 3.0, "standard_deviation": 0.3})
    law = JointDistribution((Quantity("on_slope", "1/V", law, {}, 50),), np.eye(1))
    card = replace(reference_truth(), distribution=law)
    check_variants(card, plan)
    found = [device_of(card, plan, draw).value("on_slope") for draw in (0, 1, 2)]
    assert found[0] == reference_truth().value("on_slope")
    assert len(set(found)) == 3
    decks = {compose(card, plan, draw).samples["column_read"].key for draw in (0, 1, 2)}
    assert len(decks) == 3


def test_the_transistors_of_every_procedure_are_drawn() -> None:
    named = {name: {} for name in get_args(ProcedureName) if name != "column_read"}
    plan = config(procedures=named, monte_carlo={"draws": 2, "device": False})
    check_variants(reference_truth(), plan)
    drawn = [compose(reference_truth(), plan, draw) for draw in (0, 1, 2)]
    for number, procedure in enumerate(drawn[0].procedures):
        point = {axis.name: axis.values[-1] for axis in procedure.axes()}
        same = [one.procedures[number] for one in drawn]
        assert len({one.deck(point).key for one in same}) == 3, procedure.name
        found = [one.settings().get("mismatch_seed") for one in same]
        assert found == [None, *(seeds(plan, draw).mismatch for draw in (1, 2))]


def test_a_whole_run_needs_the_tables_of_the_evaluation() -> None:
    require_all_procedures(PipelineConfig())
    circuits = "neuron_charge, neuron_comparator, neuron_fire, neuron_leak_gate, neuron_trip"
    missing = f"column_read, {circuits}, which the evaluation"
    with pytest.raises(InputError, match=f"leaves out {missing}"):
        require_all_procedures(config(procedures={"neuron_leak": {}}))


def test_a_device_without_a_law_for_the_temperature_is_refused_or_held() -> None:
    hot = {"temperature": [300.15, 350.0]}
    with pytest.raises(InputError, match=r"column_read at 350 K: in the model threshold-memdiode .* does not depend"):
        check_variants(reference_truth(), config(corners=hot))
    with pytest.raises(InputError, match=r"vteam has no ambient temperature; set corners.device_temperature"):
        check_variants(published_card("vteam", "exponential law"), config(corners=hot))
    held = config(corners={**hot, "device_temperature": "card"})
    check_variants(reference_truth(), held)
    assert device_of(reference_truth(), config_of(held, variants(held)[1])) == reference_truth()
    check_variants(reference_truth(), config(corners=hot, procedures={"neuron_fire": {}}))


def test_a_device_with_a_law_follows_the_temperature() -> None:
    card, plan = published_card("jart-vcm-v1b", "HfO2/TiOx"), config(corners={"temperature": [300.15, 350.0]})
    check_variants(card, plan)
    nominal, hot = (device_of(card, config_of(plan, variant)) for variant in variants(plan))
    assert nominal == card
    assert hot.value("ambient_temperature") == 350.0


def test_decks_that_are_the_same_in_two_variants_are_counted_once() -> None:
    plan = {"corners": {"process": ["typical", "ff"], "temperature": [300.15, 350.0], "device_temperature": "card"}}
    drawn = config(**plan, monte_carlo={"draws": 2, "device": False})
    rows = {row.procedure: row for row in plan_rows(drawn, compose(reference_truth(), drawn).procedures, 10)}
    assert (rows["column_read"].variants, rows["neuron_leak"].variants) == (1, 2 * 2 * 3)
    assert rows["neuron_leak"].runs == 2 * (27 * 7 + 10) * 12
    mine = config(**plan, monte_carlo={"draws": 2, "mismatch": False})
    rows = {row.procedure: row for row in plan_rows(mine, compose(reference_truth(), mine).procedures)}
    assert (rows["column_read"].variants, rows["neuron_leak"].variants) == (3, 4)


def test_nominal_decks_do_not_know_of_plans() -> None:
    plain = compose(reference_truth(), PipelineConfig()).samples
    varied = compose(reference_truth(), config(corners={"process": ["typical"], "temperature": [300.15]})).samples
    assert {name: deck.key for name, deck in plain.items()} == {name: deck.key for name, deck in varied.items()}
