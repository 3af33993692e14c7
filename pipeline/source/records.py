"""Rows with named, typed values: Parquet, and JSON lines."""

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.sources import Records
from pipeline.connectors import Delivery
from pipeline.errors import DataError
from pipeline.source.cells import text_of
from pipeline.source.parse import Parsed
from pipeline.source.unpack import file_in


def read(source: Records, delivery: Delivery) -> Parsed:
    """
    Read the rows.

    Raises:
        DataError: The file is damaged, or a value has no place in a field.
    """
    content = file_in(delivery, source.member)
    if source.format == "parquet":
        return _parquet(content, delivery.name)
    return _lines(content, delivery.name)


def _parquet(content: bytes, name: str) -> Parsed:
    try:
        table = pq.read_table(pa.BufferReader(content))
        columns = {key: table[key].to_pylist() for key in table.column_names}
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError) as error:
        raise DataError(f"this is no Parquet file, or a damaged one: {error}", path=name) from error
    if not columns or not table.num_rows:
        raise DataError("the file is empty", path=name)
    texts = [[_field(x, key, i, name) for i, x in enumerate(v, 1)] for key, v in columns.items()]
    return Parsed(list(columns), [list(row) for row in zip(*texts, strict=True)])


def _lines(content: bytes, name: str) -> Parsed:
    try:
        # Not by `splitlines`: it cuts at characters that may stand inside of a text.
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"not UTF-8 at byte {error.start:,}", path=name) from error
    numbered = [(i, line) for i, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise DataError("the file is empty", path=name)
    records = [(i, _object(line, i, name)) for i, line in numbered]
    header = list(dict.fromkeys(key for _, record in records for key in record))
    rows = [[_field(x.get(key), key, i, name) for key in header] for i, x in records]
    return Parsed(header, rows)


def _object(line: str, number: int, name: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (RecursionError, ValueError) as error:
        raise DataError(f"this is not JSON: {error}", path=f"{name}:{number}") from error
    if not isinstance(found, dict):
        message = "this is no JSON object; one is asked a line"
        raise DataError(message, path=f"{name}:{number}")
    return found


def _field(value: object, key: str, row: int, name: str) -> str:
    text = text_of(value)
    if text is None:
        raise DataError(
            f"row {row}, column `{key}`: a {type(value).__name__} has no place in a table",
            hint="flatten it, or leave the column out",
            path=name,
        )
    return text
