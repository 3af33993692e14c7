"""Everything that a request may need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from modelpress.encode import Row
from service.access import Access, Limiter
from service.answering import Answered, Limits
from service.host import Host
from service.latest import newest_rows
from service.log import AccessLog
from service.metrics import registry_of
from service.policy import Policy
from service.served import Served
from service.settings import Settings


@dataclass
class Service:
    """
    The models and what stands around them.

    Attributes:
        faults: Statuses and seconds that the next questions get, with --debug alone.
        watchers: Told of every answer: counters, sketches, the prediction log.
        closing: Called once when the service ends.
    """

    host: Host
    access: Access
    log: AccessLog
    limits: Limits
    registry: CollectorRegistry
    faults: list[tuple[int, float]] = field(default_factory=list)
    watchers: list[Callable[[Served, Answered], None]] = field(default_factory=list)
    closing: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def of(cls, host: Host) -> "Service":
        """Put it together as the settings say."""
        settings = host.settings
        policy = Policy(unknown=settings.unknown == "refuse", beyond=settings.beyond == "refuse")
        return cls(
            host=host,
            access=Access(settings.key, Limiter(settings.rate)),
            log=AccessLog(on=settings.access_log),
            limits=Limits(settings.max_rows, settings.deadline, policy),
            registry=registry_of(host),
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
        if answered.feeds:
            served.counts.add(answered.answer)
            for watch in self.watchers:
                watch(served, answered)
