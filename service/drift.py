"""What monitoring last said of a model: the newest day's file, read when it has changed."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STATES = ("ok", "suspect", "alert", "recovering")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json")
# The worst first.
_ORDER = ("alert", "recovering", "suspect")


@dataclass(frozen=True)
class Drift:
    """
    A day of monitoring.

    Attributes:
        state: The worst of its causes.
        features: How many features have drifted, as an alert says.
        day: The whole file.
    """

    state: str
    features: int
    day: dict[str, Any]


@dataclass
class DriftFiles:
    """The newest day's file of each model."""

    folder: Path
    _read: dict[str, tuple[str, int, Drift]] = field(default_factory=dict)

    def newest(self, model: str) -> Drift | None:
        """Give the newest day of a model; None if nobody has monitored it."""
        place = self._newest_file(model)
        if place is None:
            return None
        stamp = (place.name, place.stat().st_mtime_ns)
        known = self._read.get(model)
        if known is None or known[:2] != stamp:
            day = _day(place)
            if day is None:
                return known[2] if known else None
            self._read[model] = known = (*stamp, day)
        return known[2]

    def _newest_file(self, model: str) -> Path | None:
        folder = self.folder / model
        if not folder.is_dir():
            return None
        days = sorted(name for name in (x.name for x in folder.iterdir()) if _DAY.fullmatch(name))
        return folder / days[-1] if days else None


def _day(place: Path) -> Drift | None:
    """Read a day; a file that is just being replaced, or damaged, is no news."""
    try:
        day = json.loads(place.read_bytes())
        causes = {str(cause): str(entry["state"]) for cause, entry in day["alert"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    state = next((one for one in _ORDER if one in causes.values()), "ok")
    drifted = sum(state == "alert" and ":" in cause for cause, state in causes.items())
    return Drift(state, drifted, day)
