"""
The metrics, each computed for many bootstrap draws at once.

Definitions and names are scikit-learn's, and a test holds them equal to it row for row; only the
shape differs. A draw gives every row a whole weight (how often it was drawn), so a metric takes
`weights` of shape `[draws, rows]` and answers with one value per draw.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config.metrics import MetricId
from pipeline.outcome import Outcome, Sample, Values, Weights, rank

_ROUNDING = 1e-12
_SMALLEST_PROBABILITY = float(np.finfo(np.float32).eps)

Metric = Callable[[Sample], Values]


def compute(metric: MetricId, outcome: Outcome, weights: Weights | None = None) -> Values:
    """
    Compute a metric for every draw; without weights, once for the rows as they are.

    A draw in which the metric is not defined (no positive row, say) gives NaN.
    """
    if weights is None:
        weights = np.ones((1, len(outcome)))
    return FUNCTIONS[metric](Sample(outcome, weights))


def compute_all(metrics: Sequence[MetricId], outcome: Outcome, weights: Weights) -> list[Values]:
    """Compute several metrics for the same draws; what they share is counted once."""
    sample = Sample(outcome, weights)
    return [FUNCTIONS[metric](sample) for metric in metrics]


def value(metric: MetricId, outcome: Outcome) -> float:
    """Compute a metric for the rows as they are."""
    return float(compute(metric, outcome)[0])


def _mean(of_rows: NDArray[Any], sample: Sample) -> Values:
    return np.asarray(sample.weights @ of_rows / sample.total)


def _share(part: Values, whole: Values, otherwise: float = 0.0) -> Values:
    """Divide, and say what a share of nothing is."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), otherwise)


def _accuracy(sample: Sample) -> Values:
    return _mean(sample.outcome.truth == sample.outcome.told, sample)


def _balanced_accuracy(sample: Sample) -> Values:
    cells = sample.confusion
    recalls = _share(np.diagonal(cells, axis1=1, axis2=2), cells.sum(axis=2), np.nan)
    return np.asarray(np.nanmean(recalls, axis=1))


def _class_f1(sample: Sample) -> Values:
    cells = sample.confusion
    hits = np.diagonal(cells, axis1=1, axis2=2)
    # A class that is neither true nor told scores nothing, as in scikit-learn.
    return _share(2 * hits, cells.sum(axis=1) + cells.sum(axis=2))


def _f1_macro(sample: Sample) -> Values:
    cells = sample.confusion
    seen = cells.sum(axis=1) + cells.sum(axis=2) > 0
    return _share((_class_f1(sample) * seen).sum(axis=1), seen.sum(axis=1))


def _f1(sample: Sample) -> Values:
    return _class_f1(sample)[:, -1]


def _precision(sample: Sample) -> Values:
    cells = sample.confusion
    return _share(cells[:, -1, -1], cells[:, :, -1].sum(axis=1))


def _recall(sample: Sample) -> Values:
    cells = sample.confusion
    return _share(cells[:, -1, -1], cells[:, -1, :].sum(axis=1))


def _matthews_corrcoef(sample: Sample) -> Values:
    # Gorodkin 2004: the correlation of truth and told over all classes.
    cells = sample.confusion
    true, told = cells.sum(axis=2), cells.sum(axis=1)
    total = cells.sum(axis=(1, 2))
    hits = np.trace(cells, axis1=1, axis2=2)
    cross = hits * total - (true * told).sum(axis=1)
    spread = (total**2 - (told**2).sum(axis=1)) * (total**2 - (true**2).sum(axis=1))
    return _share(cross, np.sqrt(spread))


def _area(hits: NDArray[np.float64], misses: NDArray[np.float64]) -> Values:
    # Mann-Whitney: the chance that a positive outranks a negative, ties by half.
    below = misses.sum(axis=1, keepdims=True) - np.cumsum(misses, axis=1)
    pairs = hits.sum(axis=1) * misses.sum(axis=1)
    return _share((hits * (below + misses / 2)).sum(axis=1), pairs, np.nan)


def _roc_auc(sample: Sample) -> Values:
    return _area(*sample.ranked)


def _roc_auc_ovr(sample: Sample) -> Values:
    outcome, weights = sample.outcome, sample.weights
    areas = [
        _area(*rank(outcome.probabilities[:, code], outcome.truth == code, weights))
        for code in range(outcome.classes)
    ]
    return np.asarray(np.mean(areas, axis=0))


def _average_precision(sample: Sample) -> Values:
    hits, misses = sample.ranked
    found = np.cumsum(hits, axis=1)
    precision = _share(found, found + np.cumsum(misses, axis=1))
    return _share((hits * precision).sum(axis=1), found[:, -1], np.nan)


def _log_loss(sample: Sample) -> Values:
    outcome = sample.outcome
    given = outcome.probabilities[np.arange(len(outcome)), outcome.truth.astype(np.int64)]
    clipped = np.clip(given, _SMALLEST_PROBABILITY, 1 - _SMALLEST_PROBABILITY)
    return _mean(-np.log(clipped), sample)


def _brier_score(sample: Sample) -> Values:
    return _mean((sample.outcome.score - (sample.outcome.truth == 1)) ** 2, sample)


def _squared_error(sample: Sample) -> Values:
    return _mean((sample.outcome.truth - sample.outcome.told) ** 2, sample)


def _mean_absolute_error(sample: Sample) -> Values:
    return _mean(np.abs(sample.outcome.truth - sample.outcome.told), sample)


def _root_mean_squared_error(sample: Sample) -> Values:
    return np.sqrt(_squared_error(sample))


def _r2(sample: Sample) -> Values:
    # Around the median, as large numbers with a small spread cancel out.
    truth = sample.outcome.truth - np.median(sample.outcome.truth)
    square = _mean(truth**2, sample)
    spread = square - _mean(truth, sample) ** 2
    # Equal numbers leave a spread of rounding errors.
    spread = np.where(spread > _ROUNDING * square, spread, 0)
    return 1 - _share(_squared_error(sample), spread, np.nan)


FUNCTIONS: dict[MetricId, Metric] = {
    "accuracy": _accuracy,
    "average_precision": _average_precision,
    "balanced_accuracy": _balanced_accuracy,
    "brier_score": _brier_score,
    "f1": _f1,
    "f1_macro": _f1_macro,
    "log_loss": _log_loss,
    "matthews_corrcoef": _matthews_corrcoef,
    "mean_absolute_error": _mean_absolute_error,
    "precision": _precision,
    "r2": _r2,
    "recall": _recall,
    "roc_auc": _roc_auc,
    "roc_auc_ovr": _roc_auc_ovr,
    "root_mean_squared_error": _root_mean_squared_error,
}
