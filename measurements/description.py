"""What a 4200A file says about its sweep: in the comment block, in its name, or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from measurements.sweep import Activity, FloatArray
from measurements.sweepname import parse_name
from measurements.textfile import TextFile, parse_number

FENCE = "---"
READ_LIMIT = 0.3
"""A sweep that stays below this voltage [V] switches nothing; without a name it is taken for a read."""

DESCRIBED = re.compile(r"(device|cell|activity|compliance_current \[A\]|temperature \[K\]): (.*)")
"""A line of the comment block that states a fact."""


@dataclass(frozen=True)
class Description:
    """Facts about a sweep: compliance current [A], temperature [K]; `notes` names what had to be inferred."""

    activity: Activity
    compliance_current: float | None
    device: str
    cell: str
    temperature: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """Text of a stated fact and the line it stands on."""

    value: str
    line: int


def split_comment(text: TextFile, header: int) -> tuple[dict[str, Fact], str]:
    """Stated facts, and the rest of the comment block before the header line (index `header`).

    A key that comes again is comment.
    """
    fences = [index for index in range(header) if text.lines[index].strip() == FENCE]
    facts: dict[str, Fact] = {}
    rest = []
    for index in range(fences[0] + 1, fences[-1]) if fences else ():
        match = DESCRIBED.fullmatch(text.lines[index])
        if match is None or match[1] in facts:
            rest.append(text.lines[index])
        else:
            facts[match[1]] = Fact(match[2], index + 1)
    return facts, "\n".join(rest)


def describe(text: TextFile, facts: dict[str, Fact], voltage: FloatArray) -> Description:
    """Each fact from the comment block, else the file name, else inferred (`voltage` [V], folder)."""
    name = parse_name(text.path.name)
    notes = []
    if "activity" in facts:
        activity = _stated_activity(text, facts["activity"])
    elif name is not None:
        activity = name.activity
    else:
        activity = infer_activity(voltage)
        notes.append(f"[activity {activity} inferred from the sweep]")
    compliance = _number(text, facts, "compliance_current [A]")
    if compliance is None and name is not None and "activity" not in facts:
        compliance = name.compliance_current
    if name is None and not {"device", "cell"} <= facts.keys():
        notes.append("[device and cell not stated: named after the folder]")
    device = (text.path.absolute().parent.name or "unnamed") if name is None else name.device
    cell = "unnamed" if name is None else name.cell
    return Description(
        activity=activity,
        compliance_current=compliance,
        device=facts["device"].value if "device" in facts else device,
        cell=facts["cell"].value if "cell" in facts else cell,
        temperature=_number(text, facts, "temperature [K]"),
        notes=tuple(notes),
    )


def infer_activity(voltage: FloatArray) -> Activity:
    """What a sweep without a name was for, from its voltage [V]; forming cannot be told from setting.

    >>> import numpy as np
    >>> infer_activity(np.linspace(0.0, -3.0, 50))
    <Activity.RESET: 'reset'>
    """
    highest, lowest = float(voltage.max()), float(voltage.min())
    if max(highest, -lowest) <= READ_LIMIT or voltage.size == 1:
        return Activity.READ
    if highest > READ_LIMIT and lowest < -READ_LIMIT:
        return Activity.CYCLE
    return Activity.SET if highest > -lowest else Activity.RESET


def _stated_activity(text: TextFile, fact: Fact) -> Activity:
    if fact.value not in list(Activity):
        raise text.error(f"unknown activity {fact.value[:40]!r}", fact.line, f"one of {', '.join(Activity)}")
    return Activity(fact.value)


def _number(text: TextFile, facts: dict[str, Fact], key: str) -> float | None:
    """A stated quantity, which must be above zero; None where it is not stated."""
    if key not in facts:
        return None
    value = parse_number(facts[key].value, key, text, facts[key].line)
    if value <= 0:
        raise text.error(f"{key} is {value}, expected above zero", facts[key].line)
    return value
