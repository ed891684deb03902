"""Sheets of an .xlsx file as rows of plain cells, with nothing executed, followed or unpacked without bound."""

from __future__ import annotations

import html
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from measurements.content import ZIP, Content

MAXIMUM_UNPACKED = 256 * 1024 * 1024
"""Largest sum of unpacked members taken [byte]."""
MAXIMUM_RATIO = 200
"""Largest unpacked size over packed size taken [1]; Clarius workbooks have about 5."""
MAXIMUM_CELLS = 5_000_000
"""Largest number of cells read of one workbook, empty ones among them [1]."""

MAXIMUM_LIST = 4 * 1024 * 1024
"""Largest list of sheets looked at [byte]."""

_TITLE = re.compile(r"<(?:\w+:)?sheet\b[^<>]*?\bname=\"([^\"]*)\"")
_DAMAGED = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, OSError, ArithmeticError)

Cell = str | int | float | bool | None
Sheets = dict[str, list[tuple[Cell, ...]]]


def sheet_titles(content: Content) -> tuple[str, ...]:
    """Titles of the sheets of an .xlsx file without reading them; none where it is no readable workbook."""
    if not content.starts(ZIP):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            member = archive.getinfo("xl/workbook.xml")
            data = archive.read(member) if member.file_size <= MAXIMUM_LIST else b""
    except (KeyError, NotImplementedError, *_DAMAGED):
        return ()
    return tuple(html.unescape(title) for title in _TITLE.findall(data.decode("utf-8", "replace")))


def read_sheets(content: Content) -> Sheets:
    """Rows of every sheet, in the order of the workbook; formulas come as their text (`=…`), not as values.

    Raises
    ------
    InputError
        No readable workbook, a member that unpacks without bound or holds XML entities, or too many cells.
    """
    _check_archive(content)
    from openpyxl import load_workbook  # slow to import, and few need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
        try:
            book = load_workbook(io.BytesIO(content.data), read_only=True, data_only=False, keep_links=False)
            cells = _Count()
            return {sheet.title: list(_rows(sheet, cells)) for sheet in book.worksheets}
        except _TooManyCells as error:
            raise content.error(str(error), hint="split the workbook") from error
        except Exception as error:  # openpyxl raises whatever its parser stumbles on
            reason = f"{type(error).__name__}: {error}"[:200]
            raise content.error(f"not a readable workbook: {reason}", hint="save it again as .xlsx") from error


class _TooManyCells(Exception):
    """More cells than anybody measures."""


class _Count:
    """Counts cells over all sheets."""

    def __init__(self) -> None:
        self.cells = 0

    def add(self, number: int, sheet: str) -> None:
        self.cells += number + 1  # an empty row counts too
        if self.cells > MAXIMUM_CELLS:
            raise _TooManyCells(f"sheet {sheet!r}: more than {MAXIMUM_CELLS} cells in the workbook")


def _rows(sheet: Any, count: _Count) -> Iterator[tuple[Cell, ...]]:
    sheet.reset_dimensions()  # what the sheet says of its size is not trusted: rows are as long as they are
    for row in sheet.iter_rows(values_only=True):
        count.add(len(row), sheet.title)
        yield tuple(row)


def _check_archive(content: Content) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            members = archive.infolist()
            _check_sizes(content, members)
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_xml(content, member.filename, archive.read(member))
    except _DAMAGED as error:
        raise content.error(f"not a whole zip archive: {error}", hint="copy or save the workbook again") from error


def _check_sizes(content: Content, members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > MAXIMUM_UNPACKED or unpacked > MAXIMUM_RATIO * max(packed, 1024):
        message = f"unpacks from {packed} to {unpacked} bytes: refused as a zip bomb"
        raise content.error(message, hint="no instrument writes such a workbook")
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise content.error(f"member {member.filename} is packed in a way that no workbook uses")


def _check_xml(content: Content, name: str, data: bytes) -> None:
    """Entities can grow without bound or name other files; no workbook has any."""
    if b"\0" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise content.error(f"member {name} is not UTF-8 XML")
    for mark in (b"<!DOCTYPE", b"<!ENTITY"):
        if mark in data:
            raise content.error(f"member {name} declares XML entities ({mark.decode()}): refused")
