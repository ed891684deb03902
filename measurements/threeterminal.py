"""A sweep of a device with more than two terminals under voltage: kept as a table of figures, not as a sweep.

The current of such a device depends on more than the one voltage a `Sweep` has, so that fitting a memristor to it
would be wrong; nothing measured is lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from measurements.content import Content
from measurements.description import Fact, describe_table
from measurements.quantities import QuantityTable
from measurements.readers.reader import Origin
from measurements.sweep import FloatArray

KIND = "three-terminal sweep"


def three_terminal(
    content: Content,
    columns: Mapping[str, FloatArray],
    units: Mapping[str, str],
    facts: Mapping[str, Fact],
    comment: str,
) -> tuple[QuantityTable, tuple[Origin, ...]]:
    """The columns as a table, and the origin of its facts; `comment` says which terminals were driven."""
    described = describe_table(content, facts)
    table = QuantityTable(
        kind=KIND,
        columns=columns,
        units=units,
        device=described.device,
        cell=described.cell,
        source=content.source,
        comment="\n".join([*described.notes, comment]),
    )
    return table, (Origin("kind", KIND, comment), *described.origins)
