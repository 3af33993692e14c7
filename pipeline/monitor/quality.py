"""What is to be said of the feed: gaps, days that cannot be read, values that are none."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from pipeline.alerts import Sign
from pipeline.arrivals import Arrived
from pipeline.config.watch import Monitor
from pipeline.daybook import Quality
from pipeline.rows import Rows
from pipeline.watch import Scored

_LONGEST_GAP = 366


class Feed(NamedTuple):
    """
    The days of the longest window, the oldest first.

    Attributes:
        first: The first day that has a file at all.
        last: The last day that was watched before.
        repeated: Rows whose id had been there before.
    """

    days: Sequence[Arrived]
    first: date | None
    last: date | None
    repeated: int

    @property
    def today(self) -> Arrived:
        """The day that is watched."""
        return self.days[-1]


def first_of_each(parts: Sequence[Scored]) -> tuple[list[Scored], int]:
    """Leave out rows whose id was there before; say how many."""
    seen: set[object] = set()
    kept, repeated = [], 0
    for part in parts:
        names = part.rows.row.tolist()
        new = np.zeros(len(names), np.bool_)
        for i, name in enumerate(names):
            new[i] = name not in seen
            seen.add(name)
        repeated += int((~new).sum())
        kept.append(part.take(new) if len(part) else part)
    return kept, repeated


def quality(feed: Feed, windows: Mapping[int, Scored], monitor: Monitor) -> Quality:
    """Gather it."""
    today = feed.today
    return Quality(
        days_without_rows=[
            x.day.isoformat() for x in feed.days if not len(x.rows) and _was_expected(x.day, feed)
        ],
        unmonitored=_between(feed.last, today.day),
        faults={x.day.isoformat(): x.fault for x in feed.days if x.fault},
        absent=today.absent,
        unreadable=today.unreadable,
        missing=_missing(today.rows),
        strange_labels=today.strange_labels,
        ahead=today.ahead,
        repeated=feed.repeated,
        labelled=int(windows[max(windows)].labelled.sum()),
        too_few=len(windows[monitor.windows_days[0]]) < monitor.min_rows,
    )


def feed_gap(feed: Feed) -> Sign | None:
    """Say that nothing has come today, although it had begun to."""
    today = feed.today
    if len(today.rows) or not _was_expected(today.day, feed):
        return None
    why = f"its file cannot be read: {today.fault}" if today.fault else "there is none"
    return Sign(f"no rows on {today.day.isoformat()}: {why}", "look at the feed")


def _was_expected(day: date, feed: Feed) -> bool:
    return feed.first is not None and day > feed.first


def _between(last: date | None, day: date) -> list[str]:
    """List the days between two that were watched; of a gap of years, the newest."""
    if last is None:
        return []
    gap = (day - last).days - 1
    return [(day - timedelta(days=i)).isoformat() for i in range(min(gap, _LONGEST_GAP), 0, -1)]


def _missing(rows: Rows) -> dict[str, float]:
    if not len(rows):
        return {}
    return {
        name: round(float(np.mean(np.isnan(x) if x.dtype == np.float32 else x == "")), 6)
        for name, x in rows.features.items()
    }
