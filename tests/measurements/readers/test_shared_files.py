"""Every real file beside the project is read or refused for a stated reason, and what is read makes physical sense."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from measurements import (
    Activity,
    FactRule,
    FileFacts,
    Import,
    PulseDirection,
    QuantityTable,
    Sweep,
    import_files,
    write_store,
)

ONE_KILOHM = (FactRule("*", FileFacts(series_resistance=1000.0)),)


@pytest.fixture(scope="module")
def files(shared_data: Path) -> list[Path]:
    if not (shared_data / "radar-1t1r").is_dir():
        pytest.skip("the real measurements beside the project are not all there")
    return [path for path in sorted(shared_data.rglob("*")) if path.is_file() and "mnist" not in path.parts]


@pytest.fixture(scope="module")
def imported(files: list[Path]) -> Import:
    return import_files(files)


def sweeps(found: Import, reader: str) -> list[Sweep]:
    records = [record for file in found.explained if file.reader == reader for record in file.records]
    assert all(isinstance(record, Sweep) for record in records)
    return records  # type: ignore[return-value]


def test_every_file_is_read_or_refused(files: list[Path], imported: Import) -> None:
    assert len(imported.explained) + len(imported.refused) == len(files) == 640
    assert Counter(file.reader for file in imported.explained) == {
        "keithley-4200a": 599,
        "clarius-xlsx": 9,
        "easyexpert-list": 6,
        "keithley-acs": 6,
        "easyexpert": 3,
        "pulse-ramps": 2,
        "time-voltage-current": 2,
        "array-test-1t1r": 2,
        "csv-with-units": 1,
    }
    reasons = {
        "series resistor": 2,
        "numbers without a header": 4,
        "columns of numbers without units": 1,
        "no supported layout starts with 'Set 125:'": 2,
        "no supported layout starts with '# Data": 1,
    }
    found = Counter(next(key for key in reasons if key in refusal.reason) for refusal in imported.refused)
    assert found == reasons
    assert all(refusal.line is not None for refusal in imported.refused)
    assert imported.faults == imported.not_tried == ()
    assert [hint.split(":")[0] for hint in imported.hints] == ["clarius-h16248l-b12 unnamed"]


def test_clarius_runs_have_compliance_order_and_sign(imported: Import) -> None:
    runs = imported.records.of_cell("clarius-h16248l-b12", "unnamed").sweeps
    counts = Counter(sweep.activity for sweep in runs)
    assert counts == {Activity.READ: 1, Activity.FORM: 1, Activity.RESET: 61, Activity.SET: 60}
    leakage, forming, first_reset = runs[:3]
    assert [sweep.activity for sweep in runs[:3]] == [Activity.READ, Activity.FORM, Activity.RESET]
    assert (leakage.compliance_current, forming.compliance_current, first_reset.compliance_current) == (0.01, 5e-4, 0.1)
    assert forming.taken == "2025-12-02T15:06:30"
    assert len(forming) == 1402  # as its Settings sheet says
    assert forming.voltage.min() == -7.0
    assert abs(forming.current).max() == pytest.approx(5e-4, rel=1e-3)  # at compliance
    assert leakage.voltage.max() == pytest.approx(0.2)
    for sweep in runs:
        driven = abs(sweep.voltage) > 0.1
        assert np.mean(sweep.voltage[driven] * sweep.current[driven] > 0) > 0.99
        assert (sweep.voltage.min() < 0) == (sweep.activity in (Activity.SET, Activity.FORM, Activity.READ))
        assert 5.0 < sweep.time[-1] < 60.0
    tables = imported.records.of_cell("clarius-h16248l-b12", "unnamed").tables
    assert [len(table) for table in tables] == [10, 50]
    # The summary's low-resistance current at 0.2 V is that of the run itself: run 113 is the first set of the ten.
    stated = tables[0].columns["SET_negative#1 ILRS"][0]
    run = next(sweep for sweep in runs if sweep.activity is Activity.SET)
    back = len(run) // 2 + int(np.argmin(abs(run.voltage[len(run) // 2 :] + 0.2)))
    assert abs(run.current[back]) == pytest.approx(stated, rel=1e-6)


def test_acs_sweeps_have_their_range_ramp_and_ohms(imported: Import, files: list[Path]) -> None:
    found = sweeps(imported, "keithley-acs")
    assert sorted(round(sweep.voltage.min()) for sweep in found) == [-4, -4, -3, -3, -2, -2]
    for sweep in found:
        assert sweep.voltage.max() == pytest.approx(1.0, rel=1e-3)
        assert sweep.activity is Activity.CYCLE
        ramp = np.median(abs(np.diff(sweep.voltage)) / np.diff(sweep.time))
        assert ramp == pytest.approx(0.01 / 0.0828, rel=0.02)  # [V/s]
        path = next(path for path in files if path.name == sweep.source.file)
        resistance = float(path.read_text().splitlines()[101].split(",")[4])  # the instrument's own V/I
        assert sweep.voltage[100] / sweep.current[100] == pytest.approx(resistance, rel=1e-9)


def test_lists_of_easyexpert_have_no_time_and_the_range_of_their_names(imported: Import) -> None:
    found = sweeps(imported, "easyexpert-list")
    for sweep in found:
        stated = float(sweep.source.file.split("p1V_m")[1].split("V")[0])
        assert sweep.voltage.min() == -stated
        assert sweep.voltage[0] == sweep.voltage[-1] == 1.0
        assert not sweep.timed
        assert "no ramp rate" in sweep.comment
        assert sweep.taken.startswith("2022-02-03T15:5")
        assert 1e-4 < sweep.current.max() < 1e-3


def test_logs_with_time(imported: Import) -> None:
    found = sweeps(imported, "time-voltage-current")
    assert [sweep.voltage.min() for sweep in found] == pytest.approx([-2.0, -4.0])
    assert [sweep.current[0] for sweep in found] == [0.009546377, 0.009537644]
    assert all(0.02 / np.median(np.diff(sweep.time)) == pytest.approx(0.066, rel=0.02) for sweep in found)  # [V/s]


def test_transistor_sweeps_are_tables(imported: Import) -> None:
    tables = [file.records[0] for file in imported.explained if file.reader == "easyexpert"]
    assert all(isinstance(table, QuantityTable) and table.kind == "three-terminal sweep" for table in tables)
    assert [len(table) for table in tables] == [801, 201, 201]  # type: ignore[arg-type]
    gate, _, biased = tables
    assert list(gate.columns) == ["GateV", "DrainI", "GateI"]  # type: ignore[union-attr]
    assert "V3 at 10 V" in biased.comment
    assert biased.cell == "00_02_10"
    assert biased.columns["DrainI"][-1] == 7.0798399999999992e-08  # type: ignore[union-attr]


def test_pulse_ramps(imported: Import) -> None:
    trains = imported.records.pulses
    rising = [train for train in trains if train.direction is PulseDirection.POTENTIATION]
    assert (len(rising), len(trains) - len(rising)) == (39, 40)
    assert [train.train for train in rising] == list(range(39))
    assert max(len(train.pulse) for train in rising) == 192
    for train in trains:
        assert 1.5e-3 < train.conductance.min() < 1.7e-3  # [S]
        assert 2.4e-3 < train.conductance.max() < 2.6e-3
        assert "assumed" in train.comment


def test_array_tables(imported: Import) -> None:
    tables = {table.kind: table for table in imported.records.tables if table.device == "radar-1t1r"}
    assert len(tables["forming"]) == 256
    assert set(tables["forming"].columns["success"]) == {1.0}
    forming_voltage = tables["forming"].columns["bit_line_voltage"]
    assert (forming_voltage.min(), forming_voltage.max()) == (1.6, 3.7)
    cycling = tables["cycling"].columns
    assert len(tables["cycling"]) == 76 * 300
    assert np.median(cycling["resistance_after_reset"]) == pytest.approx(85229.939)
    assert np.median(cycling["resistance_after_set"]) == pytest.approx(4971.132, rel=1e-4)
    first = [cycling[name][0] for name in ("address", "cycle", "resistance_after_reset", "resistance_after_set")]
    assert first == [121.0, 0.0, 427514.807, 5578.008]
    assert cycling["cycle"][299] == 299.0
    errors = tables["plain"]
    assert errors.units == {"BPC": "1", "Temperature": "K", "Time": "s", "BER": "1"}
    assert (len(errors), set(errors.columns["Temperature"])) == (35, {338.0, 358.0, 373.0})


def test_everything_goes_into_a_store_and_comes_back_to_the_byte(imported: Import, tmp_path: Path) -> None:
    write_store(tmp_path / "first.h5", imported.records)
    again = import_files([tmp_path / "first.h5"])
    assert len(again.records.records) == len(imported.records.records) == 823
    write_store(tmp_path / "second.h5", again.records)
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "second.h5").read_bytes()


def test_stated_facts_read_what_was_refused(shared_data: Path) -> None:
    rules = (
        *ONE_KILOHM,
        FactRule("re*bake.csv", FileFacts(columns=("resistance [ohm]",), cell="array")),
        FactRule("iv_test.csv", FileFacts(columns=("i [A]", "v [V]"))),
    )
    folders = [shared_data / name for name in ("scope-sdc", "radar-1t1r", "crosssim-pulse-ramps")]
    found = import_files(folders, rules)
    assert found.refused == ()
    lists = [table for table in found.records.tables if table.cell == "array"]
    assert [len(table) for table in lists] == [1024] * 4
    assert all(1e3 < np.median(table.columns["resistance"]) < 1e5 for table in lists)
    plain = next(file.records[0] for file in found.explained if file.file.endswith("iv_test.csv"))
    assert isinstance(plain, Sweep)
    assert (len(plain), plain.current[0], plain.voltage[0], plain.timed) == (2960, 0.001, 0.000789758, False)
    scope = {sweep.source.file: sweep for sweep in sweeps(found, "oscilloscope")}
    triangle = scope["triangle250m250m1ka1.csv"]
    assert len(triangle) == 16000
    assert triangle.current.max() == pytest.approx(1.00047895e-4)  # 100 mV over 1 kohm
    assert abs(triangle.voltage).max() == pytest.approx(0.179166926)
    assert np.mean(triangle.voltage * triangle.current) > 0  # a memristor takes power
    assert np.ptp(triangle.voltage + 1000.0 * triangle.current) == pytest.approx(0.503, rel=1e-3)  # the drive
