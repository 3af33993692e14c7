"""What was seen of a model in production, day by day."""

from dataclasses import dataclass

from pipeline.report.facts.measure import DriftState, Estimate

CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Day:
    """
    The key metric of a window that ends on a day.

    Attributes:
        estimate: On the rows whose truth is known.
        n: How many those are.
        expected: As estimated without truth; empty of values where that is not possible.
        rows: That arrived on the day.
        drifting: The largest effect of a drift test as a share of its limit; None without tests.
        state: Of the drift, on that day.
    """

    date: str
    version: str
    estimate: Estimate
    n: int
    expected: Estimate
    rows: int
    drifting: float | None
    state: DriftState


@dataclass(frozen=True, slots=True)
class Test:
    """A drift test: its effect in its own unit, `unit` in words, and how sure it is."""

    test: str
    unit: str
    value: float
    limit: float
    p: float
    fired: bool

    @property
    def share(self) -> float:
        """The effect as a share of its limit; an AUC of 0.5 is no effect."""
        nothing = CHANCE if self.test == "domain_auc" else 0.0
        room = self.limit - nothing
        return max(self.value - nothing, 0.0) / room if room > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Distribution:
    """
    Rows by bin.

    Attributes:
        edges: Inner edges of a number's bins, of a text's number of words; `counts` has one more.
        categories: Names of a category's bins; the last of `counts` is of all others.
    """

    edges: tuple[float, ...]
    categories: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Feature:
    """
    A feature's drift on the last day that was watched.

    Attributes:
        name: `@target` and `@prediction` stand for those; `title` has them in words.
        tests: The strongest first.
        recent: The largest share of a limit, day by day, the oldest first; as many as `days`.
        reference: Of the rows that the version in production learnt from; None in old cards.
        current: Of the window's rows; None where they are not in the checkout.
        missing: Share of missing values on the last day; None where that is not told.
    """

    name: str
    title: str
    kind: str
    state: DriftState
    tests: tuple[Test, ...]
    recent: tuple[float | None, ...]
    reference: Distribution | None
    current: Distribution | None
    missing: float | None

    @property
    def share(self) -> float:
        """The strongest effect as a share of its limit."""
        return max((test.share for test in self.tests), default=0.0)


@dataclass(frozen=True, slots=True)
class Alert:
    """
    What is known of a cause.

    Attributes:
        title: The cause in words.
        state: `ok`, `suspect`, `alert` or `recovering`.
        opened: When it last became an alert; empty if it never did.
        closed: When that was over; empty while it is not.
    """

    cause: str
    title: str
    state: str
    since: str
    reason: str
    action: str
    opened: str
    closed: str

    @property
    def active(self) -> bool:
        """Whether it is an alert, recovering or not."""
        return self.state in ("alert", "recovering")


@dataclass(frozen=True, slots=True)
class Service:
    """How a deployed service answered on the last day that it was asked."""

    date: str
    url: str
    requests: int
    availability: float
    p95_ms: float | None
    golden: bool


@dataclass(frozen=True, slots=True)
class Monitoring:
    """
    Everything that was seen.

    Attributes:
        window: Length of the window that `days` are about, e.g. `7d`.
        limit: The worst value of the key metric before an alert; None where nothing sets one.
        limit_is: `floor` of the gate, or `allowed loss` against the card.
        days: The last 90 days that were watched, the oldest first.
        features: The strongest drift first.
        windows: Metrics of the last day: by window, by id.
        faults: What is to be said of the feed on the last day, in words.
    """

    window: str
    limit: float | None
    limit_is: str
    days: tuple[Day, ...]
    state: DriftState
    features: tuple[Feature, ...]
    alerts: tuple[Alert, ...]
    windows: dict[str, dict[str, Estimate]]
    service: Service | None
    faults: tuple[str, ...]

    @property
    def last(self) -> str:
        """The last day that was watched."""
        return self.days[-1].date if self.days else ""

    @property
    def strongest(self) -> Feature | None:
        """The feature that drifts most."""
        return self.features[0] if self.features else None
