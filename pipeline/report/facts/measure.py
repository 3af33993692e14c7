"""Figures with their intervals, and what a change between two of them is worth."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's value and its interval; None where it is not defined."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """
    The metric by which a model is judged.

    Attributes:
        id: scikit-learn's name, e.g. `average_precision`.
        floor: The worst value that the gate lets pass; None where the block sets none.
    """

    id: str
    greater_is_better: bool
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """
    Production's key metric against that of the version that was in production before.

    Attributes:
        before: That version.
        gain: How much better, in the metric's unit; positive is better, whatever its direction.
        beyond_noise: Whether the interval of the gain leaves out zero.
        paired: Whether the gate compared the two on the same rows. If not, `gain` is the
            difference of two values on different rows, and `beyond_noise` whether their
            intervals are apart.
    """

    before: str
    gain: float
    low: float | None
    high: float | None
    beyond_noise: bool
    paired: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """
    The key metric of the version in production, on the test rows of its own run.

    Attributes:
        change: None for a first version, and where there is nothing to compare by.
    """

    estimate: Estimate
    change: Change | None


DriftState = Literal["stable", "watch", "drift", "nodata"]
"""`watch`: a sign on too few days for an alert, or an alert that recovers."""
