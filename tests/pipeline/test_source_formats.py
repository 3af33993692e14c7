"""Workbooks, Parquet and JSON lines come out as the text that a CSV of them would have."""

import datetime as dt
import gzip
import io
import json
import struct
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from house import block
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import ModelBlock
from pipeline.config.sources import Records, Workbook
from pipeline.connectors import Delivery
from pipeline.errors import DataError
from pipeline.source import Parsed, read, records, workbook
from pipeline.source.cells import text_of

HEADER = ["id", "size", "colour", "when"]
WHEN = dt.datetime(2026, 7, 1, 12, 30, 15)  # noqa: DTZ001 - Excel knows no zones
ROWS: list[list[object]] = [[1, 2.5, "red", WHEN], [2, None, "bl,ue", None]]
TEXTS = [["1", "2.5", "red", "2026-07-01T12:30:15"], ["2", "", "bl,ue", ""]]


def xlsx(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def xls(rows: Sequence[Sequence[object]]) -> bytes:
    """The oldest form, BIFF 2: a stream of records without a container."""

    def record(number: int, content: bytes) -> bytes:
        return struct.pack("<HH", number, len(content)) + content

    cells = [record(0x0009, struct.pack("<HH", 2, 0x10))]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            place = struct.pack("<HH3s", i, j, b"\0\0\0")
            if isinstance(value, str):
                text = value.encode("ascii")
                cells.append(record(0x0004, place + bytes([len(text)]) + text))
            elif isinstance(value, int | float):
                cells.append(record(0x0003, place + struct.pack("<d", value)))
    return b"".join([*cells, record(0x000A, b"")])


def parquet(columns: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def of_book(content: bytes, form: str = "xlsx", **keys: Any) -> Parsed:
    return workbook.read(Workbook(format=form, **keys), Delivery("x", "", content))  # type: ignore[arg-type] # a literal


def of_records(content: bytes, form: str) -> Parsed:
    return records.read(Records(format=form), Delivery("x", "", content))  # type: ignore[arg-type] # a literal


def test_a_sheet_is_read_as_the_text_of_its_values() -> None:
    assert of_book(xlsx({"t": [HEADER, *ROWS]})) == Parsed(HEADER, TEXTS)


def test_a_workbook_in_an_archive_is_found() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "about")
        archive.writestr("a/table.xlsx", xlsx({"t": [HEADER, *ROWS]}))

    assert of_book(buffer.getvalue(), member="*.xlsx").rows == TEXTS


def test_the_sheet_and_the_row_of_the_header_are_declared() -> None:
    """As in UCI's credit table: a line of X1, X2 above the names."""
    content = xlsx({"notes": [["hello"]], "Data": [["", "X1"], HEADER[:2], [1, 2], [3, 4]]})
    found = of_book(content, sheet="Data", header_row=2)

    assert found == Parsed(["id", "size"], [["1", "2"], ["3", "4"]])
    with pytest.raises(DataError, match="not one sheet holds rows") as caught:
        of_book(content)
    assert caught.value.hint == "name one under sheet: `notes`, `Data`"
    with pytest.raises(DataError, match="there is no sheet `data`"):
        of_book(content, sheet="data")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([HEADER], "no rows below row 1"),
        ([["a", "a"], [1, 2]], "the column `a` stands twice"),
        ([["a", "b"], [1, 2, 3]], "values beyond its last column"),
    ],
)
def test_a_sheet_that_is_no_table_is_refused(rows: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        of_book(xlsx({"t": rows}))


def test_an_old_workbook_is_read() -> None:
    found = of_book(xls([["id", "size"], [1, 2.5], [2, "x"]]), "xls")

    assert found == Parsed(["id", "size"], [["1", "2.5"], ["2", "x"]])


@pytest.mark.parametrize("form", ["xlsx", "xls"])
@settings(max_examples=60)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_workbook_never_ends_in_a_traceback(
    form: str, place: int, byte: int, *, cut: bool
) -> None:
    rows = [["id", "size"], [1, 2.5], [2, "x"]]
    content = bytearray(xlsx({"t": rows}) if form == "xlsx" else xls(rows))
    place %= len(content)
    content[place] = byte
    with suppress(DataError):
        of_book(bytes(content[:place] if cut else content), form)


def test_parquet_is_read_as_the_text_of_its_values() -> None:
    utc = [WHEN.replace(tzinfo=dt.UTC), None]
    columns = {
        "i": pa.array([1, None]),
        "x": pa.array([0.1, float("nan")]),
        "f": pa.array([True, False]),
        "d": pa.array(utc, pa.timestamp("us", "UTC")),
        "s": pa.array(["a,b", None]),
    }
    found = of_records(parquet(columns), "parquet")

    assert found.header == list("ixfds")
    assert found.rows == [
        ["1", "0.1", "true", "2026-07-01T12:30:15+00:00", "a,b"],
        ["", "", "false", "", ""],
    ]


def test_json_lines_may_leave_keys_out_and_stand_in_a_gzip() -> None:
    lines = ['{"a": 1, "b": "x\\ny"}', "", '{"b": null, "c": 0.5}']
    content = gzip.compress("\n".join(lines).encode())

    assert of_records(content, "jsonl") == Parsed(
        ["a", "b", "c"], [["1", "x\ny", ""], ["", "", "0.5"]]
    )


@pytest.mark.parametrize(
    ("content", "form", "message"),
    [
        (b"PAR1 no", "parquet", "this is no Parquet file"),
        (parquet({"a": []}), "parquet", "the file is empty"),
        (parquet({"a": [[1], [2]]}), "parquet", "row 1, column `a`: a list has no place"),
        (b"", "jsonl", "the file is empty"),
        (b"\xff", "jsonl", "not UTF-8 at byte 0"),
        (b'{"a": 1}\n[1]', "jsonl", "no JSON object"),
        (b'{"a": 1}\n{"a":', "jsonl", "this is not JSON"),
        (b'{"a": {"b": 1}}', "jsonl", "row 1, column `a`: a dict has no place"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, form: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        of_records(content, form)


PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8")),
)


@given(rows=st.lists(st.fixed_dictionaries({"a": PLAIN, "b": PLAIN}), min_size=1))
def test_json_lines_keep_every_value(rows: list[dict[str, Any]]) -> None:
    content = "\n".join(json.dumps(row, sort_keys=True) for row in rows).encode()
    found = of_records(content, "jsonl").rows

    assert found == [[text_of(row["a"]), text_of(row["b"])] for row in rows]


@given(x=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_so_that_it_reads_the_same(x: float) -> None:
    assert float(text_of(x) or "?") == x


def test_a_source_of_records_becomes_a_table_of_the_model() -> None:
    raw = block(data={"sources": {"a": {"connector": "file", "format": "jsonl"}}})
    model = ModelBlock.model_validate(raw)
    lines = b'{"size": 1, "answer": "yes", "colour": "red"}\n{"size": 2, "answer": "no"}'
    table = read(model, model.data.sources["a"], Delivery("x.jsonl", "", lines))

    assert table.header == ["row_id", "timestamp", "size", "colour", "answer"]
    assert table.rows == [("r000001", "", "1", "red", "yes"), ("r000002", "", "2", "", "no")]
