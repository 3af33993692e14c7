"""
Everything that the site shows, as frozen values: what pages, API, feed and badges are made of.

All strings may come from data, and are as they were written there: whoever writes them into HTML,
XML or Markdown escapes them. Moments are ISO 8601 in UTC, ending in `Z`; days are `YYYY-MM-DD`.
"""

from dataclasses import dataclass

from pipeline.report.facts.events import Attention, Event
from pipeline.report.facts.gate import (
    Bin,
    Cell,
    Evaluation,
    Gate,
    Point,
    Rule,
    Slice,
    Thresholds,
)
from pipeline.report.facts.lineage import Edge, File, Pipeline, Stage
from pipeline.report.facts.measure import Change, DriftState, Estimate, Headline, Metric
from pipeline.report.facts.model import Damage, Input, Interface, Model, Words
from pipeline.report.facts.monitoring import (
    Alert,
    Day,
    Distribution,
    Feature,
    Monitoring,
    Service,
    Test,
)
from pipeline.report.facts.registry import Download, MadeOf, Run, Term, Version, Withdrawn

__all__ = [
    "Alert",
    "Attention",
    "Bin",
    "Cell",
    "Change",
    "Damage",
    "Day",
    "Distribution",
    "Download",
    "DriftState",
    "Edge",
    "Estimate",
    "Evaluation",
    "Event",
    "Facts",
    "Feature",
    "File",
    "Gate",
    "Headline",
    "Input",
    "Interface",
    "MadeOf",
    "Metric",
    "Model",
    "Monitoring",
    "Pipeline",
    "Point",
    "Rule",
    "Run",
    "Service",
    "Slice",
    "Stage",
    "Term",
    "Test",
    "Thresholds",
    "Version",
    "Withdrawn",
    "Words",
]


@dataclass(frozen=True, slots=True)
class Facts:
    """
    A repository, as its site shows it.

    Attributes:
        built: Of what moment the site is: that of the checked-out commit, or SOURCE_DATE_EPOCH;
            never of a clock, so that one checkout makes one site. Empty without either.
        commit: The commit that is checked out; empty without Git.
        source: Where the repository can be looked at, e.g. `https://github.com/o/r`; empty if
            not known. A commit is at `<source>/commit/<sha>`.
        models: Those of params.yaml in its order, then retired ones that still have versions.
        attention: The most urgent first; empty if all is well.
        activity: The newest first.
        history: Why there is no production history, in words; empty if there is one.
        faults: What is wrong with the repository as a whole, params.yaml say.
    """

    built: str
    commit: str
    source: str
    models: tuple[Model, ...]
    attention: tuple[Attention, ...]
    activity: tuple[Event, ...]
    pipeline: Pipeline
    history: str
    faults: tuple[Damage, ...]

    def model(self, name: str) -> Model:
        """
        Find a model.

        Raises:
            KeyError: There is none of that name.
        """
        for one in self.models:
            if one.name == name:
                return one
        raise KeyError(name)
