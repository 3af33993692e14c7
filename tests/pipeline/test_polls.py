"""Polls: kept whatever happens, and made into rows that know nothing of the future."""

import datetime as dt
import http.server
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, block
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.config.polls import Polls
from pipeline.connectors import http as downloads
from pipeline.connectors.http import Patience
from pipeline.errors import DataError
from pipeline.polls.compact import packed, unpacked
from pipeline.polls.days import Days
from pipeline.polls.poll import Poll, Seen, line_of, poll_in
from pipeline.polls.series import Place, header_of, rows_of
from pipeline.table import read_table

FIRST = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
LATER = str(int((FIRST + dt.timedelta(days=30)).timestamp()))
SOURCES: dict[str, Any] = {
    "town": {"connector": "citybikes", "network": "town"},
    "sky": {"connector": "open_meteo", "latitude": 1.0, "longitude": 2.0},
}
FEATURES = {
    "station": {"kind": "categorical"},
    "bikes": {"kind": "numeric", "aliases": ["free_bikes"]},
    "free_bikes_60_ago": {"kind": "numeric"},
    "hour": {"kind": "numeric"},
    "temperature": {"kind": "numeric"},
}


def model(**polls: Any) -> dict[str, Any]:
    said = {"lags_minutes": [60], "least_days": 1, **polls}
    sources = {} if "of" in polls else SOURCES
    data = {
        "sources": sources,
        "row_id": "row",
        "timestamp": {"column": "at"},
        "polls": said,
    }
    return block(
        task="regression",
        data=data,
        target={"column": "free_bikes_in_60"},
        features=FEATURES,
        estimator={"name": "ridge"},
        gate={"metric": "mean_absolute_error", "promote_on": "not_worse"},
    )


def payload(hours: float, **counts: int | None) -> dict[str, Any]:
    """What CityBikes says at that many hours after the first moment; None is closed."""
    at = FIRST + dt.timedelta(hours=hours)
    stations = [
        {
            "id": name,
            "name": name.upper(),
            "latitude": 1.0,
            "longitude": 2.0,
            "timestamp": f"{at.isoformat()}Z",
            "free_bikes": 0 if free is None else free,
            "empty_slots": 10 - (free or 0),
            "extra": {"slots": "10", "renting": free is not None},
        }
        for name, free in counts.items()
    ]
    return {"network": {"stations": stations}}


def sky(warmth: list[float | None]) -> dict[str, Any]:
    times = [(FIRST + dt.timedelta(hours=i)).strftime("%Y-%m-%dT%H:%M") for i in range(len(warmth))]
    hourly = {"time": times, "temperature_2m": warmth}
    return {"utc_offset_seconds": 0, "hourly": hourly, "hourly_units": {"temperature_2m": "°C"}}


def record(folder: Path, payloads: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True)
    for i, one in enumerate(payloads):
        (folder / f"town-{i:04d}.json").write_text(json.dumps(one), "utf-8")
    (folder / "sky.json").write_text(json.dumps(sky([float(i) for i in range(48)])), "utf-8")
    return folder


def days_of_payloads(hours: int) -> list[dict[str, Any]]:
    dice = random.Random(hours)
    return [payload(i, a=dice.randrange(10), b=dice.randrange(10)) for i in range(hours)]


Call = Callable[..., int]


@pytest.fixture
def ingest(house: House, monkeypatch: pytest.MonkeyPatch) -> Call:
    """The verb, a month after the first poll."""
    monkeypatch.chdir(house.root)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", LATER)
    house.write_params({"m": model()})

    def call(*words: str | Path) -> int:
        return main(["ingest", *map(str, words)])

    return call


def kept(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".tmp"
    }


# One poll after the other


def test_a_poll_is_kept_as_a_line_while_the_day_lasts_and_twice_changes_nothing(
    house: House, ingest: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(FIRST.timestamp()) + 7200))
    replay = record(tmp_path / "r", [payload(0, a=3), payload(1, a=None)])
    assert ingest("m", "--replay", replay) == 0

    data = house.root / "data/m"
    first = kept(data)
    assert sorted(first) == ["latest.json", "raw/2026-07-01.jsonl", "stations.json"]
    lines = [json.loads(line) for line in first["raw/2026-07-01.jsonl"].decode().splitlines()]
    assert lines == [
        {
            "at": "2026-07-01T00:00:00Z",
            "weather": [0.0, None, None, None],
            "stations": [["a", 3, 7, 10, "open", ""]],
        },
        {
            "at": "2026-07-01T01:00:00Z",
            "weather": [1.0, None, None, None],
            "stations": [["a", 0, 10, 10, "closed", ""]],
        },
    ]
    assert ingest("m", "--replay", replay) == 0
    assert kept(data) == first


def test_a_day_that_is_over_becomes_parquet_and_the_table(
    house: House, ingest: Call, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    payloads = days_of_payloads(30)
    assert ingest("m", "--replay", record(tmp_path / "r", payloads)) == 0

    data = house.root / "data/m"
    first = kept(data)
    assert [name for name in first if name.startswith("raw/")] == [
        "raw/2026-07-01.parquet",
        "raw/2026-07-02.parquet",
    ]
    columns = read_table(data / "table.csv").columns
    bikes = [[s["free_bikes"] for s in one["network"]["stations"]] for one in payloads]
    assert columns["row_id"][0] == "a@2026-07-01T00:00:00Z"
    assert columns["bikes"] == [str(x) for pair in bikes[:-1] for x in pair]
    assert columns["free_bikes_in_60"] == [str(x) for pair in bikes[1:] for x in pair]
    assert columns["free_bikes_60_ago"][:4] == ["", "", *map(str, bikes[0])]
    assert columns["hour"][2:4] == ["1", "1"]
    assert caplog.messages[-1] == (
        "m ingest: 30 polled, 30 new; 2 stations at 2026-07-02T05:00:00Z, 0 of them not open; "
        "58 rows of 2 days in the table"
    )
    assert ingest("m", "--replay", tmp_path / "r") == 0
    assert caplog.messages[-1].endswith("; the table of 2 days stands")
    assert kept(data) == first
    (data / "table.csv").write_text("lost", "utf-8")
    assert ingest("m", "--replay", tmp_path / "r") == 0
    assert kept(data) == first


def test_polls_of_a_day_that_is_packed_already_are_added_to_it(
    house: House, ingest: Call, tmp_path: Path
) -> None:
    """A late delivery gives the same bytes as one in time."""
    payloads = days_of_payloads(30)
    ingest("m", "--replay", record(tmp_path / "odd", payloads[1::2]))
    ingest("m", "--replay", record(tmp_path / "even", payloads[::2]))
    late = kept(house.root / "data/m/raw")
    house.write_params({"m": model(), "n": model()})
    ingest("n", "--replay", record(tmp_path / "all", payloads))

    assert kept(house.root / "data/n/raw") == late


def test_the_newest_rows_are_what_the_model_is_asked_with(
    house: House, ingest: Call, tmp_path: Path
) -> None:
    replay = record(tmp_path / "r", [payload(0, a=3, b=4), payload(1, a=5, b=None)])
    ingest("m", "--replay", replay)
    latest = json.loads((house.root / "data/m/latest.json").read_text("utf-8"))

    assert {k: latest[k] for k in latest if k != "rows"} == {
        "schema": 1,
        "model": "m",
        "at": "2026-07-01T01:00:00Z",
        "horizon_minutes": 60,
    }
    assert latest["rows"] == [
        {
            "station": "a",
            "name": "A",
            "latitude": 1.0,
            "longitude": 2.0,
            "status": "open",
            "row": {
                "station": "a",
                "bikes": 5,
                "free_bikes_60_ago": 3,
                "hour": 1.0,
                "temperature": 1.0,
            },
        },
        {**latest["rows"][1], "station": "b", "status": "closed"},
    ]


def test_a_table_that_is_there_stays_until_enough_days_are_whole(
    house: House, ingest: Call, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    house.write_params({"m": model(least_days=3)})
    table = house.write_table("m", [{"a": 1}])
    before = table.read_bytes()
    ingest("m", "--replay", record(tmp_path / "r", days_of_payloads(30)))

    assert table.read_bytes() == before
    assert caplog.messages[-1].endswith("the table stays until 3 whole days are there, now 2")
    ingest("m", "--replay", record(tmp_path / "s", days_of_payloads(60)))
    assert table.read_bytes() != before


def test_the_table_has_the_newest_days_of_its_window(
    house: House, ingest: Call, tmp_path: Path
) -> None:
    house.write_params({"m": model(window_days=2)})
    ingest("m", "--replay", record(tmp_path / "r", days_of_payloads(96)))
    moments = read_table(house.root / "data/m/table.csv").columns["timestamp"]

    assert (moments[0], moments[-1]) == ("2026-07-03T00:00:00Z", "2026-07-04T22:00:00Z")


def test_a_second_model_learns_from_the_same_polls(
    house: House, ingest: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.write_params({"m": model(), "n": model(of="m")})
    assert ingest("n") == 2
    assert "first, `modelpress ingest m`" in capsys.readouterr().err
    ingest("m", "--replay", record(tmp_path / "r", days_of_payloads(30)))
    assert ingest("n") == 0

    left, right = (kept(house.root / "data" / name) for name in "mn")
    assert right["table.csv"] == left["table.csv"]
    assert sorted(right) == ["latest.json", "source.json", "table.csv"]


# Whatever happens


def started(house: House, replay: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "ingest", "m", "--replay", str(replay)],
        cwd=house.root,
        env={**os.environ, "SOURCE_DATE_EPOCH": LATER},
        # Shown by pytest if a test fails.
        stderr=None,
    )


def test_two_writers_at_once_lose_nothing(house: House, ingest: Call, tmp_path: Path) -> None:
    payloads = days_of_payloads(40)
    ours, theirs = record(tmp_path / "a", payloads[::2]), record(tmp_path / "b", payloads[1::2])
    writers = [started(house, replay) for replay in (ours, theirs, ours)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    at_once = kept(house.root / "data/m")
    house.write_params({"m": model(), "n": model()})
    ingest("n", "--replay", record(tmp_path / "c", payloads))
    alone = kept(house.root / "data/n")

    assert {k: x for k, x in at_once.items() if k.startswith("raw")} == {
        k: x for k, x in alone.items() if k.startswith("raw")
    }
    assert at_once["table.csv"] == alone["table.csv"]


def test_a_writer_that_is_killed_leaves_whole_polls_and_the_next_one_ends_its_work(
    house: House, ingest: Call, tmp_path: Path
) -> None:
    """Killed again and again, ever later, until one gets through."""
    replay = record(tmp_path / "r", days_of_payloads(60))
    raw, seen = house.root / "data/m/raw", set()
    for nth in range(8):
        with started(house, replay) as writer:
            deadline = time.monotonic() + 60
            while len(kept(raw)) <= nth % 3 and writer.poll() is None:
                assert time.monotonic() < deadline
            time.sleep(0.01 * nth)
            writer.send_signal(signal.SIGKILL)
        for day in Days(raw).known():
            seen |= {poll.at for poll in Days(raw).polls(day)}
    assert seen, "none was killed at work"
    assert ingest("m", "--replay", replay) == 0
    house.write_params({"m": model(), "n": model()})
    ingest("n", "--replay", replay)

    assert kept(raw) == kept(house.root / "data/n/raw")


def test_lines_beside_their_parquet_are_no_second_polls(tmp_path: Path) -> None:
    """Killed after the Parquet file was written and before the lines went."""
    days, polls = Days(tmp_path), [poll_at(i, a=i) for i in range(5)]
    for poll in polls:
        days.add(poll)
    (tmp_path / "2026-07-01.parquet").write_bytes(packed(polls))
    before = (tmp_path / "2026-07-01.parquet").read_bytes()

    assert days.polls("2026-07-01") == polls
    assert days.whole() == []
    assert days.compact("2026-07-02") == ["2026-07-01"]
    assert kept(tmp_path) == {"2026-07-01.parquet": before}


def test_the_lines_stay_if_the_parquet_does_not_give_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = Days(tmp_path)
    days.add(poll_at(0, a=1))
    monkeypatch.setattr("pipeline.polls.compact.packed", lambda _: packed([poll_at(0, a=2)]))
    with pytest.raises(DataError, match="does not give back"):
        days.compact("2026-07-02")

    assert (tmp_path / "2026-07-01.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("2026-07-01.jsonl", b'{"at": "2026-07-01T00:00:00Z"'),
        ("2026-07-01.jsonl", b"<<<<<<< HEAD\n"),
        ("2026-07-01.jsonl", b'{"at": 5, "weather": [], "stations": []}\n'),
        ("2026-07-01.parquet", b"PAR1"),
    ],
)
def test_a_damaged_day_is_named_and_nothing_is_written(
    ingest: Call, tmp_path: Path, name: str, content: bytes, capsys: Any
) -> None:
    raw = Path("data/m/raw")
    raw.mkdir(parents=True)
    (raw / name).write_bytes(content)
    before = kept(raw.parent)

    assert ingest("m", "--replay", record(tmp_path / "r", [payload(0, a=1)])) == 2
    err = capsys.readouterr().err
    assert f"data/m/raw/{name}" in err
    assert "hint: restore it from Git" in err
    assert kept(raw.parent) == before


def test_nothing_recorded_is_refused(ingest: Call, tmp_path: Path, capsys: Any) -> None:
    assert ingest("m", "--replay", tmp_path) == 2
    assert "nothing is recorded of the source `town`" in capsys.readouterr().err


# Live


class Services(http.server.BaseHTTPRequestHandler):
    """A network, and a sky that is out of order."""

    broken = False

    def do_GET(self) -> None:
        """Answer by the path."""
        if self.broken or not self.path.startswith("/town"):
            self.send_error(500)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(payload(0, a=3)).encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[Services]]]:
    monkeypatch.setattr(downloads, "PATIENCE", Patience(2, 0.01, 0.01, 5))
    handler = type("Handler", (Services,), {})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()


def test_a_sky_that_fails_leaves_the_weather_missing_and_a_network_that_fails_ends_the_poll(
    house: House, ingest: Call, services: tuple[str, type[Services]], caplog: Any, capsys: Any
) -> None:
    url, handler = services
    live = model()
    live["data"]["sources"] = {
        "town": {**SOURCES["town"], "url": url},
        "sky": {**SOURCES["sky"], "url": f"{url}/sky"},
    }
    house.write_params({"m": live})
    assert ingest("m") == 0

    (poll,) = Days(house.root / "data/m/raw").polls("2026-07-01")
    assert poll.stations == (Seen("a", 3, 7, 10, "open", ""),)
    assert poll.weather == (None,) * 4
    assert "the weather is missing" in caplog.text
    before = kept(house.root / "data/m")
    handler.broken = True
    assert ingest("m") == 2
    assert "the server answers 500" in capsys.readouterr().err
    assert kept(house.root / "data/m") == before


# Rows


def poll_at(hours: float, **counts: int | None) -> Poll:
    """None is a station that is closed, and reports what it has; -1 one that tells no count."""
    at = (FIRST + dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    seen = [
        Seen(name, 5, 5, 10, "closed", "")
        if free is None
        else Seen(name, None, None, 10, "unknown", "")
        if free < 0
        else Seen(name, free, 10 - free, 10, "open", "")
        for name, free in sorted(counts.items())
    ]
    return Poll(at, tuple(seen), (10.5, None, 0.0, 3.25))


PLACES = {"a": Place(1.5, -2.5)}


def table(polls: Polls, told: list[Poll]) -> list[dict[str, Any]]:
    return [dict(zip(header_of(polls), row, strict=True)) for row in rows_of(polls, told, PLACES)]


def test_a_row_has_what_was_known_and_what_came_after() -> None:
    polls = Polls(lags_minutes=(60, 120), timezone="Asia/Kolkata")
    rows = table(polls, [poll_at(i, a=i) for i in range(4)])

    assert rows[2] == {
        "row": "a@2026-07-01T02:00:00Z",
        "at": "2026-07-01T02:00:00Z",
        "station": "a",
        "status": "open",
        "free_bikes": 2,
        "empty_slots": 8,
        "slots": 10,
        "share": 0.2,
        "latitude": 1.5,
        "longitude": -2.5,
        "free_bikes_60_ago": 1,
        "free_bikes_120_ago": 0,
        "change": 1,
        "hour": 7.5,
        "weekday": 2,
        "temperature": 10.5,
        "humidity": None,
        "precipitation": 0.0,
        "wind": 3.25,
        "free_bikes_in_60": 3,
    }


def test_outages_closures_and_silence_are_missing_and_never_zero() -> None:
    polls = Polls(lags_minutes=(60,))
    told = [poll_at(i, a=i, b=None if i == 1 else -1 if i == 2 else 7) for i in (0, 1, 2, 5)]
    rows = {row["row"]: row for row in table(polls, told)}

    assert rows["b@2026-07-01T00:00:00Z"]["free_bikes_in_60"] is None, "closed then"
    assert rows["b@2026-07-01T01:00:00Z"]["status"] == "closed"
    assert rows["b@2026-07-01T01:00:00Z"]["free_bikes_in_60"] is None, "told no count then"
    assert rows["b@2026-07-01T02:00:00Z"]["free_bikes"] is None
    assert rows["b@2026-07-01T02:00:00Z"]["change"] is None
    assert rows["a@2026-07-01T02:00:00Z"]["free_bikes_in_60"] is None, "an outage of three hours"
    assert rows["a@2026-07-01T05:00:00Z"]["free_bikes_60_ago"] is None


COUNTS = st.lists(
    st.tuples(st.floats(0, 6), st.integers(-1, 9) | st.none()), min_size=2, max_size=12
)


@given(counts=COUNTS, cut=st.integers(1, 11))
def test_no_feature_knows_the_future(counts: list[tuple[float, int | None]], cut: int) -> None:
    polls = Polls(lags_minutes=(10, 60, 150), horizon_minutes=45)
    told = [poll_at(h, a=a) for h, a in sorted({round(h, 3): a for h, a in counts}.items())]
    whole = [row[:-1] for row in rows_of(polls, told, {})]
    past = [row[:-1] for row in rows_of(polls, told[:cut], {})]

    assert past == whole[: len(past)]


@given(counts=COUNTS)
def test_a_target_is_what_an_open_station_told_near_the_horizon(
    counts: list[tuple[float, int | None]],
) -> None:
    polls = Polls(horizon_minutes=60, tolerance_minutes=15)
    told = [poll_at(h, a=a) for h, a in sorted({round(h, 3): a for h, a in counts}.items())]
    moments = {poll.at: poll for poll in told}
    for row in table(polls, told):
        now = moments[row["at"]].moment
        near = [
            poll.stations[0].free
            for poll in told
            if abs((poll.moment - now).total_seconds() - 3600) <= 900
            and poll.stations[0].status == "open"
        ]
        assert row["free_bikes_in_60"] is None or row["free_bikes_in_60"] in near


@given(st.integers(0, 5), st.lists(st.integers(-1, 9) | st.none(), min_size=1, max_size=5))
def test_lines_and_parquet_give_a_poll_back(hours: int, counts: list[int | None]) -> None:
    poll = poll_at(hours, **{f"s{i}": free for i, free in enumerate(counts)})

    assert poll_in(line_of(poll)) == poll
    assert unpacked(packed([poll])) == [poll]
    assert packed([poll]) == packed([poll])
