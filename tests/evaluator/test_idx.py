"""The IDX reader takes the format as it is written down and nothing else."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from evaluator import idx
from evaluator.idx import read_idx
from measurements.errors import InputError


def write(path, content, compress=True):
    path.write_bytes(gzip.compress(content) if compress else content)
    return path


def image_file(shape=(2, 3, 4), kind=8, dimensions=3, data=None):
    body = bytes(range(int(np.prod(shape)))) if data is None else data
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, dimensions, *shape) + body


def test_reads_in_c_order(tmp_path):
    found = read_idx(write(tmp_path / "a.gz", image_file()), 3)
    np.testing.assert_array_equal(found, np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "header needs 16 bytes, found 0"),
        (image_file()[:10], "header needs"),
        (image_file(kind=9), "must begin with 00000803, found 00000903"),
        (image_file(dimensions=1), "must begin with"),
        (image_file()[:-1], "announces 2 x 3 x 4 bytes, found 23"),
        (image_file() + b"x", "announces 2 x 3 x 4 bytes, found 25"),
        (image_file(shape=(0, 28, 28), data=b""), "announces 0"),
        (image_file(shape=(2**32 - 1, 2**32 - 1, 2**32 - 1), data=b"x"), "announces 4294967295"),
        (image_file(shape=(2**31, 2**31, 4), data=b""), "announces 2147483648"),
    ],
)
def test_refuses_what_does_not_fit(tmp_path, content, message):
    path = write(tmp_path / "a.gz", content)
    with pytest.raises(InputError, match=message) as caught:
        read_idx(path, 3)
    assert caught.value.path == str(path)


def test_refuses_what_is_not_gzip(tmp_path):
    with pytest.raises(InputError, match="gzip"):
        read_idx(write(tmp_path / "a.gz", image_file(), compress=False), 3)


def test_refuses_a_cut_or_damaged_gzip_file(tmp_path):
    whole = gzip.compress(image_file())
    for bad in (whole[:-9], whole[:-6] + b"\0\0\0\0\0\0", whole[:12] + b"\xff" * 8 + whole[20:]):
        path = tmp_path / "a.gz"
        path.write_bytes(bad)
        with pytest.raises(InputError):
            read_idx(path, 3)


def test_refuses_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_idx(tmp_path / "none.gz", 3)


def test_unpacks_no_more_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "LARGEST_DATA", 1000)
    with pytest.raises(InputError, match="more than 1000 bytes"):
        read_idx(write(tmp_path / "bomb.gz", bytes(10_000_000)), 3)


def test_refuses_a_large_file_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "LARGEST_FILE", 20)
    with pytest.raises(InputError, match="at most 20 are read"):
        read_idx(write(tmp_path / "a.gz", image_file()), 3)
