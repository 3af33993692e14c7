"""
Features that determine the target: a model that sees one has learnt nothing about tomorrow.

A class is determined when rows that agree in a feature (or in a pair of them) agree in the target,
judged without the row itself, so that a column of unique values proves nothing. Nor do copies of a
row: where a feature has many values, only rows that differ somewhere count as company.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.rows import Column

SURE = 0.999
"""Mean recall of the classes from which on a feature counts as determining them."""
EXACT = 1 - 1e-6
"""Share of a regression's variance from which on features count as determining it."""
FEW_VALUES = 100
SUPPORT = 0.5
"""Share of rows that must have company in their value."""
FEWEST_ROWS = 5
"""Rows of a class below which nothing is proven: one row is always in one place."""
SMALL_TABLE = 100
"""Rows below which only a feature with no more values than there are classes is a copy of the
target: a good feature of a small table sorts its rows by chance."""
COMPANY = 3
"""Rows of one class that must follow one another for their order to tell them."""

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]


class Leak(NamedTuple):
    """Features that together determine the target, and how surely (0 to 1)."""

    features: tuple[str, ...]
    certainty: float


def class_leaks(features: dict[str, Column], target: Codes, distinct: Codes) -> Iterator[Leak]:
    """
    Look for single features, then for pairs of the others.

    Args:
        features: The columns.
        target: Codes of classes.
        distinct: Positions of rows of which no two are the same.
    """
    if np.bincount(target).min() < FEWEST_ROWS:
        return
    values = {name: _value_codes(column) for name, column in features.items()}
    small, alone = len(target) < SMALL_TABLE, set()
    for name, column in features.items():
        if small and int(values[name].max()) > int(target.max()) + 1:
            continue
        by_order = _order_agreement(column[distinct], target[distinct])
        certainty = max(_agreement(values[name], target, distinct), by_order)
        if certainty >= SURE:
            alone.add(name)
            yield Leak((name,), certainty)
    if small:
        return
    few = [n for n, value in values.items() if n not in alone and int(value.max()) < FEW_VALUES]
    for left, right in combinations(few, 2):
        pair = values[left] * FEW_VALUES + values[right]
        certainty = _agreement(pair, target, distinct)
        if certainty >= SURE:
            yield Leak((left, right), certainty)


def number_leaks(features: dict[str, Column], target: Numbers, distinct: Codes) -> Iterator[Leak]:
    """Look for single features, then for a weighted sum of numeric features, that is the target."""
    for name, column in features.items():
        certainty = _told_by_value(_value_codes(column), target, distinct)
        if certainty >= EXACT:
            yield Leak((name,), certainty)
    names = [name for name, column in features.items() if column.dtype == np.float32]
    if not names:
        return
    matrix = np.column_stack([features[name][distinct] for name in names]).astype(np.float64)
    whole = ~np.isnan(matrix).any(axis=1)
    if whole.sum() <= 2 * len(names):
        return
    explained = _explained(matrix[whole], target[distinct][whole])
    if explained >= EXACT:
        yield Leak(_needed(names, matrix[whole], target[distinct][whole]), explained)


def _needed(names: list[str], matrix: Numbers, target: Numbers) -> tuple[str, ...]:
    """Name the columns without which the sum is not the target."""
    needed = [
        name
        for index, name in enumerate(names)
        if _explained(np.delete(matrix, index, axis=1), target) < EXACT
    ]
    return tuple(needed or names)


def _value_codes(column: Column) -> Codes:
    # A missing number is a value here: its absence may give the target away, too.
    if column.dtype == np.float32:
        return np.asarray(np.unique(column, return_inverse=True)[1], np.int64)
    # Not as an array of text: one long description would make every row as long.
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(text, len(numbers)) for text in column], np.int64)


def _cells(values: Codes, target: Codes) -> Codes:
    """Count the rows of every value (in a row) and class (in a column)."""
    classes = int(target.max()) + 1
    cells = np.bincount(values * classes + target, minlength=(int(values.max()) + 1) * classes)
    return cells.reshape(-1, classes)


def _judged(values: Codes, distinct: Codes) -> Codes | slice:
    """Choose the rows to count: all, where values are few, else those that differ somewhere."""
    few = np.count_nonzero(np.bincount(values)) ** 2 <= len(values)
    return slice(None) if few else distinct


def _agreement(values: Codes, target: Codes, distinct: Codes) -> float:
    """Mean recall when each row is told by the others of its value; 0 without support."""
    rows = _judged(values, distinct)
    cells = _cells(values[rows], target[rows])
    company = cells[cells.sum(axis=1) > 1]
    totals = company.sum(axis=0)
    if company.sum() < SUPPORT * cells.sum() or np.any(totals == 0):
        return 0.0
    ranked = np.sort(company, axis=1)
    # Without the row itself its class must still be the most frequent one of its value.
    hits = np.where(ranked[:, -1] - 1 > ranked[:, -2], ranked[:, -1], 0)
    found = np.bincount(np.argmax(company, axis=1), weights=hits, minlength=len(totals))
    return float(np.mean(found / totals))


def _order_agreement(column: Column, target: Codes) -> float:
    """The same for numbers, in their order: each row is told by those of values beside its own."""
    totals = np.bincount(target)
    if column.dtype != np.float32 or totals.min() < FEWEST_ROWS:
        return 0.0
    cells = _cells(_value_codes(column), target)
    # A value of several classes tells none.
    told = np.where(np.count_nonzero(cells, axis=1) == 1, np.argmax(cells, axis=1), -1)
    starts = np.flatnonzero(np.append(True, told[1:] != told[:-1]))
    rows, classes = np.add.reduceat(cells.sum(axis=1), starts), told[starts]
    sure = (classes >= 0) & (rows >= COMPANY)
    hits = np.bincount(classes[sure], weights=rows[sure], minlength=len(totals))
    return float(np.mean(hits / totals))


def _told_by_value(values: Codes, target: Numbers, distinct: Codes) -> float:
    """Share of the variance that goes when rows of one value are told by their mean."""
    rows = _judged(values, distinct)
    _, group, sizes = np.unique(values[rows], return_inverse=True, return_counts=True)
    told = target[rows]
    if np.sum(sizes[sizes > 1]) < SUPPORT * len(told):
        return 0.0
    company = sizes[group] > 1
    means = np.bincount(group, weights=told) / sizes
    return _share(told[company], (told - means[group])[company])


def _explained(matrix: Numbers, target: Numbers) -> float:
    if not matrix.shape[1]:
        return 0.0
    centred = matrix - matrix.mean(axis=0)
    wanted = target - target.mean()
    weights, *_ = np.linalg.lstsq(centred, wanted)
    return _share(target, wanted - centred @ weights)


def _share(target: Numbers, rest: Numbers) -> float:
    """Share of a target's variance that is not in the rest; 0 if it has none."""
    spread = target - target.mean()
    whole = float(spread @ spread)
    return 1 - float(rest @ rest) / whole if whole > 0 else 0.0
