"""`monitor`: a file a day, replayable, lenient with the feed and strict about time."""

import csv
import json
import os
import random
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from house import REPOSITORY, House, binary_rows, block

from modelpress import load
from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.errors import RunError
from pipeline.monitor.dates import asked_days
from pipeline.monitor.version import version_on
from pipeline.registration import register

FIRST = date(2026, 10, 1)
ROWS = 80


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A model in production, and twelve days of rows; from the seventh on, `size` has moved."""
    house = House.make(tmp_path_factory.mktemp("monitor") / "house")
    house.add("m", block(), binary_rows(600)).stages("m")
    register(house.root, "m")
    for number in range(12):
        arrive(house, number, moved=1.0 if number >= 6 else 0.0)
    return house


@pytest.fixture
def house(made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    copy = House(Path(shutil.copytree(made.root, tmp_path / "copy")))
    monkeypatch.chdir(copy.root)
    stop_clock(monkeypatch, FIRST + timedelta(20))
    return copy


def stop_clock(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))


def day_of(number: int) -> date:
    return FIRST + timedelta(number)


def current(house: House, number: int) -> Path:
    return house.root / "data" / "m" / "current" / f"{day_of(number)}.csv"


def arrive(house: House, number: int, *, moved: float = 0.0, answers: bool = True) -> None:
    rows = []
    for i, row in enumerate(binary_rows(ROWS, seed=100 + number)):
        row["size"] = f"{float(str(row['size'])) + moved:.3f}"
        row["answer"] = row["answer"] if answers else ""
        stamp = f"{day_of(number)}T10:00:00Z"
        rows.append({"row_id": f"d{number}-{i}", "timestamp": stamp, **row})
    write_csv(current(house, number), rows)


def write_csv(place: Path, rows: list[dict[str, Any]]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def watch(*numbers: int, options: tuple[str, ...] = ()) -> int:
    days = [word for number in numbers for word in ("--date", str(day_of(number)))]
    return main(["monitor", "m", *days, *options])


def told(house: House, number: int) -> dict[str, Any]:
    place = house.root / "monitoring" / "m" / f"{day_of(number)}.json"
    fields: dict[str, Any] = json.loads(place.read_text("utf-8"))
    return fields


def states(house: House, number: int) -> dict[str, str]:
    return {cause: alert["state"] for cause, alert in told(house, number)["alert"].items()}


# A day's file


def test_a_day_has_what_its_published_schema_says(house: House) -> None:
    assert watch(5) == 0
    file = told(house, 5)
    place = REPOSITORY / "modelpress" / "schemas" / "monitoring.schema.json"
    jsonschema.validate(file, json.loads(place.read_text("utf-8")))

    assert (file["date"], file["version"], file["rows"]) == (str(day_of(5)), "v1.0.0", ROWS)
    assert file["windows"].keys() == {"7d", "14d"}
    week = file["windows"]["7d"]["roc_auc"]
    assert week["low"] < week["value"] < week["high"]
    assert week["n"] == 6 * ROWS
    assert sum(file["predictions"]["7d"]["told"]) == 6 * ROWS
    assert file["estimate"]["roc_auc"]["value"] == pytest.approx(week["value"], abs=0.06)
    assert {test["feature"] for test in file["drift"]} == {
        "size", "colour", "@prediction", "@target",
    }  # fmt: skip
    assert not any(test["fired"] for test in file["drift"])
    assert file["alert"] == {}


def test_drift_is_suspect_then_an_alert_then_over(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(12, 20):
        arrive(house, number)
    code = main(["monitor", "m", "--since", str(day_of(4)), "--until", str(day_of(10))])

    assert code == 1
    assert "alert" in capsys.readouterr().out
    seen = [states(house, number).get("drift:size", "") for number in range(4, 11)]
    assert seen[0] == "" and seen[-1] == "alert" and "suspect" in seen  # noqa: PT018 - one story
    opened = told(house, 10)["alert"]["drift:size"]
    assert "`size`" in opened["reason"]
    assert opened["action"] == "retrain"
    assert {c for c, state in states(house, 10).items() if state == "alert"} == {"drift:size"}
    stop_clock(monkeypatch, day_of(30))
    assert main(["monitor", "m", "--since", str(day_of(11)), "--until", str(day_of(19))]) == 0
    seen = [states(house, number)["drift:size"] for number in range(11, 20)]
    assert "recovering" in seen
    assert seen[-1] in {"recovering", "ok"}


def test_a_past_day_watched_again_has_the_same_bytes(house: House) -> None:
    main(["monitor", "m", "--since", str(day_of(3)), "--until", str(day_of(11))])
    folder = house.root / "monitoring" / "m"
    before = {place.name: place.read_bytes() for place in folder.iterdir()}
    watch(8)
    watch(3, 10)
    for place in folder.iterdir():
        place.unlink()
    main(["monitor", "m", "--since", str(day_of(3)), "--until", str(day_of(11))])

    assert {place.name: place.read_bytes() for place in folder.iterdir()} == before
    assert len(before) == 9


def test_a_day_knows_nothing_of_later_days(house: House) -> None:
    watch(5)
    before = told(house, 5)
    for number in range(6, 12):
        current(house, number).unlink()
    watch(5)

    assert told(house, 5) == before


# Labels that come late


def without_answers(house: House) -> list[dict[str, str]]:
    labels = []
    for number in range(6):
        place = current(house, number)
        with place.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        labels += [{"row_id": row["row_id"], "answer": row["answer"]} for row in rows]
        write_csv(place, [{**row, "answer": ""} for row in rows])
    return labels


def test_without_labels_there_is_an_estimate_and_no_metric(house: House) -> None:
    watch(5)
    with_labels = told(house, 5)
    without_answers(house)
    watch(5)
    file = told(house, 5)

    assert file["windows"] == {"7d": {}, "14d": {}}
    assert file["estimate"] == with_labels["estimate"]
    assert file["quality"]["labelled"] == 0
    assert "@target" not in {test["feature"] for test in file["drift"]}


def test_late_labels_count_as_if_they_had_come_with_the_rows(house: House) -> None:
    watch(5)
    before = told(house, 5)
    labels = without_answers(house)
    write_csv(Paths(house.root, "m").labels, [*labels, {"row_id": "stranger", "answer": "no"}])
    watch(5)

    assert told(house, 5) == before


def test_a_label_counts_from_the_day_on_that_it_is_known(house: House) -> None:
    labels = [{**label, "known_on": str(day_of(7))} for label in without_answers(house)]
    write_csv(Paths(house.root, "m").labels, labels)
    watch(5, 7)

    assert told(house, 5)["quality"]["labelled"] == 0
    assert told(house, 7)["quality"]["labelled"] == 8 * ROWS


def test_labels_that_label_brings_leave_the_days_before_as_they_were(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = house.root / "monitoring" / "m" / f"{day_of(5)}.json"
    late = house.root / "late.csv"
    write_csv(late, without_answers(house))
    watch(5)
    before = place.read_bytes()
    stop_clock(monkeypatch, day_of(9))
    assert main(["label", "m", "--from", str(late)]) == 0
    watch(5, 9)

    assert place.read_bytes() == before
    assert told(house, 9)["quality"]["labelled"] > 0


def test_a_label_that_is_no_class_is_counted_and_not_used(house: House) -> None:
    place = current(house, 5)
    place.write_text(place.read_text("utf-8").replace(",no\n", ",maybe\n"), "utf-8")
    watch(5)
    file = told(house, 5)

    assert 0 < file["quality"]["strange_labels"] < ROWS
    assert file["quality"]["labelled"] == 6 * ROWS - file["quality"]["strange_labels"]


# Feeds that are not what they should be


def test_a_day_without_rows_is_a_gap_and_two_are_an_alert(house: House) -> None:
    current(house, 4).unlink()
    current(house, 5).write_bytes(b"row_id,size\n1\n")

    assert watch(3, 4, 5) == 1
    assert states(house, 4) == {"feed_gap": "suspect"}
    assert states(house, 5) == {"feed_gap": "alert"}
    file = told(house, 5)
    assert file["alert"]["feed_gap"]["action"] == "look at the feed"
    assert "cannot be read" in file["alert"]["feed_gap"]["reason"]
    assert file["quality"]["days_without_rows"] == [str(day_of(4)), str(day_of(5))]
    assert file["quality"]["faults"].keys() == {str(day_of(5))}


def test_days_that_were_not_watched_are_named(house: House) -> None:
    watch(2, 5)

    assert told(house, 2)["quality"]["unmonitored"] == []
    assert told(house, 5)["quality"]["unmonitored"] == [str(day_of(3)), str(day_of(4))]


def test_a_column_that_lacks_and_numbers_that_are_none_are_counted_as_missing(
    house: House,
) -> None:
    with current(house, 5).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        del row["colour"]
        row["size"] = "n/a" if row["row_id"] < "d5-5" else row["size"]
    write_csv(current(house, 5), rows)
    watch(5)
    quality = told(house, 5)["quality"]

    assert quality["absent"] == ["colour"]
    assert quality["unreadable"]["size"] > 10
    assert quality["missing"] == {
        "colour": 1.0,
        "size": round(quality["unreadable"]["size"] / ROWS, 6),
    }


def test_rows_of_a_clock_that_jumped_and_rows_that_come_twice_are_counted(house: House) -> None:
    place = current(house, 5)
    text = place.read_text("utf-8").replace("2026-10-06", "2031-10-06", 7)
    place.write_text(text.replace("d5-20,", "d4-20,"), "utf-8")
    watch(5)
    quality = told(house, 5)["quality"]

    assert (quality["ahead"], quality["repeated"]) == (7, 1)


def test_most_features_missing_at_once_are_one_cause(house: House) -> None:
    for number in (4, 5):
        with current(house, number).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        dice = random.Random(number)
        for row in rows:
            for name in ("size", "colour"):
                row[name] = "" if dice.random() < 0.6 else row[name]
        write_csv(current(house, number), rows)
    watch(3, 4, 5)

    assert states(house, 5) == {"feed": "alert"}


def test_few_rows_are_not_judged(house: House) -> None:
    watch(0)
    file = told(house, 0)

    assert file["quality"]["too_few"] is True
    assert file["drift"] == []
    assert file["windows"]["7d"]["accuracy"]["n"] == ROWS


def test_a_card_of_before_there_were_sketches_is_watched_all_the_same(house: House) -> None:
    place = house.root / "models/m/v1.0.0/card.json"
    card = json.loads(place.read_text("utf-8"))
    for name in ("@target", "@prediction"):
        del card["reference"][name]
    place.write_text(json.dumps(card), "utf-8")
    watch(5)
    file = told(house, 5)

    assert {test["feature"] for test in file["drift"]} == {"size", "colour"}
    assert file["estimate"] == {}
    assert file["windows"]["7d"]["roc_auc"]["n"] == 6 * ROWS


# Time


class _Asked:
    """Options as argparse gives them."""

    def __init__(self, **words: Any) -> None:
        self.date, self.since, self.until = None, None, None
        self.__dict__.update(words)


def test_a_day_to_come_is_refused(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert watch(21) == 2
    assert "has not come yet: the clock says 2026-10-21" in capsys.readouterr().err
    assert not (house.root / "monitoring").exists()


@pytest.mark.usefixtures("house")
def test_a_clock_that_went_back_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watch(11)
    stop_clock(monkeypatch, day_of(8))

    assert main(["monitor", "m"]) == 2
    assert "it went back" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"date": ["tomorrow"]}, "`tomorrow` is no day"),
        ({"date": ["2026-10-01"], "since": "2026-10-01"}, "not both"),
        ({"until": "2026-10-01"}, "--until without --since"),
        ({"since": "2026-10-05", "until": "2026-10-01"}, "is after"),
    ],
)
def test_words_that_name_no_days_are_refused(
    house: House, words: dict[str, Any], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        asked_days(Paths(house.root, "m"), _Asked(**words))  # type: ignore[arg-type]


def git(house: House, day: date, *words: str) -> None:
    moment = f"{day}T12:00:00+00:00"
    names = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org"}
    names |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org"}
    dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    environment = {**os.environ, **names, **dates}
    subprocess.run(["git", *words], cwd=house.root, env=environment, check=True)


@pytest.mark.git
def test_a_past_day_has_the_version_that_was_in_production_then(house: House) -> None:
    paths = Paths(house.root, "m")
    git(house, day_of(2), "init", "--quiet")
    git(house, day_of(2), "add", "models")
    git(house, day_of(2), "commit", "--quiet", "--message", "one")
    shutil.copytree(paths.registry / "v1.0.0", paths.registry / "v1.0.1")
    paths.production.write_text("v1.0.1\n")
    git(house, day_of(6), "add", "models")
    git(house, day_of(6), "commit", "--quiet", "--message", "two")

    assert [version_on(paths, day_of(n)) for n in (1, 2, 5, 6)] == [
        "", "v1.0.0", "v1.0.0", "v1.0.1",
    ]  # fmt: skip


def test_without_git_a_past_day_keeps_the_version_of_its_file(house: House) -> None:
    paths = Paths(house.root, "m")
    watch(5)
    shutil.copytree(paths.registry / "v1.0.0", paths.registry / "v1.0.1")
    paths.production.write_text("v1.0.1\n")

    assert [version_on(paths, day_of(n)) for n in (5, 6)] == ["v1.0.0", "v1.0.1"]


def test_nothing_in_production_is_nothing_to_watch(house: House) -> None:
    Paths(house.root, "m").production.write_text("")

    assert main(["monitor"]) == 0
    assert not (house.root / "monitoring").exists()


def test_a_damaged_day_is_named(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    watch(4)
    (house.root / "monitoring" / "m" / f"{day_of(4)}.json").write_text('{"alert": {"c": {}}}')

    assert watch(5) == 2
    assert f"monitoring/m/{day_of(4)}.json: its alerts are damaged" in capsys.readouterr().err


# A service, and a webhook


class _Server(ThreadingHTTPServer):
    """Answers as a model does, and keeps what it was posted."""

    model: Any = None
    posted: list[dict[str, Any]]
    status = 200
    label = ""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer({"status": "ok"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append({"path": self.path, "body": body})
        if not self.path.endswith("/predict"):
            self._answer({})
            return
        answer = self.server.model.predict(body)
        label = self.server.label or answer.label
        self._answer({"label": label, "probabilities": answer.probabilities})

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def server(house: House) -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.model, server.posted = load(house.root / "models" / "m"), []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: _Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_a_sound_service_is_there_and_answers_as_the_card_says(
    house: House, server: _Server
) -> None:
    assert watch(5, options=("--service", url(server) + "/?key=secret")) == 0
    service = told(house, 5)["service"]

    assert service.pop("p95_ms") > 0
    assert service == {"url": url(server), "requests": 11, "availability": 1.0, "golden": True}
    assert {entry["path"] for entry in server.posted} == {"/models/m/predict"}


@pytest.mark.parametrize("wrong", ["label", "status", "gone"])
def test_a_service_that_errs_or_is_gone_is_an_alert(
    house: House, server: _Server, wrong: str
) -> None:
    place = url(server) if wrong != "gone" else "http://127.0.0.1:9"
    server.label, server.status = ("no such", 200) if wrong == "label" else ("", 500)
    watch(4, options=("--service", place))

    assert watch(5, options=("--service", place)) == 1
    assert states(house, 5) == {"service": "alert"}
    assert told(house, 5)["service"]["golden"] is False
    assert told(house, 5)["alert"]["service"]["action"] == "look at the service"


def test_what_a_service_answered_stays_when_the_day_is_watched_again(
    house: House, server: _Server
) -> None:
    watch(5, options=("--service", url(server)))
    before = told(house, 5)
    watch(5)

    assert told(house, 5) == before


@pytest.mark.usefixtures("house")
def test_a_service_that_is_no_url_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert watch(5, options=("--service", "file:///etc/passwd")) == 2
    assert "is no URL of a service" in capsys.readouterr().err


def hooked(house: House) -> None:
    house.write_params({"m": block(monitor={"webhook_env": "HOOK"})})


def test_the_webhook_is_told_what_opened(
    house: House, server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooked(house)
    monkeypatch.setenv("HOOK", url(server) + "/hook")
    for number in range(6, 12):
        watch(number)
    (post,) = server.posted

    assert post["path"] == "/hook"
    assert post["body"]["change"] == "opened"
    assert post["body"]["cause"] == "drift:size"
    assert "`size`" in post["body"]["alert"]["reason"]


@pytest.mark.parametrize(
    ("hook", "warning"),
    [
        ("", "HOOK is not set"),
        ("file:///tmp/x", "no http"),
        ("http://127.0.0.1:9/secret", "cannot be reached"),
    ],
)
def test_a_webhook_that_cannot_be_told_stops_nothing_and_shows_no_secret(
    house: House,
    hook: str,
    warning: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hooked(house)
    monkeypatch.setenv("HOOK", hook)
    for number in (6, 7, 8, 9, 10):
        watch(number)
    err = capsys.readouterr().err

    assert warning in err
    assert "secret" not in err
    assert "alert" in states(house, 10).values()
