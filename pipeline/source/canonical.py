"""From a source's columns to the house's: names, row ids, timestamps, what is missing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.config import ModelBlock
from pipeline.config.sources import FileSource, Timestamp
from pipeline.errors import DataError
from pipeline.source.moments import to_utc
from pipeline.source.parse import Parsed
from pipeline.table import ROW_ID, TIMESTAMP, resolve_columns


class Canonical(NamedTuple):
    """A table as `table.csv` has it, columns nobody asked for, and optional ones that are empty."""

    header: list[str]
    rows: list[tuple[str, ...]]
    left_out: list[str]
    not_delivered: list[str]


class _Columns:
    """The columns of a delivery, with an empty field for what is missing."""

    def __init__(self, block: ModelBlock, parsed: Parsed, name: str) -> None:
        self.header, self.name, self.rows = parsed.header, name, len(parsed.rows)
        self._texts: list[tuple[str, ...]] = list(zip(*parsed.rows, strict=True))
        self._missing = set(block.data.missing)

    def raw(self, column: str, key: str) -> tuple[str, ...]:
        """Give a column as it is; `key` is what names it in params.yaml."""
        if column not in self.header:
            raise DataError(
                f"there is no column `{column}`, which {key} names",
                hint=f"the columns are {', '.join(f'`{x}`' for x in self.header)}",
                path=self.name,
            )
        return self._texts[self.header.index(column)]

    def cleaned(self, column: str, key: str = "") -> list[str]:
        """Give a column, empty where one of the words stands that mean nothing."""
        return ["" if text in self._missing else text for text in self.raw(column, key)]


def canonical(
    block: ModelBlock, parsed: Parsed, name: str, source: FileSource | None = None
) -> Canonical:
    """
    Bring the columns in order: row_id, timestamp, features, target.

    Raises:
        DataError: A column is missing, two rows have one id, or a timestamp cannot be read.
    """
    delivered = _renamed(parsed, source.rename if source else {}, name)
    delivered = _joined(block, delivered, source.join if source else {}, name)
    not_delivered = _not_delivered(block, delivered.header)
    whole = _widened(delivered, not_delivered)
    names = resolve_columns(block, whole.header, Path(name))
    columns = _Columns(block, whole, name)
    key, timestamp = _timestamp(block, source)
    words = [*block.features, block.target.column]
    _refuse_own_names(words)
    table = [
        _row_ids(block, columns),
        _moments(timestamp, key, columns),
        *(columns.cleaned(names[word]) for word in words),
    ]
    moment = {timestamp.column} if timestamp else set()
    joined = {part for parts in (source.join.values() if source else ()) for part in parts}
    used = {*names.values(), block.data.row_id, *moment, *joined}
    left_out = [column for column in whole.header if column not in used]
    rows = list(zip(*table, strict=True))
    return Canonical([ROW_ID, TIMESTAMP, *words], rows, left_out, not_delivered)


def _renamed(parsed: Parsed, rename: Mapping[str, str], name: str) -> Parsed:
    """Call columns as the source's declaration does."""
    for column in rename:
        if column not in parsed.header:
            raise DataError(
                f"there is no column `{column}`, which the source's rename names",
                hint=f"the columns are {', '.join(f'`{x}`' for x in parsed.header)}",
                path=name,
            )
    header = [rename.get(column, column) for column in parsed.header]
    doubled = [column for column in header if header.count(column) > 1]
    if doubled:
        raise DataError(
            f"the column `{doubled[0]}` stands twice in the header",
            hint="the source's rename gives it a name that is there already",
            path=name,
        )
    return Parsed(header, parsed.rows)


def _joined(
    block: ModelBlock, parsed: Parsed, joins: Mapping[str, Sequence[str]], name: str
) -> Parsed:
    """Add columns made of others, with a space between what is there."""
    if not joins:
        return parsed
    columns = _Columns(block, parsed, name)
    added = []
    for column, parts in joins.items():
        if column in parsed.header:
            raise DataError(
                f"the source's join makes a column `{column}`, and one of that name is delivered",
                hint="give the new column another name, or the other one by rename",
                path=name,
            )
        texts = [columns.cleaned(part, "the source's join") for part in parts]
        added.append([" ".join(filter(None, row)) for row in zip(*texts, strict=True)])
    header = [*parsed.header, *joins]
    return Parsed(header, [[*row, *more] for row, *more in zip(parsed.rows, *added, strict=True)])


def _not_delivered(block: ModelBlock, header: Sequence[str]) -> list[str]:
    """Name the optional features of which no column is there."""
    return [
        name
        for name, feature in block.features.items()
        if feature.optional and not {name, *feature.aliases} & {*header}
    ]


def _widened(parsed: Parsed, names: Sequence[str]) -> Parsed:
    """Add empty columns."""
    if not names:
        return parsed
    empty = [""] * len(names)
    return Parsed([*parsed.header, *names], [[*row, *empty] for row in parsed.rows])


def _refuse_own_names(words: Sequence[str]) -> None:
    for word in words:
        if word in (ROW_ID, TIMESTAMP):
            raise DataError(
                f"`{word}` is what the table calls a column of its own",
                hint=f"give the feature or target another name, and `aliases: [{word}]`",
            )


def _row_ids(block: ModelBlock, columns: _Columns) -> Sequence[str]:
    column = block.data.row_id
    if not column:
        return [f"r{i + 1:06d}" for i in range(columns.rows)]
    ids = columns.raw(column, "data.row_id")
    (most, times), empty = Counter(ids).most_common(1)[0], ids.count("")
    if empty or times > 1:
        fault = f"{empty:,} rows have none" if empty else f"{times:,} rows have `{most}`"
        raise DataError(
            f"column `{column}`: {fault}, and data.row_id says that each row has its own",
            hint="name another column; without data.row_id, rows are numbered",
            path=columns.name,
        )
    return ids


def _timestamp(block: ModelBlock, source: FileSource | None) -> tuple[str, Timestamp | None]:
    """Give the declaration of the moments, the source's own before the model's, and its key."""
    if source and source.timestamp:
        return "the source's timestamp.column", source.timestamp
    return "data.timestamp.column", block.data.timestamp


def _moments(timestamp: Timestamp | None, key: str, columns: _Columns) -> Sequence[str]:
    if timestamp is None:
        return [""] * columns.rows
    texts = columns.cleaned(timestamp.column, key)
    return to_utc(texts, timestamp, columns.name)
