"""The examples do what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from memchar.config import PipelineConfig, load_config
from memchar.effectsplan import load_effects
from memchar.plan import AxisPlan, Corners, MonteCarlo, Plan, ProcedurePlan, load_plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_the_example_configuration_is_the_default_and_names_every_key():
    path = EXAMPLES / "pipeline.toml"
    assert load_config(path) == PipelineConfig()
    text = path.read_text()
    for name, section in PipelineConfig():
        assert f"[{name}]" in text
        for key in type(section).model_fields:
            assert f"{key} = " in text, f"{name}.{key}"


def test_the_example_plan_can_be_read_and_names_every_key():
    path = EXAMPLES / "plan.toml"
    plan = load_plan(path)
    assert plan.procedures["neuron_fire"].refined == ("input_current",)
    text = path.read_text()
    for section in (AxisPlan, ProcedurePlan, Corners, MonteCarlo):
        for key in section.model_fields:
            assert f"{key} = " in text or f".{key}." in text, f"{section.__name__}.{key}"
    assert all(f"[{key}" in text for key in Plan.model_fields)


def test_the_example_effects_can_be_read_and_name_every_key():
    path = EXAMPLES / "effects.toml"
    plan, text = load_effects(path), path.read_text()
    for name, section in plan:
        assert f"[{name}]" in text
        for key in type(section).model_fields:
            assert f"\n{key} = " in text, f"{name}.{key}"


def test_the_python_example_runs():
    command = [sys.executable, str(EXAMPLES / "from_sweep_to_deck.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "synthetic" in done.stdout
    current = float(done.stdout.split(" give ")[1].split(" uA")[0])
    # Four cells of about 20.7 kohm at 0.1 V, less what the idle cells take away.
    assert 0.9 * 4 * 0.1 / 20.7e3 < current * 1e-6 < 4 * 0.1 / 20.6e3
