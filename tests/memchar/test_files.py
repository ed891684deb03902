"""Results are written whole or not at all."""

import json
from pathlib import Path

import pytest

from measurements.errors import InputError
from memchar.files import write_bytes, write_json, write_text


def test_the_file_holds_what_was_written_and_nothing_is_left_beside_it(tmp_path):
    write_json(tmp_path / "a" / "x.json", {"energy": 1.5e-12})
    assert json.loads((tmp_path / "a" / "x.json").read_text()) == {"energy": 1.5e-12}
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["x.json"]


def test_a_failed_write_keeps_the_old_file_and_names_the_path(tmp_path, monkeypatch):
    path = tmp_path / "x.txt"
    write_text(path, "old")

    def no_space(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(InputError, match=r"x\.txt: cannot be written: No space left on device"):
        write_bytes(path, b"new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.txt"]


def test_nan_is_no_json(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"energy": float("nan")})
    assert list(tmp_path.iterdir()) == []
