"""What `prepare` refuses, with the figures that say why."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.artifacts import PARTS, shown
from pipeline.config import ModelBlock
from pipeline.errors import DataError
from pipeline.prepare.leaks import Leak, class_leaks, number_leaks
from pipeline.rows import NO_MOMENT, Column, Rows
from pipeline.table import Table, read_accepted

_MOST_NAMED = 5
_EMPTY = "empty"


def refuse_fallen_rows(block: ModelBlock, table: Table, record: Path) -> None:
    """
    Refuse a table that has lost rows since `ingest` accepted it.

    Raises:
        DataError: Fewer rows than the contract's share of the accepted ones.
    """
    accepted, share = read_accepted(record), block.contract.min_rows_share
    if accepted and table.rows < share * accepted.rows:
        raise DataError(
            f"{table.rows:,} rows, and the last accepted table had {accepted.rows:,}: "
            f"{table.rows / accepted.rows:.1%}, at least {share:.1%} are asked",
            hint="the table was cut: restore it, or bring the new one in with `modelpress ingest`",
            path=shown(table.path),
        )


def refuse_constants(block: ModelBlock, table: Table, rows: Rows, which: str) -> None:
    """
    Refuse features that say the same in every row; all are named.

    An optional one may be empty throughout: its source does not deliver it.

    Args:
        block: The model.
        table: The table.
        rows: All its rows, or some.
        which: What to call them.

    Raises:
        DataError: There are some.
    """
    found = {name: value for name, column in rows.features.items() if (value := _only(column))}
    constant = {
        name: value
        for name, value in found.items()
        if value != _EMPTY or not block.features[name].optional
    }
    if constant:
        named = ", ".join(f"`{name}` is {value}" for name, value in constant.items())
        raise DataError(
            f"{named} in all {len(rows):,} {which} rows",
            hint="a constant feature says nothing: remove it from params.yaml",
            path=shown(table.path),
        )


def _only(column: Column) -> str:
    """Give the one value of a column in words, or nothing if it has several."""
    # A row without a value differs from one with it: there may be news in that.
    if column.dtype == np.float32 and np.isnan(column.astype(np.float32)).all():
        return _EMPTY
    if np.any(column != column[0]):
        return ""
    return f"`{column[0]}`" if column[0] != "" else _EMPTY


def refuse_one_number(block: ModelBlock, table: Table, present: NDArray[np.float64]) -> None:
    """
    Refuse the target of a regression that says nothing: one number, or none at all.

    Raises:
        DataError: The number, and its rows.
    """
    values = np.unique(present)
    if len(values) < 2:
        rows = f"all {len(present):,} rows that have one" if len(values) else "every row"
        raise DataError(
            f"the target `{block.target.column}` is "
            f"{f'`{values[0]:g}`' if len(values) else 'empty'} in {rows}",
            hint="bring rows with different targets",
            path=shown(table.path),
        )


def refuse_wrong_classes(block: ModelBlock, table: Table, labels: Sequence[str]) -> None:
    """
    Refuse a target with one class only, without the positive one, or with more than binary's two.

    Raises:
        DataError: The classes that were found, with their rows.
    """
    counts = Counter(label for label in labels if label)
    found = ", ".join(f"`{label}` {count:,}" for label, count in sorted(counts.items()))
    positive = block.target.positive
    surplus = block.task == "binary" and len(counts) > 2
    if len(counts) < 2 or surplus or (positive and positive not in counts):
        asked = "two" if block.task == "binary" else "at least two"
        asked += f", one of them `{positive}`" if positive else ""
        raise DataError(
            f"the target `{block.target.column}` has {len(counts)} classes "
            f"({found or 'none'}) in {counts.total():,} labelled rows; {asked} are asked",
            hint="bring rows of every class, or merge classes under target.classes",
            path=shown(table.path),
        )


def refuse_leaks(block: ModelBlock, table: Table, rows: Rows) -> None:
    """
    Refuse features that determine the target, unless the block says that they may.

    Raises:
        DataError: There are some, named with how surely they determine it.
    """
    judged = {n: c for n, c in rows.features.items() if not block.features[n].determines_target}
    _, distinct = np.unique(np.column_stack([rows.group, rows.target]), axis=0, return_index=True)
    if block.task == "regression":
        leaks = list(number_leaks(judged, rows.target.astype(np.float64), distinct))
    else:
        leaks = list(class_leaks(judged, rows.target.astype(np.int64), distinct))
    if leaks:
        more = f"; and {len(leaks) - _MOST_NAMED} more" if len(leaks) > _MOST_NAMED else ""
        raise DataError(
            f"the target `{block.target.column}` is determined in {len(rows):,} rows by "
            f"{'; '.join(map(_leak_words, leaks[:_MOST_NAMED]))}{more}",
            hint="a feature that is known only with the target leaks it: remove it, or say "
            "determines_target: true if it really is known when the model is asked",
            path=shown(table.path),
        )


def _leak_words(leak: Leak) -> str:
    # Rounded down: what is not quite sure must not read as if it were.
    certainty = np.floor(leak.certainty * 10_000) / 100
    return f"{' with '.join(f'`{name}`' for name in leak.features)} ({certainty:.2f}%)"


def refuse_missing_moments(table: Table, moment: NDArray[np.int64]) -> None:
    """
    Refuse rows without a timestamp when time cuts the table.

    Raises:
        DataError: There are some.
    """
    absent = int(np.count_nonzero(moment == NO_MOMENT))
    if absent:
        raise DataError(
            f"{absent:,} of {len(moment):,} rows have no timestamp, and split.method is time",
            hint="name the source's column under data.timestamp, or split at random",
            path=shown(table.path),
        )


def refuse_empty_parts(
    block: ModelBlock, table: Table, classes: Sequence[str], cut: tuple[Rows, NDArray[np.int64]]
) -> None:
    """
    Refuse a cut that leaves a class out of a part, or a part empty.

    Args:
        block: The model.
        table: The table.
        classes: The labels; none in a regression.
        cut: The rows, and the part of each.

    Raises:
        DataError: The class, and its rows in each part.
    """
    rows, part = cut
    for code, label in enumerate(classes or [""]):
        own = rows.target == code if classes else np.full(len(rows), fill_value=True)
        counts = np.bincount(part[own], minlength=len(PARTS))
        if counts.min() == 0:
            named = ", ".join(f"{n} {count:,}" for n, count in zip(PARTS, counts, strict=True))
            what = f"class `{label}`" if classes else "the table"
            raise DataError(
                f"{what} has {counts.sum():,} rows, {len(np.unique(rows.group[own])):,} of them "
                f"different, too few for three parts: {named}",
                hint=_more_rows(block),
                path=shown(table.path),
            )


def _more_rows(block: ModelBlock) -> str:
    hint = "bring more rows"
    if block.task != "regression":
        hint += ", or merge rare classes under target.classes"
    hint += "; rows with equal features stay together"
    if block.split.method == "time":
        hint += ", where the latest of them is"
    return hint
