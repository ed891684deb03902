"""The journal keeps every finished point, loses at most a torn last line, and notices alterations."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from circuits.journal import Journal, PointResult, point_key
from circuits.status import Status
from measurements.errors import InputError

RESULT = PointResult(Status.OK, {"delay": 0.1 + 0.2, "energy": 5e-324}, {"step_error_delay": 1e-5}, "", "deck1")
FAILED = PointResult(Status.NOT_CONVERGED, {}, {"closure_error": float("nan")}, "did not\nconverge", "deck2")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.append("a", RESULT)
        journal.append("b", FAILED)
    return path


def test_results_come_back_bit_for_bit(path: Path) -> None:
    with Journal(path) as journal:
        assert journal.finished["a"] == RESULT
        assert journal.finished["b"].status is Status.NOT_CONVERGED
        assert journal.finished["b"].message == "did not\nconverge"
        assert journal.finished["b"].diagnostics == {}


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_last_line_is_cut_off_and_written_over(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:-cut])
    with Journal(path) as journal:
        assert set(journal.finished) == {"a"}
        journal.append("c", RESULT)
    with Journal(path) as journal:
        assert set(journal.finished) == {"a", "c"}
    assert path.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"0.30000000000000004", b"0.31000000000000004"), (b'"ok"', b'"not_converged"'), (b'"a"', b'"z"')],
)
def test_an_altered_line_is_refused_by_number(path: Path, old: bytes, new: bytes) -> None:
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(InputError, match=r"journal\.jsonl:1: altered or foreign line.*checksum"):
        Journal(path)


@pytest.mark.parametrize("foreign", [b"hello\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b"[" * 100000 + b"\n"])
def test_a_foreign_line_is_refused(path: Path, foreign: bytes) -> None:
    path.write_bytes(path.read_bytes() + foreign)
    with pytest.raises(InputError, match=r"journal\.jsonl:3: "):
        Journal(path)


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        threads = [
            threading.Thread(target=lambda n=n: [journal.append(f"{n}-{i}", RESULT) for i in range(50)])
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with Journal(path) as journal:
        assert len(journal.finished) == 400


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be used as a journal"):
        Journal(tmp_path)


def test_keys_depend_on_every_part() -> None:
    keys = {
        point_key("p", "d", "39"),
        point_key("p", "d", "46"),
        point_key("p", "e", "39"),
        point_key("pd", "", "39"),
    }
    assert len(keys) == 4


def test_a_full_disk_ends_the_batch_names_the_journal_and_keeps_what_was_finished(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as journal:
        journal.append("first", RESULT)

    class Full:
        closed = False

        def write(self, _line: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            raise OSError(28, "No space left on device")

    journal = Journal(path)
    journal._stream.close()
    journal._stream = Full()  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space left on device") as caught:
        journal.append("second", RESULT)
    journal.close()
    assert caught.value.filename == str(path)
    with Journal(path) as again:
        assert set(again.finished) == {"first"}
