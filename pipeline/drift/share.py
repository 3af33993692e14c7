"""Shares that should not rise: of missing values, and of unknown categories."""

from typing import NamedTuple

from scipy.stats import betabinom

from pipeline.drift.finding import Ask, Finding

# Jeffreys' prior: a share of none in ten rows is not surely none.
_PRIOR = 0.5


class Part(NamedTuple):
    """So many of so many rows."""

    some: float
    rows: float


def risen(ask: Ask, test: str, before: Part, now: Part) -> Finding | None:
    """
    Compare two shares, by the chance of so many or more given what the reference had.

    Exact for any number of rows: the beta-binomial distribution.
    """
    if not before.rows or not now.rows:
        return None
    rise = now.some / now.rows - before.some / before.rows
    alpha, beta = before.some + _PRIOR, before.rows - before.some + _PRIOR
    p = betabinom.sf(now.some - 1, int(now.rows), alpha, beta)
    return ask.found(test, rise, min(max(float(p), 0.0), 1.0))
