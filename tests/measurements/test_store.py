"""HDF5 store: bit for bit, atomic, and safe against files made by others."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from measurements import (
    Activity,
    Import,
    InputError,
    MeasurementSet,
    PulseDirection,
    PulseTrain,
    QuantityTable,
    ReadSeries,
    Source,
    Sweep,
    ThermalStep,
    read_store,
    write_store,
)
from measurements.fieldkinds import UNITS, Kind, record_fields
from measurements.records import record_classes
from measurements.seal import seal

finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


def assert_same(first: Sweep | ThermalStep, second: Sweep | ThermalStep) -> None:
    assert type(first) is type(second)
    for name, value in vars(first).items():
        found = getattr(second, name)
        if isinstance(value, np.ndarray):
            assert found.dtype == value.dtype
            assert found.tobytes() == value.tobytes(), name
        else:
            assert found == value, name
            assert type(found) is type(value), name


@st.composite
def measurement_sets(draw: st.DrawFn) -> MeasurementSet:
    size = draw(st.integers(2, 6))
    values = st.lists(finite, min_size=size, max_size=size).map(np.array)
    source = Source(draw(words), draw(words))
    sweep = Sweep(
        time=np.sort(draw(values)),
        voltage=draw(values),
        current=draw(values),
        activity=draw(st.sampled_from(Activity)),
        compliance_current=draw(st.none() | finite),
        device=draw(words),
        cell=draw(words),
        cycle=draw(st.integers(0, 2**31)),
        temperature=draw(st.none() | finite),
        source=source,
        comment=draw(words),
    )
    heat = ThermalStep(
        time=np.arange(size) + draw(st.floats(-1.0, 1.0)),
        power=draw(values),
        temperature=draw(values),
        ambient_temperature=draw(finite),
        device=draw(words),
        cell=draw(words),
        source=source,
        resistance=draw(st.none() | values),
        temperature_coefficient=draw(st.none() | finite),
        comment=draw(words),
    )
    return MeasurementSet((sweep,) * draw(st.integers(0, 2)), (heat,) * draw(st.integers(0, 2)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=measurement_sets())
def test_bit_for_bit(tmp_path: Path, records: MeasurementSet) -> None:
    path = tmp_path / "data.h5"
    write_store(path, records)
    again = read_store(path)
    assert len(again.sweeps) == len(records.sweeps)
    assert len(again.heat) == len(records.heat)
    for first, second in zip((*records.sweeps, *records.heat), (*again.sweeps, *again.heat), strict=True):
        assert_same(first, second)


def every_kind() -> MeasurementSet:
    source = Source("made.csv", "0" * 64)
    named: dict = {"device": "D", "cell": "C", "source": source}
    train = PulseTrain(
        pulse=np.array([0.0, 1.0, 5.0]),
        current=np.array([1e-6, -0.0, 5e-324]),
        read_voltage=0.1,
        direction=PulseDirection.DEPRESSION,
        train=2,
        amplitude=np.array([1.0, 1.1, 1.2]),
        **named,
    )
    reads = ReadSeries(
        time=np.array([0.0, 1.0]),
        voltage=np.array([0.1, 0.1]),
        current=np.array([1e-6, 2e-6]),
        temperature=350.0,
        **named,
    )
    table = QuantityTable(
        kind="forming",
        columns={"a/b\0": np.array([1.0, np.nan]), "é": np.array([-0.0, 2.0])},
        units={"a/b\0": "V", "é": "1"},
        comment="two\nlines",
        **named,
    )
    return MeasurementSet(pulses=(train,), reads=(reads, reads), tables=(table,))


def test_every_kind_of_record_comes_back(make_set: Callable[..., Sweep], tmp_path: Path) -> None:
    records = replace(every_kind(), sweeps=(make_set(taken="2022-03-25T17:08:25", timed=False),))
    write_store(tmp_path / "data.h5", records)
    again = read_store(tmp_path / "data.h5")
    assert len(again.records) == len(records.records) == 5
    for first, second in zip(records.records, again.records, strict=True):
        if isinstance(first, QuantityTable):
            assert isinstance(second, QuantityTable)
            assert list(second.columns) == list(first.columns)
            for name, values in first.columns.items():
                assert second.columns[name].tobytes() == values.tobytes()
            assert (second.units, second.kind, second.comment) == (first.units, first.kind, first.comment)
        else:
            assert_same(first, second)
    with h5py.File(tmp_path / "data.h5") as file:
        assert file["tables/000000/columns/000000"].attrs["units"] == "V"
        assert file["pulses/000000/amplitude"].attrs["units"] == "V"


def test_every_array_of_every_record_has_a_unit() -> None:
    for classes in record_classes().values():
        for record_class in classes:
            arrays = {field.name for field in record_fields(record_class) if field.kind is Kind.ARRAY}
            assert arrays <= set(UNITS), record_class


def test_a_file_of_the_first_format_version_is_still_read() -> None:
    records = read_store(Path(__file__).parent / "data" / "store_version_1.h5")
    (sweep,), (heat,) = records.sweeps, records.heat
    assert sweep.current.tolist() == [0.0, 1e-6, 2e-5]
    assert (sweep.activity, sweep.cycle, sweep.compliance_current) == (Activity.SET, 3, 2e-5)
    assert (sweep.temperature, sweep.taken, sweep.timed, sweep.source.file) == (None, "", True, "a.csv")
    assert heat.temperature.tolist() == [300.0, 310.0]
    assert records.pulses == records.reads == records.tables == ()


def test_measured_sweeps_bit_for_bit_in_order(real_import: Import, tmp_path: Path) -> None:
    path = tmp_path / "data.h5"
    write_store(path, real_import.records)
    again = read_store(path)
    assert len(again.sweeps) == 599
    for first, second in zip(real_import.records.sweeps, again.sweeps, strict=True):
        assert_same(first, second)
    with h5py.File(path) as file:  # readable without the project
        assert file.attrs["format_version"] == 2
        assert file["sweeps/000000/current"].attrs["units"] == "A"


def test_long_comment_and_same_records_same_bytes(make_set: Callable[..., Sweep], tmp_path: Path) -> None:
    records = MeasurementSet((make_set(comment="é" * 200_000),))
    write_store(tmp_path / "a.h5", records)
    write_store(tmp_path / "b.h5", records)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    assert read_store(tmp_path / "a.h5").sweeps[0].comment == "é" * 200_000


@pytest.mark.parametrize("comment", ["a\0b", "a\ud800"])
def test_text_that_hdf5_cannot_hold(make_set: Callable[..., Sweep], tmp_path: Path, comment: str) -> None:
    with pytest.raises(InputError, match="comment holds a character"):
        write_store(tmp_path / "a.h5", MeasurementSet((make_set(comment=comment),)))
    assert list(tmp_path.iterdir()) == []


def test_full_disk_names_the_path_and_keeps_the_old_file(make_set: Callable[..., Sweep], tmp_path: Path) -> None:
    path = tmp_path / "data.h5"
    write_store(path, MeasurementSet((make_set(),)))
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # a write beyond 1000 bytes fails, as on a full disk
    try:
        with pytest.raises(InputError, match=r"data\.h5: cannot be written: .*free space"):
            write_store(path, MeasurementSet((make_set(), make_set())))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder(make_set: Callable[..., Sweep], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        write_store(tmp_path / "absent" / "data.h5", MeasurementSet((make_set(),)))


@pytest.fixture
def stored(make_set: Callable[..., Sweep], make_reset: Callable[..., Sweep], tmp_path: Path) -> Path:
    path = tmp_path / "data.h5"
    write_store(path, MeasurementSet((make_set(), make_reset())))
    return path


def test_truncated_at_any_length(stored: Path) -> None:
    data = stored.read_bytes()
    for length in range(0, len(data) - 1, max(1, len(data) // 97)):
        stored.write_bytes(data[:length])
        with pytest.raises(InputError, match=r"data\.h5"):
            read_store(stored)


def test_any_changed_byte_is_found(stored: Path) -> None:
    data = stored.read_bytes()
    for place in range(0, len(data), max(1, len(data) // 199)):
        stored.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        with pytest.raises(InputError, match=r"data\.h5: (damaged or changed|no checksum)"):
            read_store(stored)


@pytest.mark.parametrize("content", [b"", b"Time,AI,AV\n", b"\x89HDF\r\n\x1a\n" + b"\xff" * 500])
def test_not_hdf5(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a measurement store"):
        read_store(path)
    path.write_bytes(seal(content))
    with pytest.raises(InputError, match="not a readable measurement store"):
        read_store(path)


def external_link(file: h5py.File) -> None:
    del file["sweeps/000001"]
    file["sweeps/000001"] = h5py.ExternalLink("/etc/other.h5", "/")


def external_data(file: h5py.File) -> None:
    del file["sweeps/000001/current"]
    file["sweeps/000001"].create_dataset("current", (61,), "<f8", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def huge_data(file: h5py.File) -> None:
    del file["sweeps/000001/current"]
    file["sweeps/000001"].create_dataset("current", (10**12,), "<f8", chunks=(1000,))


def put(name: str, value: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        group, _, attribute = name.rpartition("@")
        file[group].attrs[attribute] = value

    return change


def replace_data(values: np.ndarray) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file["sweeps/000000/current"]
        file["sweeps/000000/current"] = values

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (external_link, "link out of the file"),
        (external_data, "outside the file"),
        (huge_data, "shape"),
        (put("/@format", "other"), "format is 'other'"),
        (put("/@format_version", 3), "format version 3"),
        (put("sweeps/000000@activity", "anneal"), "unknown activity"),
        (put("sweeps/000000@activity", 3), "activity .* no text"),
        (put("sweeps/000000@cycle", "x"), "cycle"),
        (put("sweeps/000000@compliance_current", np.nan), "not a finite number"),
        (put("sweeps/000000@compliance_current", [1.0, 2.0]), "not a finite number"),
        (replace_data(np.full(101, np.nan)), "current is not finite at point 0"),
        (replace_data(np.zeros(5)), "current has shape"),
        (replace_data(np.zeros(101, dtype=np.int32)), "expected float64"),
        (replace_data(np.zeros((101, 1))), "one dimension"),
        (lambda file: file.pop("heat"), "heat is missing"),
        (lambda file: file["sweeps"].pop("000000"), "not numbered"),
        (put("/@kinds", '["sweeps", "spin"]'), "kind 'spin', which this program does not know"),
        (put("/@kinds", "no json"), "not a readable measurement store"),
        (put("sweeps/000000@record", "PulseTrain"), "'PulseTrain', expected one of Sweep"),
        (put("sweeps/000000@timed", "yes"), "timed .* no truth value"),
        (lambda file: file["sweeps/000000"].pop("time"), "time is missing"),
    ],
)
def test_hostile_content(stored: Path, change: Callable[[h5py.File], object], words: str) -> None:
    with h5py.File(stored, "r+") as file:
        change(file)
    stored.write_bytes(seal(stored.read_bytes()))  # as somebody who means harm would
    with pytest.raises(InputError, match=words) as caught:
        read_store(stored)
    assert caught.value.path == str(stored)


def test_missing_store(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file; make it with `memchar import`"):
        read_store(tmp_path / "absent.h5")
