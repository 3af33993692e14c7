"""Parts of the rows that deserve a look of their own."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.rows import Column, Rows
from pipeline.schema import Schema


class Slice(NamedTuple):
    """Some rows, and what they have in common."""

    feature: str
    name: str
    mask: NDArray[np.bool_]


def cut_slices(
    schema: Schema, cuts: dict[str, Literal["categories"] | tuple[float, ...]], rows: Rows
) -> Iterator[Slice]:
    """
    Cut rows by each category, or by bins between edges: of a number, or of a text's words.

    A bin holds its lower edge; missing values are a slice of their own; empty slices are left out.
    """
    for feature, cut in cuts.items():
        column = rows.features[feature]
        found = _categories(schema, feature, column) if cut == "categories" else _bins(cut, column)
        for name, mask in found:
            if mask.any():
                yield Slice(feature, name, mask)


def _categories(
    schema: Schema, feature: str, column: Column
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    known = next(x.categories for x in schema.inputs if x.name == feature)
    for value in known:
        yield value, column == value
    yield "missing", column == ""
    yield "other", ~np.isin(column.astype(str), [*known, ""])


def _bins(
    edges: tuple[float, ...] | str, column: Column
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    inner = sorted(float(edge) for edge in edges)
    numbers = _numbers(column)
    for low, high in pairwise([-np.inf, *inner, np.inf]):
        yield _bin_name(low, high), (numbers >= low) & (numbers < high)
    yield "missing", np.isnan(numbers)


def _numbers(column: Column) -> NDArray[np.float64]:
    if column.dtype == np.float32:
        return column.astype(np.float64)
    return np.array([len(str(text).split()) for text in column], np.float64)


def _bin_name(low: float, high: float) -> str:
    if low == -np.inf:
        return f"below {high:g}"
    return f"{low:g} and more" if high == np.inf else f"{low:g} to {high:g}"
