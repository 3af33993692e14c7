"""Drift of a number, by the bins that the card has: KS or Wasserstein, and PSI."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kstwobign, wasserstein_distance

from pipeline.drift.finding import Ask, Finding
from pipeline.drift.stability import Counts, psi

MANY_ROWS = 1000
"""Beyond that, any difference is sure, and its size in standard deviations says more."""


def numeric_drift(
    ask: Ask, reference: Mapping[str, Any], numbers: NDArray[np.float64]
) -> list[Finding]:
    """Compare the numbers that are there; missing ones are another matter."""
    edges, before = np.array(reference["edges"]), np.array(reference["counts"], np.float64)
    present = numbers[~np.isnan(numbers)]
    if not len(edges) or not len(present):
        return []
    now = binned(edges, present)
    main = _wasserstein if len(present) > MANY_ROWS else _ks
    return [main(ask, edges, before, now), psi(ask, before, now)]


def binned(edges: NDArray[np.float64], present: NDArray[np.float64]) -> Counts:
    """Count as the card does: a bin holds its lower edge."""
    places = np.searchsorted(edges, present, side="right")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.float64)


def _ks(ask: Ask, edges: NDArray[np.float64], before: Counts, now: Counts) -> Finding:  # noqa: ARG001 - as the other one
    distance, p = _distance(before, now)
    return ask.found("ks", distance, p)


def _distance(before: Counts, now: Counts) -> tuple[float, float]:
    """Kolmogorov-Smirnov at the edges: never above the distance of the numbers themselves."""
    gap = np.abs(np.cumsum(before) / before.sum() - np.cumsum(now) / now.sum()).max()
    rows = before.sum() * now.sum() / (before.sum() + now.sum())
    return float(gap), float(kstwobign.sf(gap * np.sqrt(rows)))


def _wasserstein(ask: Ask, edges: NDArray[np.float64], before: Counts, now: Counts) -> Finding:
    middles = _middles(edges)
    share = before / before.sum()
    spread = float(np.sqrt(share @ (middles - share @ middles) ** 2))
    distance = wasserstein_distance(middles, middles, before, now) / spread if spread else 0.0
    return ask.found("wasserstein", float(distance), _distance(before, now)[1])


def _middles(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each bin a value; the outer ones, which have no end, are as wide as their neighbours."""
    if len(edges) == 1:
        return np.array([edges[0] - 0.5, edges[0] + 0.5])
    first, last = edges[1] - edges[0], edges[-1] - edges[-2]
    ends = np.concatenate([[edges[0] - first], edges, [edges[-1] + last]])
    return np.asarray((ends[1:] + ends[:-1]) / 2)
