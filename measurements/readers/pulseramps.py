"""Ramps of equal programming pulses as CSV, a column a ramp, a row a read (CrossSim's example data).

Layout::

    rmp1,rmp2,rmp3
    0.000160588,0.00016111,0.000161719
    0.000160633,,0.000161703

The values are currents [A] of reads; an empty cell or 0 ends the ramp. Ramps that rise are potentiation, ramps
that fall are depression. The file does not state the read voltage: 0.1 V, that of CrossSim's own script
(github.com/sandialabs/cross-sim, examples/lookup_table_generation/create_lookup_table.py), is assumed unless the
user states another.
"""

from __future__ import annotations

import re

import numpy as np

from measurements.content import Content
from measurements.description import USER, describe_table
from measurements.pulses import PulseDirection, PulseTrain
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.rows import read_columns, refuse_beyond
from measurements.sweep import FloatArray

ASSUMED_READ_VOLTAGE = 0.1
"""Read voltage where nobody states one [V]."""

_NAME = re.compile(r"(rmp|ramp)_?\d{1,6}", re.IGNORECASE)


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    header = _header(content)
    names = content.text.lines[header].strip().split(",")
    if not all(_NAME.fullmatch(name.strip()) for name in names):
        return None
    return Recognition(f"line {header + 1} names {len(names)} ramps, {names[0]} to {names[-1]}")


def _header(content: Content) -> int:
    return next(index for index, line in enumerate(content.text.lines) if line.strip())


def _read(content: Content) -> Reading:
    text, header = content.text, _header(content)
    names = [name.strip() for name in text.lines[header].split(",")]
    if len(set(names)) < len(names):
        raise text.error("a ramp name appears twice", header + 1)
    columns = read_columns(text, header + 1, ",", names, wanted=dict(enumerate(names)), gaps=True)
    stated = content.facts.read_voltage
    described = describe_table(content, {})
    notes = list(described.notes)
    if stated is None:
        notes.append(f"[read voltage {ASSUMED_READ_VOLTAGE} V assumed: the file does not state it]")
    trains: dict[PulseDirection, list[PulseTrain]] = {direction: [] for direction in PulseDirection}
    for name in names:
        current = _ramp(content, columns[name], name, header + 2)
        direction = PulseDirection.POTENTIATION if current[-1] > current[0] else PulseDirection.DEPRESSION
        trains[direction].append(
            PulseTrain(
                pulse=np.arange(1, current.size + 1, dtype=np.float64),  # each read follows a pulse
                current=current,
                read_voltage=ASSUMED_READ_VOLTAGE if stated is None else stated,
                direction=direction,
                train=len(trains[direction]),
                device=described.device,
                cell=described.cell,
                source=content.source,
                temperature=described.temperature,
                comment="\n".join([*notes, f"column {name}"]),
            )
        )
    records = tuple(train for members in trains.values() for train in members)
    return Reading(records, _origins(header, stated, trains, described.origins))


def _ramp(content: Content, values: FloatArray, name: str, first: int) -> FloatArray:
    """The reads of one ramp up to where it ended; `first` is the line of the first."""
    taken = np.isfinite(values) & (values != 0.0)
    count = int(taken.size if taken.all() else np.argmin(taken))
    later = np.flatnonzero(taken[count:])
    if later.size:
        raise content.error(f"ramp {name} goes on after an empty cell", first + count + int(later[0]))
    if count < 2:
        raise content.error(f"ramp {name} has {count} reads, two or more are needed", first)
    refuse_beyond(content.text, values[:count], name, "A", first)
    return values[:count]


def _origins(
    header: int,
    stated: float | None,
    trains: dict[PulseDirection, list[PulseTrain]],
    described: tuple[Origin, ...],
) -> tuple[Origin, ...]:
    counts = ", ".join(f"{len(members)} {direction}" for direction, members in trains.items() if members)
    place = "the script that the data came with" if stated is None else USER
    voltage = ASSUMED_READ_VOLTAGE if stated is None else stated
    return (
        Origin("current", "A, one column a ramp", f"line {header + 1}", inferred=True),
        Origin("direction", counts, "whether the ramps rise or fall", inferred=True),
        Origin("read_voltage", f"{voltage} V", place, inferred=stated is None),
        *described,
    )


READER = Reader(
    name="pulse-ramps",
    recognises="CSV of read currents after programming pulses, columns rmp1, rmp2, … (CrossSim's example data)",
    recognise=_recognise,
    read=_read,
)
