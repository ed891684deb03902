"""The facts file: rules in order, and every fault named."""

from __future__ import annotations

from pathlib import Path

import pytest

from measurements import Activity, FileFacts, InputError, read_facts
from measurements.facts import facts_of


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "facts.toml"
    path.write_text(text)
    return path


def test_rules_match_by_name_and_path_and_later_ones_go_first(tmp_path: Path) -> None:
    text = """
[[files]]
device = "W3"
series_resistance = 1000

[[files]]
match = "scope/*.csv"
cell = "A1"
activity = "cycle"
drive_channel = 2
swap_polarity = true
columns = ["v [V]"]
series_resistance = 47.5
"""
    rules = read_facts(write(tmp_path, text))
    assert facts_of(Path("other.csv"), rules) == FileFacts(device="W3", series_resistance=1000.0)
    assert facts_of(Path("scope/a.csv"), rules) == FileFacts(
        device="W3",
        cell="A1",
        activity=Activity.CYCLE,
        drive_channel=2,
        swap_polarity=True,
        columns=("v [V]",),
        series_resistance=47.5,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[files]\n", "no TOML"),
        ("files = 3\n", r"expected \[\[files\]\] tables"),
        ("device = 'x'\n", r"expected \[\[files\]\] tables"),
        ("[[files]]\nresistor = 3\n", "rule 1: unknown key 'resistor'; known: device"),
        ("[[files]]\n[[files]]\nseries_resistance = '1k'\n", "rule 2: series_resistance is '1k', expected float"),
        ("[[files]]\nseries_resistance = -1\n", "rule 1: series_resistance is -1.0, expected .* above zero"),
        ("[[files]]\nseries_resistance = nan\n", "above zero"),
        ("[[files]]\nactivity = 'anneal'\n", "expected one of form, set"),
        ("[[files]]\ndrive_channel = true\n", "expected int"),
        ("[[files]]\ncolumns = [1]\n", r"expected tuple\[str"),
        ("[[files]]\nmatch = 1\n", "match is no text"),
    ],
)
def test_faults(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_facts(write(tmp_path, text))
    assert caught.value.path == str(tmp_path / "facts.toml")


def test_missing_and_huge(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_facts(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="larger than"):
        read_facts(write(tmp_path, "#" * 2_000_000))
