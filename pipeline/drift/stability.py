"""Population stability index: how far the shares of some bins have moved, for any kind."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from pipeline.drift.finding import Ask, Finding

Counts = NDArray[np.float64]

# An empty bin would be infinitely far away.
_PRIOR = 0.5


def psi(ask: Ask, before: Counts, now: Counts) -> Finding:
    """Sum the differences of shares, weighted by the logarithm of their ratio."""
    p, q = (counts + _PRIOR for counts in (before, now))
    p, q = p / p.sum(), q / q.sum()
    return ask.found("psi", float(np.sum((q - p) * np.log(q / p))), chance(before, now))


def chance(before: Counts, now: Counts) -> float:
    """Give the chance of such counts if nothing has changed: the chi-square test of two samples."""
    seen = before + now > 0
    table = np.array([before[seen], now[seen]])
    rows = table.sum(axis=1, keepdims=True)
    if table.shape[1] < 2 or not rows.all():
        return 1.0
    expected = rows * table.sum(axis=0) / table.sum()
    return float(chdtrc(table.shape[1] - 1, np.sum((table - expected) ** 2 / expected)))
