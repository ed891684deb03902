"""The project's own heat CSV layouts (`docs/heat_csv.md`)."""

from __future__ import annotations

from dataclasses import replace

from measurements.content import Content
from measurements.description import USER
from measurements.heatcsv import is_heat, parse_heat
from measurements.heatcsv.preamble import header_line
from measurements.readers.reader import Origin, Reader, Reading, Recognition


def _recognise(content: Content) -> Recognition | None:
    if content.is_text and is_heat(content.text):
        return Recognition("the first line that is no metadata is a heat header with units")
    return None


def _read(content: Content) -> Reading:
    record, header = parse_heat(content.text), header_line(content.text)
    origins = [] if header is None else [Origin("columns", content.text.lines[header].strip(), f"line {header + 1}")]
    for fact in ("device", "cell"):
        stated = getattr(content.facts, fact)
        if stated is not None:
            record = replace(record, **{fact: stated})
        origins.append(Origin(fact, getattr(record, fact), "metadata before the header" if stated is None else USER))
    return Reading((record,), tuple(origins))


READER = Reader(
    name="memchar-heat",
    recognises="memchar heat CSV: '# key: value' metadata and a header such as 'time [s],power [W],temperature [K]'",
    recognise=_recognise,
    read=_read,
)
