"""The cache keeps every finished point bit for bit, never half of one, and gives no altered number."""

from __future__ import annotations

import errno
import math
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from circuits.cache import Cache, point_key
from circuits.result import Measured
from circuits.status import Status
from measurements.errors import InputError

GOOD = Measured({"delay": 0.1 + 0.2, "energy": 5e-324}, {"delay": 0.3, "energy": 1e-12}, 1e-7)
FAILED = Measured(None, None, 0.0, Status.NOT_CONVERGED, "did not\nconverge")
SILENT = Measured(None, None, 2e-9)
A, B = point_key("a"), point_key("b")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("measured", [GOOD, FAILED, SILENT])
def test_points_come_back_bit_for_bit(tmp_path: Path, measured: Measured) -> None:
    Cache(tmp_path).put(A, measured)
    assert Cache(tmp_path).get(A) == measured
    assert Cache(tmp_path).get(B) is None
    assert Cache(tmp_path, read=False).get(A) is None


def test_numbers_that_are_none_survive(tmp_path: Path) -> None:
    Cache(tmp_path).put(A, Measured({"x": math.nan}, {"x": math.inf}, math.nan))
    found = Cache(tmp_path).get(A)
    assert found is not None
    assert found.after == {"x": math.inf}
    assert math.isnan(found.closure_error)


def test_every_altered_bit_is_found_and_the_entry_dropped(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(A, GOOD)
    path = next(tmp_path.glob("*/*.json"))
    whole = path.read_bytes()
    for bit in range(0, 8 * len(whole), 3):
        altered = bytearray(whole)
        altered[bit // 8] ^= 1 << bit % 8
        path.write_bytes(altered)
        assert cache.get(A) is None, bit
        assert not path.exists()


def test_every_truncation_is_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(A, GOOD)
    path = next(tmp_path.glob("*/*.json"))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert cache.get(A) is None, length
    cache.put(A, GOOD)
    assert cache.get(A) == GOOD


@pytest.mark.parametrize("foreign", [b"hello\n", b"[" * 100000, b"\n\n", b"\xff\xfe\n{}\n"])
def test_a_foreign_file_is_no_entry(tmp_path: Path, foreign: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put(A, GOOD)
    next(tmp_path.glob("*/*.json")).write_bytes(foreign)
    assert cache.get(A) is None


def test_an_entry_under_another_key_is_not_taken(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(A, GOOD)
    cache.put(B, FAILED)
    (tmp_path / A[:2] / f"{A}.json").replace(tmp_path / B[:2] / f"{B}.json")
    assert cache.get(B) is None


WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from circuits.cache import Cache, point_key
from circuits.result import Measured
cache = Cache(Path(sys.argv[2]))
for turn in range(60):
    for point in range(10):
        key = point_key(str(point))
        found = cache.get(key)
        assert found is None or found.after == {"x": point + 0.1}, found
        cache.put(key, Measured({"x": point}, {"x": point + 0.1}, 0.0))
"""


def test_two_processes_fill_it_and_no_reader_sees_half_an_entry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(ROOT), str(tmp_path)]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    names = sorted(path.name for path in tmp_path.glob("*/*"))
    assert names == sorted(f"{point_key(str(point))}.json" for point in range(10))


def test_many_threads_write_the_same_point(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    threads = [threading.Thread(target=lambda: [cache.put(A, GOOD) for _ in range(30)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.get(A) == GOOD
    assert len(list(tmp_path.glob("*/*"))) == 1


def test_clocks_and_times_of_files_mean_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: -1e9)
    cache = Cache(tmp_path)
    cache.put(A, GOOD)
    for stamp in (0, 4_000_000_000):
        os.utime(next(tmp_path.glob("*/*.json")), (stamp, stamp))
        assert Cache(tmp_path).get(A) == GOOD


def test_a_file_is_no_cache_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be used as a cache folder"):
        Cache(tmp_path / "file")


def test_keys_depend_on_every_part() -> None:
    parts = (("p", "d", "39"), ("p", "d", "46"), ("p", "e", "39"), ("pd", "", "39"))
    assert len({point_key(*part) for part in parts}) == 4


def test_a_full_disk_is_named_and_loses_nothing_that_was_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path)
    cache.put(A, GOOD)

    def full(path: Path, _: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device, cache of finished points") as caught:
        cache.put(B, GOOD)
    assert caught.value.filename == str(tmp_path)
    assert cache.get(A) == GOOD
    assert len(list(tmp_path.glob("*/*"))) == 1


def test_shared_numbers_are_plain(tmp_path: Path) -> None:
    Cache(tmp_path).put(A, Measured({"x": np.float64(1.5)}, {"x": np.float64(2.5)}, float(np.float64(0.1))))
    assert Cache(tmp_path).get(A) == Measured({"x": 1.5}, {"x": 2.5}, 0.1)
