"""
From polls to rows: a station at a moment, what was known then, and what came after.

Nothing of a row but its target is later than its moment. A count that nobody told stays missing,
and a station that was not open has no target: no bikes to be had is not the same as zero bikes.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.config.polls import Polls
from pipeline.polls.poll import WEATHER, Poll, Seen

ROW, AT = "row", "at"
_MINUTE = 60.0


class Place(NamedTuple):
    """Where a station is, in degrees."""

    latitude: float | None
    longitude: float | None


Places = Mapping[str, Place]
"""By the id of a station."""
_NOWHERE = Place(None, None)


class _Series:
    """What one station told, in order of time."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.seen: list[Seen] = []

    def near(self, time: float, slack: float) -> Seen | None:
        """Give what was told nearest to a moment; None if that is further off than the slack."""
        place = bisect_left(self.times, time)
        around = [i for i in (place - 1, place) if 0 <= i < len(self.times)]
        best = min(around, key=lambda i: abs(self.times[i] - time), default=None)
        if best is None or abs(self.times[best] - time) > slack:
            return None
        return self.seen[best]


def target_of(polls: Polls) -> str:
    """Name the column of what came after."""
    return f"free_bikes_in_{polls.horizon_minutes}"


def header_of(polls: Polls) -> list[str]:
    """Name the columns that the rows have; a block's features choose among them."""
    return [
        *(ROW, AT, "station", "status", "free_bikes", "empty_slots", "slots", "share"),
        *Place._fields,
        *(f"free_bikes_{lag}_ago" for lag in polls.lags_minutes),
        *("change", "hour", "weekday", *WEATHER, target_of(polls)),
    ]


def rows_of(
    polls: Polls, told: Sequence[Poll], places: Places, wanted: Sequence[Poll] | None = None
) -> Iterator[list[float | str | None]]:
    """
    Give a row per station and poll, in order of time.

    Args:
        polls: Lags, horizon and tolerance.
        told: The polls, in order of time.
        places: Where the stations are; one that is not named is nowhere.
        wanted: Those of them that rows are asked of; left out: all.
    """
    zone, series = ZoneInfo(polls.timezone), _series(told)
    for poll in told if wanted is None else wanted:
        moment = poll.moment
        common = [*_calendar(moment, zone), *poll.weather]
        for seen in poll.stations:
            where = places.get(seen.station, _NOWHERE)
            own = _own(polls, series[seen.station], seen, where, moment.timestamp())
            after = _after(polls, series[seen.station], moment.timestamp())
            yield [f"{seen.station}@{poll.at}", poll.at, *own, *common, after]


def _series(told: Sequence[Poll]) -> dict[str, _Series]:
    found: dict[str, _Series] = {}
    for poll in told:
        time = poll.moment.timestamp()
        for seen in poll.stations:
            own = found.setdefault(seen.station, _Series())
            own.times.append(time)
            own.seen.append(seen)
    return found


def _calendar(moment: datetime, zone: tzinfo) -> list[float | str | None]:
    """Hour of the day and day of the week (Monday is 0) on the clocks of the place."""
    local = moment.astimezone(zone)
    return [round(local.hour + local.minute / 60, 2), local.weekday()]


def _own(
    polls: Polls, series: _Series, seen: Seen, where: Place, time: float
) -> list[float | str | None]:
    before = [_before(polls, series, time, lag) for lag in polls.lags_minutes]
    known = seen.free is not None and seen.slots
    share = round(min(1.0, seen.free / seen.slots), 4) if known else None  # type: ignore[operator] # both are `known`
    changed = seen.free is not None and before and before[0] is not None
    change = seen.free - before[0] if changed else None  # type: ignore[operator] # both are known
    counts = (seen.station, seen.status, seen.free, seen.empty, seen.slots)
    return [*counts, share, *where, *before, change]


def _before(polls: Polls, series: _Series, time: float, lag: int) -> float | None:
    # A lag shorter than the tolerance must not see what is now, let alone what is later.
    slack = min(polls.tolerance_minutes, lag / 2) * _MINUTE
    seen = series.near(time - lag * _MINUTE, slack)
    return seen.free if seen else None


def _after(polls: Polls, series: _Series, time: float) -> float | None:
    slack = min(polls.tolerance_minutes, polls.horizon_minutes / 2) * _MINUTE
    seen = series.near(time + polls.horizon_minutes * _MINUTE, slack)
    return seen.free if seen and seen.status == "open" else None
