"""
What was true and what a model told, and both weighted for many bootstrap draws at once.

A draw gives every row a whole weight: how often it was drawn.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """
    What was true and what was told, for `n` rows.

    Attributes:
        truth: Class codes, or numbers, shape `[n]`.
        told: Class codes after the threshold, or numbers, shape `[n]`.
        probabilities: Shape `[n, classes]`; in a binary task the positive class is last. Empty for
            a regression.
    """

    truth: NDArray[np.int64] | NDArray[np.float64]
    told: NDArray[np.int64] | NDArray[np.float64]
    probabilities: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.probabilities.shape[1])

    @property
    def score(self) -> NDArray[np.float64]:
        """Probability of the positive class, in a binary task."""
        return self.probabilities[:, -1]

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Outcome":
        """Select rows."""
        return Outcome(self.truth[index], self.told[index], self.probabilities[index])


class Sample:
    """
    An outcome with weights, and what several metrics need of the two, counted once.

    Args:
        outcome: Truth and answers.
        weights: Shape `[draws, rows]`.
    """

    def __init__(self, outcome: Outcome, weights: Weights) -> None:
        self.outcome = outcome
        self.weights = weights

    @cached_property
    def total(self) -> Values:
        """Rows of each draw."""
        return np.asarray(self.weights.sum(axis=1))

    @cached_property
    def confusion(self) -> NDArray[np.float64]:
        """Rows by truth and told: shape `[draws, classes, classes]`."""
        classes = self.outcome.classes
        truth, told = self.outcome.truth.astype(np.int64), self.outcome.told.astype(np.int64)
        counts = np.asarray(self.weights @ np.eye(classes * classes)[truth * classes + told])
        return counts.reshape(-1, classes, classes)

    @cached_property
    def ranked(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Positives and negatives per distinct score, highest first, in a binary task."""
        return rank(self.outcome.score, self.outcome.truth == 1, self.weights)


def rank(
    score: NDArray[np.float64], positive: NDArray[np.bool_], weights: Weights
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum weights of positives and of negatives per distinct score, highest score first."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    drawn = weights[:, order]
    hits = np.add.reduceat(drawn * positive[order], starts, axis=1)
    return hits, np.add.reduceat(drawn, starts, axis=1) - hits
