"""`score --engine dask`, on real workers, one of which dies."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House
from scored import scored_house, text_rows

from pipeline.cli import main
from pipeline.score import csv_input, engines
from pipeline.score.chunk import Scored

ROWS = 4000
SICK = 20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    return scored_house(tmp_path_factory.mktemp("dask") / "house")


@pytest.fixture(scope="module")
def source(made: House) -> Path:
    path = made.root / "in.csv"
    lines = ["row_id,size,colour,note"]
    lines += [
        f"{row['row_id']},{'x' if n % 90 == 3 else row['size']},{row['colour']},{row['note']}"
        for n, row in enumerate(text_rows(ROWS, seed=9))
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def here(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.root)
    monkeypatch.setattr(csv_input, "ROWS", 100)


def score(source: Path, output: Path, *words: str) -> int:
    return main(["score", "m", str(source), str(output), "--quiet", *words])


def results(output: Path) -> tuple[bytes, bytes]:
    return output.read_bytes(), output.with_name(f"{output.name}.rejects.csv").read_bytes()


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two workers, each a process of its own."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what distributed says when a worker dies
def test_a_worker_killed_half_way_does_not_show_in_the_result(
    cluster: Any, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert score(source, tmp_path / "here.csv") == 0
    killed = []
    real = engines.in_order

    def killing(*words: Any) -> Iterator[Scored]:
        for number, scored in enumerate(real(*words)):
            if number == SICK:
                (victim, _), *_ = cluster.workers.items()
                killed.append(cluster.workers[victim].pid)
                os.kill(killed[0], signal.SIGKILL)
            yield scored

    monkeypatch.setattr("pipeline.score.in_order", killing)
    words = ("--engine", "dask", "--scheduler", cluster.scheduler_address)
    assert score(source, tmp_path / "there.csv", *words) == 0

    assert killed
    assert results(tmp_path / "there.csv") == results(tmp_path / "here.csv")
    assert len(results(tmp_path / "here.csv")[0].splitlines()) > ROWS - ROWS // 80


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # as above
def test_without_an_address_there_is_a_cluster_of_this_machine(
    source: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    assert score(source, tmp_path / "here.csv") == 0
    assert score(source, tmp_path / "there.csv", "--engine", "dask") == 0

    assert results(tmp_path / "there.csv") == results(tmp_path / "here.csv")


def test_without_dask_it_says_what_to_install(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    assert score(source, tmp_path / "out.csv", "--engine", "dask") == 2
    assert capsys.readouterr().err == (
        "error: Dask is not installed\nhint: pip install 'modelpress[pipeline,dask]'\n"
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # as above
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x"])
def test_a_scheduler_that_is_not_there_is_named(
    source: Path, address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    distributed = pytest.importorskip("distributed")
    import dask  # noqa: PLC0415 - only there with distributed

    with dask.config.set({"distributed.comm.timeouts.connect": "2s"}):
        assert score(source, tmp_path / "out.csv", "--engine", "dask", "--scheduler", address) == 2
    assert distributed.__name__ == "distributed"
    assert f"the scheduler `{address}` cannot be reached" in capsys.readouterr().err
