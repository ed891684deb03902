"""Ideal tables and device, made once."""

from __future__ import annotations

import pytest
import synthetic_tables


@pytest.fixture(scope="session")
def tables():
    return synthetic_tables.ideal_tables()


@pytest.fixture(scope="session")
def card():
    return synthetic_tables.ideal_card()
