"""Metrics over rolling windows of days, with intervals."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.bootstrap import Estimate, Resampling, estimate
from pipeline.config.metrics import MetricId
from pipeline.outcome import Outcome

DRAWS = 300

Figures = dict[str, dict[str, float | None]]
"""By metric: value, low, high and n, as a day's file has them."""


def window_metrics(
    metrics: Sequence[MetricId], outcome: Outcome, group: NDArray[np.int64], seed: int
) -> Figures:
    """Measure on rows whose truth is known; nothing where there are none."""
    if not len(outcome):
        return {}
    found = estimate(list(metrics), outcome, Resampling(group, seed, DRAWS))
    return figures(metrics, found, len(outcome))


def figures(metrics: Sequence[MetricId], found: Sequence[Estimate], rows: int) -> Figures:
    """Write estimates as a file has them: six digits, and null where a metric is not defined."""
    return {
        name: {
            "value": _plain(one.value),
            "low": _plain(one.low),
            "high": _plain(one.high),
            "n": rows,
        }
        for name, one in zip(metrics, found, strict=True)
    }


def _plain(number: float) -> float | None:
    return None if np.isnan(number) else round(number, 6)
