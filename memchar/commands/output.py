"""What every command prints: lines for people, or one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one machine-readable JSON document and nothing else.")]


def emit(document: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print the document as JSON, or the lines."""
    if as_json:
        print(json.dumps(document, indent=2, allow_nan=False))
    else:
        for line in lines:
            print(line)


def columns(rows: Iterable[tuple[str, ...]], *, words: bool = False) -> list[str]:
    """Rows of text as aligned columns, the first to the left and the others, figures, to the right; `words` all to the
    left.

    >>> columns([("name", "value"), ("a", "10")])
    ['name  value', 'a        10']
    """
    table = [tuple(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.ljust(w) if words or i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]
