"""`memchar monte-carlo`: finished chips are kept and taken up again; rows, origins, picture; the effects file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from devicefit import reference_truth
from evaluator.chips import ChipResult, ChipWork, Effects, ReadNoise, StuckCells, montecarlo
from measurements.errors import InputError
from memchar.chipfigure import chip_figure
from memchar.effectsplan import EffectsPlan, effects_of, load_effects, origins
from memchar.montecarlo import chip_lines, chip_rows, finished_chips, settings_key, simulate_chips

EXAMPLE = Path(__file__).parents[2] / "examples" / "effects.toml"
EFFECTS = Effects(read_noise=ReadNoise(0.1), stuck_cells=StuckCells(0.1, 0.1))
HEAD = {"images": 100, "key": settings_key("these"), "from_card": {}, "assumed": {"read_noise": {"relative": 0.1}},
        "not_known": {"drift": "no drift was given"}}  # fmt: skip
WORKS = montecarlo.plan_chips(EFFECTS, 6, 2)


def chip(work: ChipWork) -> ChipResult:
    """A made-up result that depends on the work alone."""
    accuracy = {"none": 0.98, "all": 0.90, "read_noise": 0.95, "stuck_cells": 0.92}[work.group] - 0.01 * work.number
    return ChipResult(work.group, work.number, round(100 * accuracy), accuracy, 0.0, 1e-10, 1e-6, 1e-4, 0.1, 0)


@pytest.fixture
def simulated(monkeypatch):
    """Numbers of the chips that were simulated; the simulation itself is replaced."""
    done = []

    def run_chip(_setting, work):
        done.append((work.group, work.number))
        return chip(work)

    monkeypatch.setattr(montecarlo, "run_chip", run_chip)
    return done


def silent(_done, _total):
    pass


def test_an_interrupted_run_keeps_its_chips_and_goes_on(tmp_path, simulated):
    path = tmp_path / "chips.json"

    def interrupt(done, _total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_chips(None, WORKS, HEAD, path, interrupt)
    assert json.loads(path.read_text())["chips_finished"] == len(simulated) == 4
    simulated.clear()
    document = simulate_chips(None, WORKS, HEAD, path, silent)
    assert len(simulated) == len(WORKS) - 4
    assert document == json.loads(path.read_text()) == simulate_chips(None, WORKS, HEAD, None, silent)
    assert document["chips_finished"] == document["chips_planned"] == len(WORKS)


def test_chips_of_other_settings_or_a_damaged_file_are_not_taken_up(tmp_path, simulated):
    path = tmp_path / "chips.json"
    simulate_chips(None, WORKS, HEAD, path, silent)
    assert finished_chips(path, "another") == {}
    assert len(finished_chips(path, HEAD["key"])) == len(WORKS)
    path.write_text(path.read_text()[:200])
    assert finished_chips(path, HEAD["key"]) == {}
    assert settings_key("a", 1) != settings_key("a", 2)
    simulated.clear()


def test_groups_say_which_interval_is_which(simulated):
    document = simulate_chips(None, WORKS, HEAD, None, silent, least=0.87)
    everything = document["groups"]["all"]
    assert everything["accuracy"]["mean"] == pytest.approx(np.mean([0.90 - 0.01 * k for k in range(6)]))
    over_images, over_chips = everything["accuracy_interval_over_images"], everything["accuracy"]["interval"]
    assert over_images["low"] < over_chips["low"] < everything["accuracy"]["mean"] < over_chips["high"]
    assert everything["yield"]["share"] == pytest.approx(4 / 6)
    assert everything["yield"]["low"] < 4 / 6 < everything["yield"]["high"]
    rows = chip_rows(document)
    assert [row[0] for row in rows] == ["effects", "all", "none", "read noise", "stuck cells"]
    assert rows[2][3] == "one chip"
    lines = chip_lines(document)
    assert "Student" in lines[0]
    assert "Wilson" in lines[0]
    assert "assumed: read noise: relative 0.1" in lines
    assert "not in it: drift: no drift was given" in lines
    assert chip_figure(document).startswith(b"\x89PNG")
    assert simulated


def test_the_example_gives_all_effects_and_the_card_gives_none_of_them():
    card, plan = reference_truth(), load_effects(EXAMPLE)
    effects = effects_of(plan, card)
    assert set(effects.names) >= {"read_noise", "drift", "stuck_cells", "thermal_disturb"}
    known, assumed, unknown = origins(plan, card)
    assert set(assumed) == {"read_noise", "drift", "stuck_cells", "thermal_disturb"}
    assert "device_spread" in unknown
    assert not set(known) & set(assumed)


def test_what_nobody_gave_is_said_and_not_invented():
    card = reference_truth()
    _, assumed, unknown = origins(EffectsPlan(), card)
    assert assumed == {}
    assert {"read_noise", "drift", "stuck_cells", "thermal_disturb"} <= set(unknown)


@pytest.mark.parametrize(("text", "message"), [
    ("[read_noise]\nrelative = -1", "read_noise.relative"),
    ("[noise]\nrelative = 1", "noise"),
    ("[drift]\nexponent = 0.1", "drift.age"),
    ("[stuck_cells]\non = 2", "stuck_cells.on"),
])  # fmt: skip
def test_a_wrong_effects_file_is_refused_by_key(tmp_path, text, message):
    path = tmp_path / "effects.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_effects(path)
