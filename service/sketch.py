"""
What arrives at a version, counted in the bins that its card has of the rows it was made from.

Counts alone, over the last hours: no row is kept. They are compared by the population stability
index (Siddiqi 2006). Missing values and unknown categories are bins like any other, so that a field
that goes empty shows.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypedDict

import numpy as np

from modelpress.encode import Feeds
from modelpress.model import Answer
from modelpress.signature import Signature
from service.bins import Bins, Column, Counts, bins_of

PREDICTION = "@prediction"
HOURS = 24
MIN_ROWS = 200
LIMIT = 0.2
"""Index from which on a feature has drifted, as is common; few rows or many bins ask for more."""

_SECONDS_A_SLOT = 3600.0
# Standard deviations: many features are looked at all day long, and chance must not show.
_SURE = 4.0
# An empty bin would be infinitely far away.
_PRIOR = 0.5


class FeatureState(TypedDict):
    """One feature: its index, from where on that counts, and the shares of what is no value."""

    psi: float
    limit: float
    drifted: bool
    missing: float
    unknown: float | None


class State(TypedDict):
    """What a sketch says; nothing has drifted while there are too few rows."""

    rows: int
    hours: int
    enough: bool
    features: dict[str, FeatureState]
    drifted: list[str]


@dataclass
class _Slot:
    """An hour: its rows, and how often each place of each feature was met."""

    hour: int
    counts: list[list[int]]
    rows: int = 0


class Sketch:
    """
    The sketch of one version; for the event loop alone.

    Features of which the card has no counts are left out; earlier cards have none of the answers.

    Args:
        signature: The version's inputs and classes.
        reference: The card's counts by feature, if they are; `@prediction` are the answers'.
        hours: Length of the window, which moves on by the hour.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        signature: Signature,
        reference: object,
        *,
        hours: int = HOURS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        kinds = {field.name: str(field.kind) for field in signature.inputs}
        kinds[PREDICTION] = "categorical" if len(signature.classes) > 2 else "numeric"
        known = reference if isinstance(reference, Mapping) else {}
        found = {name: bins_of(kind, known.get(name)) for name, kind in kinds.items()}
        self._bins = {name: bins for name, bins in found.items() if bins}
        self._classes = len(signature.classes)
        self._clock, self._hours = clock, hours
        self._slots: deque[_Slot] = deque()

    def add(self, feeds: Feeds, answer: Answer) -> None:
        """Count rows: the tensors that the graph was fed, and what it told."""
        slot, rows = self._slot(), len(answer.labels) or len(answer.values)
        slot.rows += rows
        columns = {**feeds, PREDICTION: self._told(answer)}
        for (name, bins), counts in zip(self._bins.items(), slot.counts, strict=True):
            if rows == 1:
                counts[bins.place(columns[name].item())] += 1
            else:
                bins.add(columns[name], counts)

    def state(self, *, min_rows: int = MIN_ROWS, limit: float = LIMIT) -> State:
        """Compare the window with the card."""
        self._slot()
        rows = sum(slot.rows for slot in self._slots)
        features = self._features(limit, enough=rows >= min_rows) if rows else {}
        return State(
            rows=rows,
            hours=self._hours,
            enough=rows >= min_rows,
            features=features,
            drifted=[name for name, one in features.items() if one["drifted"]],
        )

    def _features(self, limit: float, *, enough: bool) -> dict[str, FeatureState]:
        slots = zip(*(slot.counts for slot in self._slots), strict=True)
        return {
            name: _compared(bins, np.array(counts, np.float64).sum(axis=0), limit, enough=enough)
            for (name, bins), counts in zip(self._bins.items(), slots, strict=True)
        }

    def _slot(self) -> _Slot:
        """Give the slot of this hour, and forget those that are too old."""
        hour, slots = int(self._clock() // _SECONDS_A_SLOT), self._slots
        if not slots or slots[-1].hour != hour:
            slots.append(_Slot(hour, [[0] * len(bins.reference) for bins in self._bins.values()]))
            while slots[0].hour <= hour - self._hours:
                slots.popleft()
        return slots[-1]

    def _told(self, answer: Answer) -> Column:
        """Give what the card counts of an answer; of two classes the probability of the last."""
        if self._classes > 2:
            return answer.labels
        return answer.probabilities[:, 1] if self._classes else answer.values


def psi(before: Counts, now: Counts) -> float:
    """Sum the differences of shares, weighted by the logarithm of their ratio."""
    p, q = (counts + _PRIOR for counts in (before, now))
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def chance(before: Counts, now: Counts) -> float:
    """
    Give the index that counts drawn from one distribution hardly exceed.

    It is a chi-square times the sum of the inverse sample sizes (Yurdakul 2018); the quantile is
    Wilson and Hilferty's.
    """
    freedom = len(before) - 1
    if not freedom:
        return 0.0
    share = 2 / (9 * freedom)
    quantile = freedom * (1 - share + _SURE * sqrt(share)) ** 3
    return float(quantile * (1 / before.sum() + 1 / now.sum()))


def _compared(bins: Bins, now: Counts, limit: float, *, enough: bool) -> FeatureState:
    seen = bins.reference + now > 0
    index = psi(bins.reference[seen], now[seen])
    least = max(limit, chance(bins.reference[seen], now[seen]))
    shares = now / now.sum()
    return FeatureState(
        psi=round(index, 6),
        limit=round(least, 6),
        drifted=enough and index > least,
        missing=round(float(shares[-1]), 6),
        unknown=round(float(shares[-2]), 6) if bins.unknown else None,
    )
