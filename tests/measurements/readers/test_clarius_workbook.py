"""Clarius workbooks: order, settings, and what a hostile or broken one does."""

from __future__ import annotations

import io
import zipfile

import pytest
from reader_samples import FILES, RUN_1, RUN_2, SETTINGS, SUMMARY, content, read, values, workbook

from measurements import Activity, InputError, QuantityTable, Sweep
from measurements import workbook as workbooks
from measurements.readers.clariusxlsx import READER


def test_runs_in_ascending_order_with_their_settings() -> None:
    reading = read(FILES["clarius-xlsx"], "clarius-xlsx")
    first, second = reading.records
    assert isinstance(first, Sweep)
    assert isinstance(second, Sweep)
    assert (first.voltage.tolist(), first.current.tolist()) == ([0.0, 0.5, 1.0], [1e-9, 1e-3, 2e-3])
    assert second.voltage.tolist() == [0.0, -0.5, -1.0]
    # run 1 has an empty settings block: purpose from its calculated column, no compliance
    assert (first.activity, first.compliance_current, first.taken) == (Activity.RESET, None, "")
    # run 2: set at negative voltage, as its test name says; compliance of terminal A, not of B
    assert (second.activity, second.compliance_current) == (Activity.SET, 5e-4)
    assert second.taken == "2025-12-02T15:06:30"
    assert "Step: -0.5" in second.comment
    assert [origin.place for origin in reading.origins if origin.fact == "compliance_current"] == [
        "sheet Settings, row 9, Compliance"
    ]
    assert values(reading, "left out") == ["VRESET", "I, ID"]


def test_summary_with_references_that_failed() -> None:
    (table,) = read(workbook({"test": SUMMARY, "Calc": [], "Settings": []}), "clarius-xlsx").records
    assert isinstance(table, QuantityTable)
    assert list(table.columns) == ["cycle", "SET#1 ILRS", "SET#1 VSET", "RESET#1 ILRS"]  # the empty one is left out
    assert table.columns["SET#1 VSET"].tolist() == [1.2, 1.1]
    assert table.columns["cycle"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("run", "line", "words"),
    [
        ([*RUN_1, (0.4, "=A2*2", 1.0)], 5, "sheet Run1: column AI holds a formula '=A2"),
        ([*RUN_1, (0.4, "#REF", 1.0)], 5, "sheet Run1: column AI: expected a finite number, found '#REF'"),
        ([*RUN_1, (0.4, None, 1.0)], 5, "found an empty cell"),
        ([*RUN_1, (), (0.5, 1e-6, 1.0)], 5, "found an empty cell"),
        ([*RUN_1, (0.2, 1e-6, 1.0)], 5, "time runs backwards"),
        ([*RUN_1, (0.4, 1e6, 1.0)], 5, "beyond 100"),
        ([("Time", "AI", "AV", "GateV"), (1, 1, 1, 1)], 1, "GateV is of a third terminal"),
        ([("Time", "AI", "AV", "AV"), (1, 1, 1, 1)], 1, "AV appears 2 times"),
        (RUN_1[:1], 1, "no row"),
        (RUN_1[:2], 2, "one point"),
        ([("a", "b"), (1, 2)], None, r"no sheet \(Run1\) holds a Clarius run"),
    ],
)
def test_faults_have_sheet_and_row(run: list[tuple[object, ...]], line: int | None, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(workbook({"Run1": run}), "clarius-xlsx")
    assert caught.value.line == line


def repacked(data: bytes, change: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The archive with members replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", method) as new:
        members = {name: old.read(name) for name in old.namelist()} | change
        for name, member in members.items():
            new.writestr(name, member)
    return stream.getvalue()


BOMB = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'cc'><!ENTITY d '&b;&b;&b;'>]><a>&d;</a>"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"xl/worksheets/sheet1.xml": BOMB}, "declares XML entities"),
        ({"xl/sharedStrings.xml": BOMB}, "declares XML entities"),
        ({"xl/worksheets/sheet1.xml": BOMB.decode().encode("utf-16")}, "not UTF-8 XML"),
        ({"xl/worksheets/sheet1.xml": b"<a>" * 100}, "not a readable workbook"),
        ({"xl/media/image.bin": b"\0" * 50_000_000}, "zip bomb"),
    ],
)
def test_hostile_workbooks_are_refused(change: dict[str, bytes], words: str) -> None:
    with pytest.raises(InputError, match=words):
        READER.read(content(repacked(FILES["clarius-xlsx"], change)))


def test_other_packing_and_external_links() -> None:
    with pytest.raises(InputError, match="packed in a way"):
        READER.read(content(repacked(FILES["clarius-xlsx"], {}, zipfile.ZIP_LZMA)))
    link = {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    assert len(READER.read(content(repacked(FILES["clarius-xlsx"], link))).records) == 2


def test_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAXIMUM_CELLS", 10)
    with pytest.raises(InputError, match="more than 10 cells"):
        READER.read(content(FILES["clarius-xlsx"]))


def test_a_far_cell_costs_no_more_than_the_limit() -> None:
    row = '<row r="{0}"><c r="XFD{0}"><v>1</v></c></row>'
    rows = "".join(row.format(number) for number in range(1, 2000)).encode()
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    data = repacked(FILES["clarius-xlsx"], {"xl/worksheets/sheet1.xml": sheet + rows + b"</sheetData></worksheet>"})
    with pytest.raises(InputError, match="more than 5000000 cells"):
        READER.read(content(data))


def test_truncated_anywhere() -> None:
    data = FILES["clarius-xlsx"]
    for length in range(4, len(data) - 1, 97):
        whole = content(data[:length])
        assert READER.recognise(whole) is None  # the directory of a zip stands at its end
        with pytest.raises(InputError, match="not a whole zip archive"):
            READER.read(whole)


def test_index_of_a_summary_that_is_no_number() -> None:
    rows = [*SUMMARY, ("9" * 5000, 1e-4, 1.2, 9e-5)]
    with pytest.raises(InputError, match="column Index: expected a finite number") as caught:
        read(workbook({"test": rows, "Calc": [], "Settings": []}), "clarius-xlsx")
    assert caught.value.line == 5


@pytest.mark.timeout(20)
def test_a_list_of_sheets_without_end_is_no_list() -> None:
    data = repacked(FILES["clarius-xlsx"], {"xl/workbook.xml": b"<sheet " * 500_000})
    assert READER.recognise(content(data)) is None


def test_other_workbooks_are_left_to_others() -> None:
    assert READER.recognise(content(workbook({"Sheet1": [("a",), (1,)]}))) is None
    assert READER.recognise(content(workbook({"Run1": RUN_2, "Settings": SETTINGS}))) is not None
