"""The table to train on: what is there and the labelled rows that arrived since, in one window."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.arrivals import days_of
from pipeline.artifacts import Paths, read_json, sha256_of, shown, write_json
from pipeline.columns import read_leniently
from pipeline.config import ModelBlock, load_block
from pipeline.config.watch import Retrain
from pipeline.errors import DataError
from pipeline.labels import Late, read_late
from pipeline.source import Canonical, unharmed
from pipeline.source.keep import keep
from pipeline.table import ROW_ID, TIMESTAMP, Table, read_table, resolve_columns

Row = tuple[str, ...]


class Fresh(NamedTuple):
    """
    A table as it shall be.

    Attributes:
        labelled_before: Labelled rows of the table as it was.
        merged: Rows that arrived since and are in the window.
    """

    table: Canonical
    labelled_before: int
    merged: int


def fresh_rows(paths: Paths, rules: Retrain, today: date) -> Fresh:
    """
    Put the table together; nothing is written.

    Raises:
        DataError: The table cannot be read, or a window is asked of rows without timestamps.
    """
    block, table = load_block(paths.root, paths.model), read_table(paths.table)
    names = resolve_columns(block, list(table.columns), table.path)
    words = [*block.features, block.target.column]
    header = [ROW_ID, TIMESTAMP, *words]
    before = list(_rows(table, [names[word] for word in words]))
    known = {row[0] for row in before}
    arrived = [row for row in _arrived(paths, block, today) if row[0] not in known]
    kept = _window([*before, *{row[0]: row for row in arrived}.values()], rules.fresh_days, table)
    merged = sum(row[0] not in known for row in kept)
    return Fresh(Canonical(header, kept, [], []), sum(bool(row[-1]) for row in before), merged)


def lay(paths: Paths, fresh: Fresh) -> None:
    """
    Make it the model's table, or leave all as it was.

    Raises:
        DataError: It is too large for Git, and there is no DVC remote.
        RunError: DVC fails.
    """
    with unharmed(paths):
        keep(paths, fresh.table)
        if paths.source.exists():
            record = read_json(paths.source)
            changed = {"rows": len(fresh.table.rows), "table_sha256": sha256_of(paths.table)}
            write_json(paths.source, {**record, **changed})


def _rows(table: Table, columns: list[str]) -> Iterator[Row]:
    """Give row id, timestamp, features and target, as text."""
    numbered = [f"r{i + 1:06d}" for i in range(table.rows)]
    ids = table.columns.get(ROW_ID, numbered)
    moments = table.columns.get(TIMESTAMP, [""] * table.rows)
    return zip(ids, moments, *(table.columns[name] for name in columns), strict=True)


def _arrived(paths: Paths, block: ModelBlock, today: date) -> Iterator[Row]:
    """Give the labelled rows of every day's file that can be read; what is no number is missing."""
    labels = read_late(paths, block)
    for day in days_of(paths):
        if day <= today:
            yield from _labelled(paths, block, day, (labels, today))


def _labelled(
    paths: Paths, block: ModelBlock, day: date, known: tuple[Late, date]
) -> Iterator[Row]:
    place = paths.current / f"{day.isoformat()}.csv"
    try:
        table = read_table(place)
    except DataError:
        # `monitor` names it; the rows of other days are as good as ever.
        return
    labels, today = known
    moments = table.columns.get(TIMESTAMP, [""] * table.rows)
    table.columns[TIMESTAMP] = [text or f"{day.isoformat()}T00:00:00Z" for text in moments]
    table.columns[ROW_ID] = [
        text or f"{day.isoformat()}#{i + 1}"
        for i, text in enumerate(table.columns.get(ROW_ID, [""] * table.rows))
    ]
    names = [_column(block, name, table) for name in (*block.features, block.target.column)]
    for row in _rows(table, names):
        target = labels.of(row[0], row[-1], today)
        if _is_answer(block, target):
            yield (*row[:-1], target)


def _column(block: ModelBlock, name: str, table: Table) -> str:
    """Name a column of a day's file, readable whatever stands in it."""
    feature = block.features.get(name)
    aliases = feature.aliases if feature else block.target.aliases
    column = next((x for x in (name, *aliases) if x in table.columns), name)
    texts = table.columns.setdefault(column, [""] * table.rows)
    if feature and feature.kind == "numeric":
        numbers, bad = read_leniently("numeric", table, column)
        if bad:
            pairs = zip(texts, np.isnan(numbers.astype(np.float64)), strict=True)
            table.columns[column] = ["" if missing else text for text, missing in pairs]
    return column


def _is_answer(block: ModelBlock, target: str) -> bool:
    if block.target.classes:
        return target in block.target.classes
    if block.task == "regression":
        return bool(target) and not read_leniently("numeric", Table(Path(), {"": [target]}), "")[1]
    return bool(target)


def _window(rows: list[Row], days: int, table: Table) -> list[Row]:
    """Keep the rows of the last days up to the newest one."""
    if not days:
        return rows
    moments = [_moment(row[1]) for row in rows]
    found = [moment for moment in moments if moment]
    if len(found) < len(rows):
        raise DataError(
            f"{len(rows) - len(found):,} rows have no timestamp, and retrain.fresh_days needs one",
            hint="leave retrain.fresh_days out, or bring the timestamps in",
            path=shown(table.path),
        )
    start = max(found) - timedelta(days=days)
    return [row for row, moment in zip(rows, moments, strict=True) if moment and moment > start]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)
