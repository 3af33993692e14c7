"""Rows that a service was asked, laid beside the others that arrived: a file per day, in UTC."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pipeline.artifacts import Paths, shown, write_bytes
from pipeline.clock import now, stamp
from pipeline.config import ModelBlock
from pipeline.monitor.log import Asked, read_asked
from pipeline.table import ROW_ID, TIMESTAMP, read_table, table_bytes

log = logging.getLogger(__name__)


class Merged(NamedTuple):
    """A day's file as it shall be."""

    place: Path
    content: bytes
    new: int


def merge_asked(paths: Paths, block: ModelBlock, path: Path) -> None:
    """
    Merge a prediction log into the files of its days; whatever is there by the same id stands.

    Targets are left empty, and rows of days that have not come yet are left for later. Nothing is
    written unless all of it can be.

    Raises:
        DataError: The log, or the file of one of its days, cannot be read.
    """
    asked = read_asked(path, paths.model, [*block.features])
    today = now().date()
    come = [row for row in asked if row.at.date() <= today]
    found = [_merged(paths, block, day, rows) for day, rows in _by_day(come).items()]
    for one in found:
        if one.new:
            write_bytes(one.place, one.content)
    message = "%s: %s rows of %s, %s of them new"
    log.info(message, paths.model, f"{len(come):,}", shown(path), f"{sum(x.new for x in found):,}")
    if ahead := len(asked) - len(come):
        log.info("%s: %s rows are from days that have not come yet", paths.model, f"{ahead:,}")


def _by_day(asked: Iterable[Asked]) -> dict[date, list[Asked]]:
    """Sort rows by their days; of a row that was asked twice, the first stands."""
    days: dict[date, list[Asked]] = {}
    seen: set[str] = set()
    for row in asked:
        if row.row_id not in seen:
            seen.add(row.row_id)
            days.setdefault(row.at.date(), []).append(row)
    return days


def _merged(paths: Paths, block: ModelBlock, day: date, asked: Sequence[Asked]) -> Merged:
    place = paths.current / f"{day.isoformat()}.csv"
    columns = read_table(place).columns if place.exists() else {}
    known, before = set(columns.get(ROW_ID, ())), len(next(iter(columns.values()), ()))
    new = [row for row in asked if row.row_id not in known]
    targets = (block.target.column, *block.target.aliases)
    named = {name: _column(columns, (name, *x.aliases)) for name, x in block.features.items()}
    for name in (ROW_ID, TIMESTAMP, *named.values(), _column(columns, targets)):
        columns.setdefault(name, [""] * before)
    filled = {ROW_ID: [row.row_id for row in new], TIMESTAMP: [stamp(row.at) for row in new]}
    filled |= {x: [row.cells[i] for row in new] for i, x in enumerate(named.values())}
    whole = {name: [*texts, *filled.get(name, [""] * len(new))] for name, texts in columns.items()}
    content = table_bytes([*whole], zip(*whole.values(), strict=True))
    return Merged(place, content, len(new))


def _column(columns: Iterable[str], names: Sequence[str]) -> str:
    """Name the column that a feature or the target has, or shall have."""
    return next((name for name in names if name in columns), names[0])
