"""Everything about one model."""

from dataclasses import dataclass
from typing import Any

from pipeline.report.facts.gate import Evaluation, Gate
from pipeline.report.facts.measure import DriftState, Headline, Metric
from pipeline.report.facts.monitoring import Monitoring
from pipeline.report.facts.registry import Run, Term, Version


@dataclass(frozen=True, slots=True)
class Words:
    """What `card:` of the model's block says; empty where it says nothing."""

    summary: str = ""
    intended_use: str = ""
    limitations: str = ""
    license: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """
    A field that the model takes.

    Attributes:
        kind: `numeric`, `categorical` or `text`.
        range: Smallest and largest value seen in training; None but for numbers.
        missing: Share of training rows without a value.
        typical: The median, or the most frequent category; empty for text.
    """

    name: str
    kind: str
    dtype: str
    range: tuple[float, float] | None
    categories: tuple[str, ...]
    missing: float
    typical: float | str


@dataclass(frozen=True, slots=True)
class Interface:
    """
    What the version in production (else the newest) takes and answers.

    Attributes:
        golden: Made-up rows with its answers: `row`, and `label` with `probabilities`, or `value`.
    """

    version: str
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    classes: tuple[str, ...]
    positive: str
    threshold: float | None
    normalizer: str
    golden: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that cannot be read, in the words of the error, and what to do."""

    path: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Model:
    """
    A model of params.yaml, or a folder of the registry that is no longer in it.

    Attributes:
        retired: Whether params.yaml has no block for it; then `title` is its name.
        production: The version in production; empty if nothing is.
        since: When it went there, an ISO moment; empty where Git does not say.
        headline: None without a version in production.
        versions: Every complete one, the oldest first.
        terms: The production history, the oldest first; empty without Git.
        runs: The newest first.
        gate: The last verdict; None before the first.
        damage: What could not be read; the rest of the model is as far as it could be.
        latest: Whether `api/models/<model>/latest.json` is there.
        promotions: How many changes of production there were: the counter of production.json.
    """

    name: str
    title: str
    owner: str
    task: str
    retired: bool
    target: str
    metric: Metric
    words: Words
    production: str
    since: str
    staging: str
    headline: Headline | None
    versions: tuple[Version, ...]
    terms: tuple[Term, ...]
    runs: tuple[Run, ...]
    gate: Gate | None
    evaluation: Evaluation | None
    interface: Interface | None
    monitoring: Monitoring | None
    damage: tuple[Damage, ...]
    latest: bool
    promotions: int

    @property
    def drift(self) -> DriftState:
        """The state of its drift."""
        return self.monitoring.state if self.monitoring else "nodata"

    def version(self, name: str) -> Version | None:
        """Find a version."""
        return next((one for one in self.versions if one.version == name), None)

    @property
    def live(self) -> Version | None:
        """The version in production."""
        return self.version(self.production) if self.production else None

    @property
    def updated(self) -> str:
        """When it last changed: the last term, run or watched day; ISO, empty if never."""
        moments = [
            *(term.since for term in self.terms[-1:]),
            *(run.date for run in self.runs[:1]),
            self.monitoring.last if self.monitoring else "",
        ]
        return max(moments, default="")
