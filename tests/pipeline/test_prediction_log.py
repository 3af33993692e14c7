"""`monitor --log`: what a service was asked becomes rows that arrived, once each."""

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY, House, binary_rows, block
from hypothesis import given
from hypothesis import strategies as st

from modelpress import Model, load
from modelpress.encode import encode
from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.config import ModelBlock
from pipeline.errors import DataError
from pipeline.monitor.log import read_asked
from pipeline.monitor.merge import merge_asked
from pipeline.registration import register
from pipeline.table import read_table
from service.prediction_file import PredictionFile
from service.prediction_rows import Told, records
from service.predictions import PredictionLog

FIRST = date(2026, 10, 1)
ROWS = 120
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Two models, of which one is in production."""
    house = House.make(tmp_path_factory.mktemp("log") / "house")
    house.add("m", block(), binary_rows(600)).stages("m")
    house.add("n", block(), binary_rows(60))
    register(house.root, "m")
    return house


@pytest.fixture
def house(made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    copy = House(Path(shutil.copytree(made.root, tmp_path / "copy")))
    monkeypatch.chdir(copy.root)
    moment = datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC) + timedelta(9)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(moment.timestamp())))
    return copy


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a service keeps its predictions."""
    return tmp_path / "service" / "log.sqlite"


def day_of(number: int) -> date:
    return FIRST + timedelta(number)


def seconds(number: int) -> float:
    return (
        datetime(FIRST.year, FIRST.month, FIRST.day, 10, tzinfo=UTC).timestamp() + 86_400 * number
    )


def current(house: House, number: int, model: str = "m") -> Path:
    return house.root / "data" / model / "current" / f"{day_of(number)}.csv"


def rows_of(place: Path) -> list[dict[str, str]]:
    with place.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(place: Path, rows: list[dict[str, Any]]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def answer(house: House, rows: list[Row], name: str, **more: Any) -> Told:
    """Let the model in production answer, as the service does."""
    model = served(house)
    found = model.answer(encode(model.signature, rows))
    requests = [(name.encode(), len(rows))]
    return Told(more.get("model", "m"), "v1.0.0", model.signature, rows, found, requests)


def served(house: House) -> Model:
    return load(house.root / "models" / "m")


def keep(log: Path, number: int, told: Told, redact: frozenset[str] = frozenset()) -> None:
    """Keep what was told at ten o'clock of a day."""
    file = PredictionFile(log, 100_000)
    file.write([record for record in records(told, seconds(number), redact) if record])
    file.close()


def asked(count: int, seed: int) -> list[Row]:
    rows = binary_rows(count, seed=seed)
    return [{"colour": row["colour"], "size": float(str(row["size"]))} for row in rows]


def watch(log: Path, *numbers: int) -> int:
    days = [word for number in numbers for word in ("--date", str(day_of(number)))]
    return main(["monitor", "m", "--log", str(log), *days])


# What becomes of a log


def test_a_day_is_watched_as_if_its_rows_had_been_laid_there(house: House, log: Path) -> None:
    other = House(Path(shutil.copytree(house.root, house.root.with_name("other"))))
    for number in range(3):
        rows = asked(ROWS, seed=number)
        keep(log, number, answer(house, rows, f"day{number}"))
        laid = [
            {"row_id": f"day{number}-{i}", "timestamp": f"{day_of(number)}T10:00:00Z", **row}
            for i, row in enumerate(rows)
        ]
        write_csv(current(other, number), [{**row, "answer": ""} for row in laid])

    assert watch(log, 0, 1, 2) == 0
    os.chdir(other.root)
    assert main(["monitor", "m", "--since", str(day_of(0)), "--until", str(day_of(2))]) == 0
    for number in range(3):
        assert current(house, number).read_bytes() == current(other, number).read_bytes()
        file = f"monitoring/m/{day_of(number)}.json"
        assert (house.root / file).read_bytes() == (other.root / file).read_bytes()
    assert json.loads((house.root / file).read_text("utf-8"))["rows"] == ROWS


def test_the_same_log_again_changes_nothing(house: House, log: Path) -> None:
    keep(log, 0, answer(house, asked(ROWS, 1), "a"))
    watch(log, 0)
    before = current(house, 0).read_bytes(), current(house, 0).stat().st_mtime_ns
    watch(log, 0)

    assert (current(house, 0).read_bytes(), current(house, 0).stat().st_mtime_ns) == before


def test_the_day_that_is_not_over_grows(
    house: House, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for i in range(3):
        keep(log, 9, answer(house, asked(10, i), f"r{i}"))
        assert main(["monitor", "m", "--log", str(log)]) == 0
        found = rows_of(current(house, 9))
        assert [row["row_id"] for row in found] == [
            f"r{j}-{k}" for j in range(i + 1) for k in range(10)
        ]
    assert f"m: 30 rows of {log}, 10 of them new" in caplog.text
    assert (
        json.loads((house.root / f"monitoring/m/{day_of(9)}.json").read_text("utf-8"))["rows"] == 30
    )


def test_rows_that_the_log_has_forgotten_stay(house: House, log: Path) -> None:
    keep(log, 0, answer(house, asked(10, 1), "old"))
    watch(log, 0)
    log.unlink()
    keep(log, 0, answer(house, asked(10, 2), "new"))
    watch(log, 0)

    names = {row["row_id"].partition("-")[0] for row in rows_of(current(house, 0))}
    assert len(rows_of(current(house, 0))) == 20
    assert names == {"old", "new"}


def test_what_is_there_by_the_same_id_stands(house: House, log: Path) -> None:
    """The file of the day has its own columns, an alias among them, and rows with labels."""
    features = {"size": {"kind": "numeric", "aliases": ["SIZE"]}, "colour": {"kind": "categorical"}}
    house.write_params({"m": block(features=features)})
    there = [
        {"SIZE": "9", "shop": "x", "row_id": "a-0", "answer": "yes"},
        {"SIZE": "8", "shop": "y", "row_id": "", "answer": "no"},
    ]
    write_csv(current(house, 0), there)
    keep(log, 0, answer(house, [{"size": 1, "colour": "red"}, {"size": 2.5, "colour": None}], "a"))
    watch(log, 0)

    assert rows_of(current(house, 0)) == [
        {**there[0], "timestamp": "", "colour": ""},
        {**there[1], "timestamp": "", "colour": ""},
        {
            "SIZE": "2.5",
            "shop": "",
            "row_id": "a-1",
            "answer": "",
            "timestamp": f"{day_of(0)}T10:00:00Z",
            "colour": "",
        },
    ]


def test_a_row_that_was_asked_twice_arrives_once(house: House, log: Path) -> None:
    keep(log, 0, answer(house, [{"size": 1, "colour": "red"}], "a"))
    keep(log, 0, answer(house, [{"size": 2, "colour": "red"}], "a"))
    keep(log, 1, answer(house, [{"size": 3, "colour": "red"}], "a"))
    watch(log, 1)

    assert [row["size"] for row in rows_of(current(house, 0))] == ["1"]
    assert not current(house, 1).exists()


def test_fields_that_were_not_kept_are_empty(house: House, log: Path) -> None:
    told = answer(house, asked(20, 1), "a")
    keep(log, 0, told, frozenset({"m.size"}))
    watch(log, 0)

    assert {row["size"] for row in rows_of(current(house, 0))} == {""}
    assert {row["colour"] for row in rows_of(current(house, 0))} == {"red", "green", "blue"}


def test_each_model_takes_its_own_rows(house: House, log: Path) -> None:
    keep(log, 0, answer(house, asked(5, 1), "a"))
    keep(log, 0, answer(house, asked(3, 2), "b", model="n"))
    keep(log, 0, answer(house, asked(2, 2), "c", model="stranger"))
    assert main(["monitor", "--log", str(log)]) == 0

    assert [row["row_id"][0] for row in rows_of(current(house, 0))] == ["a"] * 5
    assert [row["row_id"][0] for row in rows_of(current(house, 0, "n"))] == ["b"] * 3
    assert not (house.root / "data" / "stranger").exists()


def test_rows_of_a_clock_that_is_ahead_are_left_for_later(
    house: House, log: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    keep(log, 9, answer(house, asked(5, 1), "a"))
    keep(log, 12, answer(house, asked(4, 2), "b"))
    watch(log, 9)
    assert "m: 4 rows are from days that have not come yet" in caplog.text
    assert not current(house, 12).exists()

    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(seconds(12))))
    watch(log, 12)
    assert len(rows_of(current(house, 12))) == 4


def test_labels_that_come_later_find_their_rows(house: House, log: Path) -> None:
    rows = binary_rows(ROWS, seed=5)
    plain = [{"size": float(str(row["size"])), "colour": row["colour"]} for row in rows]
    keep(log, 8, answer(house, plain, "a"))
    watch(log, 8)
    labels = [{"row_id": f"a-{i}", "answer": row["answer"]} for i, row in enumerate(rows)]
    write_csv(house.root / "late.csv", labels)
    assert main(["label", "m", "--from", "late.csv"]) == 0
    watch(log, 9)

    file = json.loads((house.root / f"monitoring/m/{day_of(9)}.json").read_text("utf-8"))
    assert file["quality"]["labelled"] == ROWS


def test_two_models_in_one_log_are_not_compared_with_each_other(
    house: House, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answer(house, asked(5, 1), "a")
    keep(log, 0, told)
    keep(log, 0, told._replace(model="n", version="v1.1.0"))

    assert main(["ab", "m", str(log)]) == 2
    assert "the log speaks of `v1.0.0`" in capsys.readouterr().err


TEXTS = st.one_of(st.text(), st.text(alphabet=st.characters(categories=["Cs", "Cc", "L", "Z"])))
CELLS = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)


@given(st.lists(st.dictionaries(st.sampled_from(("size", "colour", "old")), CELLS), min_size=1))
def test_any_row_of_a_log_is_read_back_from_its_table(rows: list[dict[str, Any]]) -> None:
    model = ModelBlock.model_validate(block())
    with tempfile.TemporaryDirectory() as folder:
        log, paths = Path(folder) / "log.sqlite", Paths(Path(folder), "m")
        stamp = f"{FIRST}T23:59:59Z"
        with closing(foreign(log)) as database, database:
            database.executemany(
                "INSERT INTO predictions VALUES (?, ?, 'm', ?)",
                [(f"r{i}", stamp, json.dumps(row)) for i, row in enumerate(rows)],
            )
        merge_asked(paths, model, log)
        table = read_table(paths.current / f"{FIRST}.csv")

    assert list(table.columns) == ["row_id", "timestamp", "size", "colour", "answer"]
    assert table.columns["row_id"] == [f"r{i}" for i in range(len(rows))]
    assert set(table.columns["timestamp"]) == {stamp}
    assert set(table.columns["answer"]) == {""}
    for name in ("size", "colour"):
        assert table.columns[name] == [clean(row.get(name)) for row in rows]


def clean(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value)
    return "".join(
        " " if x == "\0" else "\N{REPLACEMENT CHARACTER}" if "\ud800" <= x <= "\udfff" else x
        for x in value
    )


def foreign(place: Path, columns: str = "row_id, at, model, row") -> sqlite3.Connection:
    database = sqlite3.connect(place)
    database.execute(f"CREATE TABLE predictions ({columns})")
    return database


# While the service runs


SERVICE = """
import json, sys, time
from pathlib import Path
from modelpress import load
from modelpress.encode import encode
from service.predictions import PredictionLog, Told
model = load(sys.argv[2])
log = PredictionLog(Path(sys.argv[1]), limit_rows=10**6, redact=frozenset(), queue_size=10**6)
n = 0
while True:
    rows = [{"size": float(i), "colour": "red"} for i in range(n, n + 10)]
    answer = model.answer(encode(model.signature, rows))
    log.offer(Told("m", "v1.0.0", model.signature, rows, answer, [(b"r%d" % n, 10)]))
    n += 10
    time.sleep(0.002)
    if n % 100 == 0:
        print(log.written, flush=True)
"""


def test_a_log_is_read_while_it_is_written_and_after_a_kill(
    house: House, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    seen = []
    command = [sys.executable, "-c", SERVICE, str(log), str(house.root / "models" / "m")]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout
        for _ in range(5):
            before = int(service.stdout.readline())
            while int(service.stdout.readline()) <= before:
                pass
            found = read_asked(log, "m", ["size"])
            assert [row.cells[0] for row in found] == [f"{i}.0" for i in range(len(found))]
            seen.append(len(found))
        merge_asked(Paths(house.root, "m"), ModelBlock.model_validate(block()), log)
        service.kill()
    merge_asked(Paths(house.root, "m"), ModelBlock.model_validate(block()), log)

    assert seen == sorted(set(seen))
    places = sorted((house.root / "data/m/current").iterdir())
    sizes = [row["size"] for place in places for row in rows_of(place)]
    assert sizes == [f"{i}.0" for i in range(len(sizes))]
    assert len(sizes) >= seen[-1]
    assert not [place for place in places if place.suffix != ".csv"]


def test_a_log_that_is_open_is_neither_changed_nor_held(house: House, log: Path) -> None:
    service = PredictionLog(log, limit_rows=100, redact=frozenset(), queue_size=100)
    service.offer(answer(house, asked(3, 1), "a"))
    while not service.written:
        time.sleep(0.01)
    before = [place.read_bytes() for place in (log, Path(f"{log}-wal"))]
    assert len(read_asked(log, "m", ["size"])) == 3
    assert [place.read_bytes() for place in (log, Path(f"{log}-wal"))] == before
    service.offer(answer(house, asked(3, 1), "b"))
    service.close()

    assert len(read_asked(log, "m", ["size"])) == 6


AS_NOBODY = """
import os, sys
from pathlib import Path
from pipeline.monitor.log import read_asked
os.getuid() or os.setuid(65534)
print(len(read_asked(Path(sys.argv[1]), "m", ["size"])))
"""


def test_a_log_is_read_where_nobody_may_write(house: House) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.sqlite"
        keep(log, 0, answer(house, asked(3, 1), "a"))
        log.chmod(0o444)
        Path(folder).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-P", "-c", AS_NOBODY, log],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        Path(folder).chmod(0o755)

    assert done.stdout == "3\n", done.stderr


# What is refused


def no_moment(place: Path) -> None:
    entry(place, "r1", "yesterday", "{}")


def no_zone(place: Path) -> None:
    entry(place, "r1", "2026-10-01T10:00:00", "{}")


def no_object(place: Path) -> None:
    entry(place, "r1", "2026-10-01T10:00:00Z", "[1]")


def no_json(place: Path) -> None:
    entry(place, "r1", "2026-10-01T10:00:00Z", '{"size": ')


def no_plain_value(place: Path) -> None:
    entry(place, "r1", "2026-10-01T10:00:00Z", '{"size": [1]}')


def no_name(place: Path) -> None:
    entry(place, None, "2026-10-01T10:00:00Z", "{}")


def no_row(place: Path) -> None:
    entry(place, "r1", "2026-10-01T10:00:00Z", None)


def entry(place: Path, *values: object) -> None:
    with closing(foreign(place)) as database, database:
        database.execute("INSERT INTO predictions VALUES ('r0', '2026-10-01T10:00:00Z', 'm', '{}')")
        database.execute("INSERT INTO predictions VALUES (?, ?, 'm', ?)", values)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_moment, "row 2 of its model: Invalid isoformat string: 'yesterday'"),
        (no_zone, "row 2 of its model: `2026-10-01T10:00:00` is no moment in UTC"),
        (no_object, "row 2 of its model: its features are no JSON object"),
        (no_json, "row 2 of its model: Expecting value: line 1 column 10 (char 9)"),
        (no_plain_value, "row 2 of its model: `size` is neither a number nor a text"),
        (no_name, "row 2 of its model: it has no row_id"),
        (no_row, "row 2 of its model: its features are no JSON object"),
        (lambda place: foreign(place, "row_id").close(),
         "this is no prediction log: its table `predictions` has no column `at`"),
        (lambda place: sqlite3.connect(place).execute("CREATE TABLE x (y)").connection.close(),
         "this is no prediction log: it has no table `predictions`"),
        (lambda place: place.write_bytes(b"a,b\n1,2\n" * 99), "this is no SQLite file"),
        (lambda place: place.write_bytes(b""),
         "this is no prediction log: it has no table `predictions`"),
        (lambda _: None, "there is no such file"),
        (lambda place: place.mkdir(), "there is no such file"),
    ],
)  # fmt: skip
def test_another_file_is_refused_by_its_name(
    house: House, tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(tmp_path / "log.sqlite")
    with pytest.raises(DataError) as caught:
        merge_asked(
            Paths(house.root, "m"), ModelBlock.model_validate(block()), tmp_path / "log.sqlite"
        )

    assert caught.value.message == told
    assert caught.value.path == str(tmp_path / "log.sqlite")
    assert caught.value.hint
    assert not (house.root / "data/m/current").exists()


@pytest.mark.parametrize("keep_of", [0.3, 0.6, 0.9])
def test_a_damaged_log_is_refused(house: House, log: Path, keep_of: float) -> None:
    keep(log, 0, answer(house, asked(2000, 1), "a"))
    content = log.read_bytes()
    log.write_bytes(content[: int(len(content) * keep_of)])
    with pytest.raises(DataError) as caught:
        read_asked(log, "m", ["size"])

    assert caught.value.message == "the log is damaged: its pages do not fit together"
    assert ".recover" in caught.value.hint


def test_nothing_is_written_if_one_of_the_days_cannot_be_read(house: House, log: Path) -> None:
    for number in range(3):
        keep(log, number, answer(house, asked(5, 1), f"d{number}"))
    current(house, 1).parent.mkdir()
    current(house, 1).write_text("row_id,size\na\n", "utf-8")

    assert watch(log, 2) == 2
    assert [*current(house, 1).parent.iterdir()] == [current(house, 1)]
