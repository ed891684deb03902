"""Fixtures of the circuits tests: the simulator, and a program that pretends to be it."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from toydecks import rc_deck

from circuits.children import Children
from circuits.engine import Engine
from circuits.ngspice import Ngspice, find_library, find_ngspice
from circuits.session import LibraryAbsent, Session


@pytest.fixture(scope="session")
def ngspice() -> Ngspice:
    return find_ngspice()


@pytest.fixture
def children() -> Children:
    return Children()


@pytest.fixture
def worker(ngspice: Ngspice, children: Children) -> Iterator[Session]:
    name = find_library()
    if name is None:
        pytest.skip("MEMCHAR_LIBNGSPICE or MEMCHAR_NGSPICE forbids libngspice")
    session = Session(name, ngspice, children)
    try:
        session.run(rc_deck(), 30.0, "probe")
    except LibraryAbsent as error:
        pytest.skip(str(error))
    yield session
    session.close()


@pytest.fixture(scope="module")
def engine(ngspice: Ngspice) -> Iterator[Engine]:
    engine = Engine(ngspice)
    yield engine
    engine.close()


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Make MEMCHAR_NGSPICE a shell script that answers `-v` and runs the given commands for a deck."""

    def install(commands: str) -> Path:
        script = tmp_path / "fake-ngspice"
        answer = 'if [ "$1" = -v ]; then echo "** ngspice-39 : fake"; exit 0; fi'
        script.write_text(f"#!/bin/sh\n{answer}\n{commands}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("MEMCHAR_NGSPICE", str(script))
        return script

    return install
