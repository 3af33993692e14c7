"""A payload of a service as a table of its own: stations at one moment, or hours of weather."""

from pipeline.clock import stamp
from pipeline.config.sources import CityBikes
from pipeline.connectors import Delivery
from pipeline.connectors.citybikes import snapshot
from pipeline.connectors.open_meteo import weather
from pipeline.source.cells import text_of
from pipeline.source.parse import Parsed

_STATION = ("station", "name", "free_bikes", "empty_slots", "slots", "status")


def stations(source: CityBikes, delivery: Delivery) -> Parsed:
    """Give a row per station."""
    found = snapshot(delivery, source)
    rows = [
        [stamp(found.at), x.id, x.name, *map(_text, (x.free, x.empty, x.slots)), x.status]
        for x in found.stations
    ]
    return Parsed(["polled_at", *_STATION], rows)


def hours(delivery: Delivery) -> Parsed:
    """Give a row per moment; an hour that is told twice counts once."""
    found = {stamp(entry.at): entry.values for entry in weather(delivery)}
    names = list(dict.fromkeys(name for values in found.values() for name in values))
    rows = [[at, *(_text(values.get(x)) for x in names)] for at, values in found.items()]
    return Parsed(["at", *names], rows)


def _text(value: float | None) -> str:
    return text_of(value) or ""
