"""Fixtures every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real measurements and MNIST beside the project; tests that need it skip where it is absent."""
    if not _SHARED.is_dir():
        pytest.skip("real measurements are not beside the project (../shared/data)")
    return _SHARED
