"""The heat layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from measurements import InputError, Source, ThermalStep, heat_text, read_heat

HEAD = "# device: D\n# cell: C\n# ambient_temperature [K]: 300\n"
TCR = "# temperature_coefficient [1/K]: 0.004\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "heat.csv"
    path.write_bytes(text.encode())
    return path


def test_temperature_layout(tmp_path: Path) -> None:
    text = HEAD + "# synthetic, step of 1 mW\n\ntime [s],power [W],temperature [K]\n0,1e-3,300\n1E-9,1e-3,310.5\n"
    record = read_heat(write(tmp_path, text))
    assert (record.device, record.cell, record.ambient_temperature) == ("D", "C", 300.0)
    assert record.time.tolist() == [0.0, 1e-9]
    assert record.power.tolist() == [1e-3, 1e-3]
    assert record.temperature.tolist() == [300.0, 310.5]
    assert record.resistance is None
    assert record.comment == "synthetic, step of 1 mW"


def test_resistance_becomes_temperature(tmp_path: Path) -> None:
    text = HEAD + TCR + "time [s],power [W],resistance [ohm]\r\n0,1e-3,500\r\n1,1e-3,600\r\n"
    record = read_heat(write(tmp_path, text))
    assert record.resistance is not None
    assert record.resistance.tolist() == [500.0, 600.0]
    assert record.temperature == pytest.approx([300.0, 350.0], rel=1e-12)  # 300 + (1.2 - 1)/0.004


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + "time [s],power [W],voltage [V]\n0,1,2\n", 4, "not a heat header"),
        (
            "# device: D\n# cell: C\ntime [s],power [W],temperature [K]\n0,1,300\n1,1,300\n",
            3,
            "ambient_temperature",
        ),
        (
            "# cell: C\n# ambient_temperature [K]: 3\ntime [s],power [W],temperature [K]\n0,1,3\n1,1,3\n",
            3,
            "device",
        ),
        (HEAD + "# cell: X\ntime [s],power [W],temperature [K]\n0,1,300\n1,1,300\n", 4, "given twice"),
        (HEAD.replace("300", "-5") + "time [s],power [W],temperature [K]\n0,1,3\n1,1,3\n", 3, "above zero"),
        (HEAD + "time [s],power [W],resistance [ohm]\n0,1,300\n1,1,310\n", 4, "temperature coefficient"),
        (HEAD + "time [s],power [W],temperature [K]\n0,1,300\n", 4, "two or more"),
        (HEAD + "time [s],power [W],temperature [K]\n0,1,300\n1,1\n", 6, "2 cells"),
        (HEAD + "time [s],power [W],temperature [K]\n0,1,300\n1,nan,300\n", 6, "power"),
        (HEAD + "time [s],power [W],temperature [K]\n0,1,300\n0,1,301\n", 6, "does not increase"),
        (HEAD + "time [s],power [W],temperature [K]\n0,1,300\n1,1,0\n", 6, "above zero"),
        (HEAD + "time [s],power [W],temperature [K]\n0,1,300\n\n1,1,300\n", 6, "1 cells"),
        (
            HEAD + TCR.replace("4", "2") + "time [s],power [W],resistance [ohm]\n0,1,300\n1,1,1\n",
            7,
            "above 0 K",
        ),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_heat(write(tmp_path, text))
    assert caught.value.line == line


positive = st.floats(1e-300, 1e300)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"), max_size=20)


@st.composite
def records(draw: st.DrawFn) -> ThermalStep:
    times = draw(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=10, unique=True))
    values = st.lists(positive, min_size=len(times), max_size=len(times))
    return ThermalStep(
        time=np.sort(times),
        power=np.array(draw(values)),
        temperature=np.array(draw(values)),
        ambient_temperature=draw(positive),
        device=draw(words),
        cell=draw(words),
        source=Source("x.csv", ""),
        temperature_coefficient=draw(st.none() | positive),
        comment="\n".join(draw(st.lists(words, max_size=3))),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=records())
def test_text_and_back_gives_every_bit(tmp_path: Path, record: ThermalStep) -> None:
    again = read_heat(write(tmp_path, heat_text(record)))
    for name in ("time", "power", "temperature"):
        assert getattr(again, name).tobytes() == getattr(record, name).tobytes()
    for name in ("ambient_temperature", "device", "cell", "temperature_coefficient", "comment", "resistance"):
        assert getattr(again, name) == getattr(record, name), name


def test_resistance_comes_back(tmp_path: Path) -> None:
    first = read_heat(write(tmp_path, HEAD + TCR + "time [s],power [W],resistance [ohm]\n0,1e-3,500\n1,2e-3,601\n"))
    text = heat_text(first)
    assert "resistance [ohm]" in text
    again = read_heat(write(tmp_path, text))
    assert again.resistance is not None
    assert first.resistance is not None
    assert again.resistance.tobytes() == first.resistance.tobytes()
    assert again.temperature.tobytes() == first.temperature.tobytes()
