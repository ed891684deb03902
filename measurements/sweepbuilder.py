"""Numbers and facts to a `Sweep`, the same way for every reader."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from measurements.content import Content
from measurements.description import USER, Fact, describe
from measurements.readers.reader import Origin
from measurements.sweep import Activity, FloatArray, Sweep

UNTIMED = "[the file has no time: points counted at 1 s each, no ramp rate follows]"


def build_sweep(
    content: Content,
    facts: Mapping[str, Fact],
    time: FloatArray | None,
    voltage: FloatArray,
    current: FloatArray,
    *,
    comment: str = "",
    first_line: int | None = None,
) -> tuple[Sweep, tuple[Origin, ...]]:
    """A sweep and the origin of its facts.

    Parameters
    ----------
    content
        The file; facts that the user stated about it go before all others.
    facts
        What the file states: `device`, `cell`, `activity`, `compliance_current [A]`, `temperature [K]`, `taken`.
    time [s], voltage [V], current [A]
        As in `Sweep`; `time` is None where the file has none.
    comment
        What the operator wrote, and what else the file says.
    first_line
        Line of the first point, for messages.

    Raises
    ------
    InputError
        A fact that cannot be used, a form, set, reset or cycle of one point, or what `Sweep` refuses.
    """
    origins: tuple[Origin, ...] = ()
    if content.facts.swap_polarity:
        voltage, current = -voltage, -current
        origins = (Origin("polarity", "voltage and current change sign", USER),)
    described = describe(content, facts, voltage)
    activity = described.activity
    if voltage.size == 1 and activity is not Activity.READ:
        message = f"a {activity} sweep of one point cannot show switching"
        raise content.error(message, first_line, "measure the whole ramp")
    notes = list(described.notes)
    if time is None:
        notes.append(UNTIMED)
        origins += (Origin("time", "1 s a point", "the file has no time", inferred=True),)
    if content.facts.swap_polarity:
        notes.append("[polarity swapped on import]")
    sweep = Sweep(
        time=np.arange(voltage.size, dtype=np.float64) if time is None else time,
        voltage=voltage,
        current=current,
        activity=activity,
        compliance_current=described.compliance_current,
        device=described.device,
        cell=described.cell,
        cycle=0,
        temperature=described.temperature,
        source=content.source,
        comment="\n".join([*notes, comment] if comment else notes),
        taken=described.taken,
        timed=time is not None,
    )
    return sweep, origins + described.origins
