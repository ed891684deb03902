"""Readers of users' packages: found by entry point, asked in their place, and never fatal."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from measurements import Content, Reader, Reading, Recognition, Source, Sweep, import_files
from measurements.readers import registry
from measurements.readers.registry import Installed, all_readers, installed_readers

ROWS = "Time,AI,AV\n1,1e-6,0\n2,2e-6,0.5\n"


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, module: str, source: str, points: str) -> None:
    """A package with entry points, as pip would leave it."""
    (folder / f"{module}.py").write_text(source)
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{points}\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, module, raising=False)


def documented_example() -> str:
    document = (Path(__file__).parents[3] / "docs" / "readers.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    return str(source)


def test_the_documented_example_reads_its_format(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    install(monkeypatch, packages, "probe_log", documented_example(), "probe-log = probe_log:READER")
    (tmp_path / "a.txt").write_text("PROBE LOG v1\nlimit 20\n0 0 0\n0.5 500 1\n1.0 1000 20\n")
    (tmp_path / "b.txt").write_text("PROBE LOG v1\nlimit 20\n0 0 0\n0.5 five 1\n")
    found = import_files([tmp_path / "a.txt", tmp_path / "b.txt"])
    (sweep,) = found.records.sweeps
    assert sweep.voltage.tolist() == [0.0, 0.5, 1.0]
    assert sweep.current.tolist() == [0.0, 1e-6, 20e-6]
    assert sweep.compliance_current == 20e-6
    assert found.explained[0].reader == "probe-log"
    assert found.refused[0].line == 4
    assert found.faults == ()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('no licence')", "cannot be loaded: RuntimeError: no licence"),
        ("READER = 3", "is a int, expected a Reader"),
        (
            "from measurements import Reader\nREADER = Reader('keithley-4200a', '', lambda c: None, lambda c: None)",
            "has the name 'keithley-4200a' of another reader",
        ),
        (
            "from measurements import Reader\ndef look(content): raise KeyError('x')\n"
            "READER = Reader('mine', '', look, look)",
            None,
        ),
    ],
)
def test_a_faulty_package_is_named_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, words: str | None
) -> None:
    install(monkeypatch, tmp_path, "faulty_reader", source, "mine = faulty_reader:READER")
    (tmp_path / "good.csv").write_text(ROWS)
    (tmp_path / "unknown.csv").write_text("what is this\n")
    found = import_files([tmp_path / "good.csv", tmp_path / "unknown.csv"])
    assert len(found.records.sweeps) == 1
    (fault,) = found.faults
    expected = words or f"reader mine failed to look at {tmp_path / 'unknown.csv'}: KeyError"
    assert expected in fault


def test_a_reader_that_fails_on_its_own_file_refuses_that_file(tmp_path: Path) -> None:
    def fail(content: Content) -> Reading:
        raise ZeroDivisionError("ohm")

    mine = Reader("mine", "", lambda content: Recognition("always"), fail)
    (tmp_path / "good.csv").write_text(ROWS)
    (tmp_path / "mine.csv").write_text("mine\n")
    found = import_files([tmp_path / "good.csv", tmp_path / "mine.csv"], installed=Installed((mine,), ()))
    assert len(found.records.sweeps) == 1
    assert "reader mine failed: ZeroDivisionError: ohm" in found.refused[0].reason
    empty = Reader("empty", "", lambda content: Recognition("always"), lambda content: Reading(()))
    found = import_files([tmp_path / "mine.csv"], installed=Installed((empty,), ()))
    assert "reader empty gave no record" in found.refused[0].reason


def test_specific_formats_come_before_the_users_and_general_ones_after(tmp_path: Path) -> None:
    def read(content: Content) -> Reading:
        values = np.array([0.0, 1.0])
        source = Source("x", "y")
        return Reading((Sweep(values, values, values, "set", None, "D", "C", 0, None, source),))  # type: ignore[arg-type]

    mine = Reader("mine", "", lambda content: Recognition("always"), read)
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "b.csv").write_text("time [s],voltage [V],current [A]\n0,0,0\n1,1,1e-6\n")
    found = import_files([tmp_path / "a.csv", tmp_path / "b.csv"], installed=Installed((mine,), ()))
    assert [file.reader for file in found.explained] == ["keithley-4200a", "mine"]


def test_names_are_unique_and_every_reader_says_what_it_recognises() -> None:
    readers = all_readers(installed_readers())
    assert len({reader.name for reader in readers}) == len(readers) >= 15
    assert all(reader.recognises for reader in readers)
    document = (Path(__file__).parents[3] / "docs" / "readers.md").read_text()
    assert all(f"`{reader.name}`" in document for reader in all_readers(Installed((), ())))
