"""
What is known to be true of a row, wherever it is written down.

    data/<model>/table.csv              rows that the model learns from
    data/<model>/current/YYYY-MM-DD.csv rows that arrived since; their target may be empty
    data/<model>/labels.csv             targets that came later than their rows: row_id, target and,
                                        if somebody knows it, known_on: since when

Values are the table's own words for the target, not the labels of `target.classes`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipeline.artifacts import Paths, shown, write_bytes
from pipeline.config import ModelBlock
from pipeline.errors import DataError
from pipeline.table import ROW_ID, Table, read_table, table_bytes

Labels = dict[str, str]
"""From the row's id to the table's word for its target."""


KNOWN_ON = "known_on"


class LateLabel(NamedTuple):
    """A row's target, and the day from which on it is known; empty: always."""

    word: str
    known_on: str


@dataclass(frozen=True)
class Late:
    """The labels that came later than their rows."""

    by_row: Mapping[str, LateLabel]

    def of(self, row: str, there: str, today: date) -> str:
        """Give a row's target as it is known on a day: what came later stands above what was."""
        label = self.by_row.get(row)
        return label.word if label and label.known_on <= today.isoformat() else there


def known_labels(paths: Paths, block: ModelBlock) -> Labels:
    """
    Read every label that is known of a row.

    Raises:
        DataError: A file is damaged, or two of them disagree about a row.
    """
    known: Labels = {}
    for path in (paths.table, *sorted(paths.current.glob("*.csv")), paths.labels):
        if path.exists():
            found = read_labels(path, block, numbered=path == paths.table)
            refuse_conflicts(known, found, path)
            known |= found
    return known


def read_late(paths: Paths, block: ModelBlock) -> Late:
    """
    Read the labels that came later than their rows.

    Raises:
        DataError: The file is there and damaged, or a day is none.
    """
    if not paths.labels.exists():
        return Late({})
    table = read_table(paths.labels)
    ids, words = _ids(table, block, numbered=False), _labels(table, block, numbered=False)
    days = dict(zip(ids, table.columns.get(KNOWN_ON, [""] * table.rows), strict=True))
    for row, day in days.items():
        _refuse_no_day(row, day, paths.labels)
    return Late({row: LateLabel(word, days[row]) for row, word in words.items()})


def _refuse_no_day(row: str, day: str, path: Path) -> None:
    try:
        fine = not day or date.fromisoformat(day).isoformat() == day
    except ValueError:
        fine = False
    if not fine:
        raise DataError(
            f"row `{row}`: {KNOWN_ON} is `{day[:40]}`, which is no day",
            hint="for example 2026-01-31",
            path=shown(path),
        )


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
    return _labels(read_table(path), block, numbered=numbered)


def _labels(table: Table, block: ModelBlock, *, numbered: bool) -> Labels:
    names = (block.target.column, *block.target.aliases, "target")
    words = table.columns[_column(table, names)]
    missing, found = {"", *block.data.missing}, dict[str, str]()
    for row, word in zip(_ids(table, block, numbered=numbered), words, strict=True):
        if row and word not in missing and found.setdefault(row, word) != word:
            raise DataError(
                f"row `{row}` is once `{found[row]}` and once `{word}`", path=shown(table.path)
            )
    return found


def _ids(table: Table, block: ModelBlock, *, numbered: bool) -> list[str]:
    if numbered and ROW_ID not in table.columns:
        return [f"r{number:06d}" for number in range(1, table.rows + 1)]
    return table.columns[_column(table, (ROW_ID, block.data.row_id))]


def _column(table: Table, names: Sequence[str]) -> str:
    for name in names:
        if name in table.columns:
            return name
    raise DataError(
        f"there is no column `{names[0]}`",
        hint=f"the columns are {', '.join(f'`{name}`' for name in table.columns)}",
        path=shown(table.path),
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


def write_late(paths: Paths, block: ModelBlock, late: Late) -> None:
    """Write late labels, sorted by row id: merges of Git stay small."""
    header = (ROW_ID, block.target.column, KNOWN_ON)
    rows = [(row, *label) for row, label in sorted(late.by_row.items())]
    write_bytes(paths.labels, table_bytes(header, rows))
