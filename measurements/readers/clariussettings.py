"""Settings sheet of a Clarius workbook: a block of keys and values per run, between lines of `====`.

Clarius leaves the blocks of runs empty that were made inside a cycle test; nothing is stated of these then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measurements.dates import parse_date
from measurements.description import Fact, activity_of_title

TERMINAL = "A"
"""Terminal whose voltage and current make the sweep."""
_SHOWN = ("Test Name", "Speed", "Sweep Delay", "Hold Time", "Last Executed", "Clarius+ Version")
_TERMINAL_SHOWN = ("Operation Mode", "Start/Bias", "Stop", "Step", "Dual Sweep", "Current Range")


@dataclass(frozen=True)
class Settings:
    """Values of each key of each run, with the row they stand on."""

    runs: dict[str, dict[str, tuple[list[str], int]]]

    def of_run(self, run: str) -> tuple[dict[str, Fact], str]:
        """What is stated of a run in the words of `description`, and a comment with the rest."""
        block = self.runs.get(run, {})
        terminals = block.get("Device Terminal", ([], 0))[0]
        column = terminals.index(TERMINAL) if TERMINAL in terminals else None
        title, date = _first(block, "Test Name"), parse_date(_first(block, "Last Executed"))
        activity = activity_of_title(title)
        compliance = _of_terminal(block, "Compliance", column)
        found = {
            "activity": ("Test Name", "" if activity is None else str(activity)),
            "taken": ("Last Executed", date),
            "compliance_current [A]": ("Compliance", compliance if _is_number(compliance) else ""),
        }
        facts = {
            fact: Fact(value, None, f"sheet Settings, row {block[key][1]}, {key}")
            for fact, (key, value) in found.items()
            if value
        }
        shown = [f"{key}: {_first(block, key)}" for key in _SHOWN if _first(block, key)]
        shown += [f"{key}: {_of_terminal(block, key, column)}" for key in _TERMINAL_SHOWN if key in block]
        return facts, "\n".join(["Clarius " + run, *shown])


def read_settings(rows: Sequence[Sequence[object]]) -> Settings:
    """The blocks of a Settings sheet; a sheet of another layout gives none."""
    texts = [["" if cell is None else str(cell).strip() for cell in row] for row in rows]
    runs: dict[str, dict[str, tuple[list[str], int]]] = {}
    block: dict[str, tuple[list[str], int]] | None = None
    for index, cells in enumerate(texts):
        first = cells[0] if cells else ""
        if first.startswith("===="):
            continue
        fenced = 0 < index < len(texts) - 1 and _is_fence(texts[index - 1]) and _is_fence(texts[index + 1])
        if fenced and first:
            block = runs.setdefault(first, {})
        elif block is not None and first and len(cells) > 1:
            block.setdefault(first, (cells[1:], index + 1))
    return Settings(runs)


def _is_fence(cells: Sequence[str]) -> bool:
    return bool(cells) and cells[0].startswith("====")


def _first(block: dict[str, tuple[list[str], int]], key: str) -> str:
    return next(iter(block.get(key, ([], 0))[0]), "")


def _of_terminal(block: dict[str, tuple[list[str], int]], key: str, column: int | None) -> str:
    values = block.get(key, ([], 0))[0]
    return values[column] if column is not None and column < len(values) else ""


def _is_number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
