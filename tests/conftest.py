"""Fixtures every room's tests share."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

_approx = pytest.approx


@functools.wraps(_approx)
def _relative_approx(expected, rel=None, abs=None, nan_ok=False):
    """pytest.approx accepts any difference below 1e-12 unless told otherwise: in joules, coulombs and seconds of this
    field that is everything. Here only the relative tolerance counts unless a test names an absolute one.
    """
    if abs is None:
        rel, abs = 1e-6 if rel is None else rel, 0.0
    return _approx(expected, rel=rel, abs=abs, nan_ok=nan_ok)


pytest.approx = _relative_approx

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real measurements and MNIST beside the project; tests that need it skip where it is absent."""
    if not _SHARED.is_dir():
        pytest.skip("real measurements are not beside the project (../shared/data)")
    return _SHARED
