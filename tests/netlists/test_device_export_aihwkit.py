"""The aihwkit preset: documented arguments, nothing invented, and the measured curve from the real kit where it is."""

import json
import subprocess

import numpy as np
import pytest
from handmade import close
from pulsetrains import real_trains, synthetic_trains
from simulators import python_with

from measurements.pulses import PulseDirection
from netlists.device_export.aihwkit import INSTRUCTIONS, NOT_MEASURED, aihwkit_preset
from netlists.device_export.pulsesteps import pulse_steps

# Arguments of PulsedDevice and PiecewiseStepDevice in aihwkit 1.1.0, simulator/configs/devices.py.
WORDS = """
construction_seed corrupt_devices_prob corrupt_devices_range diffusion diffusion_dtod drift dw_min dw_min_dtod
dw_min_dtod_log_normal dw_min_std enforce_consistency lifetime lifetime_dtod perfect_bias reset reset_dtod reset_std
up_down up_down_dtod w_max w_max_dtod w_min w_min_dtod count_pulses piecewise_up piecewise_down write_noise_std
apply_write_noise_on_set
"""
DOCUMENTED = set(WORDS.split())

RUN = """
import sys, torch, aihwkit.nn
{instructions}
config.update.update_bl_management = config.update.update_management = False
config.update.desired_bl = 1
config.forward.is_perfect = False
layer = aihwkit.nn.AnalogLinear(200, 1, bias=False, rpu_config=config)
tile = next(layer.analog_tiles())
tile.set_learning_rate(1.0)
found = {{"name": type(device).__name__, "dw_min": device.dw_min, "w_noise": config.forward.w_noise}}
for name, way, start in (("up", 1.0, -1.0), ("down", -1.0, 1.0)):
    tile.set_weights(torch.full((1, 200), start))
    means, spreads = [start], []
    for _ in range(140):
        before = tile.get_weights()[0].numpy().copy()
        tile.update(-torch.ones(1, 200), torch.full((1, 1), way))
        after = tile.get_weights()[0].numpy()
        means.append(float(after.mean()))
        spreads.append(float((after - before).std() / abs((after - before).mean())))
    found[name] = means
    found[name + "_spread"] = sum(spreads[:70]) / 70  # before the first devices reach an end
print(json.dumps(found))
"""


def preset_of(trains):
    return json.loads(aihwkit_preset(pulse_steps(trains), {"provenance": {"cell": "synthetic"}}))


def test_arguments_are_documented_ones_and_the_unmeasured_are_off_and_named() -> None:
    preset = preset_of(synthetic_trains(20, write_noise=5e-7, read_noise=1e-7))
    assert set(preset["arguments"]) <= DOCUMENTED
    assert set(NOT_MEASURED) <= DOCUMENTED
    for name in set(NOT_MEASURED) - {"drift"}:
        assert preset["arguments"][name] == 0.0
        assert name in preset["not_measured"]
    assert "drift" in preset["not_measured"]
    up, down = (np.array(preset["arguments"][f"piecewise_{way}"]) for way in ("up", "down"))
    assert up.size == down.size < 64
    half = (preset["conductance_at_weight"]["1"] - preset["conductance_at_weight"]["-1"]) / 2
    np.testing.assert_allclose(up * preset["arguments"]["dw_min"] * half, np.linspace(4e-6, 2e-6, up.size), rtol=0.1)
    np.testing.assert_allclose(down * preset["arguments"]["dw_min"] * half, np.linspace(2e-6, 6e-6, up.size), rtol=0.1)


def test_without_visible_read_noise_none_is_written() -> None:
    preset = preset_of(synthetic_trains(3))
    assert preset["forward"] == {}
    assert "w_noise" in preset["not_measured"]


@pytest.mark.parametrize("source", ["synthetic", "real"])
def test_aihwkit_itself_follows_the_measured_trains(source, tmp_path, request) -> None:
    python = python_with("aihwkit")
    if source == "real":
        trains = real_trains(request.getfixturevalue("shared_data"))
    else:
        trains = synthetic_trains(20, write_noise=5e-7, read_noise=1e-7)
    steps = pulse_steps(trains)
    text = aihwkit_preset(steps, {})
    (tmp_path / "preset.json").write_text(text)
    script = RUN.format(instructions="\n".join(INSTRUCTIONS))
    done = subprocess.run([python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found, preset = json.loads(done.stdout.splitlines()[-1]), json.loads(text)
    assert found["name"] == "PiecewiseStepDevice"
    assert found["dw_min"] == preset["arguments"]["dw_min"]
    assert found["w_noise"] == preset["forward"]["w_noise"]
    for name, way in zip(("up", "down"), PulseDirection, strict=True):
        curves = [t.conductance for t in trains if t.direction is way]
        length = min(*map(len, curves), 141)
        weight = 2 * (np.mean([c[:length] for c in curves], axis=0) - steps.lowest) / (steps.highest - steps.lowest) - 1
        assert np.abs(weight - found[name][:length]).max() < 0.05  # of a range of 2
        assert found[f"{name}_spread"] == close(preset["arguments"]["dw_min_std"], rel=0.1)
