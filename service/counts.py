"""What is counted while requests are answered: plain numbers, touched by the event loop alone."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from modelpress.model import Answer

SECONDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
SCORES = tuple(x / 10 for x in range(1, 11))

_SCORES = np.array(SCORES)
# Up to here the calls of numpy cost more than all the rows.
_FEW = 32


@dataclass
class Histogram:
    """How often a value fell under each bound; the last place is beyond all of them."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass
class Counts:
    """What one version has answered."""

    rows: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    scores: Histogram = field(default_factory=lambda: Histogram(SCORES))

    def add(self, answer: Answer) -> None:
        """Count an answer: its labels, and how sure they are."""
        if not len(answer.labels):
            self.rows += len(answer.values)
            return
        self.rows += len(answer.labels)
        self.labels.update(answer.labels.tolist())
        self._score(answer.probabilities)

    def _score(self, probabilities: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> None:
        # A binary task has the positive class last; of more classes, the surest counts.
        scores = probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities.max(axis=1)
        if len(scores) <= _FEW:
            for score in scores.tolist():
                self.scores.observe(score)
            return
        places = _SCORES.searchsorted(scores)
        for place, count in enumerate(np.bincount(places, minlength=len(SCORES) + 1).tolist()):
            self.scores.counts[place] += count
        self.scores.total += float(scores.sum())


@dataclass
class Traffic:
    """What came in, whatever was asked."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: dict[str, Histogram] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def add(self, route: str, method: str, status: int, *seconds: float) -> None:
        """Count replies; routes, methods and statuses are few, whatever callers invent."""
        self.requests[route, method, status] += len(seconds)
        histogram = self.seconds.get(route)
        if histogram is None:
            histogram = self.seconds[route] = Histogram(SECONDS)
        for one in seconds:
            histogram.observe(one)
