"""Rows of the first window, counted in the bins of the card: what drift tests were given."""

import contextlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.artifacts import Paths
from pipeline.card import Card
from pipeline.columns import read_leniently
from pipeline.config import ModelBlock
from pipeline.errors import DataError
from pipeline.report.facts import Distribution
from pipeline.rows import Column, numbers_of
from pipeline.table import Table, read_table


def count_arrived(
    paths: Paths, block: ModelBlock, card: Card, last: str
) -> dict[str, Distribution]:
    """
    Count features by their bins; nothing where a day's rows are not in the checkout.

    A file that cannot be read counts for nothing, as for `monitor`, whose day says so.
    """
    end = date.fromisoformat(last)
    span = [end - timedelta(days=i) for i in range(block.monitor.windows_days[0])]
    tables = []
    for place in (paths.current / f"{day.isoformat()}.csv" for day in span):
        if place.exists():
            with contextlib.suppress(DataError):
                tables.append(read_table(place))
    found = {}
    for field in card.fields["inputs"] if tables else ():
        name, reference = str(field["name"]), card.reference.get(str(field["name"]))
        if reference:
            parts = [_column(block, name, str(field["kind"]), table) for table in tables]
            found[name] = _counted(str(field["kind"]), reference, np.concatenate(parts))
    return found


def _column(block: ModelBlock, name: str, kind: str, table: Table) -> Column:
    declared = block.features.get(name)
    names = (name, *(declared.aliases if declared else ()))
    column = next((one for one in names if one in table.columns), None)
    if column is None:
        table.columns[column := name] = [""] * table.rows
    return read_leniently(kind, table, column)[0]


def _counted(kind: str, reference: Mapping[str, Any], column: NDArray[Any]) -> Distribution:
    if kind == "categorical":
        values = np.asarray(column, str)
        names = [str(name) for name in reference["categories"]]
        known = [int((values == name).sum()) for name in names]
        missing = int((values == "").sum())
        other = len(values) - missing - sum(known)
        return Distribution((), tuple(names), (*known, other), missing)
    numbers = numbers_of(column).astype(np.float64)
    present = numbers[~np.isnan(numbers)]
    edges = [float(edge) for edge in reference["edges"]]
    places = np.searchsorted(edges, present, side="right")
    counts = np.bincount(places, minlength=len(edges) + 1)
    missing = len(numbers) - len(present)
    return Distribution(tuple(edges), (), tuple(map(int, counts)), missing)
