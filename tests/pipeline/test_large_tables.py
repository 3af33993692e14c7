"""Tables too large for Git: in a DVC remote, with a pointer in their place."""

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from house import House, binary_rows, block

from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.dvc import call as dvc
from pipeline.source.keep import LARGEST_IN_GIT, MEGABYTE, unharmed

pytestmark = pytest.mark.git

SOURCES = {"shop": {"encoding": "utf-8", "delimiter": ",", "quoting": "standard"}}
FEATURES = {"size": {"kind": "numeric"}, "note": {"kind": "text"}}


class Said(NamedTuple):
    """How the verb ended, and what it said on stderr."""

    code: int
    err: str


Ingest = Callable[..., Said]


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def modelpress(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def delivery(folder: Path, rows: list[dict[str, Any]]) -> Path:
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    path = folder / "delivery.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def repository(house: House) -> House:
    """A house in Git with a model `m`, whose small table is committed."""
    house.add("m", block(data={"sources": SOURCES}), binary_rows(40))
    git(house.root, "init", "-q")
    git(house.root, "config", "user.email", "tests@example.org")
    git(house.root, "config", "user.name", "tests")
    git(house.root, "add", "-A")
    git(house.root, "commit", "-qm", "first")
    return house


@pytest.fixture
def store(house: House, tmp_path: Path) -> Path:
    """A remote that is a folder."""
    path = tmp_path / "store"
    config = house.root / ".dvc" / "config"
    remote = f"    remote = store\n['remote \"store\"']\n    url = {path}\n"
    config.write_text(config.read_text("utf-8") + remote, "utf-8")
    return path


@pytest.fixture
def ingest(
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ingest:
    """The verb on rows of so many; a table of a hundred rows is a large one here."""
    monkeypatch.chdir(house.root)

    def call(rows: int, seed: int = 1) -> Said:
        # By name, `pipeline.source.keep` is the function that the package gives out.
        monkeypatch.setattr(import_module("pipeline.source.keep"), "LARGEST_IN_GIT", 2000)
        file = delivery(tmp_path, binary_rows(rows, seed))
        code = main(["ingest", "m", "--accept-fewer-rows", "--from", str(file)])
        return Said(code, capsys.readouterr().err)

    return call


def stored(store: Path) -> list[bytes]:
    return [path.read_bytes() for path in store.rglob("*") if path.is_file()]


def weighing(megabytes: float) -> list[dict[str, Any]]:
    """Forty rows of as much text as makes a table of that size, header and row ids included."""
    length = round(megabytes * MEGABYTE / 40)
    return [
        {"size": row["size"], "note": "x" * (length - 40), "answer": row["answer"]}
        for row in binary_rows(40)
    ]


@pytest.fixture
def texts(repository: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The model learns from texts, for few rows can weigh much; the limit is the real one."""
    repository.write_params({"m": block(features=FEATURES, data={"sources": SOURCES})})
    monkeypatch.chdir(repository.root)
    return repository


def test_up_to_20_megabytes_a_table_is_git_s(texts: House, tmp_path: Path) -> None:
    assert LARGEST_IN_GIT == 20 * MEGABYTE
    assert main(["ingest", "m", "--from", str(delivery(tmp_path, weighing(19.9)))]) == 0
    assert set(kept(texts.root / "data/m")) == {"table.csv", "source.json"}


def test_above_that_it_needs_a_remote(
    texts: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Git keeps every version of a file for ever."""
    before = kept(texts.root / "data/m")

    assert main(["ingest", "m", "--from", str(delivery(tmp_path, weighing(20.1)))]) == 2
    assert kept(texts.root / "data/m") == before
    assert capsys.readouterr().err == (
        "error: the table has 20.1 MB; above 20 MB it belongs into a DVC remote, "
        "and there is none\n"
        "hint: make one, for example `dvc remote add --default store s3://bucket/folder`\n"
    )


def test_without_a_remote_nothing_is_changed(repository: House, ingest: Ingest) -> None:
    assert ingest(200).code == 2
    assert git(repository.root, "status", "--porcelain") == ""


def test_a_large_table_goes_to_the_remote_and_its_pointer_to_git(
    repository: House, ingest: Ingest, store: Path
) -> None:
    """Git knew the small table, and must forget the large one without deleting it."""
    assert ingest(200) == Said(0, "")
    folder = repository.root / "data/m"
    table = (folder / "table.csv").read_bytes()
    git(repository.root, "add", "-A")

    assert table.count(b"\n") == 201
    assert stored(store) == [table]
    assert git(repository.root, "ls-files", "data").split() == [
        "data/m/.gitignore",
        "data/m/source.json",
        "data/m/table.csv.dvc",
    ]


def test_the_same_large_table_changes_nothing(
    repository: House, ingest: Ingest, store: Path
) -> None:
    ingest(200)
    before = kept(repository.root / "data/m")

    assert ingest(200).code == 0
    assert kept(repository.root / "data/m") == before
    assert len(stored(store)) == 1


def test_a_table_that_is_small_again_comes_back_to_git(
    repository: House, ingest: Ingest, store: Path
) -> None:
    ingest(200)
    git(repository.root, "add", "-A")
    git(repository.root, "commit", "-qm", "large")
    assert ingest(30).code == 0
    git(repository.root, "add", "-A")

    assert git(repository.root, "ls-files", "data").split() == [
        "data/m/source.json",
        "data/m/table.csv",
    ]
    assert len(stored(store)) == 1, "what older commits point to stays in the remote"


def test_a_remote_that_cannot_be_written_leaves_all_as_it_was_and_git_s_index_too(
    repository: House, ingest: Ingest, store: Path
) -> None:
    store.write_text("a file, and no folder", "utf-8")
    before = kept(repository.root / "data/m")
    code, err = ingest(200)

    assert code == 2
    assert err.startswith("error: `dvc push --quiet data/m/table.csv.dvc` failed: ")
    assert "\nhint: `dvc push -v` says more" in err
    assert kept(repository.root / "data/m") == before
    assert git(repository.root, "status", "--porcelain", "data") == ""


def test_without_git_a_large_table_goes_to_the_remote_all_the_same(
    house: House, ingest: Ingest, store: Path
) -> None:
    house.add("m", block(data={"sources": SOURCES}), binary_rows(40))

    assert ingest(200) == Said(0, "")
    assert stored(store) == [(house.root / "data/m/table.csv").read_bytes()]


def test_a_clone_pulls_the_table_to_the_byte(
    repository: House, ingest: Ingest, store: Path, tmp_path: Path
) -> None:
    ingest(200)
    git(repository.root, "add", "-A")
    git(repository.root, "commit", "-qm", "large")
    git(tmp_path, "clone", "-q", str(repository.root), "clone")
    clone = tmp_path / "clone"
    assert not (clone / "data/m/table.csv").exists()

    dvc(clone, "pull", "--quiet", "data/m/table.csv.dvc")
    assert [(clone / "data/m/table.csv").read_bytes()] == stored(store)
    assert git(clone, "status", "--porcelain") == ""


def test_a_failure_takes_the_pointer_away_with_the_table(house: House) -> None:
    """Of a model that had no table before, not even the folder stays."""
    paths = Paths(house.root, "new")

    def failing() -> None:
        with unharmed(paths):
            paths.data.mkdir(parents=True)
            for name in ("table.csv", "table.csv.dvc", ".gitignore"):
                (paths.data / name).write_text("x", "utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    assert not (house.root / "data").exists()


@pytest.fixture
def clone(repository: House, ingest: Ingest, store: Path, tmp_path: Path) -> Path:
    """A clone of a repository that was run on a large table."""
    assert ingest(200).code == 0
    assert store.is_dir()
    assert modelpress(repository.root, "run").returncode == 0
    git(repository.root, "add", "-A")
    git(repository.root, "commit", "-qm", "large")
    git(tmp_path, "clone", "-q", str(repository.root), "clone")
    return tmp_path / "clone"


@pytest.mark.slow
def test_a_clone_is_up_to_date_and_a_run_fetches_the_table_when_it_needs_it(clone: Path) -> None:
    idle = modelpress(clone, "run")
    assert "up to date" in idle.stdout, idle.stderr
    assert not (clone / "data/m/table.csv").exists(), "nobody needed it"
    forced = modelpress(clone, "run", "--force")

    assert forced.returncode == 0, forced.stderr
    assert "reproduced, unchanged" in forced.stdout
    assert git(clone, "status", "--porcelain") == ""


@pytest.mark.slow
def test_an_edited_table_that_is_kept_nowhere_is_refused_and_not_lost(clone: Path) -> None:
    assert modelpress(clone, "run", "--force").returncode == 0
    table = clone / "data/m/table.csv"
    table.chmod(0o644)
    edited = table.read_bytes() + table.read_bytes().splitlines(keepends=True)[1]
    table.unlink()
    table.write_bytes(edited)
    done = modelpress(clone, "run", "--force")

    assert done.returncode == 2
    assert "it is not the table that table.csv.dvc names" in done.stdout
    assert table.read_bytes() == edited


@pytest.mark.slow
def test_a_run_takes_the_table_that_the_pointer_names_and_not_the_one_of_yesterday(
    repository: House, ingest: Ingest, clone: Path
) -> None:
    assert modelpress(clone, "run", "--force").returncode == 0
    assert ingest(220, seed=2).code == 0
    assert modelpress(repository.root, "run").returncode == 0
    git(repository.root, "add", "-A")
    git(repository.root, "commit", "-qm", "larger")
    git(clone, "pull", "-q")
    done = modelpress(clone, "run")

    assert done.returncode == 0, done.stderr
    assert (clone / "data/m/table.csv").read_bytes().count(b"\n") == 221
    assert git(clone, "status", "--porcelain") == ""
