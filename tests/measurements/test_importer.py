"""Import of files and folders: nothing is lost, order and cycles are right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from measurements import (
    Activity,
    FactRule,
    FileFacts,
    Import,
    MeasurementSet,
    Sweep,
    ThermalStep,
    import_files,
    read_measurement,
    write_store,
)

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
    assert (refused["cut.csv"].reader, refused["other.csv"].reader) == ("keithley-4200a", None)
    assert "2 cells" in refused["cut.csv"].reason
    assert refused["copy.csv"].reason == f"same bytes as {tmp_path / 'good.csv'}"
    assert "no supported layout" in refused["other.csv"].reason
    assert str(refused["cut.csv"]).startswith(f"{tmp_path / 'deep' / 'er' / 'cut.csv'}:3: ")
    assert [Path(path).name for path in found.not_tried] == ["log.yml"]


def test_a_store_is_merged_with_files_and_nothing_is_taken_twice(tmp_path: Path) -> None:
    (tmp_path / name("220228161659")).write_text(rows(1e-6))
    (tmp_path / name("220228161601")).write_text(rows(2e-6))
    first = import_files([tmp_path])
    write_store(tmp_path / "first.h5", first.records)
    (tmp_path / name("220228161630")).write_text(rows(3e-6))
    (tmp_path / name("220228161601")).unlink()
    found = import_files([tmp_path])  # two files, and a store that holds one of them and the removed one
    assert [(sweep.cycle, sweep.current[0]) for sweep in found.records.sweeps] == [(0, 2e-6), (1, 3e-6), (2, 1e-6)]
    (store,) = [file for file in found.explained if file.reader == "memchar-store"]
    assert [(origin.fact, origin.value) for origin in store.origins][-1] == ("records left out", "1")
    again = import_files([tmp_path / "first.h5", tmp_path / name("220228161659")])  # the file goes first all the same
    assert (len(again.records.sweeps), again.refused) == (2, ())
    assert [file.reader for file in again.explained] == ["keithley-4200a", "memchar-store"]
    write_store(tmp_path / "second.h5", MeasurementSet(again.records.sweeps[:1]))
    twice = import_files([tmp_path / "first.h5", tmp_path / "second.h5"])
    assert len(twice.records.sweeps) == 2
    assert twice.refused[0].reason == "every record in it is already taken from other files"
    (refusal,) = import_files([tmp_path / "first.h5"], [FactRule("*", FileFacts(swap_polarity=True))]).refused
    assert "import the instrument files again" in refusal.reason
    whole = import_files([tmp_path / "first.h5"]).records
    for before, after in zip(first.records.sweeps, whole.sweeps, strict=True):
        assert before.current.tobytes() == after.current.tobytes()
        assert (before.taken, before.cycle, before.source) == (after.taken, after.cycle, after.source)


def test_a_damaged_store_among_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(rows(1e-6))
    write_store(tmp_path / "b.h5", import_files([tmp_path]).records)
    (tmp_path / "b.h5").write_bytes((tmp_path / "b.h5").read_bytes()[:-9])
    found = import_files([tmp_path])
    assert len(found.records.sweeps) == 1
    assert "no checksum at the end" in found.refused[0].reason
    (tmp_path / "c.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 200)
    assert "binary file that no reader knows" in import_files([tmp_path / "c.h5"]).refused[0].reason


def test_swapped_terminals_give_a_hint_and_an_option(tmp_path: Path) -> None:
    (tmp_path / name("220228161659")).write_text("Time,AI,AV\n1,-1e-6,-0.1\n2,-2e-6,-0.5\n")
    (hint,) = import_files([tmp_path]).hints
    assert hint.startswith("w(0,7) (1,1): all 1 form and set sweeps are at negative voltage")
    swapped = import_files([tmp_path], [FactRule("*", FileFacts(swap_polarity=True))])
    assert swapped.hints == ()
    assert swapped.records.sweeps[0].voltage.tolist() == [0.1, 0.5]
    assert swapped.records.sweeps[0].current.tolist() == [1e-6, 2e-6]


def test_current_against_the_voltage_gives_a_hint(tmp_path: Path) -> None:
    body = "".join(f"{n},{-1e-5 * n},{0.1 * n}\n" for n in range(10))
    (tmp_path / name("220228161659")).write_text("Time,AI,AV\n" + body)
    (hint,) = import_files([tmp_path]).hints
    assert "in 1 sweeps" in hint
    assert "current runs against voltage" in hint
    (tmp_path / name("220228161659")).write_text("Time,AI,AV\n" + body.replace(",-", ","))
    assert import_files([tmp_path]).hints == ()
    (tmp_path / name("220228161659")).write_text("Time,AI,AV\n" + body.replace("e-05", "e-09"))  # an offset
    assert import_files([tmp_path]).hints == ()


def test_stated_facts_go_before_those_of_the_file_and_its_name(tmp_path: Path) -> None:
    (tmp_path / name("220228161659")).write_text(rows(1e-6))
    stated = FileFacts(cell="mine", compliance_current=1e-3, temperature=350.0)
    found = import_files([tmp_path], [FactRule("*", stated)])
    (sweep,) = found.records.sweeps
    assert (sweep.device, sweep.cell, sweep.compliance_current, sweep.temperature) == ("w(0,7)", "mine", 1e-3, 350.0)
    places = {origin.fact: (origin.place, origin.inferred) for origin in found.explained[0].origins}
    assert places["cell"] == places["compliance_current"] == ("stated by the user", False)
    assert places["device"] == places["activity"] == ("file name", False)
    assert places["voltage"] == ("line 1, column 3", False)


def test_what_no_reader_takes_says_what_to_do(tmp_path: Path) -> None:
    for file, text, words in (
        ("a.csv", "1,2\n3,4\n", "numbers without a header, nothing says what they are; state columns"),
        ("b.csv", "i,v\n1,2\n", "columns of numbers without units; write units into the header"),
        ("c.csv", "once upon a time\n", "docs/readers.md"),
    ):
        (tmp_path / file).write_text(text)
        (refusal,) = import_files([tmp_path / file]).refused
        assert words in refusal.reason
        assert refusal.line == 1


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
