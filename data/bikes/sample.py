"""
Write the bikes sample: a made-up town with ten stations, polled every hour for five weeks.

People ride from homes to offices in the morning and back in the evening, on weekends to the lake,
and less in the rain; a van evens out at night. Two stations close after midnight, one is out of
order for two days, one tells no count for an afternoon, and the service is silent three times. The
polls go through the product's own code, which makes the rows of them.
"""

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pipeline.config import load_block
from pipeline.polls import table_of
from pipeline.polls.poll import Poll, Seen
from pipeline.polls.series import Place as Where
from pipeline.source import canonical
from pipeline.table import table_bytes

SEED = 20260924
DAYS = 35
START = datetime(2026, 9, 24, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Dublin")
SILENCES = {(6, 9), (15, 17), (24, 3)}
"""Day and hour from which the service says nothing for three hours."""
OUT_OF_ORDER = ("s03", range(11, 13))
NO_COUNT = ("s08", 20, range(12, 17))


class Place(NamedTuple):
    """A station: who uses it, its size, where it is, and whether it closes at night."""

    id: str
    kind: str
    slots: int
    at: tuple[float, float]
    closes: bool = False


PLACES = (
    Place("s01", "home", 20, (53.331, -6.285)),
    Place("s02", "home", 30, (53.328, -6.262)),
    Place("s03", "home", 24, (53.356, -6.292)),
    Place("s04", "home", 16, (53.362, -6.271), closes=True),
    Place("s05", "office", 30, (53.344, -6.263)),
    Place("s06", "office", 40, (53.347, -6.243)),
    Place("s07", "office", 20, (53.34, -6.253)),
    Place("s08", "lake", 24, (53.336, -6.239), closes=True),
    Place("s09", "lake", 16, (53.358, -6.305)),
    Place("s10", "rail", 30, (53.352, -6.248)),
)
# Bikes an hour that leave (above zero) or come, per 30 slots: by kind and part of the day.
RUSH = {"home": 9.0, "office": -10.0, "lake": 0.5, "rail": -6.0}
LEISURE = {"home": 2.5, "office": 1.0, "lake": -5.0, "rail": 1.5}


class Sky(NamedTuple):
    """The weather of an hour: degrees C, %, mm, m/s."""

    temperature: float
    humidity: float
    precipitation: float
    wind: float


def polls() -> list[Poll]:
    """Return every poll, oldest first."""
    rng = random.Random(SEED)
    free = {place.id: place.slots // 2 for place in PLACES}
    found = []
    for hour, sky in enumerate(skies(rng)):
        moment = START + timedelta(hours=hour)
        for place in PLACES:
            free[place.id] = moved(rng, place, free[place.id], moment, sky)
        if not silent(moment):
            seen = tuple(told(place, free[place.id], moment) for place in PLACES)
            found.append(Poll(f"{moment:%Y-%m-%dT%H:%M:%SZ}", seen, tuple(sky)))
    return found


def skies(rng: random.Random) -> Iterator[Sky]:
    """Yield the weather, hour by hour: warm afternoons, rain that lasts for hours."""
    rain = wind = 0.0
    for hour in range(24 * DAYS):
        warmth = 12 - hour / 200 + 4 * math.sin((hour % 24 - 9) / 24 * 2 * math.pi)
        if rng.random() < (0.25 if rain else 0.04):
            rain = 0.0 if rain else round(rng.expovariate(1), 1)
        wind = round(min(15.0, max(0.0, 0.8 * wind + rng.uniform(-1, 2.5))), 1)
        humidity = min(100, round(70 + 15 * bool(rain) + rng.gauss(0, 5)))
        yield Sky(round(warmth + rng.gauss(0, 0.7), 1), humidity, rain, wind)


def moved(rng: random.Random, place: Place, free: int, moment: datetime, sky: Sky) -> int:
    """Return the bikes that stand there an hour later."""
    local = moment.astimezone(ZONE)
    if is_closed(place, moment):
        return free
    if local.hour == 3:  # the van: half way back to the middle
        return round((free + place.slots / 2) / 2)
    mood = 0.4 if sky.precipitation > 0.3 else 1.0
    size = place.slots / 30
    net = flow(place.kind, local) * size * mood
    noise = rng.gauss(0, 0.9 + 0.12 * abs(net))
    return min(place.slots, max(0, round(free - net + noise)))


def flow(kind: str, local: datetime) -> float:
    """Return the bikes that leave in an hour, on average; below zero, they come."""
    hour = local.hour
    if local.weekday() < 5:
        rush = bell(hour, 8) - bell(hour, 17)
        return RUSH[kind] * rush + 0.4 * LEISURE[kind] * (bell(hour, 18) - bell(hour, 21))
    return LEISURE[kind] * (bell(hour, 11) + bell(hour, 14) - bell(hour, 18) - bell(hour, 20))


def bell(hour: float, middle: float) -> float:
    """Return how much of a wave of riders falls into an hour."""
    return math.exp(-(((hour - middle) / 1.3) ** 2) / 2)


def is_closed(place: Place, moment: datetime) -> bool:
    """Whether a station lets nobody ride now."""
    at_night = place.closes and moment.astimezone(ZONE).hour < 5
    return at_night or (place.id == OUT_OF_ORDER[0] and day_of(moment) in OUT_OF_ORDER[1])


def silent(moment: datetime) -> bool:
    """Whether the service says nothing at all."""
    day, hour = day_of(moment), moment.hour
    return any(day == when and start <= hour < start + 3 for when, start in SILENCES)


def day_of(moment: datetime) -> int:
    """Number the days from 0."""
    return (moment - START).days


def told(place: Place, free: int, moment: datetime) -> Seen:
    """Return what a station says of itself."""
    updated = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    station, day, hours = NO_COUNT
    if place.id == station and day_of(moment) == day and moment.hour in hours:
        return Seen(place.id, None, None, place.slots, "unknown", updated)
    status = "closed" if is_closed(place, moment) else "open"
    return Seen(place.id, free, place.slots - free, place.slots, status, updated)


def write(path: Path) -> None:
    """Write the table to `path` in one step and say what it holds."""
    block = load_block(Path(__file__).parents[2], "bikes")
    if block.data.polls is None:
        raise SystemExit("params.yaml: models.bikes.data.polls is not there")
    places = {place.id: Where(*place.at) for place in PLACES}
    table = canonical(block, table_of(block.data.polls, polls(), places), "the sample")
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(table_bytes(table.header, table.rows))
    draft.replace(path)
    enough = sum(float(row[-1]) >= 5 for row in table.rows)
    print(f"{path.name}: {len(table.rows)} rows (at least 5 bikes in {enough})")


if __name__ == "__main__":
    write(Path(__file__).with_name("table.csv"))
