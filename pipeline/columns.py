"""From text to typed columns; what cannot be read is refused with its rows."""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from modelpress.text import normalize_text
from pipeline.artifacts import shown
from pipeline.config import ModelBlock
from pipeline.config.data import Target
from pipeline.errors import DataError
from pipeline.rows import NO_MOMENT, Column
from pipeline.table import ROW_ID, TIMESTAMP, Table


def read_features(block: ModelBlock, table: Table, names: dict[str, str]) -> dict[str, Column]:
    """
    Read every feature in its kind.

    Args:
        block: The model.
        table: The table.
        names: From the model's word for a column to the table's.

    Raises:
        DataError: A number cannot be read.
    """
    return {
        name: _READERS[feature.kind](table, names[name]) for name, feature in block.features.items()
    }


def _numeric(table: Table, column: str) -> NDArray[np.float32]:
    values = np.fromiter(map(_number, table.columns[column]), np.float64, table.rows)
    bad = np.flatnonzero(np.isinf(values) | (np.abs(values) > np.finfo(np.float32).max))
    if len(bad):
        text = table.columns[column][bad[0]]
        raise DataError(
            f"column `{column}`: {len(bad):,} of {table.rows:,} values are not numbers, "
            f"first `{text[:40]}` in row {bad[0] + 1:,}",
            hint="name the values that stand for nothing under data.missing and ingest again, "
            "or make the feature categorical",
            path=shown(table.path),
        )
    return values.astype(np.float32)


def read_leniently(kind: str, table: Table, column: str) -> tuple[Column, int]:
    """
    Read a column of rows that came by themselves: what is not a number counts as missing.

    Returns:
        The column, and how many values could not be read.
    """
    if kind != "numeric":
        return _READERS[kind](table, column), 0
    values = np.fromiter(map(_number, table.columns[column]), np.float64, table.rows)
    bad = np.isinf(values) | (np.abs(values) > np.finfo(np.float32).max)
    return np.where(bad, np.nan, values).astype(np.float32), int(bad.sum())


def _number(text: str) -> float:
    """Give infinity for what is not a number, so that the rows can be counted."""
    if not text:
        return np.nan
    try:
        value = float(text)
    except ValueError:
        return np.inf
    # Only an empty field is missing; a spelled-out `nan` must be named under data.missing.
    # Python reads `1_0` as ten; in a table it is a code.
    return np.inf if np.isnan(value) or "_" in text else value


def _categorical(table: Table, column: str) -> NDArray[np.object_]:
    return np.array(table.columns[column], dtype=np.object_)


def _text(table: Table, column: str) -> NDArray[np.object_]:
    return np.array([normalize_text(text) for text in table.columns[column]], dtype=np.object_)


_READERS: dict[str, Callable[[Table, str], Column]] = {
    "numeric": _numeric,
    "categorical": _categorical,
    "text": _text,
}


def read_numbers(table: Table, column: str) -> NDArray[np.float64]:
    """Read the target of a regression: NaN where it is missing."""
    return _numeric(table, column).astype(np.float64)


def read_labels(target: Target, table: Table, column: str) -> list[str]:
    """
    Read the target of a classification: empty where it is missing.

    Raises:
        DataError: A value has no label in the block's `classes`.
    """
    values = table.columns[column]
    if not target.classes:
        return list(values)
    unknown = sorted(set(values) - set(target.classes) - {""})
    if unknown:
        raise DataError(
            f"column `{column}`: {values.count(unknown[0]):,} rows say `{unknown[0]}`, "
            "which is no class",
            hint=f"target.classes knows {', '.join(f'`{x}`' for x in target.classes)}",
            path=shown(table.path),
        )
    return [target.classes.get(value, "") for value in values]


def read_moments(table: Table) -> NDArray[np.int64]:
    """
    Read the timestamps as seconds since 1970, `NO_MOMENT` where there is none.

    Raises:
        DataError: One is not ISO 8601 with an offset.
    """
    texts = table.columns.get(TIMESTAMP)
    if texts is None:
        return np.full(table.rows, NO_MOMENT, np.int64)
    return np.array([_moment(table, i, text) for i, text in enumerate(texts)], np.int64)


def _moment(table: Table, index: int, text: str) -> int:
    if not text:
        return NO_MOMENT
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise DataError(
            f"row {index + 1:,}: `{text[:40]}` is no moment in UTC",
            hint="write 2026-01-31T12:00:00Z; `modelpress ingest` does",
            path=shown(table.path),
        )
    return int(moment.timestamp())


def read_row_ids(table: Table) -> NDArray[np.object_]:
    """
    Read the names of the rows; a table without any gets numbers.

    Raises:
        DataError: Two rows have one name.
    """
    ids = table.columns.get(ROW_ID) or [f"r{i + 1:06d}" for i in range(table.rows)]
    twice = _first_repeated(ids)
    if twice is not None:
        hint = "name each row once, or leave the column out: rows are numbered then"
        raise DataError(f"two rows have the {ROW_ID} `{twice}`", hint=hint, path=shown(table.path))
    return np.array(ids, dtype=np.object_)


def _first_repeated(ids: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            return name
        seen.add(name)
    return None
