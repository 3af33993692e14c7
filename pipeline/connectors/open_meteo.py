"""Open-Meteo: the weather of a place, hour by hour, in one set of units and in UTC."""

import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pipeline.clock import now
from pipeline.config.sources import OpenMeteo
from pipeline.connectors.delivery import Delivery
from pipeline.connectors.http import Limits, RefusedError, get, public
from pipeline.connectors.payload import local_moment, read_object
from pipeline.errors import DataError

_LIMITS = Limits(most_bytes=64 * 1024**2, seconds=120)
_ADDRESSES = {
    "forecast": "https://api.open-meteo.com/v1/forecast",
    "archive": "https://archive-api.open-meteo.com/v1/archive",
}

_FROM: dict[str, dict[str, Callable[[float], float]]] = {
    "degrees C": {
        "°C": lambda x: x,
        "°F": lambda x: (x - 32) * 5 / 9,
        "K": lambda x: x - 273.15,
    },
    "m/s": {
        "m/s": lambda x: x,
        "km/h": lambda x: x / 3.6,
        "mp/h": lambda x: x * 0.44704,
        "mph": lambda x: x * 0.44704,
        "kn": lambda x: x * 1852 / 3600,
    },
    "mm": {"mm": lambda x: x, "cm": lambda x: x * 10, "inch": lambda x: x * 25.4},
    "%": {"%": lambda x: x},
}


class _Variable(NamedTuple):
    """What we call it, the unit it comes out in, and whether it is a sum over the hour before."""

    name: str
    unit: str
    sums: bool = False


# By Open-Meteo's names, those before 2024 included.
_VARIABLES = {
    "temperature_2m": _Variable("temperature", "degrees C"),
    "temperature": _Variable("temperature", "degrees C"),
    "relative_humidity_2m": _Variable("humidity", "%"),
    "relativehumidity_2m": _Variable("humidity", "%"),
    "precipitation": _Variable("precipitation", "mm", sums=True),
    "rain": _Variable("rain", "mm", sums=True),
    "wind_speed_10m": _Variable("wind", "m/s"),
    "windspeed_10m": _Variable("wind", "m/s"),
    "windspeed": _Variable("wind", "m/s"),
}
_ASKED = "temperature_2m,relative_humidity_2m,precipitation,wind_speed_10m"
_HOUR = 3600


@dataclass(frozen=True)
class Weather:
    """
    The weather at a moment: temperature (degrees C), wind (m/s), humidity (%).

    Precipitation and rain are mm in the hour before. What is missing is None.
    """

    at: datetime
    values: Mapping[str, float | None]


@dataclass(frozen=True)
class Place:
    """The service's answer for one place."""

    source: OpenMeteo

    def fetch(self, etag: str = "") -> Delivery | None:
        """Ask for the hours of the last days up to now, in UTC and in our own units."""
        url = f"{self.source.url or _ADDRESSES[self.source.service]}?{self._query()}"
        name = f"{self.source.service}.json"
        try:
            answer = get(url, _LIMITS, etag)
        except RefusedError as error:
            _refuse_reason(error.body, name)
            raise
        if answer is None:
            return None
        return Delivery(name, public(url), answer.content, answer.etag)

    def _query(self) -> str:
        source, today = self.source, now().date()
        words: dict[str, object] = {
            "latitude": source.latitude,
            "longitude": source.longitude,
            "hourly": _ASKED,
            "wind_speed_unit": "ms",
            "timezone": "GMT",
        }
        if source.service == "archive":
            words["start_date"] = today - timedelta(days=source.past_days)
            words["end_date"] = today
        else:
            words |= {"past_days": source.past_days, "forecast_days": 1}
        return urllib.parse.urlencode(words)


def _refuse_reason(body: bytes, name: str) -> None:
    """
    Say why the service refuses, if it says so.

    Raises:
        DataError: The reason.
    """
    try:
        said = read_object(body, name)
    except DataError:
        return  # no reason is given; the status must do
    _refuse_error(said, name)


def _refuse_error(said: dict[str, Any], name: str) -> None:
    if said.get("error"):
        raise DataError(
            f"Open-Meteo says: {str(said.get('reason', 'no reason'))[:200]}",
            hint="check the coordinates and days under data.sources",
            path=name,
        )


def weather(delivery: Delivery) -> list[Weather]:
    """
    Read a payload, oldest moment first: the hours, and the current weather if it is there.

    Raises:
        DataError: The service reports an error, a unit is unknown, or the payload is not whole.
    """
    said = read_object(delivery.content, delivery.name)
    _refuse_error(said, delivery.name)
    offset = said.get("utc_offset_seconds", 0)
    if not isinstance(offset, int | float) or isinstance(offset, bool):
        raise DataError(f"utc_offset_seconds is `{offset!r}`", path=delivery.name)
    found = [*_current(said, offset, delivery.name), *_hours(said, offset, delivery.name)]
    if not found:
        raise DataError("there is no weather in it", path=delivery.name)
    return sorted(found, key=lambda entry: entry.at)


def _hours(said: dict[str, Any], offset: float, name: str) -> Iterator[Weather]:
    block = said.get("hourly")
    if not isinstance(block, dict):
        return
    times = block.get("time")
    if not isinstance(times, list):
        raise DataError("`hourly` has no `time`", path=name)
    columns = {
        key: _converted(block[key], unit, key, name) for key, unit in _units(said, "hourly", name)
    }
    for key, column in columns.items():
        if len(column) != len(times):
            message = f"`{key}` has {len(column):,} values for {len(times):,} hours"
            raise DataError(message, hint="try again", path=name)
    for index, time in enumerate(times):
        values = _named({key: column[index] for key, column in columns.items()})
        yield Weather(_moment(time, offset, name), values)


def _current(said: dict[str, Any], offset: float, name: str) -> Iterator[Weather]:
    """Read the current weather; what is summed over less than an hour is left out."""
    block = "current" if "current" in said else "current_weather"
    told = said.get(block)
    if not isinstance(told, dict):
        return
    hourly = told.get("interval", _HOUR) == _HOUR
    values = {
        key: _converted([told[key]], unit, key, name)[0]
        for key, unit in _units(said, block, name)
        if hourly or not _VARIABLES[key].sums
    }
    yield Weather(_moment(told.get("time"), offset, name), _named(values))


def _units(said: dict[str, Any], block: str, name: str) -> Iterator[tuple[str, str]]:
    """
    Give the variables of a block that we know, each with its unit.

    Raises:
        DataError: One names no unit: nothing can be said about its numbers.
    """
    units = said.get(f"{block}_units")
    for key in said[block]:
        if key not in _VARIABLES:
            continue
        unit = units.get(key) if isinstance(units, dict) else None
        if not isinstance(unit, str):
            raise DataError(f"`{key}` names no unit in `{block}_units`", path=name)
        yield key, unit


def _converted(values: object, unit: str, key: str, name: str) -> list[float | None]:
    wanted = _VARIABLES[key].unit
    convert = _FROM[wanted].get(unit)
    if convert is None:
        known = ", ".join(_FROM[wanted])
        message = f"`{key}` comes in `{unit}`, and that cannot be turned into {wanted}"
        raise DataError(message, hint=f"ask for one of {known}", path=name)
    if not isinstance(values, list):
        raise DataError(f"`{key}` is no list", path=name)
    return [None if x is None else round(convert(_number(x, key, name)), 4) for x in values]


def _number(value: object, key: str, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"`{key}` has the value `{value!r}`, which is no number", path=name)
    return float(value)


def _named(values: dict[str, float | None]) -> dict[str, float | None]:
    return {_VARIABLES[key].name: value for key, value in values.items()}


def _moment(value: object, offset: float, name: str) -> datetime:
    try:
        return local_moment(value, offset)
    except ValueError as error:
        raise DataError(f"the time `{value}` cannot be read", path=name) from error
