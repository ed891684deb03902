"""How good tables are, as rows of text: their errors off the grid, what became of each point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from circuits.tables import Table


def validation_rows(validation: Mapping[str, Any]) -> list[dict[str, str]]:
    """Errors per procedure and quantity as text."""
    return [
        {
            "procedure": entry["procedure"],
            "quantity": error["quantity"],
            "points": str(entry["compared"]),
            "median": f"{100 * error['median']:.3g} %",
            "p95": f"{100 * error['p95']:.3g} %",
            "worst": f"{100 * error['worst']:.3g} %",
        }
        for entry in validation["procedures"]
        for error in entry["errors"]
    ]


def validation_text(validation: Mapping[str, Any]) -> str:
    """How those errors were found."""
    return (
        f"{validation['points']} random points per table, off its grid (seed {validation['seed']}), simulated afresh "
        f"in ngspice {validation['ngspice_version']} and held against the table's prediction: "
        "|table - ngspice| / |ngspice|."
    )


def status_names() -> list[str]:
    """What can become of a point, in the order of `coverage_row`."""
    from circuits.status import Status

    return [status.meaning.replace("_", " ") for status in Status]


def coverage_row(table: Table) -> dict[str, Any]:
    """How many points of a table ended how."""
    from circuits.status import Status

    codes = table.dataset["status"].to_numpy()
    return {
        "name": table.name,
        "points": codes.size,
        "counts": [int((codes == s.value).sum()) for s in Status],
    }
