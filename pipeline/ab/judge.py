"""By how much one version is better than another, on rows whose truth is known."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.bootstrap import Estimate, Resampling, gain, interval
from pipeline.config.metrics import METRICS, MetricId
from pipeline.metrics import compute, value
from pipeline.outcome import Outcome, Values

Verdict = Literal["better", "same", "worse", "not comparable"]
Design = Literal["paired", "split"]

FEWEST_ROWS = 30
"""Below, the ends of a percentile interval say nothing."""


@dataclass(frozen=True)
class Comparison:
    """
    The second version against the first.

    Attributes:
        design: `paired`: both answered the same rows; `split`: each answered its own.
        first: The metric of the first version; NaN where it is not defined.
        second: That of the second.
        difference: By how much the second is better, whatever the metric's direction.
        reason: Why the two are not comparable; else empty.
    """

    metric: MetricId
    design: Design
    first: float
    second: float
    difference: Estimate
    verdict: Verdict
    reason: str


def judge(
    metric: MetricId, first: Outcome, second: Outcome, *, design: Design, seed: int
) -> Comparison:
    """
    Compare two outcomes; paired ones have the same rows in the same order.

    By the side of zero that the 95 % interval is on, as the gate does it.
    """
    fewest = min(len(first), len(second))
    if fewest < FEWEST_ROWS:
        return incomparable(metric, design, f"{fewest} labelled rows; {FEWEST_ROWS} are asked")
    found = (
        gain(metric, second, first, Resampling(np.arange(len(first)), seed))
        if design == "paired"
        else _split_gain(metric, second, first, seed)
    )
    if np.isnan([found.value, found.low]).any():
        return incomparable(metric, design, f"{metric} is not defined on these rows")
    verdict: Verdict = "better" if found.low > 0 else "worse" if found.high < 0 else "same"
    values = value(metric, first), value(metric, second)
    return Comparison(metric, design, *values, found, verdict, "")


def incomparable(metric: MetricId, design: Design, reason: str) -> Comparison:
    """Say that, and why, nothing can be said."""
    nothing = Estimate(np.nan, np.nan, np.nan)
    return Comparison(metric, design, np.nan, np.nan, nothing, "not comparable", reason)


def _split_gain(metric: MetricId, second: Outcome, first: Outcome, seed: int) -> Estimate:
    """Draw the rows of each side by themselves."""
    sign = 1 if METRICS[metric].greater_is_better else -1
    drawn = [_drawn(metric, side, seed + i) for i, side in enumerate((first, second))]
    draws = min(map(len, drawn))
    low, high = interval(sign * (drawn[1][:draws] - drawn[0][:draws]))
    return Estimate(sign * (value(metric, second) - value(metric, first)), low, high)


def _drawn(metric: MetricId, outcome: Outcome, seed: int) -> Values:
    resampling = Resampling(np.arange(len(outcome)), seed)
    return resampling.draw(lambda weights: compute(metric, outcome, weights))
