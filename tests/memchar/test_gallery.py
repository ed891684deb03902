"""The waveform gallery: its page and pictures are all there, and every curve is in its deck."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from circuits.waveforms import Waveforms
from measurements.errors import SimulationError
from memchar.gallery import SCENES, page, scene_figure
from netlists.technology import load_technology

DOCS = Path(__file__).parents[2] / "docs"


def test_committed_page_and_pictures() -> None:
    assert (DOCS / "gallery.md").read_text() == page(), "run make gallery"
    pictures = {path.stem: path.read_bytes() for path in (DOCS / "gallery").iterdir()}
    assert set(pictures) == {scene.name for scene in SCENES}
    for name, data in pictures.items():
        assert data.startswith(b"\x89PNG"), name
        assert len(data) < 100_000, name


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_curves_are_saved_by_the_deck(scene) -> None:
    saved = scene.deck(load_technology()).saved
    assert {curve.vector for _, _, curves in scene.panels for curve in curves} <= set(saved)


def test_a_picture_needs_its_vectors() -> None:
    time = np.linspace(0.0, 1e-6, 5)
    vectors = {c.vector: time * 1e6 for _, _, curves in SCENES[0].panels for c in curves}
    assert scene_figure(SCENES[0], Waveforms(time, vectors)).startswith(b"\x89PNG")
    with pytest.raises(SimulationError, match="no vector"):
        scene_figure(SCENES[0], Waveforms(time, {}))
