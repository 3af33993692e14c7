"""
More than one version at a time: a share of the callers, or in the shadow of every answer.

A canary answers the callers whose hash falls under its share, always the same ones. A shadow is
asked what production was asked, after the reply, and is only counted.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from modelpress.encode import Feeds
from modelpress.errors import FileError
from modelpress.model import Answer
from service.served import Served

_CANARY = re.compile(r"([a-z][a-z0-9-]{0,39})@([a-z0-9.]+)=(0?\.\d+|0|1|1\.0)")
_SHADOW = re.compile(r"([a-z][a-z0-9-]{0,39})@([a-z0-9.]+)")


@dataclass(frozen=True)
class Canary:
    """A stage or version, and the share of the callers that it answers."""

    stage: str
    share: float


@dataclass
class Rollout:
    """
    Which version answers whom.

    Attributes:
        canaries: By model.
        shadows: A stage or version by model.
        seen: Rows that a shadow answered, by model, version and whether it told the `same` label
            or an `other` one; `failed` where it could not be asked.
    """

    canaries: dict[str, Canary] = field(default_factory=dict)
    shadows: dict[str, str] = field(default_factory=dict)
    seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, canaries: Sequence[str], shadows: Sequence[str]) -> "Rollout":
        """
        Read what an operator has written.

        Raises:
            FileError: It is not of the form.
        """
        found = cls()
        for text in canaries:
            if (match := _CANARY.fullmatch(text)) is None:
                raise FileError(f"`{text}` is no canary", hint="of the form model@staging=0.1")
            found.canaries[match[1]] = Canary(match[2], float(match[3]))
        for text in shadows:
            if (match := _SHADOW.fullmatch(text)) is None:
                raise FileError(f"`{text}` is no shadow", hint="of the form model@staging")
            found.shadows[match[1]] = match[2]
        return found

    @property
    def models(self) -> frozenset[str]:
        """The models of which more than one version is asked."""
        return frozenset({*self.canaries, *self.shadows})

    def chosen(self, name: str, caller: str) -> str:
        """Name the stage or version that answers a caller."""
        canary = self.canaries.get(name)
        if canary is None:
            return "production"
        digest = hashlib.sha256(f"{name}:{caller}".encode("utf-8", "replace")).digest()
        return canary.stage if int.from_bytes(digest[:8]) / 2**64 < canary.share else "production"

    def compare(self, shadow: Served, live: Served, feeds: Feeds, told: Answer) -> None:
        """Ask the shadow what was asked, and count whether it says the same."""
        rows, names = len(told.labels) or len(told.values), (shadow.name, shadow.version)
        if shadow.signature.interface != live.signature.interface:
            self.seen[*names, "failed"] += rows
            return
        other = shadow.model.answer(feeds)
        ours, theirs = (
            (told.labels, other.labels) if len(told.labels) else (told.values, other.values)
        )
        same = int((ours == theirs).sum())
        self.seen[*names, "same"] += same
        self.seen[*names, "other"] += rows - same
