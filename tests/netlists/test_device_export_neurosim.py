"""NeuroSim's lines: documented names, its own pulse model with them gives the measured curve, a compiler takes them."""

import math
import re
import shutil
import subprocess

import numpy as np
import pytest
from handmade import close
from pulsetrains import real_trains, synthetic_trains
from scipy.optimize import brentq

from measurements.pulses import PulseDirection
from netlists.device_export import DeviceSource, PulseProgramme, export_device, simulated_trains
from netlists.device_export.neurosim import nonlinearity_label
from netlists.device_export.pulsesteps import pulse_steps

# Members of RealDevice that its constructor sets in Cell.cpp of MLP+NeuroSim V3.0.
DOCUMENTED = {
    *("maxConductance", "minConductance", "readVoltage", "readPulseWidth", "writeVoltageLTP", "writeVoltageLTD"),
    *("writePulseWidthLTP", "writePulseWidthLTD", "maxNumLevelLTP", "maxNumLevelLTD", "nonlinearWrite", "NL_LTP"),
    *(
        "NL_LTD",
        "sigmaDtoD",
        "sigmaCtoC",
        "readNoise",
        "sigmaReadNoise",
        "maxConductanceVar",
        "minConductanceVar",
        "NL",
    ),
}
# Entries of its table of labels: label -> A/Pmax.
TABLE = {0.01: 126.268958, 0.1: 12.625807, 0.5: 2.519877, 1.51: 0.819477, 3.01: 0.3853, 6.01: 0.1351, 7.51: 0.0702}


def block_of(trains, **more) -> str:
    return export_device("neurosim", DeviceSource(trains=tuple(trains), **more))[""]


def entries(block: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+) = (.*?);", block, re.MULTILINE))


@pytest.mark.parametrize("label", TABLE)
def test_the_label_is_that_of_the_published_table(label) -> None:
    assert nonlinearity_label(1 / TABLE[label]) == close(label, rel=2e-3)
    assert nonlinearity_label(-1 / TABLE[label]) == close(-label, rel=2e-3)


def test_names_are_documented_and_each_is_a_value_or_a_comment() -> None:
    block = block_of(synthetic_trains(20, write_noise=5e-7, read_noise=5e-7))
    found = entries(block)
    missing = set(re.findall(r"^// (\w+): not in the data", block, re.MULTILINE))
    assert set(found) | missing == DOCUMENTED
    assert not set(found) & missing
    assert {"sigmaDtoD", "writeVoltageLTP", "maxConductanceVar", "readPulseWidth"} <= missing
    assert float(found["maxConductance"]) > float(found["minConductance"]) > 0


def curve(found: dict[str, str], side: str) -> np.ndarray:
    """G after 0, 1, … pulses by NeuroSim's model, from the written values alone."""
    high, low = float(found["maxConductance"]), float(found["minConductance"])
    label, pulses = float(found[f"NL_{side}"]), int(found[f"maxNumLevel{side}"])
    size = brentq(lambda nu: nonlinearity_label(nu) - abs(label), 1e-3, 500.0)
    a = math.copysign(pulses / size, label)
    b = (high - low) / (1 - math.exp(-pulses / a))
    place = np.arange(pulses + 1.0) if side == "LTP" else pulses - np.arange(pulses + 1.0)
    return b * (1 - np.exp(-place / a)) + low


@pytest.mark.parametrize("source", ["synthetic", "real"])
def test_neurosims_model_with_these_values_follows_the_trains(source, request) -> None:
    real = source == "real"
    trains = real_trains(request.getfixturevalue("shared_data")) if real else synthetic_trains(20, write_noise=3e-7)
    found = entries(block_of(trains))
    span = float(found["maxConductance"]) - float(found["minConductance"])
    for side, way in zip(("LTP", "LTD"), PulseDirection, strict=True):
        curves = [t.conductance for t in trains if t.direction is way]
        length = min(map(len, curves))
        mean = np.mean([c[:length] for c in curves], axis=0)
        # one exponential is a coarse form: within 6 % of the range
        assert np.abs(curve(found, side)[:length] - mean[: curve(found, side).size]).max() < 0.06 * span


def test_a_curve_fast_at_first_has_a_positive_ltp_and_a_negative_ltd_label() -> None:
    found = entries(block_of(synthetic_trains(10, write_noise=1e-7)))
    # truth: steps up shrink with conductance, steps down shrink on the way down: both are fast at first
    assert float(found["NL_LTP"]) > 0.5
    assert float(found["NL_LTD"]) < -0.5


def test_update_noise_is_that_of_the_truth() -> None:
    trains = synthetic_trains(40, write_noise=5e-7, read_noise=1e-7)
    found = entries(block_of(trains))
    factor = float(found["sigmaCtoC"].split(" * ")[0])
    assert factor * (pulse_steps(trains).highest - pulse_steps(trains).lowest) == close(5e-7, rel=0.1)


def test_pulses_simulated_from_a_card_give_their_voltages_and_are_marked() -> None:
    from devicefit.models.registry import published_card

    card = published_card("yakopcic", "Miao TaOx")
    trains = simulated_trains(card, PulseProgramme(0.2, -0.9, 5e-3, 60, 0.05))
    block = block_of(trains, card=card)
    found = entries(block)
    assert (found["writeVoltageLTP"], found["writeVoltageLTD"], found["writePulseWidthLTP"]) == ("0.2", "0.9", "0.005")
    assert "simulated: True" in block
    assert "sigmaReadNoise" not in found


def test_a_compiler_takes_the_lines(tmp_path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    block = block_of(synthetic_trains(20, write_noise=5e-7, read_noise=5e-7))
    members = ", ".join(sorted(DOCUMENTED - {"nonlinearWrite", "readNoise", "maxNumLevelLTP", "maxNumLevelLTD"}))
    (tmp_path / "cell.cpp").write_text(
        f"struct RealDevice {{ double {members}; int maxNumLevelLTP, maxNumLevelLTD; bool nonlinearWrite, readNoise;\n"
        f"RealDevice() {{\n{block}\n}} }};\nint main() {{ RealDevice d; return d.maxConductance > 0 ? 0 : 1; }}\n"
    )
    done = subprocess.run(
        ["g++", "-Wall", "-o", "cell", "cell.cpp"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "cell"], check=False).returncode == 0
