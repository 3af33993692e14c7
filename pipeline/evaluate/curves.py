"""The points of a model's curves, few enough to keep in Git."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.calibration import calibration
from pipeline.outcome import Outcome, Sample

POINTS = 200

Points = list[dict[str, Any]]


def roc_points(outcome: Outcome) -> Points:
    """False against true positive rate; of several classes, all one-against-rest answers pooled."""
    found, told, positives, negatives, score = _ranked(outcome)
    if not len(found) or not negatives:
        return []
    return _thinned(
        {
            "false_positive_rate": np.r_[0, (told - found) / negatives],
            "true_positive_rate": np.r_[0, found / max(positives, 1)],
            "threshold": np.r_[1, score],
        }
    )


def pr_points(outcome: Outcome) -> Points:
    """Recall against precision, pooled like the ROC."""
    found, told, positives, _, score = _ranked(outcome)
    if not len(found) or not positives:
        return []
    return _thinned(
        {
            "recall": found / positives,
            "precision": found / told,
            "threshold": score,
        }
    )


def calibration_points(outcome: Outcome) -> Points:
    """Told against observed, in bins of equally many rows."""
    return [
        {"told": round(b.told, 6), "observed": round(b.observed, 6), "rows": b.rows}
        for b in calibration(outcome)
    ]


def confusion_points(outcome: Outcome, classes: tuple[str, ...]) -> Points:
    """Rows by true and told class."""
    if not classes:
        return []
    (cells,) = Sample(outcome, np.ones((1, len(outcome)))).confusion
    return [
        {"actual": actual, "predicted": predicted, "rows": int(cells[i, j])}
        for i, actual in enumerate(classes)
        for j, predicted in enumerate(classes)
    ]


def _ranked(
    outcome: Outcome,
) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int, NDArray[np.float64]]:
    """Count hits and answers down to each distinct score, highest first."""
    if not outcome.classes:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, 0, 0, np.empty(0)
    if outcome.classes == 2:
        positive, score = outcome.truth == 1, outcome.score
    else:
        positive = np.eye(outcome.classes)[outcome.truth.astype(np.int64)].ravel() == 1
        score = outcome.probabilities.ravel()
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True])
    found = np.cumsum(positive[order])[last]
    positives = int(positive.sum())
    return found, last + 1, positives, len(score) - positives, ranked[last]


def _thinned(columns: dict[str, NDArray[np.float64]]) -> Points:
    length = len(next(iter(columns.values())))
    kept = np.unique(np.linspace(0, length - 1, min(POINTS, length)).round().astype(np.int64))
    return [{name: round(float(column[i]), 6) for name, column in columns.items()} for i in kept]
