"""A cache object whose bytes are not those of its name: DVC restores it without a word."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from house import House, binary_rows, block

from pipeline.dvc import call as dvc
from pipeline.dvc import environment

pytestmark = pytest.mark.git


def modelpress(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A repository with a candidate."""
    house = House.make(tmp_path_factory.mktemp("made") / "house")
    house.add("m", block(), binary_rows(200))
    subprocess.run(["git", "init", "-q"], cwd=house.root, check=True)
    assert modelpress(house.root, "run").returncode == 0
    return house


@pytest.fixture
def repository(made: House, tmp_path: Path) -> House:
    """A repository of a test's own."""
    return House(shutil.copytree(made.root, tmp_path / "house"))


def poison(root: Path, md5: str) -> bytes:
    """Change one bit of a cache object, and leave everything about the file as it was."""
    place = root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    before = place.stat()
    place.chmod(0o644)
    place.write_bytes(content)
    place.chmod(before.st_mode)
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    return bytes(content)


def digest(place: Path) -> str:
    return hashlib.md5(place.read_bytes(), usedforsecurity=False).hexdigest()


def restored(house: House, name: str) -> Path:
    """Let DVC restore a damaged artifact; it finds nothing wrong."""
    place = house.artifact("m", name)
    content = poison(house.root, digest(place))
    place.unlink()
    dvc(house.root, "checkout", f"artifacts/m/{name}")
    assert place.read_bytes() == content
    return place


def test_no_verb_takes_a_candidate_that_dvc_has_restored_wrong(repository: House) -> None:
    restored(repository, "model.onnx")
    for words in (("register", "m"), ("predict", "m", "size=1")):
        done = modelpress(repository.root, *words)
        assert done.returncode == 2
        assert "model.onnx` has sha256" in done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "model.onnx",
        *(pytest.param(x, marks=pytest.mark.slow) for x in ("estimator.skops", "test.parquet")),
    ],
)
def test_a_run_discards_what_was_restored_wrong_and_makes_it_again(
    repository: House, name: str
) -> None:
    sound = repository.artifact("m", name).read_bytes()
    place = restored(repository, name)
    done = modelpress(repository.root, "run")

    assert (done.returncode, "up to date" in done.stdout) == (0, True)
    assert f"{name}: DVC's cache held other bytes under its name" in done.stderr
    assert not place.exists()
    assert "reproduced, unchanged" in modelpress(repository.root, "run", "--force").stdout
    assert place.read_bytes() == sound


def test_a_forced_run_is_not_given_the_damaged_object_either(repository: House) -> None:
    sound = repository.artifact("m", "model.onnx").read_bytes()
    restored(repository, "model.onnx")
    assert "reproduced, unchanged" in modelpress(repository.root, "run", "--force").stdout
    assert repository.artifact("m", "model.onnx").read_bytes() == sound


def large_table(house: House, store: Path) -> tuple[Path, str]:
    """Let a DVC remote hold the table; gives its place and the digest that its pointer names."""
    dvc(house.root, "remote", "add", "--default", "store", str(store))
    subprocess.run(["git", "rm", "-q", "--cached", "-r", "--ignore-unmatch", "data"], check=True)
    dvc(house.root, "add", "--quiet", "data/m/table.csv")
    dvc(house.root, "push", "--quiet", "data/m/table.csv.dvc")
    table = house.root / "data" / "m" / "table.csv"
    found = re.search(r"md5: (\w+)", table.with_name("table.csv.dvc").read_text("utf-8"))
    assert found
    return table, found[1]


def test_a_table_that_the_cache_restores_wrong_is_pulled_again(
    repository: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.root)
    table, md5 = large_table(repository, tmp_path / "store")
    sound = table.read_bytes()
    poison(repository.root, md5)
    table.unlink()
    done = modelpress(repository.root, "run", "--force")

    assert "reproduced, unchanged" in done.stdout, done.stdout + done.stderr
    assert table.read_bytes() == sound


def test_a_remote_with_other_bytes_stops_the_model_and_leaves_no_table(
    repository: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.root)
    table, md5 = large_table(repository, tmp_path / "store")
    poison(repository.root, md5)
    kept = tmp_path / "store" / "files" / "md5" / md5[:2] / md5[2:]
    kept.chmod(0o644)
    kept.write_bytes(b"row_id\n")
    table.unlink()
    done = modelpress(repository.root, "run", "--force")

    assert done.returncode == 2
    assert "table.csv" in done.stdout
    assert not table.exists()


def test_what_dvc_unpickles_lies_in_a_folder_of_ours_alone(repository: House) -> None:
    site = Path(environment(repository.root)["DVC_SITE_CACHE_DIR"])
    assert site.is_dir()
    assert site.parent.stat().st_mode & 0o777 == 0o700
