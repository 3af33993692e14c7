"""What services send, read: moments, stations, weather. What is missing stays missing."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.config.sources import CityBikes
from pipeline.connectors import Delivery
from pipeline.connectors.citybikes import Snapshot, Station, snapshot
from pipeline.connectors.open_meteo import Weather, weather
from pipeline.connectors.payload import local_moment, moment, read_object, told_moment
from pipeline.errors import DataError

NETWORK = CityBikes(connector="citybikes", network="town")


def sent(value: object) -> Delivery:
    return Delivery("payload.json", "", json.dumps(value).encode())


# Moments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-10-26T02:02:47.54Z", (2015, 10, 26, 2, 2, 47, 540_000)),
        ("2017-05-30T13:37:46.649000Z", (2017, 5, 30, 13, 37, 46, 649_000)),
        ("2025-08-19T23:30:26.439219+00:00Z", (2025, 8, 19, 23, 30, 26, 439_219)),
        ("2025-08-19T20:30:26-03:00Z", (2025, 8, 19, 23, 30, 26)),
        ("2025-08-19T23:30:26+00:00", (2025, 8, 19, 23, 30, 26)),
        (1755646044, (2025, 8, 19, 23, 27, 24)),
        ("1755646044", (2025, 8, 19, 23, 27, 24)),
        ("1445815427035", (2015, 10, 25, 23, 23, 47, 35_000)),
        (1755646044.5, (2025, 8, 19, 23, 27, 24, 500_000)),
    ],
)
def test_every_form_of_the_recorded_payloads_is_a_moment_in_utc(
    text: object, expected: tuple[int, ...]
) -> None:
    assert moment(text) == datetime(*expected, tzinfo=UTC)  # type: ignore[misc,arg-type] # spread


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, "", "Z", "soon", [], {}, 0, -1, "0", math.nan, math.inf, 1e300),
        *("2025-08-19T23:30:26", "20250819", "2025-13-01T00:00Z", "2025-08-19T23:30:26ZZ"),
        *("0001-01-01T00:00:00+23:00", "٣٤٥٣٤٥٣٤٥٣", "9999-12-31T23:59:59-23:59Z"),
    ],
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert told_moment(value) is None


FORMS = {
    "z": lambda at: f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z",
    "offset": lambda at: at.isoformat(),
    "both": lambda at: f"{at.isoformat()}Z",
    "seconds": lambda at: at.timestamp(),
    "milliseconds": lambda at: f"{round(at.timestamp() * 1000)}",
}
MOMENTS = st.datetimes(
    datetime(1974, 1, 1),  # noqa: DTZ001 - the zone comes beside
    datetime(2400, 1, 1),  # noqa: DTZ001 - the zone comes beside
    timezones=st.integers(-840, 840).map(lambda x: timezone(timedelta(minutes=x))),
)


@pytest.mark.parametrize("form", FORMS)
@given(at=MOMENTS)
def test_any_moment_comes_through_in_every_form(form: str, at: datetime) -> None:
    found = moment(FORMS[form](at))

    assert found.tzinfo == UTC
    assert abs(found - at) < timedelta(milliseconds=1)


@given(at=MOMENTS)
def test_a_local_time_beside_its_offset_is_the_same_moment(at: datetime) -> None:
    offset = at.utcoffset()
    assert offset is not None
    local = at.replace(tzinfo=None, second=0, microsecond=0)
    found = local_moment(local.isoformat(timespec="minutes"), offset.total_seconds())

    assert found == at.replace(second=0, microsecond=0)


@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_no_value_ends_a_moment_in_another_error(value: object) -> None:
    for read in (told_moment, lambda x: local_moment(x, 3600.0)):
        try:
            found = read(value)
        except ValueError:
            continue
        assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    ("content", "begins"),
    [(b"<!DOCTYPE html>", "<!DOCTYPE html>"), (b"[1]", "[1]"), (b"", ""), (b"\xff\xfe", "��")],
)
def test_what_is_no_object_is_refused_with_its_beginning(content: bytes, begins: str) -> None:
    with pytest.raises(DataError, match="no JSON object") as caught:
        read_object(content, "x")
    assert f"`{begins}`" in caught.value.message


# Stations

AT = "2026-07-01T12:00:00.5+00:00Z"
AT_UNIX = 1782907200


def station(**keys: Any) -> dict[str, Any]:
    plain = {"id": "a", "name": "A", "latitude": 1.5, "longitude": -2, "timestamp": AT}
    return {**plain, "free_bikes": 3, "empty_slots": 7, "extra": {}, **keys}


def read(*stations: Any, source: CityBikes = NETWORK) -> Snapshot:
    return snapshot(sent({"network": {"stations": list(stations)}}), source)


def only(**keys: Any) -> Station:
    return read(station(**keys)).stations[0]


def test_a_station_is_read() -> None:
    found = read(station(), station(id="b", timestamp="2026-07-01T11:59:58Z"))

    assert found.at == datetime(2026, 7, 1, 12, tzinfo=UTC), "the newest look at any of them"
    assert [x.id for x in found.stations] == ["a", "b"]
    assert found.stations[0] == Station("a", "A", 1.5, -2.0, 3, 7, 10, "open", None)


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({}, "open"),
        ({"renting": True, "installed": True, "locked": False, "status": "aktiv"}, "open"),
        ({"status": "OPEN"}, "open"),
        ({"status": "Wartung"}, "closed"),
        ({"status": {"online": True}}, "open"),
        ({"status": ""}, "open"),
        ({"renting": False}, "closed"),
        ({"installed": False}, "closed"),
        ({"online": False}, "closed"),
        ({"locked": True}, "closed"),
        ({"last_updated": AT_UNIX - 60}, "open"),
        ({"last_updated": AT_UNIX - 86_401}, "stale"),
        ({"latestUpdateTime": str(1000 * (AT_UNIX - 90_000))}, "stale"),
        ({"last_updated": 0}, "open"),
        ({"last_updated": "never"}, "open"),
        (None, "open"),
    ],
)
def test_what_an_operator_says_of_a_station_is_marked(extra: Any, status: str) -> None:
    found = only(extra=extra)

    assert found.status == status
    assert found.free == 3, "the count stays what was told"


@pytest.mark.parametrize("free", [None, "", "many", -1, True, 2.5, [], 10**9])
def test_a_count_that_is_not_told_is_unknown_and_never_zero(free: object) -> None:
    found = only(free_bikes=free)

    assert (found.free, found.slots, found.status) == (None, None, "unknown")
    assert only(free_bikes=free, extra={"renting": False}).status == "closed"
    assert only(empty_slots=free).empty is None


@pytest.mark.parametrize(("free", "count"), [(0, 0), ("26", 26), (19, 19), (4.0, 4)])
def test_a_count_may_be_a_number_or_text(free: object, count: int) -> None:
    assert only(free_bikes=free).free == count
    assert only(extra={"slots": free}).slots == (count or 10)


def test_only_the_stations_that_are_asked_for_are_kept() -> None:
    some = NETWORK.model_copy(update={"stations": ("b",)})

    assert [x.id for x in read(station(), station(id="b"), source=some).stations] == ["b"]
    with pytest.raises(DataError, match="none of the 1 stations"):
        read(station(), source=some)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({}, "there are no stations"),
        ({"network": {"stations": []}}, "there are no stations"),
        ({"network": []}, "there are no stations"),
        ({"network": {"stations": [1]}}, "no station has a timestamp"),
        ({"network": {"stations": [station(timestamp="x")]}}, "the first is `x`"),
        ({"networks": [{"company": "A"}, {"company": ["A"]}]}, "there are no stations"),
    ],
)
def test_a_payload_without_stations_is_refused(payload: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        snapshot(sent(payload), NETWORK)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below),
    max_leaves=6,
)


@given(
    keys=st.dictionaries(st.sampled_from(list(station())), JSON),
    extra=st.dictionaries(
        st.sampled_from(["slots", "status", "renting", "last_updated", "locked"]), JSON
    ),
)
def test_no_station_ends_in_a_traceback_and_none_is_imagined(
    keys: dict[str, Any], extra: dict[str, Any]
) -> None:
    found = read(station(id="z"), station(**{"id": "a", "extra": extra, **keys})).stations
    assume(len(found) == 2)
    odd = found[0] if found[1].id == "z" else found[1]

    if odd.status in {"open", "stale"}:
        assert odd.free is not None
    if odd.free == 0:
        assert keys["free_bikes"] in {0, "0", "00"}


# Weather


def hourly(**columns: Any) -> dict[str, Any]:
    units = {name: unit for name, (_, unit) in columns.items()}
    values = {name: value for name, (value, _) in columns.items()}
    return {
        "utc_offset_seconds": 34200,
        "hourly_units": {"time": "iso8601", **units},
        "hourly": {"time": ["2026-07-01T00:00", "2026-07-01T01:00"], **values},
    }


def test_hours_are_local_times_beside_an_offset_and_nulls_stay_missing() -> None:
    found = weather(sent(hourly(temperature_2m=([10.0, None], "°C"))))

    assert found == [
        Weather(datetime(2026, 6, 30, 14, 30, tzinfo=UTC), {"temperature": 10.0}),
        Weather(datetime(2026, 6, 30, 15, 30, tzinfo=UTC), {"temperature": None}),
    ]


@pytest.mark.parametrize(
    ("name", "value", "unit", "ours", "expected"),
    [
        ("temperature_2m", 32.0, "°F", "temperature", 0.0),
        ("temperature_2m", -40.0, "°F", "temperature", -40.0),
        ("wind_speed_10m", 36.0, "km/h", "wind", 10.0),
        ("windspeed_10m", 10.0, "mp/h", "wind", 4.4704),
        ("wind_speed_10m", 10.0, "kn", "wind", 5.1444),
        ("windspeed_10m", 3.0, "m/s", "wind", 3.0),
        ("precipitation", 0.5, "inch", "precipitation", 12.7),
        ("rain", 1.5, "mm", "rain", 1.5),
        ("relativehumidity_2m", 80, "%", "humidity", 80.0),
    ],
)
def test_every_unit_comes_out_as_ours(
    name: str, value: float, unit: str, ours: str, expected: float
) -> None:
    found = weather(sent(hourly(**{name: ([value, None], unit)})))

    assert found[0].values == {ours: pytest.approx(expected, abs=1e-4)}


FAHRENHEIT = st.floats(-100, 150)


@given(x=FAHRENHEIT, wind=st.floats(0, 300))
def test_a_payload_says_the_same_in_any_units(x: float, wind: float) -> None:
    here = hourly(temperature_2m=([x, x], "°F"), wind_speed_10m=([wind, wind], "km/h"))
    there = hourly(
        temperature_2m=([(x - 32) / 1.8] * 2, "°C"), windspeed_10m=([wind / 1.609344] * 2, "mph")
    )
    left, right = (weather(sent(payload))[0].values for payload in (here, there))

    assert left == pytest.approx(right, abs=2e-4)


@pytest.mark.parametrize("block", ["current", "current_weather"])
def test_the_current_weather_is_read_under_either_name(block: str) -> None:
    told = {"time": 1782907200, "interval": 900, "temperature": 20, "windspeed": 36}
    units = {"temperature": "°C", "windspeed": "km/h", "precipitation": "mm"}
    found = weather(sent({block: {**told, "precipitation": 0.2}, f"{block}_units": units}))

    assert found == [
        Weather(datetime(2026, 7, 1, 12, tzinfo=UTC), {"temperature": 20.0, "wind": 10.0})
    ], "a quarter of an hour's rain is no hour's"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"error": True, "reason": "No such place"}, "Open-Meteo says: No such place"),
        ({}, "there is no weather in it"),
        (hourly(temperature_2m=([1, 2], "°X")), "comes in `°X`"),
        (hourly(temperature_2m=([1, 2], None)), "names no unit"),
        (hourly(temperature_2m=([1], "°C")), "has 1 values for 2 hours"),
        (hourly(temperature_2m=(["warm", 1], "°C")), "`'warm'`, which is no number"),
        (hourly(temperature_2m=(5, "°C")), "is no list"),
        ({**hourly(), "utc_offset_seconds": "x"}, "utc_offset_seconds"),
        ({"hourly": {"time": ["soon"]}, "hourly_units": {}}, "`soon` cannot be read"),
        ({"hourly": {}, "hourly_units": {}}, "has no `time`"),
    ],
)
def test_weather_that_cannot_be_understood_is_refused(payload: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        weather(sent(payload))


# The recorded payloads


def recorded(folder: Path, name: str) -> Delivery:
    file = next((folder / "payloads").glob(f"*/{name}"))
    return Delivery(file.name, "", file.read_bytes())


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "at", "count", "bikes"),
    [
        ("bike-curitiba*", "2025-08-19T23:30:26+00:00", 5, 74),
        ("capital-bikeshare*", "2015-10-26T02:02:47+00:00", 3, 18),
        ("citybike-wien*", "2017-05-30T13:37:46+00:00", 121, 1253),
    ],
)
def test_a_recorded_network_is_read(
    realdata: Path, name: str, at: str, count: int, bikes: int
) -> None:
    delivery = recorded(realdata, name)
    found = snapshot(delivery, NETWORK)
    raw = json.loads(delivery.content)["network"]["stations"]

    assert found.at.isoformat() == at
    assert len(found.stations) == count
    assert {x.status for x in found.stations} == {"open"}
    assert sum(x.free or 0 for x in found.stations) == sum(x["free_bikes"] for x in raw) == bikes
    assert all(x.slots and x.latitude and x.longitude for x in found.stations)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "first", "count", "values"),
    [
        ("archive_hourly*", "2025-01-09T14:30:00+00:00", 72, None),
        ("forecast_hourly*", "2026-07-15T14:30:00+00:00", 72, None),
        ("forecast_current*", "2026-03-04T05:00:00+00:00", None, None),
        ("hourly_oldnames*", "2026-03-17T00:00:00+00:00", 24, {"wind": 4.1111}),
        ("handmade*", "2024-07-15T11:00:00+00:00", 1, {"temperature": 28.4, "wind": 3.5}),
    ],
)
def test_a_recorded_weather_is_read(
    realdata: Path, name: str, first: str, count: int | None, values: dict[str, float] | None
) -> None:
    found = weather(recorded(realdata, name))

    assert found[0].at.isoformat() == first
    assert count is None or len(found) == count
    assert {key: found[0].values[key] for key in values or {}} == (values or {})
    warm = [x.values["temperature"] for x in found if x.values.get("temperature") is not None]
    assert warm
    assert all(-30 < x < 50 for x in warm if x is not None), "degrees C, whatever they came in"
