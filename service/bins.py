"""The bins that a card has of a feature, and in which of them a value falls."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from math import inf, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float32] | NDArray[np.object_]
Counts = NDArray[np.float64]

# Up to here a call of numpy costs more than all the rows.
_FEW = 8


class Bins(NamedTuple):
    """
    How a feature is counted, and the card's own counts.

    The last place is of missing values; with categories, the one before is of unknown ones.

    Attributes:
        place: Where a value is counted.
        edges: Of numbers, what `place` goes by, for many at once.
    """

    reference: Counts
    place: Callable[[Any], int]
    edges: NDArray[np.float64] | None = None
    unknown: bool = False

    def add(self, column: Column, counts: list[int]) -> None:
        """Count a column."""
        if self.edges is None or column.size <= _FEW:
            for value in column.ravel().tolist():
                counts[self.place(value)] += 1
            return
        places = self.edges.searchsorted(column.ravel(), side="right")
        for place, more in enumerate(np.bincount(places, minlength=len(counts)).tolist()):
            counts[place] += more


def bins_of(kind: str, reference: Any) -> Bins | None:  # noqa: ANN401 - a card may say anything
    """Read a feature's counts from a card; None if it has none, or none of this kind."""
    try:
        counts = np.array([*reference["counts"], reference["missing"]], np.float64)
        if kind == "categorical":
            bins = _categories(counts, reference["categories"])
        else:
            bins = _numbers(counts, reference["edges"], words=kind == "text")
    except (LookupError, TypeError, ValueError):
        return None
    return bins if counts.sum() > 0 and counts.min() >= 0 else None


def _numbers(counts: Counts, edges: Sequence[float], *, words: bool) -> Bins:
    """Count numbers, or texts by how many words they have; a bin holds its lower edge."""
    # NaN is beyond infinity, for `bisect` as for numpy: the last place is of what is missing.
    known = np.array([*edges, inf], np.float64)
    _refuse_unless(len(counts) == len(known) + 1)
    place = partial(bisect_right, known.tolist())
    return Bins(counts, lambda text: place(_words(text))) if words else Bins(counts, place, known)


def _words(text: str) -> float:
    """Count the words of a normalised text, where one space is between two."""
    return text.count(" ") + 1 if text else nan


class _Places(dict[str, int]):
    """Where each category is counted; one that is not known has a place of its own."""

    unknown = 0

    def __missing__(self, key: str) -> int:
        return self.unknown


def _categories(counts: Counts, names: Sequence[str]) -> Bins:
    _refuse_unless(len(counts) == len(names) + 2)
    places = _Places({name: place for place, name in enumerate(names)})
    places.unknown = len(names)
    places[""] = len(names) + 1
    return Bins(counts, places.__getitem__, unknown=True)


def _refuse_unless(fits: bool) -> None:  # noqa: FBT001 - what it is about
    if not fits:
        raise ValueError("a card whose counts and bins are at odds")
