"""The rows of a model's days, each day answered once."""

from datetime import date

from pipeline.arrivals import Arrived, Known, days_of, read_arrived, recorded_cut
from pipeline.artifacts import Paths
from pipeline.config import load_block
from pipeline.labels import read_late
from pipeline.outcome import Outcome
from pipeline.registry import Registered, read_version
from pipeline.watch import Scored, Watched, score


class Stream:
    """A model's days, each answered once: a backfill looks at them again and again."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.block = load_block(paths.root, paths.model)
        self.labels = read_late(paths, self.block)
        self.first = next(iter(days_of(paths)), None)
        self._versions: dict[str, Registered] = {}
        self._scored: dict[tuple[str, date], Scored] = {}

    def watched(self, version: str) -> Watched:
        """
        Say what is watched when a version is in production.

        Raises:
            RegistryError: The version is not there, or damaged.
        """
        one = self._registered(version)
        return Watched(self.block, one.card, one.model.signature)

    def arrived(self, version: str, day: date, today: date) -> tuple[Arrived, Scored]:
        """Read a day's rows as they are known on another day, and answer them."""
        registered = self._registered(version)
        model, known = registered.model, Known(self.labels, today, recorded_cut(registered.card))
        found = read_arrived(self.paths, self.block, model.signature, day, known)
        before = self._scored.get((version, day))
        if before is None or len(before) != len(found.rows):
            before = self._scored[version, day] = score(model, found.rows)
        told = before.outcome
        outcome = Outcome(found.rows.target, told.told, told.probabilities)
        return found, Scored(found.rows, outcome)

    def _registered(self, version: str) -> Registered:
        if version not in self._versions:
            self._versions[version] = read_version(self.paths, version)
        return self._versions[version]
