"""
What is known to be true of a row, wherever it is written down.

    data/<model>/table.csv              rows that the model learns from
    data/<model>/current/YYYY-MM-DD.csv rows that arrived since; their target may be empty
    data/<model>/labels.csv             targets that came later than their rows: row_id, target

Values are the table's own words for the target, not the labels of `target.classes`.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.artifacts import Paths, shown, write_bytes
from pipeline.config import ModelBlock
from pipeline.errors import DataError
from pipeline.table import ROW_ID, read_table, table_bytes

Labels = dict[str, str]
"""From the row's id to the table's word for its target."""


def labels_file(paths: Paths) -> Path:
    """Where late labels stand."""
    return paths.data / "labels.csv"


def current_files(paths: Paths) -> list[Path]:
    """The files of rows that arrived since, the oldest first."""
    return sorted((paths.data / "current").glob("*.csv"))


def known_labels(paths: Paths, block: ModelBlock) -> Labels:
    """
    Read every label that is known of a row.

    Raises:
        DataError: A file is damaged, or two of them disagree about a row.
    """
    known: Labels = {}
    for path in (paths.table, *current_files(paths), labels_file(paths)):
        if path.exists():
            found = read_labels(path, block, numbered=path == paths.table)
            refuse_conflicts(known, found, path)
            known |= found
    return known


def read_labels(path: Path, block: ModelBlock, *, numbered: bool = False) -> Labels:
    """
    Read row ids and targets; rows without a target, or without an id, are left out.

    Args:
        path: The file.
        block: The model, which names the target.
        numbered: Number the rows of a file without ids, as `prepare` does.

    Raises:
        DataError: A column is missing, a target is none, or a row has two.
    """
    table = read_table(path)
    header = list(table.columns)
    if numbered and ROW_ID not in header:
        ids = [f"r{number:06d}" for number in range(1, table.rows + 1)]
    else:
        ids = table.columns[_column(header, (ROW_ID, block.data.row_id), path)]
    target = _column(header, (block.target.column, *block.target.aliases, "target"), path)
    missing = {"", *block.data.missing}
    found: Labels = {}
    for row, word in zip(ids, table.columns[target], strict=True):
        if row and word not in missing and found.setdefault(row, word) != word:
            raise DataError(
                f"row `{row}` is once `{found[row]}` and once `{word}`", path=shown(path)
            )
    return found


def _column(header: Sequence[str], names: Sequence[str], path: Path) -> str:
    for name in names:
        if name in header:
            return name
    raise DataError(
        f"there is no column `{names[0]}`",
        hint=f"the columns are {', '.join(f'`{name}`' for name in header)}",
        path=shown(path),
    )


def refuse_conflicts(known: Labels, new: Labels, path: Path) -> None:
    """
    Refuse labels that differ from what is known.

    Raises:
        DataError: With the first of them.
    """
    others = [row for row, word in new.items() if not _same(known.get(row, word), word)]
    if others:
        raise DataError(
            f"{len(others):,} rows have another label already, first `{others[0]}`: "
            f"`{known[others[0]]}`, and here `{new[others[0]]}`",
            hint="a label that was wrong is put right where it stands, by a person",
            path=shown(path),
        )


def _same(word: str, other: str) -> bool:
    return word == other or _number(word) == _number(other)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan


def write_labels(paths: Paths, block: ModelBlock, labels: Labels) -> None:
    """Write late labels, sorted by row id: merges of Git stay small."""
    header = (ROW_ID, block.target.column)
    write_bytes(labels_file(paths), table_bytes(header, _sorted(labels)))


def _sorted(labels: Labels) -> Iterator[tuple[str, str]]:
    yield from sorted(labels.items())
