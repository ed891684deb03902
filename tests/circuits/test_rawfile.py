"""The raw-file reader takes whole transient files and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rawbytes import raw_bytes

from circuits.rawfile import parse_raw, read_raw
from measurements.errors import SimulationError

GOOD = raw_bytes(["time", "V(Mem)", "i(vdd)"], np.arange(12.0).reshape(4, 3))


def test_columns_go_to_their_names() -> None:
    waveforms = parse_raw(GOOD)
    assert waveforms.time.tolist() == [0.0, 3.0, 6.0, 9.0]
    assert waveforms.vector("v(mem)").tolist() == [1.0, 4.0, 7.0, 10.0]
    assert waveforms.vector("I(VDD)").tolist() == [2.0, 5.0, 8.0, 11.0]


def test_vectors_are_read_only_views() -> None:
    vector = parse_raw(GOOD).vector("v(mem)")
    assert vector.base is not None
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1.0


@given(hnp.arrays(np.float64, st.tuples(st.integers(2, 30), st.integers(2, 6))))
def test_every_float_survives(table: np.ndarray) -> None:
    names = ["time"] + [f"v({index})" for index in range(table.shape[1] - 1)]
    waveforms = parse_raw(raw_bytes(names, table))
    read = np.column_stack([waveforms.time, *(waveforms.vector(name) for name in names[1:])])
    assert read.tobytes() == table.tobytes()


@given(st.integers(0, len(GOOD) - 1))
def test_every_truncation_is_refused(length: int) -> None:
    with pytest.raises(SimulationError):
        parse_raw(GOOD[:length])


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=8))
def test_damage_is_refused_or_read_never_a_crash(place: int, damage: bytes) -> None:
    try:
        waveforms = parse_raw(GOOD[:place] + damage + GOOD[place + len(damage) :])
    except SimulationError:
        return
    assert len(waveforms.time) == 4


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(SimulationError):
        parse_raw(content)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (raw_bytes(["time", "v(a)"], np.zeros((3, 2)), points=""), "count in 'no. points'"),
        (raw_bytes(["time", "v(a)"], np.zeros((3, 2)), points=0), "at least 2 variables and 2 points"),
        (raw_bytes(["time", "v(a)"], np.zeros((3, 2)), points=10**11), "48 bytes"),
        (raw_bytes(["time", "v(a)"], np.zeros((3, 2)), flags="complex"), "Flags: real"),
        (raw_bytes(["v(a)", "v(b)"], np.zeros((3, 2))), "'time' first"),
        (raw_bytes(["time", "v(a)", "V(A)"], np.zeros((3, 3))), "every name once"),
        (GOOD.replace(b"Transient Analysis", b"AC Analysis"), "Plotname: Transient"),
        (GOOD.replace(b"Binary:", b"Values:"), "ASCII"),
        (GOOD.replace(b"\t1\t", b"\t2\t"), "variable 1"),
        (GOOD.replace(b"Title: toy", b"No. Points: 9"), "a second"),
        (GOOD + GOOD, "bytes"),
    ],
)
def test_what_is_wrong_is_named(content: bytes, text: str) -> None:
    with pytest.raises(SimulationError, match=text):
        parse_raw(content)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"out\.raw: cannot read"):
        read_raw(tmp_path / "out.raw")
