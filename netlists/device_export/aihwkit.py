"""A preset for the IBM Analog Hardware Acceleration Kit: `PiecewiseStepDevice` from measured update curves.

aihwkit (M. J. Rasch et al., IEEE AICAS 2021, doi 10.1109/AICAS51828.2021.9458494) has devices whose step follows a
formula (constant, linear, exponential, power) and one that interpolates measured steps; the last assumes nothing
beyond the data and is taken. Its arguments are those of `aihwkit.simulator.configs.devices.PiecewiseStepDevice`.
The asymmetry of the two directions is in `piecewise_up` and `piecewise_down`, and `up_down` is 0: aihwkit 1.1.0 shrinks
only the weaker direction by it, where its documentation has (1 + up_down) and (1 - up_down).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from netlists.device_export.pulsesteps import PulseSteps
from netlists.device_export.updatemodel import update_model

FORMAT_VERSION = 1

NOT_MEASURED: Mapping[str, str] = {
    "dw_min_dtod": "step sizes of several devices",
    "up_down_dtod": "imbalance of several devices",
    "w_max_dtod": "upper ends of several devices",
    "w_min_dtod": "lower ends of several devices",
    "lifetime": "decay of the state over time",
    "diffusion": "random walk of the state over time",
    "drift": "power-law drift of the state over time",
    "corrupt_devices_prob": "yield of an array",
    "reset_std": "spread after a full reset",
}
"""Arguments that one cell's pulse trains do not determine, and the measurement that would. They are written as 0
(switched off), since aihwkit has defaults of its own (0.3 for most spreads)."""

PERIPHERY = "converters, bounds and output noise of the array are not of the device: set them to your circuit"

INSTRUCTIONS = (
    "import json; from aihwkit.simulator import configs",
    "from aihwkit.simulator.parameters.enums import WeightNoiseType",
    "preset = json.load(open('preset.json'))",
    "device = getattr(configs, preset['device'])(**preset['arguments'])",
    "config = configs.SingleRPUConfig(device=device)",
    "config.forward.w_noise = preset['forward'].get('w_noise', 0.0)",
    "config.forward.w_noise_type = WeightNoiseType(preset['forward'].get('w_noise_type', 'None'))",
)


def aihwkit_preset(steps: PulseSteps, about: Mapping[str, Any]) -> str:
    """The preset as JSON text: device class, its arguments, forward noise, what is not measured, provenance.

    Weight -1 is the lowest and 1 the highest conductance of the range; `conductance_at_weight` gives both in siemens.
    """
    model = update_model(steps)
    forward: dict[str, Any] = {}
    missing = {name: f"needs {what}; switched off" for name, what in NOT_MEASURED.items()}
    if model.read_noise is None:
        missing["w_noise"] = "the reads show no noise apart from that of the updates; left off"
    else:
        forward = {"w_noise": model.read_noise, "w_noise_type": "AdditiveConstant"}
    arguments = {
        "dw_min": model.minimum_step,
        "dw_min_std": model.noise,
        "up_down": 0.0,
        "w_min": -1.0,
        "w_max": 1.0,
        "piecewise_up": model.up.tolist(),
        "piecewise_down": model.down.tolist(),
        **{name: 0.0 for name in NOT_MEASURED if name != "drift"},
    }
    document = {
        "format": "memchar aihwkit preset",
        "format_version": FORMAT_VERSION,
        "device": "PiecewiseStepDevice",
        "arguments": arguments,
        "forward": forward,
        "conductance_at_weight": {"-1": steps.lowest, "1": steps.highest},
        "read_voltage": steps.read_voltage,
        "imbalance": model.imbalance,
        "not_measured": missing,
        "periphery": PERIPHERY,
        "instructions": INSTRUCTIONS,
        **about,
    }
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=True) + "\n"
