"""The project's own heat CSV layouts (`docs/heat_csv.md`)."""

from __future__ import annotations

from measurements.content import Content
from measurements.heatcsv import is_heat, parse_heat
from measurements.readers.reader import Origin, Reader, Reading, Recognition


def _recognise(content: Content) -> Recognition | None:
    if content.is_text and is_heat(content.text):
        return Recognition("the first line that is no metadata is a heat header with units")
    return None


def _read(content: Content) -> Reading:
    record = parse_heat(content.text)
    origins = [Origin(fact, getattr(record, fact), "metadata before the header") for fact in ("device", "cell")]
    return Reading((record,), tuple(origins))


READER = Reader(
    name="memchar-heat",
    recognises="memchar heat CSV: '# key: value' metadata and a header such as 'time [s],power [W],temperature [K]'",
    recognise=_recognise,
    read=_read,
)
