"""
How sure a metric is: intervals that resample groups of rows, not rows.

Duplicates, and rows of one day, are wrong together; drawn one by one they would look like so much
independent evidence. Percentile intervals (Efron and Tibshirani 1993, chapter 13); a test holds
their coverage against simulated truths.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.config.metrics import METRICS, MetricId
from pipeline.metrics import compute, compute_all, value
from pipeline.outcome import Outcome, Values, Weights

DRAWS = 1000
CONFIDENCE = 0.95
_CELLS = 250_000
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; all three are NaN where the metric is not defined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Resampling:
    """
    The draws that every metric of one set of rows is judged by.

    Args:
        group: Number of each row's group, shape `[n]`.
        seed: Same seed, same draws: two models scored on the same rows are paired by it.
        draws: How many.
    """

    group: NDArray[np.int64]
    seed: int
    draws: int = DRAWS

    def weights(self) -> Iterator[Weights]:
        """Yield the weights of all draws, a bounded number of cells at a time."""
        generator = np.random.default_rng(self.seed)
        _, index = np.unique(self.group, return_inverse=True)
        groups = int(index.max()) + 1
        step = max(1, _CELLS // len(index))
        for start in range(0, self.draws, step):
            counts = [
                np.bincount(generator.integers(0, groups, groups), minlength=groups)
                for _ in range(min(step, self.draws - start))
            ]
            yield np.array(counts, np.float64)[:, index]

    def draw(self, statistic: Callable[[Weights], Values]) -> Values:
        """Compute a statistic for every draw; undefined ones are left out."""
        values = np.concatenate([statistic(weights) for weights in self.weights()])
        return np.asarray(values[~np.isnan(values)])


def estimate(metrics: list[MetricId], outcome: Outcome, resampling: Resampling) -> list[Estimate]:
    """Estimate several metrics on the same draws."""
    if not metrics:
        return []
    parts = [np.array(compute_all(metrics, outcome, weights)) for weights in resampling.weights()]
    drawn = np.concatenate(parts, axis=1)
    return [
        Estimate(value(metric, outcome), *interval(values[~np.isnan(values)]))
        for metric, values in zip(metrics, drawn, strict=True)
    ]


def gain(
    metric: MetricId,
    candidate: Outcome,
    other: Outcome,
    resampling: Resampling,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """
    Estimate by how much the candidate is better than another on the same rows.

    Positive is better, whatever the metric's direction. Both are computed on the same draws, so
    what is hard about a row for both cancels out.
    """
    sign = 1 if METRICS[metric].greater_is_better else -1
    drawn = resampling.draw(
        lambda weights: compute(metric, candidate, weights) - compute(metric, other, weights)
    )
    observed = value(metric, candidate) - value(metric, other)
    low, high = interval(sign * drawn, confidence)
    return Estimate(sign * observed, low, high)


def chance(metric: MetricId, outcome: Outcome, resampling: Resampling) -> Values:
    """
    Compute a metric for the same answers dealt to the rows at random (a permutation test).

    What a model's answers would score if they knew nothing of the rows: a random answer can beat a
    constant one, in macro-averages for instance, so constants alone are too low a bar. A group
    keeps together: its rows get the answer of one row of another group.
    """
    generator = np.random.default_rng(resampling.seed)
    _, first, index = np.unique(resampling.group, return_index=True, return_inverse=True)

    def dealt() -> Outcome:
        given = first[generator.permutation(len(first))][index]
        return Outcome(outcome.truth, outcome.told[given], outcome.probabilities[given])

    values = np.array([value(metric, dealt()) for _ in range(resampling.draws)])
    return np.asarray(values[~np.isnan(values)])


def interval(drawn: Values, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Cut the same share off both ends of the draws."""
    if not len(drawn):
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def days(moment: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the rows by their day in UTC."""
    return moment // _SECONDS_A_DAY
