"""`retrain`: what calls for it, what it learns from, and when the champion stays."""

import csv
import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, binary_rows, block

from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.config.watch import Retrain
from pipeline.dvc import settle_without_git
from pipeline.errors import DataError
from pipeline.registration import register
from pipeline.registry import production
from pipeline.retrain.fresh import fresh_rows, lay
from pipeline.table import read_table

MADE = date(2026, 9, 1)
FIRST = date(2026, 10, 1)
TABLE = 600


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A model of 600 rows, and five days of 60 rows each, of which ten have no answer yet."""
    house = House.make(tmp_path_factory.mktemp("retrain") / "house")
    rows = [
        {"row_id": f"t{i}", "timestamp": "2026-08-31T10:00:00Z", **row}
        for i, row in enumerate(binary_rows(TABLE))
    ]
    house.add("m", block(retrain={"min_new_rows": 200}), rows).stages("m")
    with pytest.MonkeyPatch.context() as patch:
        stop_clock(patch, MADE)
        register(house.root, "m")
    for number in range(5):
        arrive(house, number)
    settle_without_git(house.root)
    return house


@pytest.fixture
def house(made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    copy = House(Path(shutil.copytree(made.root, tmp_path / "copy")))
    monkeypatch.chdir(copy.root)
    stop_clock(monkeypatch, FIRST + timedelta(4))
    return copy


def stop_clock(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))


def arrive(house: House, number: int, **changes: Any) -> None:
    day = FIRST + timedelta(number)
    place = house.root / "data" / "m" / "current" / f"{day}.csv"
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row_id", "timestamp", "size", "colour", "answer"])
        for i, row in enumerate(binary_rows(60, seed=50 + number)):
            told = {**row, "answer": "" if i < 10 else row["answer"], **changes}
            writer.writerow([f"d{number}-{i}", f"{day}T10:00:00Z", *told.values()])


def alert(house: House, day: date, action: str, state: str = "alert") -> None:
    place = house.root / "monitoring" / "m" / f"{day}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    entry = {"state": state, "since": str(day), "reason": "it moved", "action": action}
    place.write_text(json.dumps({"version": "v1.0.0", "alert": {"drift:size": entry}}), "utf-8")


def check(house: House, capsys: pytest.CaptureFixture[str], **rules: Any) -> dict[str, Any]:
    house.write_params({"m": house.params["m"] | {"retrain": {"min_new_rows": 200, **rules}}})
    assert main(["retrain", "--check", "--format", "json"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)
    assert read_table(Paths(house.root, "m").table).rows == TABLE, "looking changes nothing"
    found: dict[str, Any] = outcome
    return found


# What calls for it


def test_age_calls_for_it(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    old = check(house, capsys)
    young = check(house, capsys, every_days=40)

    assert old["because"] == "v1.0.0 is 34 days old (30 are allowed)"
    assert old["new_rows"] == 250
    assert (young["because"], young["note"]) == ("", "nothing calls for it: v1.0.0 stands")


@pytest.mark.parametrize(
    ("action", "state", "because"),
    [
        ("retrain", "alert", "alert drift:size since 2026-10-04"),
        ("retrain", "suspect", ""),
        ("retrain", "recovering", ""),
        ("look at the feed", "alert", ""),
        ("roll back", "alert", ""),
    ],
)
def test_an_alert_calls_for_it_if_that_is_its_remedy(
    house: House,
    capsys: pytest.CaptureFixture[str],
    action: str,
    state: str,
    because: str,
) -> None:
    alert(house, FIRST + timedelta(3), action, state)

    assert check(house, capsys, every_days=99)["because"] == because
    assert check(house, capsys, every_days=99, on_alert=False)["because"] == ""


def test_an_alert_about_another_version_does_not_call(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    alert(house, FIRST, "retrain")
    place = house.root / "monitoring" / "m" / f"{FIRST}.json"
    place.write_text(place.read_text("utf-8").replace("v1.0.0", "v0.9.0"), "utf-8")

    assert check(house, capsys, every_days=99)["because"] == ""


def test_too_few_new_rows_are_nothing_to_learn_from(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    note = check(house, capsys, min_new_rows=251)["note"]

    assert note == "nothing to learn yet: 250 new labelled rows, 251 are asked"


def test_nothing_in_production_calls_for_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    Paths(house.root, "m").production.write_text("")

    assert check(house, capsys)["note"] == "nothing calls for it: no version stands"


# What it learns from


def rows_of(house: House, **rules: Any) -> list[tuple[str, ...]]:
    return fresh_rows(Paths(house.root, "m"), Retrain(**rules), FIRST + timedelta(4)).table.rows


def test_labelled_rows_join_the_table_once(house: House) -> None:
    paths = Paths(house.root, "m")
    fresh = fresh_rows(paths, Retrain(), FIRST + timedelta(4))
    lay(paths, fresh)
    again = fresh_rows(paths, Retrain(), FIRST + timedelta(4))

    assert (fresh.labelled_before, fresh.merged) == (TABLE, 250)
    assert read_table(paths.table).rows == TABLE + 250
    assert (again.labelled_before, again.merged) == (TABLE + 250, 0)


def test_late_labels_make_rows_learnable(house: House) -> None:
    labels = Paths(house.root, "m").labels
    labels.write_text(f"row_id,answer,known_on\nd0-0,yes,\nd0-1,no,{FIRST + timedelta(5)}\n")
    told = {row[0]: row[-1] for row in rows_of(house)}

    assert told["d0-0"] == "yes"
    assert "d0-1" not in told, "it is not known yet"


def test_days_to_come_and_days_that_cannot_be_read_are_left_out(house: House) -> None:
    arrive(house, 7)
    (house.root / "data/m/current" / f"{FIRST}.csv").write_bytes(b"\xff\xfe\x00")

    assert len(rows_of(house)) == TABLE + 200


def test_what_is_no_number_becomes_missing_and_does_not_stop_the_run(house: House) -> None:
    arrive(house, 0, size="n/a")
    place = 2 + list(house.params["m"]["features"]).index("size")
    sizes = {row[place] for row in rows_of(house) if row[0].startswith("d0-")}

    assert sizes == {""}


def test_a_window_keeps_the_newest_days(house: House) -> None:
    rows = rows_of(house, fresh_days=2)

    assert {row[0].partition("-")[0] for row in rows} == {"d3", "d4"}


def test_a_window_of_rows_without_timestamps_is_refused(house: House) -> None:
    house.write_table("m", binary_rows(50))

    with pytest.raises(DataError, match=r"50 rows have no timestamp, and retrain.fresh_days"):
        rows_of(house, fresh_days=2)


def test_the_record_of_the_table_follows_so_that_a_window_is_no_fallen_table(
    house: House,
) -> None:
    paths = Paths(house.root, "m")
    record = {"schema": 1, "source": "uci", "rows": TABLE, "table_sha256": "0"}
    paths.source.write_text(json.dumps(record), "utf-8")
    lay(paths, fresh_rows(paths, Retrain(fresh_days=2), FIRST + timedelta(4)))
    told = json.loads(paths.source.read_text("utf-8"))

    assert (told["rows"], told["source"]) == (100, "uci")
    assert told["table_sha256"] != "0"


# The whole


def test_it_ingests_merges_trains_and_registers(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    code = main(["retrain", "m", "--format", "json"])
    out, err = capfd.readouterr()
    (outcome,) = json.loads(out)

    assert (code, outcome["ran"], outcome["note"]) == (0, True, "trained anew")
    assert "nothing is ingested, as no source has a url" in err
    assert production(Paths(house.root, "m")) == "v1.0.1"
    assert main(["retrain", "m"]) == 0
    assert "nothing calls for it: v1.0.1 stands" in capfd.readouterr().out


def test_the_champion_stays_if_the_candidate_is_no_better(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    """The new answers say the opposite, and the split's old rows do not."""
    gate = {"metric": "roc_auc", "promote_on": "better"}
    house.write_params({"m": house.params["m"] | {"gate": gate}})
    for number in range(5):
        place = house.root / "data/m/current" / f"{FIRST + timedelta(number)}.csv"
        text = place.read_text("utf-8").replace(",yes\n", ",?\n").replace(",no\n", ",yes\n")
        place.write_text(text.replace(",?\n", ",no\n"), "utf-8")
    code = main(["retrain", "m"])

    assert code == 1
    assert "trained anew, and the champion stays" in capfd.readouterr().out
    assert production(Paths(house.root, "m")) == "v1.0.0"


def test_what_cannot_be_ingested_stops_the_retrain(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    source = {"encoding": "utf-8", "delimiter": ",", "quoting": "standard"}
    data = {"sources": {"web": {**source, "url": "http://127.0.0.1:9/t.csv"}}}
    house.write_params({"m": house.params["m"] | {"data": data}})

    assert main(["retrain", "m"]) == 2
    out, err = capfd.readouterr()
    assert "not ingested, so nothing was trained" in out
    assert "cannot be reached" in err
    assert read_table(Paths(house.root, "m").table).rows == TABLE
