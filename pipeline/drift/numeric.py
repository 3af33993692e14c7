"""Drift of a number, by the bins that the card has: KS or Wasserstein, and PSI."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kstwobign, norm, wasserstein_distance

from pipeline.drift.finding import Ask, Finding
from pipeline.drift.stability import Counts, psi

MANY_ROWS = 1000
"""Beyond that, any difference is sure, and its size in standard deviations says more."""


def numeric_drift(
    ask: Ask, reference: Mapping[str, Any], numbers: NDArray[np.float64]
) -> list[Finding]:
    """Compare the numbers that are there; missing ones are another matter."""
    edges, before = np.array(reference["edges"]), np.array(reference["counts"], np.float64)
    present = numbers[~np.isnan(numbers)].astype(np.float64)
    if not len(edges) or not len(present):
        return []
    now = binned(edges, present)
    if len(present) > MANY_ROWS:
        return [_wasserstein(ask, reference, before, present), psi(ask, before, now)]
    return [_ks(ask, before, now), psi(ask, before, now)]


def binned(edges: NDArray[np.float64], present: NDArray[np.float64]) -> Counts:
    """Count as the card does: a bin holds its lower edge."""
    places = np.searchsorted(edges, present, side="right")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.float64)


def _ks(ask: Ask, before: Counts, now: Counts) -> Finding:
    distance, p = _distance(before, now)
    return ask.found("ks", distance, p)


def _distance(before: Counts, now: Counts) -> tuple[float, float]:
    """Kolmogorov-Smirnov at the edges: never above the distance of the numbers themselves."""
    gap = np.abs(np.cumsum(before) / before.sum() - np.cumsum(now) / now.sum()).max()
    rows = before.sum() * now.sum() / (before.sum() + now.sum())
    return float(gap), float(kstwobign.sf(gap * np.sqrt(rows)))


def _wasserstein(
    ask: Ask, reference: Mapping[str, Any], before: Counts, present: NDArray[np.float64]
) -> Finding:
    """
    Move the card's bins onto today's: each bin stands where the mean of its rows does.

    Sure is what either the shares of the bins or the mean of all say (Bonferroni): codes that all
    move by half a step stay in their bins.
    """
    edges = np.array(reference["edges"])
    now = binned(edges, present)
    shares = _distance(before, now)[1]
    if "means" not in reference:  # a card of earlier days
        middles = _middles(edges)
        spread = _spread(middles, before)
        distance = wasserstein_distance(middles, middles, before, now)
        return ask.found("wasserstein", distance / spread if spread else 0.0, shares)
    places, spread = np.array(reference["means"]), float(reference["sd"])
    sums = np.bincount(
        np.searchsorted(edges, present, side="right"), present, minlength=len(edges) + 1
    )
    today = np.where(now > 0, sums / np.maximum(now, 1), places)
    distance = wasserstein_distance(places, today, before, now)
    gap = abs(float(before @ places / before.sum()) - float(present.mean()))
    error = np.sqrt(spread**2 / before.sum() + present.var() / len(present))
    sure = 2 * float(norm.sf(gap / error)) if error else 1.0
    return ask.found(
        "wasserstein", distance / spread if spread else 0.0, 2 * min(shares, sure, 0.5)
    )


def _spread(middles: NDArray[np.float64], counts: Counts) -> float:
    share = counts / counts.sum()
    return float(np.sqrt(share @ (middles - share @ middles) ** 2))


def _middles(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each bin a value; the outer ones, which have no end, are as wide as their neighbours."""
    if len(edges) == 1:
        return np.array([edges[0] - 0.5, edges[0] + 0.5])
    first, last = edges[1] - edges[0], edges[-1] - edges[-2]
    ends = np.concatenate([[edges[0] - first], edges, [edges[-1] + last]])
    return np.asarray((ends[1:] + ends[:-1]) / 2)
