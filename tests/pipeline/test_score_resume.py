"""`score` when it is killed, when the disk is full, and when two run at once."""

import fcntl
import json
import os
import random
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from house import REPOSITORY, House
from scored import scored_house, text_rows

from pipeline.cli import main
from pipeline.score import csv_input, journal
from pipeline.score.engines import threads

# They are told to import this module by its name, which begins at the repository.
sys.path.append(str(REPOSITORY))

# A fork of a process that has imported all: a kill costs no start.
_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["pipeline.score", "pipeline.score.sparse", "modelpress.session"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    return scored_house(tmp_path_factory.mktemp("resume") / "house")


@pytest.fixture(scope="module")
def source(made: House) -> Path:
    """Some chunks of rows, every fiftieth of them bad."""
    lines = ["row_id,size,colour,note"]
    for number, row in enumerate(text_rows(3000, seed=8)):
        size = "x" if number % 50 == 7 else row["size"]
        lines.append(f"{row['row_id']},{size},{row['colour']},{row['note']}")
    path = made.root / "in.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def here(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks, each written down at once; the repository is the working directory."""
    monkeypatch.chdir(made.root)
    monkeypatch.setattr(csv_input, "ROWS", 100)
    monkeypatch.setattr(journal, "SAVE_SECONDS", 0)


def in_pieces() -> None:
    """Set the same in a process of its own."""
    csv_input.ROWS, journal.SAVE_SECONDS = 100, 0


def score(source: Path, output: Path, *words: str) -> int:
    return main(["score", "m", str(source), str(output), *words])


def killed_after(seconds: float, source: Path, output: Path) -> None:
    """Score, and die meanwhile as by `kill -9`."""

    def kill() -> None:
        time.sleep(seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    in_pieces()
    threading.Thread(target=kill, daemon=True).start()
    os._exit(score(source, output, "--quiet"))


def killed_at(call: str, count: int, source: Path, output: Path) -> None:
    """Score, and die instead of some call to the disk."""
    real: Callable[..., object] = getattr(os, call)
    left = [count]

    def counted(*words: object) -> object:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*words)

    in_pieces()
    setattr(os, call, counted)
    os._exit(score(source, output, "--quiet"))


def ended(work: Callable[..., None], *words: object) -> int:
    process = _FORKS.Process(target=work, args=words)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def results(folder: Path, name: str) -> tuple[bytes, bytes]:
    return (folder / name).read_bytes(), (folder / f"{name}.rejects.csv").read_bytes()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_killed_at_any_time_and_run_again_it_ends_with_the_same_bytes(
    source: Path, ending: str, tmp_path: Path
) -> None:
    whole, pieces = f"whole.{ending}", f"pieces.{ending}"
    begin = time.monotonic()
    assert ended(killed_after, 600, source, tmp_path / whole) == 0
    takes = time.monotonic() - begin
    dice, codes = random.Random(4), []
    while 0 not in codes:
        # Each time a little longer, so that it ends, whatever else the machine is doing.
        seconds = dice.uniform(0.2, 1.0) * takes * (1 + len(codes) / 4)
        codes.append(ended(killed_after, seconds, source, tmp_path / pieces))

    assert set(codes) <= {0, -signal.SIGKILL}
    assert results(tmp_path, pieces) == results(tmp_path, whole)
    assert len(list(tmp_path.iterdir())) == 4, "nothing else is left"


@pytest.mark.parametrize(
    ("call", "count"),
    [("fsync", 1), ("fsync", 2), ("fsync", 5), ("fsync", 40), ("replace", 1), ("replace", 7)],
)
def test_killed_at_a_call_to_the_disk_it_goes_on(
    source: Path, call: str, count: int, tmp_path: Path
) -> None:
    assert score(source, tmp_path / "whole.csv") == 0
    assert ended(killed_at, call, count, source, tmp_path / "pieces.csv") in {0, -signal.SIGKILL}
    assert not (tmp_path / "pieces.csv").exists() or call == "replace"
    assert score(source, tmp_path / "pieces.csv") == 0

    assert results(tmp_path, "pieces.csv") == results(tmp_path, "whole.csv")


@pytest.fixture
def begun(source: Path, tmp_path: Path) -> Path:
    """An output that was left half done."""
    assert ended(killed_at, "fsync", 40, source, tmp_path / "out.csv") == -signal.SIGKILL
    assert not (tmp_path / "out.csv").exists()
    return tmp_path / "out.csv"


def progress(output: Path) -> int:
    record = json.loads(output.with_name(f".{output.name}.progress.json").read_text("utf-8"))
    return int(record["progress"]["end"][0])


def test_what_is_done_is_not_done_again(
    begun: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = progress(begun)
    sizes = []

    def counting(*words: object) -> object:
        engine = threads(*words)  # type: ignore[arg-type] # as it is called
        sizes.append(engine)
        return engine

    monkeypatch.setattr("pipeline.score.threads", counting)
    read = []
    real = csv_input.CsvInput.chunks

    def chunks(self: csv_input.CsvInput, position: object) -> object:
        for chunk in real(self, position):  # type: ignore[arg-type] # as it is called
            read.append(len(chunk.lines) + len(chunk.rejects))
            yield chunk

    monkeypatch.setattr(csv_input.CsvInput, "chunks", chunks)
    assert score(source, begun) == 0

    assert 0 < done < 3000
    assert sum(read) == 3000 - done


@pytest.mark.parametrize("what", ["longer", "other rows", "touched"])
def test_another_input_does_not_go_on_where_one_was_left(
    begun: Path, source: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = begun.with_name("other.csv")
    text = source.read_text("utf-8")
    other.write_text(
        {"longer": text + "x,1,red,win\n", "other rows": text.replace("red", "der")}.get(what, text)
    )
    status = source.stat()
    later = status.st_mtime_ns + (what == "touched")
    os.utime(other, ns=(status.st_atime_ns, later))

    assert score(other, begun) == 2
    err = capsys.readouterr().err
    assert "this was begun with an input " in err
    assert "hint: finish it as it was begun, or say --restart" in err
    assert not begun.exists()
    assert score(other, begun, "--restart") == 0


def test_a_damaged_record_is_named_and_forgotten_on_request(
    begun: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = begun.with_name(".out.csv.progress.json")
    for damaged in ("{", "[]", '{"identity": {}, "progress": {"end": 3}}'):
        record.write_text(damaged, "utf-8")
        assert score(source, begun) == 2
        assert "out.csv.progress.json: this is no" in capsys.readouterr().err
    assert score(source, begun, "--restart") == 0


def test_rows_that_were_taken_away_are_missed(
    begun: Path, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.truncate(begun.with_name(".out.csv.rows.tmp"), 10)

    assert score(source, begun) == 2
    assert "the rows that this speaks of are gone" in capsys.readouterr().err


def test_two_at_once_do_not_mix(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / ".out.csv.rows.tmp").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert score(source, tmp_path / "out.csv") == 2
    assert "another `score` is writing this" in capsys.readouterr().err
    assert score(source, tmp_path / "out.csv") == 0


def on_a_full_disk(most: int, source: Path, output: Path, said: Connection) -> None:
    """Score where no file may grow beyond so many bytes."""
    in_pieces()
    os.dup2(said.fileno(), 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    os._exit(score(source, output, "--quiet"))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("most", [0, 20_000, 60_000])
def test_on_a_full_disk_it_stops_and_goes_on_when_there_is_room(
    source: Path, most: int, ending: str, tmp_path: Path
) -> None:
    output = tmp_path / f"out.{ending}"
    said, end = _FORKS.Pipe(duplex=False)
    assert ended(on_a_full_disk, most, source, output, end) == 2
    message = os.read(said.fileno(), 10_000).decode()
    assert message.startswith("error: ")
    assert f"out.{ending}: File too large\nhint: the rows so far are kept" in message
    assert not output.exists()
    assert score(source, output) == 0
    assert score(source, tmp_path / f"whole.{ending}") == 0

    assert output.read_bytes() == (tmp_path / f"whole.{ending}").read_bytes()
