"""One sheet of an Excel workbook."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import openpyxl
import xlrd
from openpyxl.utils.exceptions import InvalidFileException

from pipeline.config.sources import Workbook
from pipeline.connectors import Delivery
from pipeline.errors import DataError
from pipeline.source.cells import text_of
from pipeline.source.parse import Parsed
from pipeline.source.unpack import file_in

Row = Sequence[object]

# What both libraries raise about files that are damaged, or something else altogether.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, InvalidFileException),
    *(xlrd.XLRDError, xlrd.compdoc.CompDocError, LookupError, ValueError, TypeError),
    *(AttributeError, EOFError, AssertionError, OSError, NotImplementedError, SyntaxError),
)


def read(source: Workbook, delivery: Delivery) -> Parsed:
    """
    Read the sheet.

    Raises:
        DataError: It is not there, or is no table.
    """
    content = file_in(delivery, source.member, workbook=True)
    try:
        named = _xlsx(content) if source.format == "xlsx" else _xls(content)
    except _DAMAGED as error:
        raise DataError(
            f"this is no {source.format} workbook, or a damaged one: {error}", path=delivery.name
        ) from error
    rows = [
        row for row in _sheet(source, named, delivery.name)[source.header_row - 1 :] if any(row)
    ]
    if len(rows) < 2:
        message = f"there are no rows below row {source.header_row}, the header"
        raise DataError(message, hint="name its row under header_row", path=delivery.name)
    return _parsed(rows, delivery.name)


def _xlsx(content: bytes) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        return {
            sheet.title: [_texts(row) for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
        }
    finally:
        book.close()


def _xls(content: bytes) -> dict[str, list[list[str]]]:
    book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
    return {
        sheet.name: [
            _texts([_xls_value(cell, book.datemode) for cell in row]) for row in sheet.get_rows()
        ]
        for sheet in book.sheets()
    }


def _xls_value(cell: xlrd.sheet.Cell, datemode: int) -> object:
    if cell.ctype == xlrd.XL_CELL_DATE:
        # To the second: a day's fraction as a float is off by microseconds.
        found: datetime = xlrd.xldate_as_datetime(cell.value, datemode)
        return (found + timedelta(microseconds=500_000)).replace(microsecond=0)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return None if cell.ctype == xlrd.XL_CELL_ERROR else cell.value


def _texts(row: Row) -> list[str]:
    return [text_of(value) or "" for value in row]


def _sheet(source: Workbook, named: dict[str, list[list[str]]], name: str) -> list[list[str]]:
    filled = {title: rows for title, rows in named.items() if any(map(any, rows))}
    if source.sheet in named:
        return named[source.sheet]
    if source.sheet or len(filled) != 1:
        raise DataError(
            f"there is no sheet `{source.sheet}`" if source.sheet else "not one sheet holds rows",
            hint=f"name one under sheet: {', '.join(f'`{x}`' for x in named)}",
            path=name,
        )
    return next(iter(filled.values()))


def _parsed(rows: list[list[str]], name: str) -> Parsed:
    header = [text.strip() for text in rows[0]]
    while header and not header[-1]:
        header.pop()
    doubled = [column for column in header if header.count(column) > 1]
    if doubled:
        raise DataError(f"the column `{doubled[0]}` stands twice in the header", path=name)
    width = len(header)
    for number, row in enumerate(rows[1:], 1):
        if any(row[width:]):
            message = f"row {number} below the header has values beyond its last column"
            raise DataError(message, path=name)
    return Parsed(header, [[*row[:width], *[""] * (width - len(row))] for row in rows[1:]])
