"""The 4200A reader: layouts, descriptions, hostile input, round trips."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from measurements import Activity, Import, InputError, Source, Sweep, keithley_text, read_keithley
from measurements.readers.keithley import is_keithley
from measurements.textfile import read_text

NAME = "(wafer2,0,7,-1,-1,1,2)_220325170825_set_0_5_1_20uA.csv"
ROWS = "Time,BI,BV,AI,AV\n0.01,1E-9,0,-1.5E-9,0\n0.05,-2,0,23.1922E-6,0.05\n0.09,0,0,2e-5,0.1\n"


def write(tmp_path: Path, text: str, name: str = NAME) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def test_columns_go_to_the_right_quantities(tmp_path: Path) -> None:
    sweep = read_keithley(write(tmp_path, "---\nTime, AV and more\nState: Set*\n---\n" + ROWS))
    assert sweep.time.tolist() == [0.01, 0.05, 0.09]
    assert sweep.voltage.tolist() == [0.0, 0.05, 0.1]
    assert sweep.current.tolist() == [-1.5e-9, 23.1922e-6, 2e-5]
    assert sweep.comment == "Time, AV and more\nState: Set*"
    assert (sweep.device, sweep.cell, sweep.activity) == ("wafer2(0,7)", "(1,2)", Activity.SET)
    assert sweep.compliance_current == 20e-6
    assert sweep.temperature is None


@pytest.mark.parametrize(
    "text",
    [
        "Time,AI,AV\n1,2,3\n4,5,6\n",
        "BI,BV,AI,AV,Time\n0,0,2,3,1\n0,0,5,6,4",
        "\ufeffAV,Time,AI\r\n3,1,2\n6,4,5\r\n\n\n",
        "\n---\n---\n\nTime,AI,AV,\n1,2,3,\n4,5,6,\n",
        "---\r\nprobe: copper\r\n---\r\n\ufeffTime,AI,AV\r1,2,3\r4,5,6",
    ],
)
def test_layouts_that_say_the_same(tmp_path: Path, text: str) -> None:
    sweep = read_keithley(write(tmp_path, text))
    assert (sweep.time.tolist(), sweep.current.tolist(), sweep.voltage.tolist()) == ([1, 4], [2, 5], [3, 6])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\nnever closed\nTime,AI,AV\n1,2,3\n", 1, "not closed"),
        ("---\nonly comment\n---\n", 3, "nothing after"),
        ("Time,AI\n1,2\n", 1, "AV is missing"),
        ("Time,AI,AV,AV\n1,2,3,3\n", 1, "AV appears 2 times"),
        ("Time,AI,AV,GateV\n1,2,3,3\n", 1, "unknown column 'GateV'"),
        ("Time,AI,AV\n", 1, "no row"),
        ("Time,AI,AV\n1,2,3\n2,2\n", 3, "2 cells, the header 3"),
        ("Time,AI,AV\n1,2,3\n2,2,3,4\n", 3, "4 cells, the header 3"),
        ("Time,AI,AV,\n1,2,3,\n2,2,3,4\n", 3, "4 cells"),
        ("---\nc\n---\nTime,AI,AV\n1,2,3\n2,nan,3\n", 6, "AI: expected a finite number, found 'nan'"),
        ("Time,AI,AV\n1,2,3\n2,#REF,3\n", 3, "#REF"),
        ("Time,AI,AV\n1,2,3\n2,,3\n", 3, "empty cell"),
        ("Time,AI,AV\n1,2,3\n2,-101,3\n", 3, "beyond any 4200A"),
        ("Time,AI,AV\n1,2,3\n2,3e", 3, "2 cells"),
        ("Time,AI,AV\n1,2,3\n2,3e-6,0.1e", 3, "0.1e"),
        ("Time,AI,AV\n1,2,3\n\n2,2,3\n", 3, "empty line between"),
        ("Time,AI,AV\n1,2,3\n3,2,3\n2,2,3\n", 4, "time runs backwards"),
        ("Time,AI,AV\nTime,AI,AV\n1,2,3\n", 2, "found 'Time'"),
        ("---\nx\n---\nTime,AI,AV\n1,2,3\n", 5, "a set sweep of one point"),
        ("---\nactivity: anneal\n---\nTime,AI,AV\n1,2,3\n2,2,3\n", 2, "unknown activity 'anneal'"),
        ("---\nx\ntemperature [K]: warm\n---\nTime,AI,AV\n1,2,3\n2,2,3\n", 3, "warm"),
        ("Time,AI,AV\n1,0,0\n2,0,-0.5\n3,0,-1.0\n4,0,-1.5\n5,0,-2.0\n6,0,-2", 7, "cut off"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = write(tmp_path, text)
    if words == "cut off":
        path.write_text(text[:-1] + "0.2")  # 0.2 of 2.5: the digits changed place, no line end
    with pytest.raises(InputError, match=words) as caught:
        read_keithley(path)
    assert caught.value.line == line
    assert str(path) in str(caught.value)


def test_whole_last_row_without_line_end_is_taken(tmp_path: Path) -> None:
    sweep = read_keithley(write(tmp_path, "Time,AI,AV\n1,0,0\n2,0,-0.5\n3,0,-1.0\n4,0,-1.5\n5,0,-2.0"))
    assert sweep.voltage[-1] == -2.0


def test_one_point_is_a_read_where_the_name_says_observe(tmp_path: Path) -> None:
    name = "(wafer1,0,0,-1,-1,0,0)_2202211340_observe_0_0.1_50uA.csv"
    sweep = read_keithley(write(tmp_path, "Time,AI,AV\n0.02,49.97E-6,0.1\n", name))
    assert (sweep.activity, len(sweep)) == (Activity.READ, 1)


@pytest.mark.parametrize(
    ("voltages", "activity"),
    [
        ((0, 1, 2), "set"),
        ((0, -1, -2), "reset"),
        ((0, 0.1, 0.2), "read"),
        ((0, 2, -2), "cycle"),
        ((0, 2, 0), "set"),
    ],
)
def test_unnamed_file_is_inferred_and_says_so(tmp_path: Path, voltages: tuple[float, ...], activity: str) -> None:
    rows = "".join(f"{time},1e-6,{voltage}\n" for time, voltage in enumerate(voltages))
    sweep = read_keithley(write(tmp_path, "---\nmine\n---\nTime,AI,AV\n" + rows, "mine.csv"))
    assert sweep.activity == activity
    assert sweep.comment.split("\n") == [
        f"[activity {activity} inferred from the sweep]",
        "[device and cell not stated: named after the folder]",
        "mine",
    ]
    assert sweep.device == tmp_path.name
    assert sweep.compliance_current is None


def test_facts_of_the_comment_block_go_before_the_name(tmp_path: Path) -> None:
    block = "---\ndevice: D\ncell: C\nactivity: reset\ntemperature [K]: 350.5\nnote\n---\n"
    sweep = read_keithley(write(tmp_path, block + ROWS))
    assert (sweep.device, sweep.cell, sweep.activity, sweep.temperature) == ("D", "C", Activity.RESET, 350.5)
    assert sweep.compliance_current is None
    assert sweep.comment == "note"


def test_recognition_is_by_content(tmp_path: Path) -> None:
    assert is_keithley(read_text(write(tmp_path, ROWS, "whatever.txt")))
    assert is_keithley(read_text(write(tmp_path, "---\nunclosed\n")))
    assert not is_keithley(read_text(write(tmp_path, "x-axis,1,2\nsecond,Volt,Volt\n")))


finite = st.floats(-100.0, 100.0)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"), max_size=20)


@st.composite
def sweeps(draw: st.DrawFn) -> Sweep:
    size = draw(st.integers(1, 12))
    values = st.lists(finite, min_size=size, max_size=size)
    kinds = list(Activity) if size > 1 else [Activity.READ]
    return Sweep(
        time=np.sort(draw(values)),
        voltage=np.array(draw(values)),
        current=np.array(draw(values)),
        activity=draw(st.sampled_from(kinds)),
        compliance_current=draw(st.none() | st.floats(1e-12, 1.0)),
        device=draw(words),
        cell=draw(words),
        cycle=0,
        temperature=draw(st.none() | st.floats(1.0, 1000.0)),
        source=Source("x.csv", ""),
        comment="\n".join(draw(st.lists(words.filter(lambda line: line.strip() != "---"), max_size=4))),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sweep=sweeps())
def test_text_and_back_gives_every_bit(tmp_path: Path, sweep: Sweep) -> None:
    path = write(tmp_path, keithley_text(sweep), "round.csv")
    again = read_keithley(path)
    for name in ("time", "voltage", "current"):
        assert getattr(again, name).tobytes() == getattr(sweep, name).tobytes()
    for name in ("activity", "compliance_current", "device", "cell", "temperature", "comment"):
        assert getattr(again, name) == getattr(sweep, name), name


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.text(alphabet="Time,AIVB-0123456789.eE\n\r\0 ", max_size=200).map(str.encode))
def test_any_bytes_give_a_sweep_or_an_input_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    with contextlib.suppress(InputError):  # any other error fails the test
        assert len(read_keithley(path)) >= 1


@pytest.mark.parametrize("comment", ["a\n---\nb", "a\rb", "a\0b", "temperature [K]: 300", "x" * 70_000])
def test_comment_that_would_not_come_back_is_refused(make_sweep, comment: str) -> None:  # type: ignore[no-untyped-def]
    sweep = make_sweep(np.array([0.0, 1.0]), np.array([0.0, 1e-6]), Activity.SET, comment=comment)
    with pytest.raises(InputError, match="cannot stand"):
        keithley_text(sweep)


def test_every_truncation_of_a_real_file_is_refused_or_a_prefix(shared_data: Path, tmp_path: Path) -> None:
    data = (shared_data / "vt-cu-taox-pt" / "(wafer2,0,7,-1,-1,1,1)_220325171310_reset_0_-3_1_7mA.csv").read_bytes()
    whole = read_keithley(write(tmp_path, data.decode(), "whole.csv"))
    path = tmp_path / NAME
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        try:
            cut = read_keithley(path)
        except InputError:
            continue
        points = len(cut) - 1  # the last number may have lost digits that do not show
        assert np.array_equal(cut.current[:points], whole.current[:points])
        assert np.array_equal(cut.voltage[:points], whole.voltage[:points])
        if points >= 3:  # fewer points show no usual step
            assert abs(cut.voltage[-1] - whole.voltage[points]) <= 0.0126


def test_real_sweep_to_text_and_back(real_import: Import, tmp_path: Path) -> None:
    for sweep in real_import.records.sweeps[::40]:
        again = read_keithley(write(tmp_path, keithley_text(sweep), "again.csv"))
        assert again.current.tobytes() == sweep.current.tobytes()
        assert (again.device, again.cell, again.comment) == (sweep.device, sweep.cell, sweep.comment)
