"""Tab-separated log with the columns Time, Voltage and Current and no units (.dat).

Layout (the header's words may be parted by tabs or blanks)::

    Time<TAB>Voltage Current
    665.518<TAB>1<TAB>0.009546377

The header states no unit: seconds, volt and ampere are inferred, and the sweep says so.
"""

from __future__ import annotations

from dataclasses import replace

from measurements.content import Content
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.rows import read_columns, refuse_backwards, refuse_beyond
from measurements.sweepbuilder import build_sweep

_WORDS = ["time", "voltage", "current"]
NOTE = "[no units in the header: s, V and A inferred]"


def _header(content: Content) -> int | None:
    index = next(index for index, line in enumerate(content.text.lines) if line.strip())
    return index if content.text.lines[index].lower().split() == _WORDS else None


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text or (header := _header(content)) is None:
        return None
    return Recognition(f"line {header + 1} is the words Time, Voltage, Current")


def _read(content: Content) -> Reading:
    text, header = content.text, _header(content)
    first = 1 if header is None else header + 1
    columns = read_columns(text, first, "\t", _WORDS, wanted=dict(enumerate(_WORDS)))
    refuse_backwards(text, columns["time"], first + 1)
    for name, unit in (("voltage", "V"), ("current", "A")):
        refuse_beyond(text, columns[name], name, unit, first + 1)
    sweep, origins = build_sweep(
        content, {}, columns["time"], columns["voltage"], columns["current"], first_line=first + 1
    )
    sweep = replace(sweep, comment=f"{sweep.comment}\n{NOTE}" if sweep.comment else NOTE)
    units = (("time", "Time [s]"), ("voltage", "Voltage [V]"), ("current", "Current [A]"))
    taken = tuple(
        Origin(fact, value, f"line {first}, column {n}", inferred=True) for n, (fact, value) in enumerate(units, 1)
    )
    return Reading((sweep,), taken + origins)


READER = Reader(
    name="time-voltage-current",
    recognises="tab-separated log with the header words Time, Voltage, Current (.dat)",
    recognise=_recognise,
    read=_read,
)
