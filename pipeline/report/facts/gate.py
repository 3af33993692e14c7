"""The last candidate: what it was measured to be, and what the gate said to it."""

from dataclasses import dataclass

from pipeline.report.facts.measure import Estimate


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the gate and what it found; `reason` is the same in words."""

    id: str
    metric: str
    observed: float | None
    limit: float | None
    low: float | None
    high: float | None
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Gate:
    """
    A verdict with its evidence.

    Attributes:
        verdict: `accepted`, `rejected`, `unchanged` or `not_comparable`; of a candidate that is a
            version, the verdict that made it one.
        unchanged: Whether the last run found the candidate to be the version in production.
        version: The version that the candidate is; empty for one that was not registered.
        rules: Failures first, else in the order of the checks.
    """

    verdict: str
    unchanged: bool
    version: str
    champion: str
    comparison: str
    rules: tuple[Rule, ...]

    @property
    def failed(self) -> tuple[Rule, ...]:
        """The rules that failed."""
        return tuple(rule for rule in self.rules if not rule.passed)


@dataclass(frozen=True, slots=True)
class Point:
    """
    A point of a curve, by its threshold.

    Attributes:
        x: False positive rate (ROC), recall (PR).
        y: True positive rate (ROC), precision (PR).
    """

    x: float
    y: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one probability: what was told, and what share came true."""

    told: float
    observed: float
    rows: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Test rows of one class that were told to be of one class."""

    actual: str
    predicted: str
    rows: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """
    What a threshold explorer needs; of a binary task.

    Attributes:
        positives: Test rows of the positive class.
        negatives: The others.
        current: The threshold of the candidate; None where the more probable class is told.
        points: Of the ROC curve. At a threshold, hits are `y * positives` and false alarms
            `x * negatives`, rounded.
    """

    positive: str
    positives: int
    negatives: int
    current: float | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the test rows, with its metrics by id."""

    feature: str
    name: str
    rows: int
    metrics: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    How the last candidate does on its test rows; empty tuples where there is no such curve.

    Attributes:
        version: As in `Gate`.
        metrics: By part (`train`, `validation`, `test`) and id.
        baselines: By name and id.
        thresholds: None but for a binary task with curves.
    """

    version: str
    metrics: dict[str, dict[str, Estimate]]
    baselines: dict[str, dict[str, Estimate]]
    slices: tuple[Slice, ...]
    calibration_error: float | None
    roc: tuple[Point, ...]
    precision_recall: tuple[Point, ...]
    calibration: tuple[Bin, ...]
    confusion: tuple[Cell, ...]
    thresholds: Thresholds | None
