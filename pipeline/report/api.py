"""
The static registry's index, and what there is to know of each model, as JSON.

    api/models.json             which models there are, which versions; `service` reads it
    api/models/<model>.json     every version, decision, promotion and alert of one
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.report.as_json import as_json
from pipeline.report.facts import (
    Alert,
    Damage,
    Day,
    DriftState,
    Facts,
    Headline,
    Interface,
    Metric,
    Model,
    Run,
    Term,
    Thresholds,
    Version,
)


@dataclass(frozen=True)
class KeyMetric:
    """The metric that a model is judged by, of the version in production; null without one."""

    id: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Line:
    """
    A model in the index.

    Attributes:
        path: The folder of its files, below the site's root.
        production: Empty while nothing is in production; `staging` likewise.
        versions: Those whose files are published, the oldest first.
        verdict: The gate's last word; empty before the first.
        updated: When it last changed; empty if that is not known.
    """

    name: str
    path: str
    title: str
    task: str
    owner: str
    production: str
    staging: str
    versions: list[str]
    metric: KeyMetric
    drift: DriftState
    verdict: str
    updated: str


@dataclass(frozen=True)
class Index:
    """`api/models.json`: what a site publishes; `built` and `commit` are empty if not known."""

    schema: Literal[1]
    built: str
    commit: str
    models: list[Line]


@dataclass(frozen=True)
class ModelFile:
    """
    `api/models/<model>.json`: one model.

    Attributes:
        counter: Of the last promotion, as in `models/<model>/production.json`.
        versions: All of them, also those whose files are not published.
        thresholds: Of the last candidate; null but for a binary task.
        days: The last 90 days that were watched.
        damage: What could not be read; the rest is as far as it could be.
    """

    schema: Literal[1]
    name: str
    path: str
    title: str
    task: str
    owner: str
    target: str
    retired: bool
    metric: Metric
    production: str
    since: str
    staging: str
    counter: int
    headline: Headline | None
    interface: Interface | None
    versions: list[Version]
    promotions: list[Term]
    decisions: list[Run]
    thresholds: Thresholds | None
    days: list[Day]
    alerts: list[Alert]
    damage: list[Damage]


def api_files(facts: Facts) -> Iterator[tuple[str, bytes]]:
    """Write the index and the models' files."""
    lines = [_line(model) for model in facts.models]
    yield "api/models.json", as_json(Index(1, facts.built, facts.commit, lines))
    for model in facts.models:
        yield f"api/models/{model.name}.json", as_json(_file(model))


def _line(model: Model) -> Line:
    found = model.headline.estimate if model.headline else None
    return Line(
        name=model.name,
        path=f"models/{model.name}",
        title=model.title,
        task=model.task,
        owner=model.owner,
        production=model.production,
        staging=model.staging,
        versions=[one.version for one in model.versions if one.published],
        metric=KeyMetric(
            model.metric.id,
            found.value if found else None,
            found.low if found else None,
            found.high if found else None,
        ),
        drift=model.drift,
        verdict=model.gate.verdict if model.gate else "",
        updated=model.updated,
    )


def _file(model: Model) -> ModelFile:
    watched = model.monitoring
    return ModelFile(
        schema=1,
        name=model.name,
        path=f"models/{model.name}",
        title=model.title,
        task=model.task,
        owner=model.owner,
        target=model.target,
        retired=model.retired,
        metric=model.metric,
        production=model.production,
        since=model.since,
        staging=model.staging,
        counter=model.promotions,
        headline=model.headline,
        interface=model.interface,
        versions=list(model.versions),
        promotions=list(model.terms),
        decisions=list(model.runs),
        thresholds=model.evaluation.thresholds if model.evaluation else None,
        days=list(watched.days) if watched else [],
        alerts=list(watched.alerts) if watched else [],
        damage=list(model.damage),
    )
