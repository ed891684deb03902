"""Import of files and folders: nothing is lost, order and cycles are right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from measurements import Activity, Import, Sweep, ThermalStep, import_files, read_measurement

HEAT = """# device: D
# cell: C
# ambient_temperature [K]: 300
time [s],power [W],temperature [K]
0,1,300
1,1,310
"""


def rows(current: float) -> str:
    return f"Time,AI,AV\n1,{current},0\n2,{current},0.5\n"


def name(stamp: str, activity: str = "set", limit: str = "20uA", cell: str = "1,1") -> str:
    return f"(w,0,7,-1,-1,{cell})_{stamp}_{activity}_0_5_1_{limit}.csv"


def test_layouts_are_recognised_by_content(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAT)
    (tmp_path / "b.csv").write_text(rows(1e-6))
    assert isinstance(read_measurement(tmp_path / "a.csv")[0], ThermalStep)
    assert isinstance(read_measurement(tmp_path / "b.csv")[0], Sweep)


def test_cycles_count_in_time_order_within_cell_and_activity(tmp_path: Path) -> None:
    files = {
        name("220228161659"): 3e-6,
        name("2202281616"): 1e-6,  # minute stamp: sorts before the seconds of the same minute
        name("220228161609"): 2e-6,
        name("2202281701", "reset", "8mA"): 5e-6,
        name("2202281701", "reset", "10mA"): 6e-6,  # same minute: lower compliance first
        name("220228161600", cell="0,1"): 9e-6,
    }
    for file, current in files.items():
        (tmp_path / file).write_text(rows(current))
    sweeps = import_files([tmp_path]).records.of_cell("w(0,7)", "(1,1)").sweeps
    found = [(sweep.activity, sweep.cycle, sweep.current[0]) for sweep in sweeps]
    assert found == [
        (Activity.SET, 0, 1e-6),
        (Activity.SET, 1, 2e-6),
        (Activity.SET, 2, 3e-6),
        (Activity.RESET, 0, 5e-6),
        (Activity.RESET, 1, 6e-6),
    ]


def test_every_file_is_taken_or_refused(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "good.csv").write_text(rows(1e-6))
    (tmp_path / "deep" / "heat.CSV").write_text(HEAT)
    (tmp_path / "deep" / "er" / "cut.csv").write_text("Time,AI,AV\n1,2,3\n2,2")
    (tmp_path / "deep" / "copy.csv").write_text(rows(1e-6))
    (tmp_path / "other.csv").write_text("x-axis,1,2\n")
    (tmp_path / "log.yml").write_text("a: 1\n")
    found = import_files([tmp_path, tmp_path / "good.csv", tmp_path / "absent.csv", tmp_path / "empty"])
    assert len(found.records.sweeps) == 1
    assert len(found.records.heat) == 1
    refused = {Path(refusal.file).name: refusal for refusal in found.refused}
    assert set(refused) == {"cut.csv", "copy.csv", "other.csv", "absent.csv", "empty"}
    assert refused["cut.csv"].line == 3
    assert "2 cells" in refused["cut.csv"].reason
    assert refused["copy.csv"].reason == f"same bytes as {tmp_path / 'good.csv'}"
    assert "no supported layout" in refused["other.csv"].reason
    assert str(refused["cut.csv"]).startswith(f"{tmp_path / 'deep' / 'er' / 'cut.csv'}:3: ")
    assert [Path(path).name for path in found.not_tried] == ["log.yml"]


def test_all_599_measured_sweeps(real_import: Import, shared_data: Path) -> None:
    files = {path.name for path in (shared_data / "vt-cu-taox-pt").glob("*.csv")}
    assert len(files) == 599
    assert real_import.refused == ()
    sweeps = real_import.records.sweeps
    assert {sweep.source.file for sweep in sweeps} == files
    assert len(sweeps) == 599
    activities = Counter(sweep.activity for sweep in sweeps)
    assert activities == {Activity.FORM: 86, Activity.SET: 137, Activity.RESET: 289, Activity.READ: 87}
    for sweep in sweeps:
        if sweep.activity is Activity.RESET:
            assert sweep.voltage.min() < -1.0
            assert sweep.voltage.max() <= 0.0
        elif sweep.activity is not Activity.READ:
            assert sweep.voltage.max() > 4.9
        assert sweep.compliance_current is not None
        assert abs(sweep.current).max() < 1.02 * sweep.compliance_current


def test_measured_values_are_those_of_the_file(real_import: Import, shared_data: Path) -> None:
    """Independent reading of each file: the last row, split by hand."""
    for sweep in real_import.records.sweeps:
        lines = (shared_data / "vt-cu-taox-pt" / sweep.source.file).read_text().split("\n")
        header = next(line for line in lines if "AV" in line and "AI" in line and "Time" in line).strip().split(",")
        last = dict(zip(header, map(float, [line for line in lines if line.strip()][-1].split(",")), strict=True))
        assert (sweep.time[-1], sweep.voltage[-1], sweep.current[-1]) == (
            last["Time"],
            last["AV"],
            last["AI"],
        )


def test_cycles_of_measured_cells_are_gapless(real_import: Import) -> None:
    seen: dict[tuple[str, str, Activity], int] = {}
    for sweep in real_import.records.sweeps:
        key = (sweep.device, sweep.cell, sweep.activity)
        assert sweep.cycle == seen.get(key, 0)
        seen[key] = sweep.cycle + 1
    assert seen["wafer2(0,7)", "(1,1)", Activity.SET] == 20
