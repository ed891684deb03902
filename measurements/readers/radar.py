"""Tables without header of a 1T1R array test: forming, and cycling (tab-separated, three decimals everywhere).

Forming, a row a cell: address, word-line voltage [V], bit-line voltage [V], resistance after forming [ohm],
success (1 or 0). Cycling, a row a cell: address, then the resistances [ohm] after RESET and after SET in turn.

The files name nothing; these meanings are those of the scripts beside the data (github.com/akashlevy/
RRAM-RADAR-Tuning: exptdata/misc/forming/form.py reads `addr, wlv, blv, rf, success`; misc/cycling/cycle.py
takes every second column from the third for SET). They are taken only where the numbers agree with them:
whole-numbered addresses that count up, and success of 0 or 1, or resistances that fall from RESET to SET in most
cycles. Lists of one column hold no such evidence and are left to what the user states (`columns`).
"""

from __future__ import annotations

import re

import numpy as np

from measurements.content import Content
from measurements.description import describe_table
from measurements.quantities import QuantityTable
from measurements.readers.reader import Origin, Reader, Reading, Recognition
from measurements.rows import read_columns
from measurements.sweep import FloatArray

_CELL = re.compile(r"\d+\.\d{3}", re.ASCII)
_FORMING = {
    "address": "1",
    "word_line_voltage": "V",
    "bit_line_voltage": "V",
    "resistance": "ohm",
    "success": "1",
}
NOTE = "[no header: meaning of the columns inferred from their pattern, as in the scripts of the RADAR array tests]"
LEAST_FALLING = 0.9
"""Share of cycles [1] in which the resistance after SET must be below that after RESET."""


def _recognise(content: Content) -> Recognition | None:
    if not content.is_text:
        return None
    filled = [line for line in content.text.lines if line.strip()]
    counts = {line.count("\t") + 1 for line in filled}
    if len(counts) != 1 or not all(_CELL.fullmatch(cell) for cell in filled[0].strip("\n").split("\t")):
        return None
    width = counts.pop()
    if width < 3 or width % 2 == 0:
        return None
    if not all(_CELL.fullmatch(cell) for line in filled for cell in line.split("\t")):
        return None
    table = np.array([line.split("\t") for line in filled], dtype=np.float64)
    kind = _kind(table)
    if kind is None:
        return None
    return Recognition(f"no header, {width} tab-separated columns of three decimals with the pattern of {kind}")


def _kind(table: FloatArray) -> str | None:
    """`forming` or `cycling`, or None where the numbers fit neither."""
    address = table[:, 0]
    if np.any(address != np.round(address)) or np.any(np.diff(address) <= 0):
        return None
    if table.shape[1] == len(_FORMING):
        success, voltages = table[:, 4], table[:, 1:3]
        fits = (
            np.isin(success, (0.0, 1.0)).all() and np.all((voltages > 0) & (voltages < 10)) and np.all(table[:, 3] > 10)
        )
        if fits:
            return "forming"
    falling = np.mean(table[:, 2::2] < table[:, 1::2])
    return "cycling" if falling >= LEAST_FALLING and np.all(table[:, 1:] > 10) else None


def _read(content: Content) -> Reading:
    text = content.text
    width = next(line for line in text.lines if line.strip()).count("\t") + 1
    names = [str(place) for place in range(width)]
    first = next(index for index, line in enumerate(text.lines) if line.strip())
    table = np.column_stack(list(read_columns(text, first, "\t", names, wanted=dict(enumerate(names))).values()))
    kind = _kind(table)
    columns, units = _cycling(table), {"address": "1", "cycle": "1"}
    if kind == "forming":
        columns, units = dict(zip(_FORMING, table.T, strict=True)), dict(_FORMING)
    units |= {name: "ohm" for name in columns if name not in units}
    described = describe_table(content, {}, unnamed_cell="many")
    record = QuantityTable(
        kind=kind or "cycling",
        columns=columns,
        units=units,
        device=described.device,
        cell=described.cell,
        source=content.source,
        comment="\n".join([NOTE, *described.notes]),
    )
    origins = [Origin(name, units[name], "pattern of the numbers", inferred=True) for name in columns]
    return Reading((record,), (*origins, *described.origins))


def _cycling(table: FloatArray) -> dict[str, FloatArray]:
    """One row a cell and cycle."""
    cells, cycles = table.shape[0], (table.shape[1] - 1) // 2
    return {
        "address": np.repeat(table[:, 0], cycles),
        "cycle": np.tile(np.arange(cycles, dtype=np.float64), cells),
        "resistance_after_reset": table[:, 1::2].ravel(),
        "resistance_after_set": table[:, 2::2].ravel(),
    }


READER = Reader(
    name="array-test-1t1r",
    recognises="forming and cycling tables of a 1T1R array test: tab-separated numbers of three decimals, no header",
    recognise=_recognise,
    read=_read,
)
