"""Small synthetic files of every format, and how the tests read them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from openpyxl import Workbook

from measurements import Content, FileFacts, Reading, Source
from measurements.content import NO_FACTS
from measurements.readers.registry import Installed, all_readers

READERS = {reader.name: reader for reader in all_readers(Installed((), ()))}

Rows = Sequence[Sequence[object]]

SETTINGS: Rows = [
    ("====",), ("Run2",), ("====",), (), ("Test Name", "SET_negative#1@1"), ("Last Executed", "12/02/2025 15:06:30"),
    (), ("Device Terminal", "B", "A"), ("Compliance", "0.105", "0.0005"), ("Step", "N/A", "-0.5"),
    ("====",), ("Run1",), ("====",),
]  # fmt: skip
RUN_1: Rows = [("Time", "AI", "AV", "VRESET"), (0.1, 1e-9, 0, "#REF"), (0.2, 1e-3, 0.5), (0.3, 2e-3, 1.0)]
RUN_2: Rows = [("Time", "AI", "AV", "I", "ID"), (0.1, -1e-9, 0, 1e-9, "#REF"), (0.2, -5e-4, -0.5), (0.3, -5e-4, -1)]
SUMMARY: Rows = [
    ("Cycle", "SET#1", "SET#1", "RESET#1", "CVS#1"),
    ("Index", "ILRS", "VSET", "ILRS", "Time"),
    ("1", 1e-4, 1.2, 9e-5),
    ("2", 2e-4, 1.1, "#REF"),
]


def workbook(sheets: dict[str, Rows]) -> bytes:
    """An .xlsx file with these sheets in order."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


EASYEXPERT = """
SetupTitle, Reset Sweep
PrimitiveTest, I/V Sweep
TestParameter, Channel.IName, I1, I2
TestParameter, Channel.VName, V1, V2
TestParameter, Channel.Mode, V, COMMON
TestParameter, Channel.Func, VAR1, CONST
TestParameter, Channel.Time, Time
TestParameter, Measurement.Primary.Step, -0.5
TestParameter, Measurement.Primary.Compliance, 1E-02
TestParameter, Measurement.Bias.Source, 0, 0
MetaData, TestRecord.RecordTime, 12/14/2022 08:42:23
MetaData, TestRecord.TestTarget, cell 7
Dimension1, 3, 3, 3
Dimension2, 1, 1, 1
DataName, Time, V1, I1
DataValue, 0.1, 0, -1E-09
DataValue, 0.2, -0.5, -1E-03
DataValue, 0.3, -1, -2E-03
"""

TEXTS = {
    "memchar-heat": "# device: D\n# cell: C\n# ambient_temperature [K]: 300\n"
    "time [s],power [W],temperature [K]\n0,1,300\n1,1,310\n",
    "keithley-4200a": "---\nnote\n---\nTime,AI,AV\n0.1,1e-9,0\n0.2,1e-6,0.5\n0.3,2e-6,1\n",
    "clarius-text": "Time\tAI\tAV\tVRESET\n198.8988E-3\t-626.1089E-9\t000.0000E+0\t#REF\n"
    "228.5468E-3\t257.9628E-8\t100.0000E-2\t\n",
    "clarius-summary": "Cycle,SET#1,SET#1,RESET#1\nIndex,ILRS,VSET,ILRS\n1,1e-4,1.2,9e-5\n2,2e-4,#REF,\n",
    "easyexpert": EASYEXPERT,
    "keithley-acs": "Item,Smu1.Time[1][1],Smu1.V[1][1],Smu1.I[1][1],Smu1.R[1][1],\n"
    "1,0,0,-6E-10,-1547.6,\n2,0.1,0.5,1E-6,5E5,\n3,0.2,-0.5,-1E-6,5E5,\n",
    "oscilloscope": "x-axis,1,2\nsecond,Volt,Volt\n-1E-3,0,0\n0,+10E-3,+100E-3\n1E-3,-20E-3,-100E-3\n",
    "easyexpert-list": "V1,I1,absI\n1,0.1E-3,0.1E-3\n0.5,0.05E-3,0.05E-3\n0,0,0\n",
    "time-voltage-current": "Time\tVoltage Current\n665.5\t1\t0.0095\n665.8\t0.98\t0.0091\n666.1\t0.96\t0.0088\n",
    "pulse-ramps": "rmp1,rmp2\n1e-4,3e-4\n2e-4,2e-4\n3e-4,0\n,\n",
    "array-test-1t1r": "800.000\t2.050\t1.800\t49020.621\t1.000\n801.000\t2.000\t3.200\t5374.737\t0.000\n",
    "csv-with-units": "# device: D\n# activity: set\ntime [ms],voltage [mV],current [uA]\n0,0,0\n1,500,1\n2,1000,20\n",
}
FILES = {name: text.encode() for name, text in TEXTS.items()} | {
    "clarius-xlsx": workbook({"Run2": RUN_2, "Calc": [], "Settings": SETTINGS, "Run1": RUN_1})
}
KILOHM = FileFacts(series_resistance=1000.0)


def content(data: bytes | str, facts: FileFacts = NO_FACTS, name: str = "lab/any.bin") -> Content:
    """A file that was never written."""
    return Content(
        Path(name), data.encode() if isinstance(data, str) else data, Source(Path(name).name, "0" * 64), facts
    )


def read(data: bytes | str, reader: str | None = None, facts: FileFacts = NO_FACTS) -> Reading:
    """Read data with the first reader that takes it; the reader's name is checked where it is given."""
    whole = content(data, facts)
    taking = next(candidate for candidate in READERS.values() if candidate.recognise(whole) is not None)
    assert reader in (None, taking.name)
    return taking.read(whole)


def values(reading: Reading, fact: str) -> list[str]:
    """What the reading says of a fact."""
    return [origin.value for origin in reading.origins if origin.fact == fact]


def lists(record: object) -> dict[str, list[float]]:
    """The arrays of a record as lists."""
    return {name: value.tolist() for name, value in vars(record).items() if isinstance(value, np.ndarray)}
