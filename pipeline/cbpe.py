"""
Performance without labels: confidence-based performance estimation, CBPE.

If a probability of .8 is right eight times in ten, the expected confusion matrix follows from the
probabilities alone. It holds as long as the classes' conditional share does: a changed relation of
features and target (concept drift) is invisible to it. For that, wait for labels.

Probabilities are first brought in line with what was observed on held-out rows: counts of rows,
hits and expected hits in fixed bins, which are fine where a probability is nearly sure. There, a
thousandth or a hundredth of wrong labels decides about precision and recall. Odds are corrected by
their bin's; within a bin, the order stays.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.bootstrap import Estimate, interval
from pipeline.config.metrics import MetricId
from pipeline.metrics import compute_all
from pipeline.outcome import Outcome

DRAWS = 100
EDGES = (
    *(0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 0.97, 0.99, 0.997, 0.999),
)
"""Inner edges of the bins of a probability; a bin holds its lower edge."""
# A model's own word counts as much as so many rows.
_TRUST = 5
_SMALLEST = 1e-6

Probabilities = NDArray[np.float64]
Curve = Mapping[str, Sequence[float]]


def fit_curves(outcome: Outcome) -> list[dict[str, list[float]]]:
    """Count held-out rows and hits per class; for two classes, of the positive one alone."""
    classes = [1] if outcome.classes == 2 else range(outcome.classes)
    return [_counted(outcome.probabilities[:, c], outcome.truth == c) for c in classes]


def _counted(told: Probabilities, observed: NDArray[np.bool_]) -> dict[str, list[float]]:
    places, bins = _places(told), len(EDGES) + 1
    rows = np.bincount(places, minlength=bins)
    hits = np.bincount(places[observed], minlength=bins)
    expected = np.bincount(places, told, minlength=bins)
    return {
        "rows": [int(x) for x in rows],
        "hits": [int(x) for x in hits],
        "expected": [round(float(x), 4) for x in expected],
    }


def _places(told: Probabilities) -> NDArray[np.int64]:
    return np.searchsorted(EDGES, told, side="right")


def calibrated(probabilities: Probabilities, curves: Sequence[Curve]) -> Probabilities:
    """Bring probabilities of shape `[n, classes]` in line with what was observed."""
    if len(curves) == 1:
        positive = _bent(probabilities[:, -1], curves[0])
        return np.column_stack([1 - positive, positive])
    bent = np.column_stack(
        [_bent(probabilities[:, code], curve) for code, curve in enumerate(curves)]
    )
    return np.asarray(bent / np.maximum(bent.sum(axis=1, keepdims=True), 1e-12))


def _bent(told: Probabilities, curve: Curve) -> Probabilities:
    """Move the odds by as much as those of the bin were off, as far as it had rows."""
    places = _places(told)
    rows, hits, expected = (
        np.array(curve[name], np.float64)[places] for name in ("rows", "hits", "expected")
    )
    mean = np.where(rows > 0, expected / np.maximum(rows, 1), told)
    observed = (hits + _TRUST * mean) / (rows + _TRUST)
    return _sigmoid(_logit(told) + _logit(observed) - _logit(mean))


def estimate_metrics(
    metrics: Sequence[MetricId], outcome: Outcome, curves: Sequence[Curve], seed: int
) -> list[Estimate]:
    """
    Estimate metrics of rows whose truth is not known.

    The interval is that of labels drawn from the probabilities: it says how far the truth of that
    many rows may lie from what is expected, not whether the assumption holds.
    """
    p = calibrated(outcome.probabilities, curves)
    rows, classes = p.shape
    # Every row once per class it may belong to, weighted by how likely that is.
    every = Outcome(
        np.tile(np.arange(classes, dtype=np.int64), rows),
        np.repeat(outcome.told.astype(np.int64), classes),
        np.repeat(outcome.probabilities, classes, axis=0),
    )
    weights = np.concatenate([p.reshape(1, -1), _drawn(p, seed)])
    found = compute_all(list(metrics), every, weights)
    return [Estimate(float(values[0]), *_ends(values[1:])) for values in found]


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    return interval(values[~np.isnan(values)])


def _drawn(p: Probabilities, seed: int) -> NDArray[np.float64]:
    """Draw labels: weights of shape `[draws, rows * classes]`, one class of each row weighs 1."""
    rows, classes = p.shape
    dice = np.random.default_rng(seed).random((DRAWS, rows))
    codes = (dice[:, :, None] > np.cumsum(p, axis=1)[None, :, :-1]).sum(axis=2)
    return np.asarray(np.eye(classes)[codes].reshape(DRAWS, rows * classes))


def _logit(p: Probabilities) -> Probabilities:
    clipped = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _sigmoid(x: Probabilities) -> Probabilities:
    return np.asarray(1 / (1 + np.exp(-x)))
