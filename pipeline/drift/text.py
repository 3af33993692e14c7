"""Drift of a text: a classifier that tells the two sides apart, and words nobody knew."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from pipeline.drift.finding import Ask, Finding
from pipeline.sketch import Vocabulary, presence

MOST_TEXTS = 400
"""Of each side: enough to tell, and done in a moment."""
_RIDGE = 0.05
_SEED = 7


def text_drift(ask: Ask, reference: Mapping[str, Any], texts: Sequence[str]) -> list[Finding]:
    """Compare texts with the sketch of a card; one of before there were sketches says nothing."""
    present = [text for text in texts if text]
    if "buckets" not in reference or not reference["texts"] or not present:
        return []
    return [_domain(ask, reference, present), _unknown_words(ask, reference, present)]


def _unknown_words(ask: Ask, reference: Mapping[str, Any], texts: Sequence[str]) -> Finding:
    """Compare the mean share of unknown words a text has, by Welch's z."""
    shares = Vocabulary.read(reference["vocabulary"]).unknown(texts)
    before = reference["unknown"]
    rise = float(shares.mean()) - before["mean"]
    error = np.sqrt(shares.var() / len(shares) + before["sd"] ** 2 / max(before["texts"], 1))
    return ask.found("vocabulary", rise, float(norm.sf(rise / error)) if error else 1.0)


def _domain(ask: Ask, reference: Mapping[str, Any], texts: Sequence[str]) -> Finding:
    """
    Let a classifier tell the texts from ones drawn after the reference's counts.

    Each bucket of a drawn text is marked with its own frequency and by itself: texts of before are
    not kept. A linear classifier sees frequencies alone, so what is missing is nothing to it.
    """
    generator = np.random.default_rng(_SEED)
    kept = sorted(generator.permutation(len(texts))[:MOST_TEXTS])
    now = presence([texts[i] for i in kept])
    often = np.array(reference["buckets"]) / reference["texts"]
    before = generator.random((MOST_TEXTS, len(often))) < often
    area = _told_apart(before, now, generator)
    return ask.found("domain_auc", area, _chance(area, len(before), len(now)))


def _told_apart(
    before: NDArray[np.bool_], now: NDArray[np.bool_], generator: np.random.Generator
) -> float:
    """Give the area under the curve on texts that the classifier has not learnt."""
    # Only a model of texts pays for it.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    X = np.concatenate([before, now]).astype(np.float64)
    y = np.repeat([0, 1], [len(before), len(now)])
    half = generator.permutation(len(y)) % 2 == 0
    classifier = LogisticRegression(C=_RIDGE, class_weight="balanced", max_iter=500)
    areas = []
    for fit in (half, ~half):
        if len(set(y[fit])) == 2 and len(set(y[~fit])) == 2:
            told = classifier.fit(X[fit], y[fit]).decision_function(X[~fit])
            areas.append(float(roc_auc_score(y[~fit], told)))
    return float(np.mean(areas)) if areas else 0.5


def _chance(area: float, before: int, now: int) -> float:
    """Give the chance of such an area between equals (Mann and Whitney 1947)."""
    error = np.sqrt((before + now + 1) / (12 * before * now))
    return float(norm.sf((area - 0.5) / error))
