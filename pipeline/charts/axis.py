"""Where a value stands between the two ends of an axis, in percent."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pipeline.charts.ticks import Tick, date_ticks, number_ticks

_FEW = 7


@dataclass(frozen=True)
class Axis:
    """An axis: its ends, its ticks, and what it measures."""

    low: float
    high: float
    ticks: tuple[Tick, ...] = ()
    title: str = ""

    def at(self, value: float) -> float:
        """Say how far along a value stands, in percent; in the middle if the axis has no length."""
        # Halves, because the whole distance between two huge numbers may be infinite.
        length = self.high / 2 - self.low / 2
        return 100 * (value / 2 - self.low / 2) / length if length else 50.0


def is_number(value: float | None) -> bool:
    """Whether there is something to draw."""
    return value is not None and math.isfinite(value)


def number_axis(values: Iterable[float | None], title: str = "", margin: float = 0.08) -> Axis:
    """Make an axis that holds all numbers, with room at both ends."""
    found = [value for value in values if value is not None and math.isfinite(value)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    room = (high / 2 - low / 2) * 2 * margin or abs(high) * margin or 1.0
    low, high = _finite(low - room), _finite(high + room)
    return Axis(low, high, number_ticks(low, high), title)


def _finite(value: float) -> float:
    return math.copysign(min(abs(value), 1.7e308), value)


def share_axis(title: str = "") -> Axis:
    """Make an axis from 0 to 1, with quarters."""
    ticks = tuple(Tick(quarter / 4, f"{quarter / 4:g}") for quarter in range(5))
    return Axis(0.0, 1.0, ticks, title)


def date_axis(days: Iterable[date], title: str = "") -> Axis:
    """Make an axis of days; few of them stand off its ends, a lone one in the middle."""
    found = sorted(days)
    if not found:
        return Axis(0.0, 1.0, (), title)
    first, last = found[0], found[-1]
    room = 1 if (last - first).days < _FEW else 0
    ticks = date_ticks(first, last)
    return Axis(first.toordinal() - room, last.toordinal() + room, ticks, title)
