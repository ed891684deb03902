"""Whatever the bytes: records or an `InputError`, from every reader."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reader_samples import FILES, READERS, TEXTS, content

from measurements import FileFacts, InputError, MeasurementSet, Sweep
from measurements.records import set_of

FACTS = FileFacts(series_resistance=10.0, columns=("t [s]", "v [V]", "i [A]"))
PIECES = st.sampled_from(
    ["\n", ",", "\t", ";", "#REF", "nan", "1e999", "-1", "0", "1,5", "\0", "é", "---", " ", "Time", "[V]"]
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sample of a format with pieces cut out and others put in."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(PIECES) + text[place + draw(st.integers(0, 8)) :]
    return name, text.encode()


def attempt(name: str, data: bytes, facts: FileFacts) -> None:
    with contextlib.suppress(InputError):  # any other error fails the test
        whole = content(data, facts)
        if READERS[name].recognise(whole) is None:
            return
        records = READERS[name].read(whole).records
        assert records
        assert isinstance(set_of(records), MeasurementSet)


@settings(max_examples=300, deadline=None)
@given(sample=damaged())
def test_damaged_text_gives_records_or_an_input_error(sample: tuple[str, bytes]) -> None:
    attempt(*sample, FACTS)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=300) | st.text(max_size=100).map(str.encode), name=st.sampled_from(sorted(READERS)))
def test_any_bytes_are_recognised_by_none_or_refused(data: bytes, name: str) -> None:
    with contextlib.suppress(InputError):
        if READERS[name].recognise(content(data)) is not None:
            READERS[name].read(content(data))


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, len(FILES["clarius-xlsx"]) - 1), byte=st.integers(0, 255))
def test_changed_bytes_of_a_workbook(place: int, byte: int) -> None:
    data = bytearray(FILES["clarius-xlsx"])
    data[place] = byte
    attempt("clarius-xlsx", bytes(data), FileFacts())


pairs = st.lists(st.tuples(st.floats(-90.0, 90.0), st.floats(-90.0, 90.0)), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows=pairs, prefix=st.sampled_from(["", "m", "u", "n"]))
def test_plain_csv_and_back(rows: list[tuple[float, float]], prefix: str) -> None:
    exponent = {"": 0, "m": 3, "u": 6, "n": 9}[prefix]
    text = f"v [{prefix}V],i [{prefix}A]\n" + "".join(f"{v!r},{i!r}\n" for v, i in rows)
    (record,) = READERS["csv-with-units"].read(content(text)).records
    assert isinstance(record, Sweep)
    assert record.voltage.tolist() == [v / 10.0**exponent for v, _ in rows]
    assert record.current.tolist() == [i / 10.0**exponent for _, i in rows]


def test_files_of_nothing_are_refused() -> None:
    for data in (b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe"):
        with pytest.raises(InputError, match="empty"):
            READERS["csv-with-units"].recognise(content(data))


N = 60_000


@pytest.mark.timeout(20)  # minutes where a pattern backtracks
@pytest.mark.parametrize("cell", [f"{'1' * N}x", " " * N + "x", f"a{' ' * N}b", "[" * N, "1." * (N // 2), "#" * N])
@pytest.mark.parametrize("name", sorted(READERS))
def test_long_cells_take_no_longer_than_they_must(name: str, cell: str) -> None:
    attempt(name, f"{cell}\n{cell}\n".encode(), FACTS)
    if name in TEXTS:
        head, _, tail = TEXTS[name].rpartition("\n" if TEXTS[name].count("\n") < 4 else "2")
        attempt(name, f"{head}{cell}{tail}".encode(), FACTS)
        attempt(name, f"{TEXTS[name]}{cell}\n".encode(), FACTS)
