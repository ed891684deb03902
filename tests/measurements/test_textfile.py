"""Reading bytes as lines, and numbers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from measurements import textfile
from measurements.errors import InputError
from measurements.textfile import parse_number, read_text


def test_mixed_line_ends_and_byte_order_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    data = b"\xef\xbb\xbfone\r\ntwo\rthree\n\xef\xbb\xbffour"
    path.write_bytes(data)
    text = read_text(path)
    assert text.lines == ("one", "two", "three", "four")
    assert text.source.sha256 == hashlib.sha256(data).hexdigest()
    assert text.source.file == "a.csv"
    assert not text.ends_with_newline


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", None, "empty"),
        (b" \r\n\n", None, "empty"),
        (b"\xef\xbb\xbf\x1c\n", None, "empty"),
        (b"a\r\nb\0c\n", 2, "NUL"),
        ("Time".encode("utf-16-le"), 1, "UTF-16"),
        ("Time".encode("utf-16")[:-1], None, "UTF-16"),
        ("Ti\nm\0e".encode("utf-16"), 2, "NUL"),
        (b"a\n\nT = 20 \xb0C\n", 3, "0xb0"),
        (b"a\n" + b"x" * 70_000 + b"\n", 2, "70000 characters"),
    ],
)
def test_hostile_bytes_are_named_with_their_line(tmp_path: Path, data: bytes, line: int | None, words: str) -> None:
    path = tmp_path / "hostile.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words) as caught:
        read_text(path)
    assert caught.value.line == line
    assert caught.value.path == str(path)


def test_large_file_is_refused_without_reading_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(textfile, "MAXIMUM_BYTES", 100)
    path = tmp_path / "large.csv"
    path.write_bytes(b"1\n" * 51)
    with pytest.raises(InputError, match="larger than 100 bytes"):
        read_text(path)
    path.write_bytes(b"1\n" * 50)
    assert len(read_text(path).lines) == 51


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_text(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="not a regular file"):
        read_text(tmp_path)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("23.1922E-3", 0.0231922),
        ("-49.97E-6", -49.97e-6),
        (" 1. ", 1.0),
        ("+.5", 0.5),
        ("-0", -0.0),
        ("410.1377E-2", 4.101377),
    ],
)
def test_numbers(tmp_path: Path, cell: str, value: float) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1\n")
    assert parse_number(cell, "AI", read_text(path), 1) == value


@pytest.mark.parametrize("cell", ["", "nan", "-inf", "1_0", "#REF", "1e", "0x10", "١", "1e999", "1 2", "--1"])
def test_what_is_no_finite_number_is_refused(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1\n")
    with pytest.raises(InputError, match=r"a\.csv:7: column AI"):
        parse_number(cell, "AI", read_text(path), 7)
