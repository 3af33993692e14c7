"""
What a day's rows say about a model in production, and which causes show in them.

The same whether the rows come from `data/<model>/current` or from a simulation.
"""

from dataclasses import dataclass

from modelpress.signature import Signature
from pipeline.bootstrap import days
from pipeline.card import Card
from pipeline.cbpe import estimate_metrics
from pipeline.config import ModelBlock
from pipeline.config.metrics import MetricId, metric_ids
from pipeline.drift import (
    Finding,
    answer_drift,
    at_prior,
    class_drift,
    class_shares,
    feature_drift,
    judge,
)
from pipeline.registry import PREDICTION, TARGET
from pipeline.watch.scored import UNLABELLED, Scored, join_scored, score
from pipeline.windows import Figures, figures, window_metrics

__all__ = [
    "UNLABELLED",
    "Scored",
    "Watched",
    "drift",
    "estimates",
    "join_scored",
    "performance",
    "score",
]


@dataclass(frozen=True)
class Watched:
    """A version in production, and how its block wants it watched."""

    block: ModelBlock
    card: Card
    signature: Signature

    @property
    def metrics(self) -> list[MetricId]:
        """What is measured: all that fits the task, the gate's metric first."""
        chosen = self.block.gate.metric
        return [
            chosen,
            *(x for x in metric_ids(self.signature.task, self.signature.positive) if x != chosen),
        ]

    @property
    def recent_days(self) -> int:
        """The newer half of the first window."""
        return max(1, self.block.monitor.windows_days[0] // 2)


def drift(watched: Watched, window: Scored, recent: Scored) -> list[Finding]:
    """
    Run every test on a window, judged together; none where it has too few rows.

    Args:
        watched: What is in production.
        window: The rows of the first window.
        recent: Those of its last days, `recent_days` of them.
    """
    monitor, reference = watched.block.monitor, watched.card.reference
    if len(window) < monitor.min_rows:
        return []
    known = [x.take(x.labelled).outcome for x in (window, recent)]
    shares = class_shares(known[0], len(window))
    found = [
        finding
        for field in watched.signature.inputs
        if field.name in reference
        for finding in feature_drift(
            field,
            at_prior(reference[field.name], shares),
            window.rows.features[field.name],
            monitor.limits,
        )
    ]
    if PREDICTION in reference:
        found += answer_drift(reference[PREDICTION], window.outcome, monitor.limits)
    if TARGET in reference and len(known[0]) >= monitor.min_rows:
        spans = [x for x in known if len(x) >= monitor.min_rows]
        found += class_drift(reference[TARGET], spans, monitor.limits)
    return judge(found, monitor.significance)


def performance(watched: Watched, window: Scored, metrics: list[MetricId]) -> Figures:
    """Measure on the rows of a window whose truth is known."""
    known = window.take(window.labelled)
    in_time = watched.block.split.method == "time"
    group = days(known.rows.moment) if in_time else known.rows.group
    return window_metrics(metrics, known.outcome, group, watched.block.split.seed)


def estimates(watched: Watched, window: Scored, metrics: list[MetricId]) -> Figures:
    """Estimate on all rows of a window, known or not; nothing for a regression or an old card."""
    curves = watched.card.reference.get(PREDICTION, {}).get("curves")
    if not curves or not len(window):
        return {}
    found = estimate_metrics(metrics, window.outcome, curves, watched.block.split.seed)
    return figures(metrics, found, len(window))
