"""A sweep of a device with more than two terminals under voltage: kept as a table of figures, not as a sweep.

The current of such a device depends on more than the one voltage a `Sweep` has, so that fitting a memristor to it
would be wrong; nothing measured is lost.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from measurements.content import Content
from measurements.description import Fact, describe
from measurements.quantities import QuantityTable
from measurements.sweep import FloatArray

KIND = "three-terminal sweep"


def three_terminal(
    content: Content,
    columns: Mapping[str, FloatArray],
    units: Mapping[str, str],
    facts: Mapping[str, Fact],
    comment: str,
) -> QuantityTable:
    """The columns as a table; `comment` says which terminals were driven."""
    described = describe(content, facts, np.zeros(1))
    notes = [note for note in described.notes if "activity" not in note]
    return QuantityTable(
        kind=KIND,
        columns=columns,
        units=units,
        device=described.device,
        cell=described.cell,
        source=content.source,
        comment="\n".join([*notes, comment]),
    )
