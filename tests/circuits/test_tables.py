"""Tables: round trip, look-up, refusal of what is outside, missing or damaged."""

from __future__ import annotations

import contextlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from circuits.status import Status
from circuits.tablefile import READ_VERSIONS
from circuits.tables import Table, TableSet, read_tables, read_variants, write_tables
from measurements.errors import InputError, TableError

CURRENT = np.logspace(-7, -4, 7)
VOLTAGE = np.array([-0.3, 0.0, 0.2, 0.6])


def delay(voltage: np.ndarray, current: np.ndarray) -> np.ndarray:
    return (1.2 - voltage) * 1e-12 / current


def drop(voltage: np.ndarray, current: np.ndarray) -> np.ndarray:
    return 0.5 * voltage - 0.1 + 0.0 * current


def make_table() -> xr.Dataset:
    grid = np.meshgrid(VOLTAGE, CURRENT, indexing="ij")
    dims = ("initial_voltage", "input_current")
    flags = np.array([flag.value for flag in Status], dtype=np.int32)
    status = {"flag_values": flags, "flag_meanings": " ".join(flag.meaning for flag in Status)}
    return xr.Dataset(
        {
            "delay": (dims, delay(*grid), {"units": "s", "role": "quantity", "scale": "log"}),
            "drop": (dims, drop(*grid), {"units": "V", "role": "quantity", "scale": "linear"}),
            "status": (dims, np.zeros(grid[0].shape, dtype=np.int32), status),
            "deck_key": (dims, np.full(grid[0].shape, "ab12", dtype=object), {"role": "provenance"}),
        },
        {
            "initial_voltage": ("initial_voltage", VOLTAGE, {"units": "V", "scale": "linear"}),
            "input_current": ("input_current", CURRENT, {"units": "A", "scale": "log"}),
        },
        {"card_sha256": "c0ffee", "step_tolerance": 0.02},
    )


@pytest.fixture
def failed() -> xr.Dataset:
    """The table with one point that did not fire and one that timed out."""
    dataset = make_table()
    for index, status in (((0, 0), Status.DID_NOT_FIRE), ((3, 6), Status.TIMED_OUT)):
        dataset["status"].to_numpy()[index] = status
        dataset["delay"].to_numpy()[index] = np.nan
        dataset["drop"].to_numpy()[index] = np.nan
    return dataset


def test_round_trip_is_bit_exact(tmp_path: Path, failed: xr.Dataset) -> None:
    path = tmp_path / "tables.h5"
    awkward = failed["delay"].to_numpy()
    awkward[1, 1], awkward[1, 2] = 5e-324, np.nextafter(1.0, 2.0)
    write_tables(path, {"neuron": failed, "other": make_table()}, {"memchar_version": "0.1.0", "seed": 3})
    tables = read_tables(path)
    assert list(tables) == ["neuron", "other"]
    assert tables.attributes == {"memchar_version": "0.1.0", "seed": 3, "format_version": 3}
    read = tables["neuron"].dataset
    for name in failed.variables:
        assert read[name].dims == failed[name].dims
        if failed[name].dtype == object:
            assert read[name].values.tolist() == failed[name].values.tolist()
        else:
            assert read[name].to_numpy().tobytes() == failed[name].to_numpy().tobytes()
    assert read["delay"].attrs["units"] == "s"
    assert read.attrs["card_sha256"] == "c0ffee"


def test_status_flags_follow_cf_and_h5py_reads_them(tmp_path: Path, failed: xr.Dataset) -> None:
    path = tmp_path / "tables.h5"
    write_tables(path, {"neuron": failed}, {})
    with h5py.File(path) as file:
        status = file["neuron/status"]
        meanings = status.attrs["flag_meanings"].split()
        values = status.attrs["flag_values"]
        assert values.dtype == status.dtype
        assert dict(zip(meanings, values.tolist(), strict=True))["did_not_fire"] == status[0, 0]
        assert meanings[status[3, 6]] == "timed_out"
        assert meanings[0] == "ok"


def test_lookup_between_points() -> None:
    table = Table("neuron", make_table())
    random = np.random.default_rng(3)
    voltage = random.uniform(-0.3, 0.6, 300)
    current = np.exp(random.uniform(np.log(1e-7), np.log(1e-4), 300))
    at = {"input_current": current, "initial_voltage": voltage}
    np.testing.assert_allclose(table.lookup("delay", at).values, delay(voltage, current), rtol=1e-2)
    np.testing.assert_allclose(table.lookup("drop", at).values, drop(voltage, current), rtol=1e-12)
    assert not table.lookup("drop", at).clamped.any()


def test_power_laws_are_exact_along_log_axes() -> None:
    table = Table("neuron", make_table())
    current = np.array([[2e-7, 3.3e-6], [5e-5, 9e-5]])
    found = table.lookup("delay", {"initial_voltage": 0.2, "input_current": current})
    assert found.values.shape == (2, 2)
    np.testing.assert_allclose(found.values, delay(np.array(0.2), current), rtol=1e-12)


def test_outside_the_range_raises_or_is_clamped_and_flagged() -> None:
    table = Table("neuron", make_table())
    at = {"initial_voltage": np.array([0.0, 0.7, 0.6 * (1 + 1e-14)]), "input_current": 1e-6}
    with pytest.raises(TableError, match=r"neuron: initial_voltage = 0\.7 V is outside the table, -0\.3 to 0\.6"):
        table.lookup("drop", at)
    clamped = table.lookup("drop", at, clamp=True)
    assert clamped.clamped.tolist() == [False, True, False]
    assert clamped.values.tolist() == pytest.approx([-0.1, 0.2, 0.2])
    for bad in (np.nan, np.inf):
        with pytest.raises(TableError, match="outside"):
            table.lookup("drop", {"initial_voltage": bad, "input_current": 1e-6})
    with pytest.raises(TableError, match="outside"):
        table.lookup("drop", {"initial_voltage": np.nan, "input_current": 1e-6}, clamp=True)


def test_a_point_beside_a_failed_one_names_its_status(failed: xr.Dataset) -> None:
    table = Table("neuron", failed)
    with pytest.raises(TableError, match=r"no delay at initial_voltage = -0\.2 V.*did_not_fire"):
        table.lookup("delay", {"initial_voltage": -0.2, "input_current": 1.5e-7})
    with pytest.raises(TableError, match="timed_out"):
        table.lookup("delay", {"initial_voltage": 0.6, "input_current": 1e-4})
    beside = table.lookup("delay", {"initial_voltage": 0.0, "input_current": 1e-7}).values
    assert float(beside) == pytest.approx(1.2e-5, rel=1e-12)


@pytest.mark.parametrize(
    ("quantity", "at", "text"),
    [
        (
            "speed",
            {"initial_voltage": 0.0, "input_current": 1e-6},
            "no quantity 'speed'; there are delay, drop",
        ),
        ("status", {"initial_voltage": 0.0, "input_current": 1e-6}, "no quantity 'status'"),
        ("delay", {"initial_voltage": 0.0}, "axes initial_voltage, input_current are needed"),
        ("delay", {"initial_voltage": 0.0, "input_current": 1e-6, "x": 1.0}, "are needed"),
        ("delay", {"initial_voltage": np.zeros(2), "input_current": np.full(3, 1e-6)}, "broadcast"),
    ],
)
def test_wrong_questions_are_refused(quantity: str, at: dict[str, float], text: str) -> None:
    with pytest.raises(TableError, match=text):
        Table("neuron", make_table()).lookup(quantity, at)


def test_between_categories_there_is_nothing(tmp_path: Path) -> None:
    side, current = np.array([-1.0, 1.0]), np.array([1.0, 2.0, 4.0])
    names, numbers = ("sign", "current"), side[:, None] * current**2
    variables = {
        "gain": (names, numbers, {"units": "1", "role": "quantity", "scale": "linear"}),
        "status": (names, np.zeros(numbers.shape, np.int32), {}),
    }
    axes = {"sign": ("sign", side, {"units": "1", "scale": "category"}), "current": ("current", current, {})}
    write_tables(tmp_path / "sides.h5", {"sides": xr.Dataset(variables, axes)}, {})
    table = read_tables(tmp_path / "sides.h5")["sides"]
    assert table.lookup("gain", {"sign": side, "current": 2.0}).values.tolist() == [-4.0, 4.0]
    assert list(table.gradient("gain", {"sign": 1.0, "current": 3.0})[1]) == ["current"]
    for clamp in (False, True):
        with pytest.raises(TableError, match="sign = 0 1 is none of -1, 1; nothing lies between"):
            table.lookup("gain", {"sign": np.array([1.0, 0.0]), "current": 2.0}, clamp=clamp)


def test_unknown_table_is_named() -> None:
    with pytest.raises(TableError, match="no table 'x'; there are neuron"):
        TableSet.of({"neuron": make_table()}, {})["x"]


def test_a_number_where_a_point_failed_is_refused(tmp_path: Path) -> None:
    dataset = make_table()
    dataset["status"].to_numpy()[1, 1] = Status.NOT_CONVERGED
    with pytest.raises(TableError, match="a number exactly where status is ok"):
        write_tables(tmp_path / "tables.h5", {"neuron": dataset}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tables.h5"
    write_tables(path, {"neuron": make_table()}, {"run": "first"})

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "dump_to_store", full)
    with pytest.raises(TableError, match=r"tables\.h5: cannot be written.*free space"):
        write_tables(path, {"neuron": make_table()}, {"run": "second"})
    assert read_tables(path).attributes["run"] == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such table file; make it with"):
        read_tables(tmp_path / "none.h5")
    with pytest.raises(TableError, match="cannot be written"):
        write_tables(tmp_path / "none" / "tables.h5", {"neuron": make_table()}, {})


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.binary(min_size=1, max_size=64), st.booleans())
def test_damaged_files_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes, cut: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.h5"
    write_tables(path, {"neuron": make_table()}, {})
    content = path.read_bytes()
    place %= len(content)
    path.write_bytes(content[:place] if cut else content[:place] + damage + content[place + len(damage) :])
    with contextlib.suppress(TableError):
        assert all(isinstance(table, Table) for table in read_tables(path).values())


def test_hostile_files(tmp_path: Path) -> None:
    path = tmp_path / "tables.h5"

    def tampered(change: object) -> None:
        write_tables(path, {"neuron": make_table()}, {})
        with h5py.File(path, "r+") as file:
            change(file)  # type: ignore[operator]

    tampered(lambda file: file.attrs.__setitem__("format_version", 99))
    with pytest.raises(TableError, match="format_version 1 or 2 or 3 is needed, found 99"):
        read_tables(path)
    tampered(lambda file: file.__setitem__("secret", h5py.ExternalLink("/etc/passwd", "/")))
    with pytest.raises(TableError, match="secret is a link"):
        read_tables(path)
    tampered(lambda file: file["neuron"].__setitem__("soft", h5py.SoftLink("/neuron/delay")))
    with pytest.raises(TableError, match="soft is a link"):
        read_tables(path)
    tampered(lambda file: file["neuron"].create_dataset("bomb", shape=(10**6, 10**6), dtype="f8", chunks=(1, 1000)))
    with pytest.raises(TableError, match="bomb has 1000000000000 cells"):
        read_tables(path)
    tampered(lambda file: file["neuron/status"].__setitem__((0, 0), 77))
    with pytest.raises(TableError, match="no flag means"):
        read_tables(path)
    tampered(lambda file: file["neuron/input_current"].__setitem__(0, 1.0))
    with pytest.raises(TableError, match="must be finite and increasing"):
        read_tables(path)
    tampered(lambda file: file["neuron"].__delitem__("status"))
    with pytest.raises(TableError, match="'status' is needed"):
        read_tables(path)


def test_gradients_of_a_table_have_their_axes_and_units() -> None:
    table = Table("neuron", make_table())
    voltage, current = np.array([0.1, 0.5]), np.array([[2e-7], [3e-5]])
    values, by_axis = table.gradient("delay", {"initial_voltage": voltage, "input_current": current})
    np.testing.assert_allclose(by_axis["input_current"], -values / current, rtol=1e-9)
    assert by_axis["initial_voltage"].shape == (2, 2)
    np.testing.assert_allclose(by_axis["initial_voltage"], -1e-12 / current * np.ones(2), rtol=0.15)
    assert table.gradient("drop", {"initial_voltage": 0.3, "input_current": 1e-6})[1]["initial_voltage"] == (
        pytest.approx(0.5)
    )
    with pytest.raises(TableError, match="outside the table"):
        table.gradient("delay", {"initial_voltage": 0.7, "input_current": 1e-6})


@pytest.mark.parametrize("version", [1, 2, 3])
def test_stored_files_of_every_version_are_read(version: int, failed: xr.Dataset) -> None:
    tables = read_tables(Path(__file__).parent / "data" / f"tables_v{version}.h5")
    variant = {"variant": "typical_1.8V_300.15K"} if version == 3 else {}
    assert tables.attributes == {"memchar_version": "0.1.0", "seed": 3, "format_version": version, **variant}
    table = tables["neuron"]
    for name in ("delay", "drop", "status"):
        np.testing.assert_array_equal(table.dataset[name].to_numpy(), failed[name].to_numpy())
    assert table.status_counts() == {"ok": 26, "did_not_fire": 1, "timed_out": 1}
    assert table.coverage == pytest.approx(27 / 28)
    found = table.lookup("delay", {"initial_voltage": 0.2, "input_current": 3e-6})
    assert float(found.values) == pytest.approx(1e-12 / 3e-6)
    if version == 1:
        assert table.validation("delay") is None
    else:
        validation = table.validation("delay")
        assert validation is not None
        assert (validation.points, validation.seed, validation.worst) == (50, 7, 0.0125)
        assert validation.worst_at == {"initial_voltage": 0.5, "input_current": 3e-7}
        assert table.validation("drop") is None
        assert (table.dataset.attrs["points_ok"], table.dataset.attrs["points"]) == (26, 28)


def test_variants_of_the_stored_file_are_read() -> None:
    path = Path(__file__).parent / "data" / "tables_v3.h5"
    found = read_variants(path)
    assert list(found) == ["typical_1.8V_300.15K", "ff_1.98V_350K_draw2"]
    assert found["ff_1.98V_350K_draw2"]["mismatch_seed"] == 3000000000
    drawn = read_tables(path, "ff_1.98V_350K_draw2")
    assert drawn.attributes == found["ff_1.98V_350K_draw2"]
    first = read_tables(path)["neuron"].dataset["delay"].to_numpy()
    np.testing.assert_array_equal(drawn["neuron"].dataset["delay"].to_numpy(), 0.9 * first)
    assert read_tables(path, "typical_1.8V_300.15K")["neuron"].dataset["delay"].to_numpy()[0, 1] == first[0, 1]
    assert read_variants(path.with_name("tables_v2.h5")) == {}
    with pytest.raises(InputError, match=r"no variant 'ff'; there are typical_1.8V_300.15K, ff_1.98V_350K_draw2"):
        read_tables(path, "ff")


def test_hostile_variants(tmp_path: Path) -> None:
    path = tmp_path / "tables.h5"
    plain = {"neuron": make_table()}
    for label in ("../neuron", "a/b", "", "x" * 101, "a\nb"):
        with pytest.raises(TableError, match="cannot be the label of a variant"):
            write_tables(path, plain, {}, {label: (plain, {})})
    with pytest.raises(TableError, match="cannot be named 'variants'"):
        write_tables(path, {"variants": make_table()}, {})
    write_tables(path, plain, {"variant": "one"}, {"two": (plain, {"variant": "two"})})
    with h5py.File(path, "r+") as file:
        file["variants"]["three"] = h5py.SoftLink("/variants/two")
    with pytest.raises(TableError, match="three is a link"):
        read_tables(path)
    write_tables(path, plain, {"variant": "one"}, {"two": (plain, {"variant": "two"})})
    with h5py.File(path, "r+") as file:
        file["variants/two/neuron/status"][0, 0] = 77
    assert read_tables(path, "one").attributes["variant"] == "one"
    with pytest.raises(TableError, match="no flag means"):
        read_tables(path, "two")


def test_every_stored_version_is_tested() -> None:
    stored = {path.name for path in (Path(__file__).parent / "data").glob("tables_v*.h5")}
    assert stored == {f"tables_v{version}.h5" for version in READ_VERSIONS}
