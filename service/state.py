"""Everything that a request may need."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry

from modelpress.encode import Row
from modelpress.errors import FileError
from modelpress.explanation import Explainer
from service.access import Access, Limiter
from service.answering import Answered, Limits
from service.host import Host
from service.latest import newest_rows
from service.log import AccessLog
from service.metrics import registry_of
from service.policy import Policy
from service.prediction_rows import unknown_fields
from service.predictions import PredictionLog, Told
from service.rollout import Rollout
from service.served import Served
from service.settings import Settings
from service.sketch import Sketch
from service.wording import Wording, read_endpoint

SKETCHES_AT_MOST = 64
QUEUED_ROWS = 20_000
"""Rows that may wait to be written into the prediction log."""


@dataclass
class Service:
    """
    The models and what stands around them.

    Attributes:
        faults: Statuses and seconds that the next questions get, with --debug alone.
        predictions: Keeps every answer, where an operator has named a file.
        explainers: By the digest of a version's bytes.
        sketches: What came in, counted on the bins of the card; by digest, too.
        closing: Called once when the service ends.
    """

    host: Host
    access: Access
    log: AccessLog
    limits: Limits
    registry: CollectorRegistry
    wording: Wording
    rollout: Rollout
    predictions: PredictionLog | None = None
    faults: list[tuple[int, float]] = field(default_factory=list)
    explainers: dict[str, Explainer] = field(default_factory=dict)
    sketches: dict[str, Sketch] = field(default_factory=dict)
    closing: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def of(cls, host: Host) -> "Service":
        """
        Put it together as the settings say.

        Raises:
            FileError: A setting names what is not there.
        """
        settings = host.settings
        policy = Policy(unknown=settings.unknown == "refuse", beyond=settings.beyond == "refuse")
        _refuse_unknown(settings.redact, host)
        predictions = _open_log(settings)
        rollout = Rollout.of(settings.canary, settings.shadow)
        return cls(
            host=host,
            access=Access(settings.key, Limiter(settings.rate)),
            log=AccessLog(on=settings.access_log),
            limits=Limits(settings.max_rows, settings.deadline, policy),
            registry=registry_of(host, rollout, predictions),
            wording=Wording(read_endpoint(os.environ)),
            rollout=rollout,
            predictions=predictions,
            closing=[predictions.close] if predictions else [],
        )

    @property
    def settings(self) -> Settings:
        """How it runs."""
        return self.host.settings

    def latest(self, served: Served) -> Sequence[Row] | None:
        """Read the newest snapshot of a model; None if there is none."""
        return newest_rows(self.settings.folder, served.signature)

    def note(self, served: Served, answered: Answered) -> None:
        """Count an answer, and tell whoever watches."""
        if not answered.feeds:
            return
        served.counts.add(answered.answer)
        self.sketch(served).add(answered.feeds, answered.answer)
        if self.predictions is not None:
            self.predictions.offer(_told(served, answered))

    def sketch(self, served: Served) -> Sketch:
        """Give the sketch of a version; it outlives a reload of the same bytes."""
        found = self.sketches.get(served.model.sha256)
        if found is None:
            found = Sketch(served.signature, served.card.get("reference", {}))
            self.sketches[served.model.sha256] = found
            while len(self.sketches) > SKETCHES_AT_MOST:
                self.sketches.pop(next(iter(self.sketches)))
        return found


def _refuse_unknown(redact: Sequence[str], host: Host) -> None:
    """Refuse to keep back a field that no model has: the one that was meant would be kept."""
    lines = host.catalog.lines.values()
    signatures = [served.signature for line in lines for served in line.served.values()]
    if unknown := unknown_fields(redact, signatures):
        known = ", ".join(f"{x.model}.{field.name}" for x in signatures for field in x.inputs)
        raise FileError(f"`{unknown[0]}` is a field of no model", hint=f"there are {known[:400]}")


def _open_log(settings: Settings) -> PredictionLog | None:
    if not settings.log_predictions:
        return None
    return PredictionLog(
        Path(settings.log_predictions),
        limit_rows=settings.log_rows,
        redact=frozenset(settings.redact),
        queue_size=QUEUED_ROWS,
    )


def _told(served: Served, answered: Answered) -> Told:
    return Told(
        served.name,
        served.version,
        served.signature,
        answered.rows,
        answered.answer,
        answered.requests,
        answered.size,
    )
