"""One run that Clarius exported as .txt (tab-separated, engineering notation) or .csv.

Layout::

    Time<TAB>AI<TAB>AV<TAB>RESISTANCE<TAB>NORM_COND
    198.8988E-3<TAB>-626.1089E-9<TAB>000.0000E+0<TAB>000.0000E+0<TAB>#REF
    228.5468E-3<TAB>257.9628E-8<TAB>100.0000E-4<TAB>387.6528E+1<TAB>332.7720E-2

`#REF` and empty cells stand in calculated columns only. Tabs, or columns beyond those of a 4200A's own CSV, tell it
from that one. The export has no settings: no compliance, no date.
"""

from __future__ import annotations

from measurements.content import Content
from measurements.readers.clarius import RUN_COLUMNS, RUN_UNITS, is_run, run_sweep, third_terminal
from measurements.readers.reader import Reader, Reading, Recognition
from measurements.rows import read_columns, refuse_backwards, refuse_beyond

_OWN = ("Time", "BI", "BV", "AI", "AV", "")
"""Columns that a 4200A's collated CSV has too."""


def _header(content: Content) -> tuple[int, str, list[str]]:
    lines = content.text.lines
    header = next(index for index, line in enumerate(lines) if line.strip())
    delimiter = "\t" if "\t" in lines[header] else ","
    return header, delimiter, [cell.strip() for cell in lines[header].split(delimiter)]


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    header, delimiter, names = _header(content)
    calculated = [name for name in names if name not in _OWN]
    if not is_run(names) or (delimiter == "," and not calculated):
        return None
    more = f" and the calculated columns {', '.join(calculated[:3])}" if calculated else ", tab-separated"
    return Recognition(f"line {header + 1} names Time, AI, AV{more}")


def _read(content: Content) -> Reading:
    text = content.text
    header, delimiter, names = _header(content)
    other = third_terminal(names)
    if other is not None:
        raise content.error(
            f"column {other} is of a third terminal: not a two-terminal device", header + 1, "export terminals A and B"
        )
    for name in RUN_COLUMNS:
        if names.count(name) > 1:
            raise content.error(f"column {name} appears {names.count(name)} times", header + 1)
    wanted = {names.index(name): name for name in RUN_COLUMNS}
    columns = read_columns(text, header + 1, delimiter, names, wanted=wanted)
    for name, unit in RUN_UNITS.items():
        refuse_beyond(text, columns[name], name, unit, header + 2)
    refuse_backwards(text, columns["Time"], header + 2)
    sweep, origins = run_sweep(
        content, names, columns, {}, place=f"line {header + 1}", comment="", first_line=header + 2
    )
    return Reading((sweep,), origins)


READER = Reader(
    name="clarius-text",
    recognises="one Clarius run as .txt or .csv: Time, AI, AV and calculated columns",
    recognise=_recognise,
    read=_read,
)
