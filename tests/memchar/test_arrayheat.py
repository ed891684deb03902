"""`memchar heat-array`: a whole array read and programmed, its heat, its sneak paths, its picture."""

from __future__ import annotations

import json

import numpy as np
import pytest

from devicefit.heat import assumed_degradation
from devicefit.synthesis import reference_truth
from measurements.errors import InputError
from memchar.arrayheat import ArrayHeatPlan, array_heat, load_array_plan, sneak_paths
from memchar.cli import run

SMALL = {"rows": 3, "columns": 4, "line_width": 1e-6, "pitch": 3e-6, "pad_distance": 5e-6}


def test_heat_is_what_the_cells_take_and_all_of_it_leaves() -> None:
    plan = ArrayHeatPlan(**SMALL, select_resistance=1e3, on_fraction=1.0, wire_resistance=0.0)
    found = array_heat(plan, reference_truth(), assumed_degradation())
    assert found.reading.power.shape == (2, 3, 4)
    on = 1.0 / found.cells[0, 0, 0] - 1e3
    # driver 67 ohm before four cells, 10 ohm behind three
    row = 0.3 / (67.0 + (1e3 + on + 3 * 10.0) / 4)
    assert found.reading.power[1, 2, 3] == pytest.approx((row / 4) ** 2 * on, rel=1e-6)
    assert found.reading.given == pytest.approx(found.reading.power.sum(), rel=1e-9)


def test_the_upper_layer_is_warmer_and_an_insulated_array_warmer_still() -> None:
    plan = ArrayHeatPlan(**SMALL, select_resistance=1e3)
    cooled = array_heat(plan, reference_truth(), assumed_degradation())
    warm = array_heat(plan, reference_truth(), assumed_degradation(), insulated=True)
    assert cooled.programming.own_rise[1].mean() > cooled.programming.own_rise[0].mean()
    assert cooled.programming.other_layer_rise.max() > 0.0
    assert warm.programming.worst_rise.max() > cooled.programming.worst_rise.max()
    one = array_heat(plan.model_copy(update={"layers": 1}), reference_truth(), assumed_degradation())
    assert one.programming.other_layer_rise.max() == 0.0


def test_floating_rows_let_currents_sneak_and_shared_lines_more() -> None:
    alone = {path.scheme: path for path in sneak_paths(ArrayHeatPlan(**SMALL, layers=1), 1e-3, 1e-8)}
    assert set(alone) == {"other rows at 0 V", "other rows floating"}
    assert alone["other rows floating"].error > 3 * alone["other rows at 0 V"].error
    plan = ArrayHeatPlan(**SMALL, shared_lines=True)
    stacked = {path.scheme: path for path in sneak_paths(plan, 1e-3, 1e-8)}
    assert len(stacked) == 4
    # columns of the other layer that float give the current more ways around the off cell
    both = stacked["other rows and layer floating"]
    assert both.error > 3 * stacked["other rows floating"].error > 0.05
    assert all(path.own == pytest.approx(1e-8 * 0.3, rel=0.4) for path in alone.values())
    own_lines = sneak_paths(plan.model_copy(update={"shared_lines": False}), 1e-3, 1e-8)
    assert [path.column for path in own_lines] == pytest.approx([path.column for path in alone.values()])


def test_the_command_gives_maps_and_a_picture(tmp_path, capsys) -> None:
    arguments = ["heat-array", "--rows", "3", "--columns", "4", "--pitch", "3u", "--line-width", "1u"]
    plan = tmp_path / "plan.toml"
    plan.write_text("pad_distance = 5e-6\nselect_resistance = 1e3\n", encoding="utf-8")
    arguments.insert(1, str(plan))
    assert run([*arguments, "--figure", str(tmp_path / "array.png"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert np.shape(document["oxidised_wafer"]["programmed"]["kept [1]"]) == (2, 3, 4)
    assert document["plan"]["pad_distance"] == 5e-6
    assert (tmp_path / "array.png").read_bytes()[:4] == b"\x89PNG"
    assert run([*arguments, "--layers", "1"]) == 0
    text = capsys.readouterr().out
    assert "warmest victim" in text
    assert "other rows floating" in text


def test_an_unknown_key_or_three_layers_are_refused(tmp_path, capsys) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text("storeys = 2\n", encoding="utf-8")
    with pytest.raises(InputError, match="storeys"):
        load_array_plan(plan, {})
    assert run(["heat-array", "--layers", "3"]) == 2
    assert "layers" in capsys.readouterr().err
