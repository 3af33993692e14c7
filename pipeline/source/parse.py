"""From text to columns, by what the source declares and nothing else."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.config.sources import Delimited
from pipeline.errors import DataError

_LONGEST_FIELD = 2**31 - 1
_LONGEST_SHOWN = 60

Line = tuple[int, list[str]]
"""Where a row begins, and its fields."""


class Parsed(NamedTuple):
    """A header and rows of its length."""

    header: list[str]
    rows: list[list[str]]


def parse(text: str, source: Delimited, name: str) -> Parsed:
    """
    Read the rows.

    Raises:
        DataError: A row does not fit the header, or the header is no header.
    """
    if not text.strip():
        raise DataError("the file is empty", hint="fetch it anew", path=name)
    lines = _unquoted(text, source) if source.quoting == "none" else _quoted(text, source, name)
    header = list(source.columns) or _named(next(lines)[1])
    _check_header(header, source, name)
    rows = [_fit(line, header, source, name) for line in lines]
    if not rows:
        raise DataError("there are no rows, only a header", path=name)
    return Parsed(header, rows)


def _unquoted(text: str, source: Delimited) -> Iterator[Line]:
    """A quote is a character like any other, so a row is a line."""
    for number, line in enumerate(text.split("\n"), 1):
        if stripped := line.removesuffix("\r"):
            yield number, stripped.split(source.delimiter)


def _quoted(text: str, source: Delimited, name: str) -> Iterator[Line]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        # A quote that nobody closes shows at the file's end, but stands where the row begins.
        raise DataError(
            f"the row that begins here: {error}",
            hint="if quotes are plain characters in this file, write quoting: none",
            path=f"{name}:{start}",
        ) from error


def _named(header: Sequence[str]) -> list[str]:
    """Leave out the unnamed columns at the end: what stands in them is overflow."""
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    return names


def _check_header(header: Sequence[str], source: Delimited, name: str) -> None:
    if len(header) < 2:
        raise DataError(
            f"{_split_words(source)} leaves one column, `{''.join(header)[:_LONGEST_SHOWN]}`",
            hint=_other_delimiter("".join(header), source) or "check delimiter and quoting",
            path=name,
        )
    doubled = [column for column in header if header.count(column) > 1]
    if doubled:
        raise DataError(f"the column `{doubled[0]}` stands twice in the header", path=name)


def _split_words(source: Delimited) -> str:
    return f"the delimiter {json.dumps(source.delimiter)}"


def _other_delimiter(line: str, source: Delimited) -> str:
    """Advise the delimiter that would cut a line into most fields, if the declared one does not."""
    best = max(",;\t|", key=line.count)
    if line.count(best) <= line.count(source.delimiter):
        return ""
    return f"write delimiter: {json.dumps(best)}"


def _fit(line: Line, header: Sequence[str], source: Delimited, name: str) -> list[str]:
    number, row = line
    if len(row) == len(header):
        return row
    if len(row) > len(header):
        if source.overflow == "join":
            return _joined(row, len(header), source.delimiter)
        if not any(row[len(header) :]):
            return row[: len(header)]
        hint = "overflow: join gives what is beyond the last column back to it"
    else:
        hint = _other_delimiter(source.delimiter.join(row), source) if len(row) == 1 else ""
        hint = hint or "a line break in a field needs quoting: standard"
    raise DataError(
        f"{len(row)} fields, the header has {len(header)}", hint=hint, path=f"{name}:{number}"
    )


def _joined(row: list[str], width: int, delimiter: str) -> list[str]:
    """Give the pieces beyond the last column back to it, without the empty ones at the end."""
    kept, pieces = row[: width - 1], row[width - 1 :]
    while len(pieces) > 1 and not pieces[-1]:
        pieces.pop()
    return [*kept, delimiter.join(pieces)]
