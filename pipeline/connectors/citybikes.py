"""CityBikes v2: the stations of one network, as they are right now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pipeline.config.sources import CityBikes
from pipeline.connectors.delivery import Delivery
from pipeline.connectors.http import Limits, get, public
from pipeline.connectors.payload import moment, read_object, told_moment
from pipeline.errors import DataError

_LIMITS = Limits(most_bytes=64 * 1024**2, seconds=120)

Status = Literal["open", "closed", "stale", "unknown"]


@dataclass(frozen=True)
class Station:
    """
    A station at one moment. What is not known is None, never zero.

    Attributes:
        free: Bikes that can be taken, as the operator tells, even of a closed station.
        empty: Places that a bike can be brought to.
        slots: Places altogether.
        status: `closed`: the operator says so; `unknown`: it tells no count; `stale`: its last
            word is too old.
        updated: When the station itself last spoke.
    """

    id: str
    name: str
    latitude: float | None
    longitude: float | None
    free: int | None
    empty: int | None
    slots: int | None
    status: Status
    updated: datetime | None


@dataclass(frozen=True)
class Snapshot:
    """A network at one moment: the newest at which any of its stations was looked at."""

    at: datetime
    stations: tuple[Station, ...]


@dataclass(frozen=True)
class Network:
    """The service's page of one network."""

    source: CityBikes

    def fetch(self, etag: str = "") -> Delivery | None:
        """Ask for all stations at once: one request a poll."""
        url = f"{self.source.url.rstrip('/')}/{self.source.network}"
        answer = get(url, _LIMITS, etag)
        if answer is None:
            return None
        return Delivery(f"{self.source.network}.json", public(url), answer.content, answer.etag)


def snapshot(delivery: Delivery, source: CityBikes) -> Snapshot:
    """
    Read a payload.

    Raises:
        DataError: It is not what CityBikes v2 sends, or none of its moments can be read.
    """
    network = read_object(delivery.content, delivery.name).get("network")
    raw = network.get("stations") if isinstance(network, dict) else None
    if not isinstance(raw, list) or not raw:
        raise DataError(
            "there are no stations in it",
            hint=f"is `{source.network}` a network of {source.url}?",
            path=delivery.name,
        )
    told = [x for x in raw if isinstance(x, dict) and isinstance(x.get("id"), str) and x["id"]]
    at = _moment(told, delivery.name)
    found = {entry["id"]: _station(entry, at, source) for entry in told}
    kept = [x for key, x in sorted(found.items()) if not source.stations or key in source.stations]
    if not kept:
        raise DataError(
            f"none of the {len(found):,} stations is one of data.sources.<name>.stations",
            hint="name them by `id`",
            path=delivery.name,
        )
    return Snapshot(at, tuple(kept))


def _moment(told: list[dict[str, Any]], name: str) -> datetime:
    found = [x for entry in told if (x := told_moment(entry.get("timestamp")))]
    if not found:
        first = told[0].get("timestamp") if told else None
        try:
            return moment(first).replace(microsecond=0)
        except ValueError as error:
            message = f"no station has a timestamp that can be read; the first is `{first}`"
            raise DataError(message, path=name) from error
    return max(found).replace(microsecond=0)


def _station(entry: dict[str, Any], at: datetime, source: CityBikes) -> Station:
    raw = entry.get("extra")
    extra: dict[str, Any] = raw if isinstance(raw, dict) else {}
    free, empty = _count(entry.get("free_bikes")), _count(entry.get("empty_slots"))
    updated = told_moment(extra.get("last_updated", extra.get("latestUpdateTime")))
    return Station(
        id=entry["id"],
        name=str(entry.get("name") or entry["id"]),
        latitude=_degrees(entry.get("latitude")),
        longitude=_degrees(entry.get("longitude")),
        free=free,
        empty=empty,
        slots=_slots(extra.get("slots"), free, empty),
        status=_status(extra, free, at - updated if updated else None, source),
        updated=updated,
    )


def _count(value: object) -> int | None:
    """Read a count: a whole number, or one written as text."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        value = int(value) if len(value) < 10 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 1_000_000 else None


def _slots(told: object, free: int | None, empty: int | None) -> int | None:
    """Take the places that are told; else those that are taken and those that are not."""
    slots = _count(told)
    if slots:
        return slots
    return None if free is None or empty is None else free + empty


def _degrees(value: object) -> float | None:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and abs(float(value)) <= 360 else None  # type: ignore[arg-type] # a number by `plain`


def _status(
    extra: dict[str, Any], free: int | None, age: timedelta | None, source: CityBikes
) -> Status:
    if any(_closures(extra, source)):
        return "closed"
    if free is None:
        return "unknown"
    if age is not None and age > timedelta(minutes=source.stale_minutes):
        return "stale"
    return "open"


def _closures(extra: dict[str, Any], source: CityBikes) -> Iterator[bool]:
    """Every way in which operators say that no bike can be taken here."""
    yield any(extra.get(word) is False for word in ("renting", "installed", "online"))
    yield any(extra.get(word) is True for word in ("locked", "closed"))
    word = extra.get("status")
    told = isinstance(word, str) and bool(word.strip())
    yield told and str(word).strip().lower() not in source.open_words
