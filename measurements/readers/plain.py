"""Any CSV with units in its header: `time [s],voltage [mV],current [uA]`.

`name [unit]`, `name (unit)` and `name / unit` are understood, parted by commas, semicolons or tabs; lines that start
with `#` before the header are comment, and `# device: D`, `# cell: C`, `# activity: set`,
`# compliance_current [A]: 1e-4`, `# temperature [K]: 300` state facts. Columns may have different units and prefixes;
all are converted to SI. A column without unit is taken as a plain number only beside columns that have one, and
the record says so.
"""

from __future__ import annotations

from measurements.content import Content
from measurements.description import stated_facts
from measurements.readers.reader import Reader, Reading, Recognition
from measurements.tablerecord import parse_header, read_table
from measurements.textfile import TextFile
from measurements.units import parse_unit, split_header

_DELIMITERS = (",", ";", "\t")


def _header(text: TextFile) -> int | None:
    """Index of the first line that is neither blank nor comment."""
    lines = enumerate(text.lines)
    return next((index for index, line in lines if line.strip() and not line.startswith("#")), None)


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text or (header := _header(content.text)) is None:
        return None
    line = content.text.lines[header]
    cells = line.split(_delimiter(line))
    written = [split_header(cell)[1] for cell in cells]
    known = [unit for unit in written if unit is not None and parse_unit(unit) is not None]
    if not any(unit != "1" for unit in known):
        return None
    return Recognition(f"line {header + 1} names columns with units ({', '.join(known)})")


def _read(content: Content) -> Reading:
    text = content.text
    header = _header(text)
    if header is None:
        raise content.error("only comment, no header")
    comments = [
        (index + 1, text.lines[index].removeprefix("#").strip()) for index in range(header) if text.lines[index]
    ]
    facts, comment = stated_facts(comments)
    line = text.lines[header]
    delimiter = _delimiter(line)
    cells = line.rstrip().removesuffix(delimiter).split(delimiter)
    if header + 1 >= len(text.lines):
        raise content.error("no row after the header", header + 1)
    return read_table(content, parse_header(cells, content, header), header + 1, delimiter, facts, comment)


READER = Reader(
    name="csv-with-units",
    recognises="CSV whose header has units in brackets: time [s],voltage [V],current [uA]",
    recognise=_recognise,
    read=_read,
)
