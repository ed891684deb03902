"""One short run of the whole chain, shared by the tests that look at its results."""

from __future__ import annotations

from pathlib import Path

import pytest

from memchar.config import EvaluationConfig, PipelineConfig, SimulationConfig
from memchar.run import RunSummary, run_all


@pytest.fixture(scope="session")
def short_config() -> PipelineConfig:
    """Coarse grids and few images."""
    return PipelineConfig(
        simulation=SimulationConfig(grid="coarse", validation_points=6, macro_images=1),
        evaluation=EvaluationConfig(images=300),
    )


@pytest.fixture(scope="session")
def short_run(
    tmp_path_factory: pytest.TempPathFactory, shared_data: Path, short_config: PipelineConfig
) -> tuple[Path, RunSummary]:
    """Run folder and summary of a short run on the embedded reference measurements."""
    folder = tmp_path_factory.mktemp("run") / "short"
    return folder, run_all(short_config, folder, mnist=shared_data / "mnist", quiet=True)
