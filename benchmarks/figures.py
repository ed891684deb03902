"""What every benchmark prints and writes: name, value, unit, the peer's value on the same work, and the ratio."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured figure; `peer_name` and `peer_value` where something else did the same work in the same run."""

    name: str
    value: float
    unit: str
    peer_name: str | None = None
    peer_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """This figure over the peer's; None without a peer."""
        return None if not self.peer_value else self.value / self.peer_value


def main(title: str, measure: Callable[[], Sequence[Figure]]) -> None:
    """Run a benchmark as a program: `python -m benchmarks.NAME [--json PATH]`."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    figures = measure()
    _print(title, figures)
    if arguments.json is not None:
        machine = {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "system": platform.system(),
        }
        rows = [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(
            json.dumps({"benchmark": title, "machine": machine, "figures": rows}, indent=2) + "\n"
        )


def _print(title: str, figures: Sequence[Figure]) -> None:
    table = Table(title=title)
    for column in ("figure", "value", "unit", "peer", "peer's value", "ratio"):
        table.add_column(column, justify="left" if column in ("figure", "unit", "peer") else "right")
    for figure in figures:
        peer = "" if figure.peer_value is None else f"{figure.peer_value:.4g}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.3g}"
        table.add_row(figure.name, f"{figure.value:.4g}", figure.unit, figure.peer_name or "", peer, ratio)
    Console(width=120).print(table)
