"""
What the service holds: the models at this moment, and where the next ones come from.

A look for new versions (`refresh`) may take long and runs beside the event loop. It ends in one
assignment: requests see the models before it or after it, never between. Whatever fails to load
leaves the last good version where it is, and says why.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace

from modelpress.errors import FileError
from modelpress.golden import TOLERANCE, golden_distance
from modelpress.model import Model
from service.catalog import Catalog, Line
from service.counts import Counts, Traffic
from service.drift import Drift, DriftFiles
from service.problem import Problem
from service.served import Served
from service.settings import Settings
from service.source import Source

PINNED_AT_MOST = 8
_SECONDS_TO_FORGET = 30
_REFUSED_AT_MOST = 1_000
_STAGES = ("production", "staging")


@dataclass
class Host:
    """
    The models, and what is counted about them.

    Attributes:
        catalog: As it stands; replaced as a whole.
        loads: How often a version was `loaded` or `refused`, by model and result.
        changed: Called in the thread that refreshed, after the catalog was replaced.
    """

    settings: Settings
    source: Source
    catalog: Catalog = field(default_factory=Catalog)
    traffic: Traffic = field(default_factory=Traffic)
    loads: Counter[tuple[str, str]] = field(default_factory=Counter)
    started: float = field(default_factory=time.time)
    changed: list[Callable[[], None]] = field(default_factory=list)
    draining: bool = False
    drifts: DriftFiles = field(init=False)
    _stamp: Hashable = None
    _refused: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Find where monitoring writes."""
        self.drifts = DriftFiles(self.settings.folder / "monitoring")

    def drift(self, name: str) -> Drift | None:
        """Give what monitoring last said of a model; None if nothing."""
        return self.drifts.newest(name)

    def refresh(self, *, force: bool = False) -> bool:
        """Look for new versions; returns whether something has changed."""
        with self._lock:
            try:
                stamp = self.source.stamp()
                if stamp == self._stamp and not force:
                    return False
                self.catalog = Catalog({line.name: line for line in self._lines()})
            except FileError as error:
                self._fail(error)
                return False
            # What has failed may have been a moment's fault of the network: it is tried again.
            failed = any(line.fault for line in self.catalog.lines.values())
            self._stamp = None if failed else stamp
        for call in self.changed:
            call()
        return True

    def _fail(self, error: FileError) -> None:
        lines = {name: replace(x, fault=error.message) for name, x in self.catalog.lines.items()}
        self.catalog = Catalog(lines)

    def _lines(self) -> Iterator[Line]:
        before = self.catalog.lines
        for name in self.source.names():
            old = before.get(name, Line(name))
            try:
                yield self._line(old)
            except FileError as error:
                self.loads[name, "refused"] += 1
                yield replace(old, fault=error.message)

    def _line(self, old: Line) -> Line:
        """Load what the pointers name; a pointer to what does not load stays where it was."""
        pointers = self.source.line(old.name)
        new = replace(old, versions=tuple(pointers.versions), served=dict(old.served), fault="")
        for stage in _STAGES:
            version = getattr(pointers, stage)
            try:
                if version:
                    served = self._served(new, version)
                    new = replace(new, served={**new.served, version: served})
                new = replace(new, **{stage: version})
            except FileError as error:
                self.loads[old.name, "refused"] += 1
                new = replace(new, fault=f"{version}: {error.message}")
        return _without_the_past(new)

    def _served(self, old: Line, version: str) -> Served:
        """Load a version, unless the same bytes are loaded already."""
        fetched = self.source.fetch(old.name, version)
        there = old.served.get(version)
        if there is not None and there.model.sha256 == fetched.card.get("sha256"):
            return replace(there, card=fetched.card)
        model = Model(fetched.content, version=version)
        _refuse_other_answers(model, fetched.card)
        self.loads[old.name, "loaded"] += 1
        return Served(old.name, model, fetched.card, there.counts if there else Counts())

    def find(self, reference: str) -> Served:
        """
        Find the version that a reference means; one that is not loaded is loaded now.

        Raises:
            Problem: 404, there is none; 503, it cannot be loaded.
        """
        line, stage = self.catalog.split(reference)
        if (served := line.at(stage)) is not None:
            return served
        if stage in _STAGES:
            detail = f"`{line.name}` has no version in {stage}"
            raise Problem(503 if line.fault else 404, line.fault or detail)
        return self._pinned(line, stage)

    def _pinned(self, line: Line, version: str) -> Served:
        if version not in line.versions:
            hint = f"there are {', '.join(line.versions[-10:]) or 'none'}"
            raise Problem(404, f"`{line.name}` has no version {version}", hint=hint)
        if (refused := self._refused.get((line.name, version))) and time.monotonic() < refused[0]:
            raise Problem(503, refused[1], headers={"Retry-After": str(_SECONDS_TO_FORGET)})
        try:
            served = self._served(line, version)
        except FileError as error:
            self.loads[line.name, "refused"] += 1
            message = self._refuse(line.name, version, error)
            raise Problem(503, message) from error
        with self._lock:
            now = self.catalog.lines.get(line.name, line)
            kept = _without_the_past(replace(now, served={**now.served, version: served}))
            self.catalog = Catalog({**self.catalog.lines, line.name: kept})
        return served

    def _refuse(self, name: str, version: str, error: FileError) -> str:
        """Remember what does not load: whoever asks again must not have it downloaded again."""
        message = f"`{name}@{version}` cannot be loaded: {error.message}"
        self._refused[name, version] = (time.monotonic() + _SECONDS_TO_FORGET, message)
        while len(self._refused) > _REFUSED_AT_MOST:
            self._refused.pop(next(iter(self._refused)))
        return message

    def main_model(self) -> str:
        """
        Name the model that the short forms ask.

        Raises:
            Problem: 404, there are several, and none was chosen.
        """
        if self.settings.model:
            return self.settings.model
        names = sorted(self.catalog.lines)
        if len(names) == 1:
            return names[0]
        hint = (
            f"ask /models/{{model}}/..., of {', '.join(names) or 'none'}, or set MODELPRESS_MODEL"
        )
        raise Problem(404, f"the short forms need one model, and there are {len(names)}", hint=hint)


def _without_the_past(line: Line) -> Line:
    """Let go of what no pointer names any more, but for the versions asked for last."""
    named = {line.production, line.staging}
    others = [version for version in line.served if version not in named][-PINNED_AT_MOST:]
    kept = {v: s for v, s in line.served.items() if v in named or v in others}
    return replace(line, served=kept)


def _refuse_other_answers(model: Model, card: dict[str, object]) -> None:
    golden = card.get("golden")
    if not isinstance(golden, list) or not golden:
        raise FileError("its card has no golden rows", hint="restore card.json from Git")
    distance = golden_distance(model, golden)
    if not distance <= TOLERANCE:
        raise FileError(
            f"its golden rows are answered otherwise (off by {distance:.2g})",
            hint="another onnxruntime? install requirements/service.lock",
        )
