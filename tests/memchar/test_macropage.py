"""The macros of the report: the run's own, and files of longer comparisons beside it."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from measurements.errors import InputError
from memchar.macroerrors import compare, decided, summary
from memchar.macropage import macro_tables

WINDOW = 2e-6


def document(name, images):
    truth = decided(2, WINDOW, {(1, 0): [1e-7], (2, 1): [6e-7]}, 0, {"neurons 1": 1e-12})
    compared = [compare(index, 1, truth, truth, WINDOW) for index in range(images)]
    return {"macro": name, "images": [asdict(item) for item in compared], "summary": summary(compared)}


def test_both_macros_are_shown_and_a_file_stands_for_the_run_s_own(tmp_path):
    run = {"macro": document("16x8x4", 4)}
    assert macro_tables(tmp_path, {}) == []
    assert [table[0][0] for table in macro_tables(tmp_path, run)] == ["16x8x4, 4 images"]
    for name, images in (("64x16x10", 3), ("16x8x4", 200)):
        (tmp_path / f"macro-{name}.json").write_text(json.dumps(document(name, images)))
    found = [table[0][0] for table in macro_tables(tmp_path, run)]
    assert found == ["16x8x4, 200 images", "64x16x10, 3 images"]


@pytest.mark.parametrize("text", ["{", "[]", '{"macro": "16x8x4", "images": [], "summary": {}}'])
def test_a_file_of_something_else_is_refused_by_name(tmp_path, text):
    (tmp_path / "macro-64x16x10.json").write_text(text)
    with pytest.raises(InputError, match=r"macro-64x16x10\.json"):
        macro_tables(tmp_path, {})
