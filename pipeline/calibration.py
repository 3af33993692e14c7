"""How far probabilities can be taken at their word."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.outcome import Outcome

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows of similar answers: how many, what was told on average, and what turned out."""

    rows: int
    told: float
    observed: float


def calibration(outcome: Outcome) -> list[Bin]:
    """
    Compare told and observed in bins of equally many rows.

    Binary: the probability of the positive class and its share. Several classes: the probability
    of the told class and how often it was right. A regression: values.
    """
    told, observed = _sides(outcome)
    order = np.argsort(told, kind="stable")
    parts = np.array_split(order, min(BINS, len(order)))
    return [Bin(len(p), float(told[p].mean()), float(observed[p].mean())) for p in parts if len(p)]


def calibration_error(outcome: Outcome) -> float:
    """Expected calibration error: the mean distance of told and observed, weighted by rows."""
    bins = calibration(outcome)
    return sum(b.rows * abs(b.told - b.observed) for b in bins) / sum(b.rows for b in bins)


def _sides(outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if not outcome.classes:
        return outcome.told.astype(np.float64), outcome.truth.astype(np.float64)
    if outcome.classes == 2:
        return outcome.score, (outcome.truth == 1).astype(np.float64)
    best = np.argmax(outcome.probabilities, axis=1)
    return outcome.probabilities.max(axis=1), (best == outcome.truth).astype(np.float64)
