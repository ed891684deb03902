"""What is known about a sweep beside its numbers: from the user, the file, its name, or inferred, in that order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from measurements.content import Content
from measurements.dates import exported_date
from measurements.readers.reader import Origin
from measurements.sweep import Activity, FloatArray
from measurements.sweepname import SweepName, parse_name
from measurements.textfile import TextFile, parse_number

FENCE = "---"
READ_LIMIT = 0.3
"""A sweep that stays below this voltage [V] switches nothing; without a name it is taken for a read."""

USER = "stated by the user"
FILE_NAME = "file name"

DESCRIBED = re.compile(r"(device|cell|activity|compliance_current \[A\]|temperature \[K\]): (.*)")
"""A line of a comment block that states a fact."""

_WORDS = (
    ("form", Activity.FORM),
    ("electroform", Activity.FORM),
    ("reset", Activity.RESET),
    ("set", Activity.SET),
    ("leak", Activity.READ),
    ("read", Activity.READ),
    ("retention", Activity.READ),
    ("cycl", Activity.CYCLE),
)


@dataclass(frozen=True)
class Description:
    """Facts about a sweep: compliance current [A], temperature [K]; `notes` names what had to be inferred."""

    activity: Activity
    compliance_current: float | None
    device: str
    cell: str
    temperature: float | None
    taken: str = ""
    notes: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Fact:
    """Text of a stated fact, the line it stands on (None outside text files), and that place in words."""

    value: str
    line: int | None
    place: str = ""

    @property
    def where(self) -> str:
        """The place in words."""
        return self.place or f"line {self.line}"


def split_comment(text: TextFile, header: int) -> tuple[dict[str, Fact], str]:
    """Stated facts, and the rest of the comment block before the header line (index `header`).

    A key that comes again is comment.
    """
    fences = [index for index in range(header) if text.lines[index].strip() == FENCE]
    block = range(fences[0] + 1, fences[-1]) if fences else range(0)
    return stated_facts([(index + 1, text.lines[index]) for index in block])


def stated_facts(lines: list[tuple[int, str]]) -> tuple[dict[str, Fact], str]:
    """Facts among numbered comment lines, and the other lines; a key that comes again is comment."""
    facts: dict[str, Fact] = {}
    rest = []
    for number, line in lines:
        match = DESCRIBED.fullmatch(line)
        if match is None or match[1] in facts:
            rest.append(line)
        else:
            facts[match[1]] = Fact(match[2], number)
    return facts, "\n".join(rest)


def describe(content: Content, facts: Mapping[str, Fact], voltage: FloatArray) -> Description:
    """Each fact from the user, else the file (`facts`), else its name, else inferred (`voltage` [V], folder).

    Raises
    ------
    InputError
        A fact in the file is no known activity or no number above zero.
    """
    name = parse_name(content.path.name)
    activity, activity_origin = _activity(content, facts, name, voltage)
    compliance = _compliance(content, facts, name)
    temperature = _quantity(content, facts, "temperature", "K")
    device = _name(content, facts, "device", None if name is None else name.device)
    cell = _name(content, facts, "cell", None if name is None else name.cell)
    taken = _taken(facts, name, content.path.name)
    found = (activity_origin, compliance, temperature, device, cell, taken)
    notes = [f"[activity {activity} inferred from {activity_origin.place}]"] if activity_origin.inferred else []
    if device.inferred or cell.inferred:
        notes.append("[device and cell not stated: named after the folder]")
    return Description(
        activity=activity,
        compliance_current=None if compliance is None else compliance.number,
        device=device.value,
        cell=cell.value,
        temperature=None if temperature is None else temperature.number,
        taken="" if taken is None else taken.value,
        notes=tuple(notes),
        origins=tuple(origin for origin in found if origin is not None),
    )


def describe_table(content: Content, facts: Mapping[str, Fact], unnamed_cell: str = "unnamed") -> Description:
    """As `describe`, for records that have no activity; `unnamed_cell` is the cell where nothing names one."""
    described = describe(content, facts, np.zeros(1))
    named = {origin.fact: origin for origin in described.origins if origin.fact in ("device", "cell", "temperature")}
    cell = unnamed_cell if named["cell"].inferred else described.cell
    named["cell"] = replace(named["cell"], value=cell)
    return replace(
        described,
        cell=cell,
        notes=tuple(note for note in described.notes if not note.startswith("[activity")),
        origins=tuple(named.values()),
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


def activity_of_title(title: str) -> Activity | None:
    """What a test was for by the words of its title; None where they do not say.

    >>> activity_of_title("RESET_positive#1@1"), activity_of_title("Offset check")
    (<Activity.RESET: 'reset'>, None)
    """
    for word in re.findall("[a-z]+", title.lower()):
        for start, activity in _WORDS:
            if word.startswith(start):
                return activity
    return None


@dataclass(frozen=True)
class _Number(Origin):
    """A quantity with its origin; `number` in SI."""

    number: float = 0.0


def _activity(
    content: Content, facts: Mapping[str, Fact], name: SweepName | None, voltage: FloatArray
) -> tuple[Activity, Origin]:
    if content.facts.activity is not None:
        return content.facts.activity, Origin("activity", content.facts.activity, USER)
    if "activity" in facts:
        stated = facts["activity"]
        if stated.value not in list(Activity):
            known = f"one of {', '.join(Activity)}"
            raise content.error(f"unknown activity {stated.value[:40]!r}", stated.line, known)
        return Activity(stated.value), Origin("activity", stated.value, stated.where)
    if name is not None:
        return name.activity, Origin("activity", name.activity, FILE_NAME)
    activity = infer_activity(voltage)
    return activity, Origin("activity", activity, "the sweep", inferred=True)


def _compliance(content: Content, facts: Mapping[str, Fact], name: SweepName | None) -> _Number | None:
    found = _quantity(content, facts, "compliance_current", "A")
    # a comment block that states the activity is complete: where it has no compliance there was none
    if found is None and name is not None and "activity" not in facts:
        return _Number("compliance_current", f"{name.compliance_current} A", FILE_NAME, number=name.compliance_current)
    return found


def _quantity(content: Content, facts: Mapping[str, Fact], fact: str, unit: str) -> _Number | None:
    """A stated quantity, which must be above zero; None where it is not stated."""
    stated = getattr(content.facts, fact)
    if stated is not None:
        return _Number(fact, f"{stated} {unit}", USER, number=stated)
    key = f"{fact} [{unit}]"
    if key not in facts:
        return None
    value = parse_number(facts[key].value, key, content, facts[key].line)
    if value <= 0:
        raise content.error(f"{key} is {value}, expected above zero", facts[key].line)
    return _Number(fact, f"{value} {unit}", facts[key].where, number=value)


def _name(content: Content, facts: Mapping[str, Fact], fact: str, named: str | None) -> Origin:
    stated = getattr(content.facts, fact)
    if stated is not None:
        return Origin(fact, stated, USER)
    if fact in facts:
        return Origin(fact, facts[fact].value, facts[fact].where)
    if named is not None:
        return Origin(fact, named, FILE_NAME)
    if fact == "cell":
        return Origin(fact, "unnamed", "nothing states it", inferred=True)
    return Origin(fact, content.path.absolute().parent.name or "unnamed", "name of the folder", inferred=True)


def _taken(facts: Mapping[str, Fact], name: SweepName | None, file: str) -> Origin | None:
    if "taken" in facts:
        return Origin("taken", facts["taken"].value, facts["taken"].where)
    taken = exported_date(file) if name is None else name.taken
    return Origin("taken", taken, FILE_NAME) if taken else None
