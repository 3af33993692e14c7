"""A poll: what all stations said at one moment, and the weather there."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from pipeline.clock import stamp
from pipeline.connectors.citybikes import Snapshot
from pipeline.connectors.open_meteo import Weather

WEATHER = ("temperature", "humidity", "precipitation", "wind")
"""Degrees C, %, mm in the hour before, m/s."""
_OLDEST_WEATHER = timedelta(hours=3)


class Seen(NamedTuple):
    """A station in a poll; a count that is not known is None, and `updated` empty."""

    station: str
    free: int | None
    empty: int | None
    slots: int | None
    status: str
    updated: str


class Poll(NamedTuple):
    """
    What one poll brought.

    Attributes:
        at: The moment, in UTC, as the payload tells it: the same payload is the same poll.
        stations: By id.
        weather: In the order of `WEATHER`.
    """

    at: str
    stations: tuple[Seen, ...]
    weather: tuple[float | None, ...]

    @property
    def moment(self) -> datetime:
        """When it was."""
        return datetime.fromisoformat(self.at)

    @property
    def day(self) -> str:
        """The day in UTC whose file it belongs to."""
        return self.at[:10]


def poll_of(snapshot: Snapshot, hours: Iterable[Weather]) -> Poll:
    """Put a network and the weather at its moment together."""
    seen = tuple(
        Seen(x.id, x.free, x.empty, x.slots, x.status, _told(x.updated)) for x in snapshot.stations
    )
    return Poll(stamp(snapshot.at), seen, _weather_at(snapshot.at, hours))


def _told(moment: datetime | None) -> str:
    return stamp(moment.astimezone(UTC)) if moment else ""


def _weather_at(moment: datetime, hours: Iterable[Weather]) -> tuple[float | None, ...]:
    """Take of each figure the newest that was known: never a forecast, never an old one."""
    found: dict[str, float] = {}
    for hour in sorted(hours, key=lambda hour: hour.at):
        if moment - _OLDEST_WEATHER <= hour.at <= moment:
            found |= {name: x for name, x in hour.values.items() if x is not None}
    return tuple(found.get(name) for name in WEATHER)


def line_of(poll: Poll) -> str:
    """Write a poll as one line of JSON."""
    value = {"at": poll.at, "weather": poll.weather, "stations": poll.stations}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def poll_in(line: str) -> Poll:
    """
    Read the line of a poll.

    Raises:
        ValueError: It is none.
    """
    value: Any = json.loads(line)
    try:
        stations = tuple(Seen(*entry) for entry in value["stations"])
        poll = Poll(value["at"], stations, tuple(value["weather"]))
        sound = poll.moment.tzinfo is not None and len(poll.weather) == len(WEATHER)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("this is no poll") from error
    if not sound:
        raise ValueError("this is no poll")
    return poll


def merged(polls: Iterable[Poll]) -> list[Poll]:
    """Put polls in order, each moment once; the first that was told stands."""
    found: dict[str, Poll] = {}
    for poll in polls:
        found.setdefault(poll.at, poll)
    return [found[at] for at in sorted(found)]
