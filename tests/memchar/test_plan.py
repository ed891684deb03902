"""The plan: read, refused, counted; no simulator is started."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from circuits import NeuronFireProcedure, NeuronLeakProcedure
from devicefit import reference_truth
from measurements.errors import InputError
from memchar.config import PipelineConfig
from memchar.pipeline import compose
from memchar.plan import Plan, ProcedureName, load_plan, planned
from memchar.plancount import SECONDS_A_RUN, plan_lines, plan_rows
from memchar.variants import variants
from netlists import Neuron, load_technology

PLAN = """
[procedures.neuron_fire]
tolerance = 0.02
check_points = 20

[procedures.neuron_fire.axes.input_current]
low = 1e-7
high = 1e-4
points = 4
refine = true

[procedures.neuron_fire.axes.initial_voltage]
values = [0.0, 0.3]

[corners]
process = ["typical", "ff", "ss"]
supply_voltage = [1.62, 1.98]
temperature = [300.15]

[monte_carlo]
draws = 4
seed = 3
"""


@pytest.fixture
def fire() -> NeuronFireProcedure:
    return NeuronFireProcedure(Neuron(), load_technology())


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


def test_axes_are_given_or_spread_on_their_own_scale(tmp_path: Path, fire: NeuronFireProcedure) -> None:
    plan = load_plan(written(tmp_path, PLAN))
    procedure = planned(plan, fire)
    assert isinstance(procedure, NeuronFireProcedure)
    assert procedure.initial_voltage == (0.0, 0.3)
    assert procedure.input_current == pytest.approx((1e-7, 1e-6, 1e-5, 1e-4))
    assert plan.procedures["neuron_fire"].refined == ("input_current",)


def test_every_corner_and_draw_is_counted(tmp_path: Path, fire: NeuronFireProcedure) -> None:
    config = PipelineConfig(plan=load_plan(written(tmp_path, PLAN)))
    found = variants(config)
    assert len(found) == 3 * 2 * 1 * 5
    assert len({variant.label for variant in found}) == 30
    assert (found[0].label, found[1].label) == ("typical_1.62V_300.15K", "typical_1.62V_300.15K_draw1")
    (row,) = plan_rows(config, [fire, NeuronLeakProcedure(fire.neuron, fire.technology)])
    # Draws get the grid that their corner was refined to: only the 6 corners are checked on the way.
    assert (row.points, row.variants, row.runs) == (8, 30, 2 * (8 * 30 + 20 * 6))
    lines = plan_lines([row], 2)
    assert lines[0].startswith("neuron_fire: initial_voltage(2) x input_current(4+) = 8 points, 30 variants, 720 runs")
    assert lines[-1].startswith("720 ngspice runs, about 40 s on 2 processes; axes marked +")


def test_the_defaults_are_the_procedures_own_grids(fire: NeuronFireProcedure) -> None:
    assert planned(Plan(), fire) == fire
    (row,) = plan_rows(PipelineConfig(), [fire])
    assert row.runs == 2 * 5 * 13
    only_refine = Plan.model_validate({"procedures": {"neuron_fire": {"axes": {"input_current": {"refine": True}}}}})
    assert planned(only_refine, fire) == fire


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("speed = 1", "speed: Extra inputs are not permitted"),
        ("[procedures.neuron_walk]", "procedures.neuron_walk"),
        ("[procedures.neuron_fire]\ntollerance = 0.1", "procedures.neuron_fire.tollerance: Extra"),
        ("[procedures.neuron_fire.axes.input_current]\nvalues = [2.0, 1.0]", "values must rise"),
        ("[procedures.neuron_fire.axes.input_current]\nlow = 1.0", "give values, or low, high and points"),
        ("[procedures.neuron_fire.axes.input_current]\nlow = 2.0\nhigh = 1.0\npoints = 3", "low must be below high"),
        ("[procedures.neuron_fire.axes.input_current]\nvalues = [1.0]\nlow = 2.0", "not both"),
        ("[procedures.neuron_fire.axes.input_current]\nvalues = [1.0, inf]", "finite"),
        ('[corners]\nprocess = ["typical", "fast"]', "corners.process.1"),
        ('[corners]\nprocess = ["ff", "ff"]', "stands twice"),
        ("[corners]\nsupply_voltage = [18.0]", "corners.supply_voltage.0"),
        ("[corners]\ntemperature = [27.0]", "corners.temperature.0"),
        ("[monte_carlo]\ndraws = -1", "monte_carlo.draws"),
        ("[monte_carlo]\ndraws = 1\ndevice = false\nmismatch = false", "draws of nothing"),
        ("[procedures]", "name at least one procedure"),
        ("procedures = [", "is not a TOML file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_plan(written(tmp_path, text))
    assert message in str(caught.value)
    assert "plan.toml" in str(caught.value)


def test_axes_a_procedure_has_not_and_values_it_cannot_take(fire: NeuronFireProcedure) -> None:
    def plan(axis: str, content: dict[str, object]) -> Plan:
        return Plan.model_validate({"procedures": {"neuron_fire": {"axes": {axis: content}}}})

    with pytest.raises(InputError, match="no axis speed; there are initial_voltage, input_current"):
        planned(plan("speed", {"values": [1.0]}), fire)
    with pytest.raises(InputError, match="low must be above 0"):
        planned(plan("input_current", {"low": -1.0, "high": 1.0, "points": 3}), fire)
    with pytest.raises(InputError, match="positive values"):
        planned(plan("input_current", {"values": [-1.0, 1.0]}), fire)


def test_too_much_is_refused(tmp_path: Path, fire: NeuronFireProcedure) -> None:
    with pytest.raises(InputError, match="at most 10000000 are run"):
        plan_rows(PipelineConfig.model_validate({"plan": {"monte_carlo": {"draws": 100_000}}}), [fire])
    with pytest.raises(InputError, match="a plan at most"):
        load_plan(written(tmp_path, "#" * ((1 << 20) + 1)))
    with pytest.raises(InputError, match="cannot be read"):
        load_plan(tmp_path / "none.toml")


def test_the_estimate_knows_every_procedure() -> None:
    assert set(SECONDS_A_RUN) == set(get_args(ProcedureName))


def test_the_decoder_is_characterized_where_a_plan_names_it() -> None:
    plan = {"procedures": {"decoder_tie": {}, "decoder_timeout": {"axes": {"timer_bias": {"values": [1e-7]}}}}}
    config = PipelineConfig.model_validate({"plan": plan, "decoder": {"inputs": 5}, "neuron": {"corner": "ss"}})
    tie, wait = compose(reference_truth(), config).procedures
    assert [procedure.name for procedure in (tie, wait)] == ["decoder_tie", "decoder_timeout"]
    assert wait.axes()[0].values == (1e-7,)
    assert tie.settings()["decoder_inputs"] == 5
    assert tie.settings()["technology"] == "gf180mcu ss"
