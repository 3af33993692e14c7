"""Asking the services of a model for polls, or what was recorded of them."""

import logging
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from pipeline.config.sources import CityBikes, OpenMeteo, Source
from pipeline.connectors import Connector, connect
from pipeline.connectors.citybikes import Snapshot, snapshot
from pipeline.connectors.open_meteo import Weather, weather
from pipeline.connectors.replay import recorded
from pipeline.errors import DataError
from pipeline.polls.poll import Poll, poll_of

log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """A poll, and the stations as the service describes them."""

    poll: Poll
    snapshot: Snapshot


class _Ways(NamedTuple):
    network: CityBikes
    stations: Connector
    weather: Connector | None


def ask(sources: Mapping[str, Source], replay: Path | None) -> Iterator[Asked]:
    """
    Poll once; or give every poll that was recorded, oldest first.

    A weather service that fails leaves the weather missing: the stations are worth having.

    Raises:
        DataError: The stations cannot be had.
    """
    for ways in _ways(sources, replay):
        delivery = ways.stations.fetch()
        if delivery is None:
            raise DataError("the server answers 304 Not Modified, and nobody asked")
        found = snapshot(delivery, ways.network)
        yield Asked(poll_of(found, _hours(ways.weather)), found)


def _ways(sources: Mapping[str, Source], replay: Path | None) -> Iterator[_Ways]:
    network = next((k, x) for k, x in sources.items() if isinstance(x, CityBikes))
    sky = next(((k, x) for k, x in sources.items() if isinstance(x, OpenMeteo)), None)
    if replay is None:
        yield _Ways(network[1], connect(network[1]), connect(sky[1]) if sky else None)
        return
    stations = recorded(replay, network[0])
    skies = recorded(replay, sky[0])[: len(stations)] if sky else []
    last = skies[-1] if skies else None
    for way, own in zip_longest(stations, skies, fillvalue=last):
        if way is not None:
            yield _Ways(network[1], way, own)


def _hours(way: Connector | None) -> list[Weather]:
    if way is None:
        return []
    try:
        delivery = way.fetch()
        return weather(delivery) if delivery else []
    except DataError as error:
        log.warning("the weather is missing: %s", "; ".join(error.lines()))
        return []
