"""The prediction log: it keeps what was told, whatever the disk does, and no reply waits for it."""

import asyncio
import json
import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st

from modelpress import Model, load
from modelpress.encode import encode
from modelpress.model import Answer
from modelpress.signature import Input, Signature
from pipeline.ab.log import read_log
from service.prediction_file import KEPT_ASIDE, PredictionFile
from service.prediction_rows import Told, records, unknown_fields
from service.prediction_table import COLUMNS
from service.predictions import LARGEST_QUEUE, PredictionLog

Logs = Callable[..., PredictionLog]
SIGNATURE = Signature(
    "m", "binary", (Input("size", "numeric"), Input("note", "text")), ("no", "yes"), "yes"
)
ROW = {"size": 1.5, "note": "hello"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a log may be."""
    return tmp_path / "logs" / "predictions.sqlite"


@pytest.fixture
def logs(place: Path) -> Iterator[Logs]:
    """Open logs that are closed in the end."""
    opened: list[PredictionLog] = []

    def make(**more: Any) -> PredictionLog:
        settings = {"limit_rows": 10_000, "redact": frozenset[str](), "queue_size": 10_000}
        opened.append(PredictionLog(more.pop("place", place), **(settings | more)))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def answer_of(rows: int) -> Answer:
    shares = np.tile(np.array([[0.25, 0.75]], np.float32), (rows, 1))
    return Answer(np.array(["yes"] * rows, np.object_), shares, np.empty(0, np.float32))


def told(*rows: dict[str, Any], name: bytes = b"", **more: Any) -> Told:
    requests = [(name, len(rows))] if name else []
    return Told("m", "v1.0.0", SIGNATURE, rows, answer_of(len(rows)), requests, **more)


def kept(place: Path) -> list[dict[str, Any]]:
    """Read a log as somebody else would, while it may be written."""
    with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        assert database.execute("PRAGMA quick_check").fetchall()[0][0] == "ok"
        return [dict(row) for row in database.execute("SELECT * FROM predictions ORDER BY seq")]


def sizes_of(place: Path) -> list[float]:
    return [json.loads(row["row"])["size"] for row in kept(place)]


def wait_for(done: Callable[[], object]) -> None:
    """Wait until something is so; pytest's own end is the only one."""
    while not done():
        threading.Event().wait(0.01)


# What is kept


def test_a_prediction_is_kept_as_it_was_asked_and_told(logs: Logs, place: Path) -> None:
    log = logs()
    assert log.offer(told(ROW, {"size": None, "note": ""}, name=b"r-17"))
    log.close()
    first, second = kept(place)

    assert first.pop("at") == second.pop("at")
    assert first == {
        "seq": 1,
        "row_id": "r-17-0",
        "model": "m",
        "version": "v1.0.0",
        "row": '{"size":1.5,"note":"hello"}',
        "label": "yes",
        "score": 0.75,
        "value": None,
        "probabilities": '{"no":0.25,"yes":0.75}',
    }
    assert (second["row_id"], second["row"]) == ("r-17-1", '{"size":null,"note":""}')
    assert (log.written, log.dropped, log.failed) == (2, 0, 0)


def test_moments_are_utc_to_the_second() -> None:
    (record,) = records(told(ROW), 1_780_000_000.9, frozenset())

    assert record
    assert record[1] == "2026-05-28T20:26:40Z"


@pytest.mark.parametrize("name", ["iris", "tickets", "bikes-count"])
def test_real_answers_of_every_task_are_kept(logs: Logs, place: Path, name: str) -> None:
    model, log = load(REPOSITORY / "models" / name), logs()
    rows = golden(model, name)
    answer = model.answer(encode(model.signature, rows))
    log.offer(Told(name, model.version, model.signature, rows, answer))
    log.close()
    said = model.predict(rows)

    for row, found, wanted in zip(rows, kept(place), said, strict=True):
        assert json.loads(found["row"]) == row
        assert found["label"] == wanted.label
        if wanted.probabilities is None:
            assert found["value"] == pytest.approx(wanted.value, rel=1e-6)
            assert found["score"] is found["probabilities"] is None
            continue
        shares = json.loads(found["probabilities"])
        assert shares == pytest.approx(dict(wanted.probabilities), abs=1e-7)
        positive = model.signature.positive
        assert found["score"] == (shares[positive] if positive else max(shares.values()))


def golden(model: Model, name: str) -> list[dict[str, Any]]:
    card = REPOSITORY / "models" / name / model.version / "card.json"
    return [one["row"] for one in json.loads(card.read_text("utf-8"))["golden"]]


def test_rows_may_come_in_the_order_of_the_inputs() -> None:
    by_order = Told("m", "v1.0.0", SIGNATURE, [(1.5, "hello")], answer_of(1))
    by_name = told(ROW)

    assert [x and x[4] for x in records(by_order, 0.0, frozenset())] == [
        x and x[4] for x in records(by_name, 0.0, frozenset())
    ]


def test_rows_of_several_requests_have_the_names_of_their_requests() -> None:
    rows = [ROW] * 4
    batch = Told("m", "v1.0.0", SIGNATURE, rows, answer_of(4), [(b"a", 1), (b"b", 2)])
    names = [record[0] for record in records(batch, 0.0, frozenset()) if record]

    assert names[:3] == ["a-0", "b-0", "b-1"]
    assert len(names[3]) == 32


def test_made_up_names_are_different(logs: Logs, place: Path) -> None:
    log = logs()
    for _ in range(20):
        log.offer(told(ROW, ROW))
    log.close()

    assert len({row["row_id"] for row in kept(place)}) == 40


@pytest.mark.parametrize(
    ("redact", "row"),
    [
        ({"note"}, '{"size":1.5,"note":null}'),
        ({"m.note", "m.size"}, '{"size":null,"note":null}'),
        ({"other.note", "m.other", "nothing"}, '{"size":1.5,"note":"hello"}'),
    ],
)
def test_fields_that_are_not_to_be_kept_are_null(
    logs: Logs, place: Path, redact: set[str], row: str
) -> None:
    log = logs(redact=frozenset(redact))
    given = told(ROW)
    log.offer(given)
    log.offer(Told("m", "v1.0.0", SIGNATURE, [(1.5, "hello")], answer_of(1)))
    log.close()

    assert [one["row"] for one in kept(place)] == [row, row]
    assert given.rows == (ROW,)
    if "null" in row:
        content = b"".join(file.read_bytes() for file in place.parent.iterdir())
        assert b"hello" not in content


def test_fields_that_no_model_has_are_named() -> None:
    redact = {"note", "m.size", "m.nte", "other.note", "sizes"}

    assert unknown_fields(redact, [SIGNATURE]) == ["m.nte", "other.note", "sizes"]


CELLS = st.one_of(
    st.none(), st.text(), st.floats(), st.integers(),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "L"])),
)  # fmt: skip


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
@settings(max_examples=50)
def test_any_row_is_kept_whole_or_not_at_all(rows: list[tuple[Any, Any]]) -> None:
    batch = Told("m", "v1.0.0", SIGNATURE, rows, answer_of(len(rows)))
    made = list(records(batch, 0.0, frozenset()))
    with tempfile.TemporaryDirectory() as folder:
        file = PredictionFile(Path(folder) / "log.sqlite", 100)
        file.write([record for record in made if record])
        file.close()
        found = kept(Path(folder) / "log.sqlite")

    assert len(made) == len(rows)
    whole = [row for row, record in zip(rows, made, strict=True) if record]
    for row, one in zip(whole, found, strict=True):
        plain = [None if isinstance(x, float) and not np.isfinite(x) else x for x in row]
        assert list(json.loads(one["row"]).values()) == plain


def test_others_see_rows_while_the_log_is_open(logs: Logs, place: Path) -> None:
    log = logs()
    log.offer(told(ROW))
    wait_for(lambda: log.written)
    assert len(kept(place)) == 1
    log.offer(told(ROW))
    wait_for(lambda: log.written == 2)

    assert len(kept(place)) == 2


def test_the_log_can_be_read_by_ab(logs: Logs, place: Path) -> None:
    log = logs()
    log.offer(told(ROW, name=b"one"))
    log.close()
    (entry,) = read_log(place)

    assert (entry.row_id, entry.version, entry.label) == ("one-0", "v1.0.0", "yes")
    assert entry.probabilities == {"no": 0.25, "yes": 0.75}


def test_only_the_owner_may_read_it(logs: Logs, place: Path) -> None:
    log = logs()
    log.offer(told(ROW))
    wait_for(lambda: log.written)

    assert {path.suffix for path in place.parent.iterdir()} == {
        ".sqlite", ".sqlite-wal", ".sqlite-shm", ".lock",
    }  # fmt: skip
    for path in place.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


# Its bounds


def test_the_newest_rows_stay(logs: Logs, place: Path) -> None:
    log = logs(limit_rows=120)
    for start in range(0, 2000, 50):
        log.offer(told(*({"size": i, "note": ""} for i in range(start, start + 50))))
    log.close()

    assert log.written == 2000
    assert sizes_of(place) == list(range(1880, 2000))


def test_at_no_time_are_there_more(tmp_path: Path) -> None:
    file = PredictionFile(tmp_path / "log.sqlite", 70)
    for start in range(0, 1500, 30):
        batch = told(*({"size": i, "note": ""} for i in range(start, start + 30)))
        file.write([record for record in records(batch, 0.0, frozenset()) if record])
        assert sizes_of(file.path) == list(range(max(0, start - 40), start + 30))
    file.close()


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = PredictionFile(tmp_path / "log.sqlite", 200)
    (record,) = records(told({"size": 1, "note": "x" * 500}), 0.0, frozenset())
    assert record
    sizes = []
    for _ in range(60):
        file.write([record] * 500)
        sizes.append(file.path.stat().st_size)
    file.close()

    assert len(kept(file.path)) == 200
    assert file.path.stat().st_size <= 2 * 500 * 1_000
    assert max(sizes[10:]) <= max(sizes[:10])


def test_a_lower_limit_shortens_a_file_that_is_there(tmp_path: Path) -> None:
    (record,) = records(told({"size": 1, "note": "x" * 500}), 0.0, frozenset())
    assert record
    large = PredictionFile(tmp_path / "log.sqlite", 100_000)
    for _ in range(24):
        large.write([record] * 500)
    large.close()
    before = large.path.stat().st_size
    small = PredictionFile(tmp_path / "log.sqlite", 10)
    for _ in range(5):
        small.write([record])
    small.close()

    assert len(kept(small.path)) == 10
    assert small.path.stat().st_size < before / 4


def test_large_rows_go_sooner(tmp_path: Path) -> None:
    (record,) = records(told({"size": 1, "note": "x" * 10_000}), 0.0, frozenset())
    assert record
    file = PredictionFile(tmp_path / "log.sqlite", 1_000_000, limit_bytes=2_000_000)
    for _ in range(60):
        file.write([record] * 20)
    file.close()

    assert 20 <= len(kept(file.path)) <= 200
    assert file.path.stat().st_size < 4_000_000


def test_one_offer_may_be_larger_than_a_commit(logs: Logs, place: Path) -> None:
    log = logs()
    log.offer(told(*({"size": i, "note": ""} for i in range(2345))))
    log.close()

    assert sizes_of(place) == list(range(2345))


def test_a_queue_that_is_full_drops_and_counts(logs: Logs, place: Path) -> None:
    with hold(place) as holder:
        log = logs(queue_size=10)
        offers = [log.offer(told(*[ROW] * 3)) for _ in range(5)]
        holder.rollback()
        log.close()

    assert offers == [True, True, True, False, False]
    assert (log.written, log.dropped, log.failed) == (9, 6, 0)
    assert len(kept(place)) == 9


def test_large_bodies_fill_the_queue_too(logs: Logs, place: Path) -> None:
    with hold(place) as holder:
        log = logs()
        assert log.offer(told(ROW, size=LARGEST_QUEUE))
        assert not log.offer(told(ROW, size=1))
        holder.rollback()
        wait_for(lambda: log.written)
    wait_for(lambda: log.offer(told(ROW, size=LARGEST_QUEUE)))
    assert not log.offer(told(ROW, size=LARGEST_QUEUE + 1))


# Nobody waits


def hold(place: Path) -> sqlite3.Connection:
    """Make a log and hold its write lock, as long as the transaction is open."""
    file = PredictionFile(place, 10_000)
    file.write([])
    file.close()
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    return holder


def test_replies_go_on_while_somebody_holds_the_file(logs: Logs, place: Path) -> None:
    """The lock is let go of after the offers, by the same thread: one that waited never would."""

    async def replies() -> int:
        with closing(hold(place)) as holder:
            log, turns = logs(), 0
            for _ in range(200):
                assert log.offer(told(ROW))
                await asyncio.sleep(0)
                turns += 1
            await asyncio.sleep(0.5)
            assert log.written == 0
            assert log.offer(told(ROW))
            holder.rollback()
        await asyncio.to_thread(log.close)
        assert log.written == 201
        return turns

    assert asyncio.run(replies()) == 200
    assert len(kept(place)) == 201


def test_closing_writes_what_waits(logs: Logs, place: Path) -> None:
    log = logs()
    for i in range(3000):
        log.offer(told({"size": i, "note": ""}))
    log.close()

    assert not log._thread.is_alive()
    assert not place.with_name(f"{place.name}-wal").exists()
    assert sizes_of(place) == list(range(3000))
    assert not log.offer(told(ROW))
    log.close()
    assert log.dropped == 1


def test_closing_gives_up_at_its_deadline(logs: Logs, place: Path) -> None:
    with closing(hold(place)):
        log = logs()
        for _ in range(20):
            log.offer(told(ROW))
        log.close(deadline=0.2)
        assert not log._thread.is_alive()

    assert (log.written, log.dropped) == (0, 20)
    assert kept(place) == []


# Files that are not as they should be


def garble(content: bytes) -> bytes:
    pages = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    return b"".join([pages[0], *(bytes([x[0] ^ 0xFF]) * len(x) for x in pages[1:])])


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "no database": lambda _: b"this is not SQLite, and it is long enough to have a header" * 20,
    "garbled pages": garble,
    "garbled header": lambda content: b"\xff" * 100 + content[100:],
    "cut short": lambda content: content[: len(content) // 2],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_moved_aside_and_named(
    logs: Logs,
    place: Path,
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logs()
    log.offer(told(*[ROW] * 400))
    log.close()
    spoilt = damage(place.read_bytes())
    place.write_bytes(spoilt)
    log = logs()
    log.offer(told({"size": 7, "note": "new"}))
    log.close()

    assert sizes_of(place) == [7]
    aside = place.with_name(f"{place.name}.damaged-1")
    assert aside.read_bytes() == spoilt
    assert (log.written, log.failed) == (1, 0)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith(f"{place} is damaged (")
    assert message.endswith(f"): moved to {aside}")


def test_damage_that_comes_while_it_is_written_is_found(tmp_path: Path) -> None:
    (record,) = records(told({"size": 1, "note": "x" * 500}), 0.0, frozenset())
    assert record
    for _ in range(2):
        file = PredictionFile(tmp_path / "log.sqlite", 10_000)
        for _ in range(20):
            file.write([record] * 500)
    with file.path.open("r+b") as raw:
        raw.seek(100 * 4096)
        raw.write(b"\xff" * (file.path.stat().st_size - raw.tell()))
    aside, writes = tmp_path / "log.sqlite.damaged-1", 0
    while not aside.exists():
        file.write([record] * 500)
        writes += 1
    file.write([record] * 3)
    file.close()

    assert writes <= 20
    assert len(kept(file.path)) == 503


def test_damaged_files_do_not_pile_up(
    logs: Logs, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place.parent.mkdir()
    for _ in range(KEPT_ASIDE + 1):
        place.write_bytes(b"no database" * 100)
        log = logs()
        log.offer(told(ROW))
        log.close()

    assert (log.written, log.failed) == (0, 1)
    assert len([*place.parent.glob("*.damaged-*")]) == KEPT_ASIDE
    assert caplog.records[-1].getMessage() == (
        f"{place} cannot be written: `{place}` is damaged, and 9 damaged ones lie beside it; "
        "look at them, and remove them"
    )


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("CREATE TABLE friends (name TEXT)", "a database of something else"),
        ("CREATE TABLE predictions (row_id TEXT)", "a database of something else"),
        (
            "PRAGMA application_id = 0x4D504C47; PRAGMA user_version = 2; CREATE TABLE x (y)",
            "a prediction log of another schema",
        ),
    ],
)
def test_a_database_of_somebody_else_is_left_alone(
    logs: Logs, place: Path, caplog: pytest.LogCaptureFixture, script: str, what: str
) -> None:
    place.parent.mkdir()
    with closing(sqlite3.connect(place)) as database:
        database.executescript(script)
    before = place.read_bytes()
    log = logs()
    log.offer(told(*[ROW] * 3))
    log.close()

    assert place.read_bytes() == before
    assert (log.written, log.failed) == (0, 3)
    assert caplog.records[0].getMessage() == (
        f"{place} cannot be written: `{place}` is {what}; name another file"
    )
    assert len(caplog.records) == 1


def test_a_file_that_is_moved_away_is_begun_anew(logs: Logs, place: Path) -> None:
    log = logs()
    log.offer(told({"size": 1, "note": ""}))
    wait_for(lambda: log.written == 1)
    away = place.rename(place.with_name("away.sqlite"))
    for suffix in ("-wal", "-shm"):
        Path(f"{place}{suffix}").rename(f"{away}{suffix}")
    log.offer(told({"size": 2, "note": ""}))
    wait_for(lambda: log.written == 2)
    place.unlink()
    log.offer(told({"size": 3, "note": ""}))
    log.close()

    assert log.written == 3
    assert sizes_of(away) == [1]
    assert sizes_of(place) == [3]


def test_a_folder_stands_in_its_place(
    logs: Logs, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place.mkdir(parents=True)
    log = logs()
    log.offer(told(ROW))
    log.close()

    assert log.failed == 1
    assert f"{place} cannot be written: " in caplog.text


# Processes


WRITER = """
import logging, sys, time
from pathlib import Path
import numpy as np
from modelpress.model import Answer
from modelpress.signature import Input, Signature
from service.predictions import PredictionLog, Told

logging.basicConfig(level=logging.INFO, format="%(message)s")
SIGNATURE = Signature("m", "binary", (Input("who", "text"), Input("n", "numeric")), ("a", "b"))
def told(who, numbers):
    rows = [{"who": who, "n": n} for n in numbers]
    shares = np.tile(np.array([[0.5, 0.5]], np.float32), (len(rows), 1))
    answer = Answer(np.array(["a"] * len(rows), np.object_), shares, np.empty(0, np.float32))
    return Told("m", "v1.0.0", SIGNATURE, rows, answer)
def open_log(place, limit_rows=100_000):
    return PredictionLog(
        Path(place), limit_rows=limit_rows, redact=frozenset(), queue_size=100_000
    )
"""

FOREVER = (
    WRITER
    + """
log, n = open_log(sys.argv[1]), 0
while True:
    log.offer(told("killed", range(n, n + 10)))
    n += 10
    time.sleep(0.0005)
    if n % 1000 == 0:
        print(log.written, flush=True)
"""
)

SHARE = (
    WRITER
    + """
log = open_log(sys.argv[1], int(sys.argv[3]))
for n in range(0, 3000, 20):
    assert log.offer(told(sys.argv[2], range(n, n + 20)))
    time.sleep(0.002)
log.close(deadline=60)
print(log.written, log.dropped, log.failed)
"""
)


def start(script: str, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("rows", [1, 2000, 6000])
def test_a_process_that_is_killed_leaves_whole_rows(logs: Logs, place: Path, rows: int) -> None:
    with start(FOREVER, place) as writer:
        assert writer.stdout
        while int(writer.stdout.readline()) < rows:
            pass
        writer.send_signal(signal.SIGKILL)
    found = kept(place)

    assert len(found) >= rows
    numbers = [json.loads(row["row"]) for row in found]
    assert numbers == [{"who": "killed", "n": n} for n in range(len(found))]
    log = logs(limit_rows=100_000)
    log.offer(told(ROW))
    log.close()
    assert len(kept(place)) == len(found) + 1
    assert not [*place.parent.glob("*.damaged-*")]


@pytest.mark.parametrize("limit_rows", [100_000, 500])
def test_processes_share_a_file(place: Path, limit_rows: int) -> None:
    writers = [start(SHARE, place, who, limit_rows) for who in ("one", "two", "three")]
    counted = [writer.communicate()[0] for writer in writers]

    assert counted == ["3000 0 0\n"] * 3
    found = [json.loads(row["row"]) for row in kept(place)]
    assert len(found) == min(9000, limit_rows)
    for who in ("one", "two", "three"):
        own = [row["n"] for row in found if row["who"] == who]
        assert own == list(range(3000 - len(own), 3000))


def test_processes_that_find_damage_together_move_it_aside_once(place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"no database" * 1000)
    writers = [start(SHARE, place, who, 100_000) for who in ("one", "two", "three")]
    counted = [writer.communicate()[0] for writer in writers]

    assert counted == ["3000 0 0\n"] * 3
    assert len(kept(place)) == 9000
    aside = place.with_name(f"{place.name}.damaged-1")
    assert [*place.parent.glob("*.damaged-*")] == [aside]
    assert aside.read_bytes() == b"no database" * 1000


FULL = (
    WRITER
    + """
import json, subprocess
from service.prediction_table import _ENDS
folder = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", folder], check=True)
log, counts = open_log(folder + "/log.sqlite"), []
def offer(batches):
    for n in range(batches):
        log.offer(told("x" * 400, range(500)))
        while log.written + log.failed < 500 * (n + 1 + 6 * len(counts)):
            time.sleep(0.01)
    counts.append((log.written, log.dropped, log.failed))
offer(6)
subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
offer(6)
log.close()
import sqlite3
database = sqlite3.connect(folder + "/log.sqlite")
checked = database.execute("PRAGMA integrity_check").fetchone()[0]
print(json.dumps([*counts, checked, database.execute(_ENDS).fetchone()[1]]))
"""
)


@pytest.mark.tmpfs
def test_a_full_disk_costs_rows_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-c", FULL, tmp_path],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    full, roomy, checked, rows = json.loads(done.stdout)

    assert full[2] > 0
    assert roomy == [full[0] + 3000, 0, full[2]]
    assert (checked, rows) == ("ok", roomy[0])
    first, second = done.stderr.splitlines()
    assert first == (
        f"{tmp_path}/log.sqlite cannot be written: database or disk is full; make room there"
    )
    assert second == f"{tmp_path}/log.sqlite is written again; {full[2]} rows are lost"


READ_ONLY = (
    "import os, uuid\n"
    + WRITER
    + """
os.getuid() or os.setuid(65534)
log = open_log(sys.argv[1])
log.offer(told("x", range(5)))
log.close()
print(log.written, log.failed)
"""
)


@pytest.mark.parametrize("there", [False, True], ids=["nothing there", "a log of another"])
def test_a_read_only_folder_costs_rows_and_nothing_else(*, there: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "log.sqlite"
        if there:
            file = PredictionFile(place, 100)
            file.write([])
            file.close()
            place.chmod(0o444)
        Path(folder).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-P", "-c", READ_ONLY, place],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        Path(folder).chmod(0o755)

    assert done.stdout == "0 5\n"
    assert len(done.stderr.splitlines()) == 1
    assert f"{place} cannot be written: " in done.stderr


def test_the_columns_are_those_that_are_told_to_others(logs: Logs, place: Path) -> None:
    log = logs()
    log.offer(told(ROW))
    log.close()

    assert tuple(kept(place)[0]) == ("seq", *COLUMNS)


def test_it_says_nothing_when_all_is_well(logs: Logs, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        log = logs()
        log.offer(told(ROW))
        log.close()

    assert caplog.records == []
