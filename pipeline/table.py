"""
`table.csv`: UTF-8, commas, one header line, an empty field for what is missing.

Strict on purpose: a row with a field too many or too few is refused with its line, because a
reader that fills or cuts it would shift every value behind.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.artifacts import read_json, shown
from pipeline.config import ModelBlock
from pipeline.errors import DataError, RegistryError, in_words

ROW_ID = "row_id"
TIMESTAMP = "timestamp"

_LONGEST_FIELD = 2**31 - 1
_TO_QUOTE = re.compile('[",\r\n]')


@dataclass(frozen=True)
class Table:
    """Columns of text, all of one length, and the file they are from."""

    path: Path
    columns: dict[str, list[str]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values()), []))


class Accepted(NamedTuple):
    """What the record of the last ingested table says: its source, and how many rows it had."""

    source: str
    rows: int


def read_accepted(record: Path) -> Accepted | None:
    """
    Read the record that `ingest` leaves beside a table; None if the table was laid by hand.

    Raises:
        RegistryError: It is damaged.
    """
    if not record.exists():
        return None
    content = read_json(record)
    fields = content if isinstance(content, dict) else {}
    source, rows = fields.get("source"), fields.get("rows")
    if not isinstance(source, str) or not isinstance(rows, int) or rows < 1:
        raise RegistryError(
            "this is not the record of a table: it names no source and rows",
            hint="restore it from Git",
            path=shown(record),
        )
    return Accepted(source, rows)


def read_table(path: Path) -> Table:
    """
    Read a table in its canonical form.

    Raises:
        DataError: It is not there, empty, not UTF-8, or a row does not fit the header.
    """
    try:
        # Not as a text file: that would turn the line ends inside of fields into others.
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(
            "there is no such table",
            hint="put it there, or bring it in with `modelpress ingest`",
            path=shown(path),
        ) from error
    except OSError as error:
        hint = "it should be a file that you may read"
        raise DataError(
            f"cannot be read: {in_words(error)}", hint=hint, path=shown(path)
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"not UTF-8 at byte {error.start:,}",
            hint="bring it in with `modelpress ingest`, whose source names its encoding",
            path=shown(path),
        ) from error
    return Table(path, _columns(path, text))


def _columns(path: Path, text: str) -> dict[str, list[str]]:
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            f"line {line}: there is a NUL character, which no table has",
            hint="the file is damaged: bring it in anew with `modelpress ingest`",
            path=shown(path),
        )
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        rows = [_fitting(path, reader.line_num, header, row) for row in reader if row]
    except csv.Error as error:
        raise DataError(
            f"line {reader.line_num}: {error}",
            hint="is a double quote not closed? one inside a quoted field is written twice",
            path=shown(path),
        ) from error
    if not header or not rows:
        hint = "it needs a header line and rows below it"
        raise DataError("the table has no rows", hint=hint, path=shown(path))
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        message = f"the column `{twice[0]}` stands twice in the header"
        raise DataError(message, hint="rename one, or remove it", path=shown(path))
    return {
        name: list(values) for name, values in zip(header, zip(*rows, strict=True), strict=True)
    }


def _fitting(path: Path, line: int, header: Sequence[str], row: list[str]) -> list[str]:
    if len(row) != len(header):
        raise DataError(
            f"line {line}: {len(row)} fields, the header has {len(header)}",
            hint="a field with a comma or a line break must stand in double quotes",
            path=shown(path),
        )
    return row


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a table in its canonical form."""
    lines = [",".join(map(_field, row)) for row in (header, *rows)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _field(text: str) -> str:
    # Not by `csv.writer`: it leaves a lone carriage return bare, and readers end the row there.
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def resolve_columns(block: ModelBlock, header: Sequence[str], path: Path) -> dict[str, str]:
    """
    Find each feature and the target in a header, by name or alias.

    Returns:
        From the model's word for a column to the header's.

    Raises:
        DataError: Columns are missing, or two go by names of the same feature; all are named.
    """
    names: Mapping[str, tuple[str, ...]] = {
        block.target.column: block.target.aliases,
        **{name: feature.aliases for name, feature in block.features.items()},
    }
    found = {name: _present(name, aliases, header) for name, aliases in names.items()}
    missing = [name for name, columns in found.items() if not columns]
    if missing:
        raise DataError(
            f"there is no column {_listed(missing)}; the columns are {_listed(header)}",
            hint="name the column as it is, or give the feature an alias in params.yaml",
            path=shown(path),
        )
    for name, columns in found.items():
        if len(columns) > 1:
            raise DataError(f"{_listed(columns)} are all `{name}`", path=shown(path))
    return {name: columns[0] for name, columns in found.items()}


def _present(name: str, aliases: Sequence[str], header: Sequence[str]) -> list[str]:
    found = [x for x in dict.fromkeys((name, *aliases)) if x in header]
    # Sources may call a feature `timestamp`; in the canonical form, that is the table's own column.
    return [name] if name in header and set(found[1:]) <= {ROW_ID, TIMESTAMP} else found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
