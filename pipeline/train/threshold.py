"""The threshold of a binary model, chosen on answers to rows that the model had not seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.config.judge import Threshold


@dataclass(frozen=True)
class Chosen:
    """
    A threshold and how it came about.

    Attributes:
        value: A float32, so that the graph compares with the very number that is recorded.
        branch: Which rule of the policy decided, in words.
        precision: Out of fold, at this threshold; so are recall and f1.
    """

    value: float
    branch: str
    precision: float
    recall: float
    f1: float


def choose_threshold(
    policy: Threshold, positive: NDArray[np.bool_], score: NDArray[np.float64]
) -> Chosen:
    """
    Choose by the policy: `precision_first` takes the best F1 among thresholds of enough precision.

    If none is precise enough the demand is relaxed step by step down to `relax_to`, and below it
    falls to the best F1 of all. The branch says which it was.
    """
    curve = _Curve(positive, score)
    if policy.policy == "fixed":
        return curve.at(np.float32(policy.value or 0.5), "fixed")
    if policy.policy == "precision_first":
        for demand in _demands(policy):
            enough = curve.precision >= demand
            if enough.any():
                relaxed = "" if demand == policy.min_precision else ", relaxed"
                return curve.best(enough, f"best F1 at precision >= {demand:g}{relaxed}")
        everywhere = np.ones(len(curve.precision), bool)
        return curve.best(everywhere, "best F1: no threshold is precise enough")
    return curve.best(np.ones(len(curve.precision), bool), "best F1")


def _demands(policy: Threshold) -> list[float]:
    start = policy.min_precision or 1.0
    stop = policy.relax_to or start
    steps = np.arange(start, stop, -policy.step)
    return [*dict.fromkeys([*(round(float(demand), 6) for demand in steps), stop])]


class _Curve:
    """Precision, recall and F1 at every threshold that separates two scores in float32."""

    def __init__(self, positive: NDArray[np.bool_], score: NDArray[np.float64]) -> None:
        self._positive, self._score = positive, score.astype(np.float32)
        order = np.argsort(-score, kind="stable")
        ranked, told = score[order], self._score[order]
        last = np.flatnonzero(np.r_[told[1:] != told[:-1], True])
        hits = np.cumsum(positive[order])[last]
        self._told = last + 1
        self._values = _between(ranked[last])
        self.precision = hits / self._told
        self.recall = hits / max(int(positive.sum()), 1)
        total = self.precision + self.recall
        self.f1 = np.where(
            total > 0, 2 * self.precision * self.recall / np.maximum(total, 1e-12), 0
        )

    def best(self, allowed: NDArray[np.bool_], branch: str) -> Chosen:
        """Take the highest F1 among the allowed; of equals, the higher threshold."""
        index = int(np.argmax(np.where(allowed, self.f1, -1)))
        return Chosen(
            float(self._values[index]),
            branch,
            round(float(self.precision[index]), 6),
            round(float(self.recall[index]), 6),
            round(float(self.f1[index]), 6),
        )

    def at(self, value: np.float32, branch: str) -> Chosen:
        """Describe a given threshold."""
        told = self._score >= value
        hits = int(np.sum(told & self._positive))
        precision = hits / max(int(told.sum()), 1)
        recall = hits / max(int(self._positive.sum()), 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-12)
        return Chosen(float(value), branch, round(precision, 6), round(recall, 6), round(f1, 6))


def _between(scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """Put each threshold half-way to the next lower score, where no row sits on the fence."""
    lower = np.append(scores[1:], max(scores[-1] - 1e-3, 0.0))
    middle = np.asarray((scores + lower) / 2, np.float32)
    # There may be no float32 between the two; a row at the threshold is told positive.
    return np.where(middle > lower.astype(np.float32), middle, scores.astype(np.float32))
