"""What a drift test came to."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from pipeline.config.watch import Limits


@dataclass(frozen=True)
class Finding:
    """
    One test of one feature.

    Attributes:
        feature: Its name; `@target` and `@prediction` are what was true and what was told.
        value: The effect, in the test's unit.
        limit: From where on it counts.
        p: Chance of such a difference without drift, corrected for the number of tests.
        fired: Whether the effect is large, and sure.
    """

    feature: str
    test: str
    value: float
    limit: float
    p: float
    fired: bool = False

    def judged(self, p: float, significance: float) -> "Finding":
        """Judge by a corrected chance."""
        fired = p < significance and self.value >= self.limit
        return replace(self, p=float(f"{p:.3g}"), value=round(self.value, 6), fired=fired)


class Ask(NamedTuple):
    """Which feature is asked about, and from where on an effect counts."""

    feature: str
    limits: Limits

    def found(self, test: str, value: float, p: float) -> Finding:
        """Note a test's outcome; whether it fires is judged once all are known."""
        return Finding(self.feature, test, float(value), getattr(self.limits, test), float(p))
