"""`memchar explain`: a line's deck, run by hand in ngspice, prints what the table holds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import pytest

from devicefit import reference_truth
from evaluator.traceline import EnergyLine, nearest_point
from evaluator.tracing import Trace
from measurements.errors import InputError
from memchar import pipeline
from memchar.config import PipelineConfig
from memchar.explain import cell_rows, deck_of, explain_document, merged_rows, points_of, write_decks
from memchar.plan import Plan

AXES = {"active_rows": [4], "device_resistance": [2e3, 1e4], "row_load": [0.0], "on_fraction": [0.4]}


@pytest.fixture(scope="module")
def card():
    return reference_truth()


@pytest.fixture(scope="module")
def tables(card):
    """A column of eight cells, two of its points, simulated in ngspice."""
    axes = {name: {"values": values} for name, values in AXES.items()}
    plan = Plan.model_validate({"procedures": {"column_read": {"axes": axes}}})
    config = PipelineConfig(plan=plan)
    config = config.model_copy(update={"array": config.array.model_copy(update={"tile_rows": 8})})
    return pipeline.characterize(pipeline.compose(card, config), config)


@pytest.fixture(scope="module")
def line(tables):
    point = nearest_point(tables["column_read"], {"active_rows": 4, "device_resistance": 1900.0, "on_fraction": 0.4})
    price = point.values["energy"] / point.values["charge"]
    return EnergyLine(1, "crossbar_1", "read pulses", "dynamic", 700.0, 4e-10, "C", price, "energy / charge", (point,),
                      {"device_resistance": 1900.0})  # fmt: skip


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
def test_the_deck_of_a_line_gives_its_figures_when_run_by_hand(tables, card, line, tmp_path):
    (path,) = write_decks(points_of([line, line]), tables, card, tmp_path)
    done = subprocess.run(["ngspice", "-b", path.name], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    printed = dict(re.findall(r"^(energy|charge)\s*=\s*(\S+)", done.stdout, re.MULTILINE))
    entry = json.loads((tmp_path / "decks.json").read_text())[path.name]
    assert entry["at"]["device_resistance"] == 2e3
    for name in ("energy", "charge"):
        assert float(printed[name]) == pytest.approx(entry["values"][name], rel=1e-3)
        assert entry["values"][name] == line.points[0].values[name]
    assert float(printed["energy"]) / float(printed["charge"]) == pytest.approx(line.each, rel=1e-3)


def test_a_deck_of_another_card_is_refused(tables, card, line):
    changed = replace(card.parameters["off_current"], value=1.7 * card.value("off_current"))
    other = replace(card, parameters={**card.parameters, "off_current": changed})
    with pytest.raises(InputError, match="the table was made with"):
        deck_of(line.points[0], tables, other)
    assert deck_of(line.points[0], tables, card).key == line.points[0].deck_key


def test_rows_stand_for_products_and_choose(line):
    other = replace(line, block="crossbar_2", layer=2, count=1e-12)
    head, first, second = merged_rows([other, line], None, None)
    assert head[0] == "layer"
    assert (first[1], second[1]) == ("crossbar_1", "crossbar_2")
    assert len(merged_rows([other, line], 2, None)) == 2
    assert len(cell_rows([other, line], None, "crossbar_1")) == 2
    assert cell_rows([line], None, None)[1][-1] == line.points[0].deck_key[:12]


def test_the_document_says_sum_and_difference(line):
    words = ("a line",)
    blocks = {"crossbar_1": line.energy}
    evaluation = SimpleNamespace(breakdown_J=blocks, counted=words, assumed=words, not_counted=words)
    document = explain_document(Trace((line,), line.energy, {}), evaluation, [3])
    assert document["sum_of_lines_J"] == pytest.approx(document["energy_per_image_J"])
    assert document["lines"][0]["energy_J"] == line.energy
    (name,) = document["lines"][0]["points"]
    assert document["points"][name]["deck_key"] == line.points[0].deck_key
    assert json.loads(json.dumps(document, allow_nan=False))["images"] == [3]
