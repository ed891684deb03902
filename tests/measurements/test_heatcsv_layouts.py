"""The four row layouts of heat measurements: reading, round trip, and faults named with their line."""

from __future__ import annotations

import contextlib
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from measurements import (
    CyclesToFailure,
    HeatRecord,
    InputError,
    NeighbourDisturb,
    ResistanceTemperature,
    Source,
    StackSwitching,
    heat_text,
    import_files,
    read_heat,
)
from measurements.heatcsv import is_heat
from measurements.textfile import read_text

NAMES = "# device: D\n# cell: C\n"
AMBIENT = "# ambient_temperature [K]: 300\n"
HEATED = "# heated_cell: (0,0)\n# heating_power [W]: 0.005\n# heating_time [s]: 30\n"
TCR = NAMES + "# read_voltage [V]: 0.05\nstage_temperature [K],resistance [ohm]\n"
STACK = (
    NAMES + AMBIENT + "electrode,operation,line_width [m],resistance [ohm],switching_power [W],spread [W],count [1]\n"
)
CYCLES = NAMES + HEATED + (
    "tested_cell,shared_line,compliance_current [A],distance [m],waiting_time [s],cycles [1],failed [1]\n"
)  # fmt: skip
DISTURB = NAMES + AMBIENT + (
    "aggressor,victim,shared_line,aggressor_energy [J],aggressor_time [s],distance [m],"
    "resistance_before [ohm],resistance_after [ohm],waiting_time [s]\n"
)  # fmt: skip
GOOD = {
    ResistanceTemperature: TCR + "300,600\n350,630.5\n",
    StackSwitching: STACK + "Pt50/Ti20,on,1e-5,700,1e-3,1e-4,12\nRh50/Cr20,off,1e-5,650,2E-3,0,1\n",
    CyclesToFailure: CYCLES + '"(0,1)",Cu,1e-5,1.6e-4,5,7,1\nother,none,1e-5,8e-4,0,15,0\n',
    NeighbourDisturb: DISTURB + '"(1,3)","(0,3)",Pt,5.65e-3,32.5,1.6e-4,620,1e8,60\n',
}


def write(folder: Path, text: str) -> Path:
    path = folder / "heat.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("kind", GOOD)
def test_each_layout_is_recognised_by_its_header(tmp_path: Path, kind: type) -> None:
    path = write(tmp_path, GOOD[kind])
    assert is_heat(read_text(path))
    record = read_heat(path)
    assert type(record) is kind
    assert (record.device, record.cell) == ("D", "C")
    (imported,) = import_files([path]).records.heat
    assert type(imported) is kind


def test_words_and_numbers_stand_where_they_belong(tmp_path: Path) -> None:
    cycles = read_heat(write(tmp_path, GOOD[CyclesToFailure]))
    assert isinstance(cycles, CyclesToFailure)
    assert cycles.tested_cell == ("(0,1)", "other")
    assert cycles.shared_line == ("Cu", "none")
    assert cycles.distance.tolist() == [1.6e-4, 8e-4]
    assert cycles.failed.tolist() == [1.0, 0.0]
    assert (cycles.heated_cell, cycles.heating_power, cycles.heating_time) == ("(0,0)", 0.005, 30.0)
    disturb = read_heat(write(tmp_path, GOOD[NeighbourDisturb]))
    assert isinstance(disturb, NeighbourDisturb)
    assert (disturb.aggressor, disturb.victim) == (("(1,3)",), ("(0,3)",))
    assert disturb.resistance_before.tolist() == [620.0]
    assert disturb.resistance_after.tolist() == [1e8]
    stack = read_heat(write(tmp_path, GOOD[StackSwitching]))
    assert isinstance(stack, StackSwitching)
    assert stack.operation == ("on", "off")
    assert stack.spread.tolist() == [1e-4, 0.0]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (TCR + "300,600\n", 4, "2 or more"),
        (TCR + "300,600\n350\n", 6, "1 cells"),
        (TCR + "300,600\n350,-1\n", 6, "above zero"),
        (TCR + "300,600\n350,#REF\n", 6, "#REF"),
        (TCR + '300,600\n350,"630\n', 6, "split"),
        (TCR + "300,600\n\n350,630\n", 6, "0 cells"),
        (TCR.replace("0.05", "0") + "300,600\n350,630\n", 3, "above zero"),
        (TCR.replace("# read_voltage [V]: 0.05\n", "") + "300,600\n350,630\n", 3, "read_voltage"),
        (TCR.replace("resistance [ohm]", "resistance [ohm],extra") + "300,600,1\n350,630,1\n", 4, "not the header"),
        (TCR.replace("resistance [ohm]", "resistance [kohm]") + "300,6\n350,7\n", 4, "not a heat header"),
        (STACK + "Pt50,both,1e-5,700,1e-3,1e-4,12\n", 5, "one of on, off"),
        (STACK + ",on,1e-5,700,1e-3,1e-4,12\n", 5, "expected a word"),
        (STACK + "Pt50,on,1e-5,700,1e-3,-1e-4,12\n", 5, "zero or more"),
        (CYCLES + "a,Cu,1e-5,1.6e-4,5,7,2\n", 7, "expected 0 or 1"),
        (CYCLES + "a,Ag,1e-5,1.6e-4,5,7,1\n", 7, "one of Cu, Pt, none"),
        (CYCLES.replace("0.005", "-1") + "a,Cu,1e-5,1.6e-4,5,7,1\n", 4, "above zero"),
        (DISTURB + "a,b,Cu,1e-3,0,1.6e-4,620,700,1\n", 5, "aggressor_time"),
        (DISTURB, 4, "0 rows"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_heat(write(tmp_path, text))
    assert caught.value.line == line


def test_records_check_themselves(tmp_path: Path) -> None:
    cycles = read_heat(write(tmp_path, GOOD[CyclesToFailure]))
    assert isinstance(cycles, CyclesToFailure)
    for change, words in (
        ({"failed": np.array([0.5, 1.0])}, "0 or 1"),
        ({"shared_line": ("Cu",)}, "1 words for 2 rows"),
        ({"shared_line": ("Cu", "Ag")}, "Ag"),
        ({"cycles": np.array([1.0])}, "shape"),
        ({"distance": np.array([0.0, 1.0])}, "above zero"),
        ({"cycles": np.array([np.nan, 1.0])}, "finite"),
    ):
        with pytest.raises(InputError, match=words):
            replace(cycles, **change)
    assert not cycles.cycles.flags.writeable


number = st.floats(1e-300, 1e300)
word = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"), min_size=1, max_size=12)
word = word.filter(lambda text: text.strip() == text)
line = st.sampled_from(["Cu", "Pt", "none"])


@st.composite
def records(draw: st.DrawFn) -> HeatRecord:
    size = draw(st.integers(2, 5))

    def numbers() -> np.ndarray:
        return np.array(draw(st.lists(number, min_size=size, max_size=size)))

    def words(kind: st.SearchStrategy[str] = word) -> tuple[str, ...]:
        return tuple(draw(st.lists(kind, min_size=size, max_size=size)))

    last = (draw(word), draw(word), Source("x.csv", ""), draw(word))
    choice = draw(st.integers(0, 3))
    if choice == 0:
        return ResistanceTemperature(numbers(), numbers(), draw(number), *last)
    if choice == 1:
        operation = words(st.sampled_from(["on", "off"]))
        return StackSwitching(words(), operation, *(numbers() for _ in range(5)), draw(number), *last)
    if choice == 2:
        failed = np.array(draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=size, max_size=size)))
        rows = (numbers(), numbers(), numbers(), numbers(), failed)
        return CyclesToFailure(words(), words(line), *rows, draw(word), draw(number), draw(number), *last)
    return NeighbourDisturb(words(), words(), words(line), *(numbers() for _ in range(6)), draw(number), *last)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=records())
def test_text_and_back_gives_every_bit(tmp_path: Path, record: HeatRecord) -> None:
    again = read_heat(write(tmp_path, heat_text(record)))
    assert type(again) is type(record)
    for field in fields(record):
        first, second = getattr(record, field.name), getattr(again, field.name)
        if isinstance(first, np.ndarray):
            assert second.tobytes() == first.tobytes(), field.name
        elif field.name != "source":
            assert second == first, field.name


def test_words_that_cannot_stand_in_a_file_are_refused(tmp_path: Path) -> None:
    cycles = read_heat(write(tmp_path, GOOD[CyclesToFailure]))
    assert isinstance(cycles, CyclesToFailure)
    for name in ("two\nlines", "nul\0"):
        with pytest.raises(InputError, match="cannot stand"):
            heat_text(replace(cycles, tested_cell=(name, "b")))
        with pytest.raises(InputError, match="cannot stand"):
            heat_text(replace(cycles, heated_cell=name))


def test_every_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    lines = (Path(__file__).parents[2] / "docs" / "heat_csv.md").read_text().splitlines()
    blocks: list[list[str]] = [[]]
    for text in lines:
        if text.startswith("    "):
            blocks[-1].append(text[4:])
        elif blocks[-1]:
            blocks.append([])
    examples = [read_heat(write(tmp_path, "\n".join(block))) for block in blocks if block]
    assert [type(example).__name__ for example in examples] == [
        "ThermalStep", "ResistanceTemperature", "StackSwitching", "CyclesToFailure", "NeighbourDisturb",
    ]  # fmt: skip


INSERTED = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
INSERTED |= st.sampled_from(['"', ",", "\n", "# cell: x\n", "1e999"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(list(GOOD)), place=st.integers(0, 400), length=st.integers(0, 6), put=INSERTED)
def test_damaged_files_are_read_or_refused_and_nothing_else(
    tmp_path: Path, kind: type, place: int, length: int, put: str
) -> None:
    text = GOOD[kind]
    path = write(tmp_path, text[:place] + put + text[place + length :])
    with contextlib.suppress(InputError):
        assert isinstance(read_heat(path), HeatRecord)
