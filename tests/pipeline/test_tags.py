"""Tags in GTO's grammar, read by GTO's own program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import House, binary_rows, block

from pipeline.artifacts import Paths
from pipeline.history import tag_history

pytestmark = pytest.mark.git


def git(root: Path, *words: str, day: str = "2026-01-01") -> str:
    moment = f"{day}T06:00:00Z"
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    done = subprocess.run(
        ["git", *who, *words],
        cwd=root,
        env={**os.environ, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def gto(root: Path, *words: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("gto"), *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def paths(house: House, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A repository that Git knows; who tags is who commits."""
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Test")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "test@example.org")
    house.add("m", block(), binary_rows(10))
    git(house.root, "init", "-q", "-b", "main")
    return Paths(house.root, "m")


def commit(paths: Paths, day: str, *, live: str, new: str = "") -> None:
    """Commit a day: what went live, and the version that was made."""
    if new:
        folder = paths.registry / new
        folder.mkdir()
        (folder / "card.json").write_text("{}", "utf-8")
    paths.production.write_text(f"{live}\n" if live else "", "utf-8")
    git(paths.root, "add", "-A", day=day)
    git(paths.root, "commit", "-q", "-m", day, day=day)


def rolled_back(paths: Paths) -> None:
    commit(paths, "2026-02-01", live="v1.0.0", new="v1.0.0")
    commit(paths, "2026-03-01", live="v1.1.0", new="v1.1.0")
    commit(paths, "2026-04-01", live="v1.0.0")


def shown(paths: Paths) -> dict[str, object]:
    told = json.loads(gto(paths.root, "show", "--json"))["m"]
    return {"latest": told["version"], "production": told["stage"]["production"]}


def test_gto_finds_the_version_in_production_after_a_rollback(paths: Paths) -> None:
    rolled_back(paths)
    assert tag_history(paths) == [
        *("m#production#1", "m#production#2", "m#production#3", "m@v1.0.0", "m@v1.1.0"),
    ]
    assert shown(paths) == {"latest": "v1.1.0", "production": "v1.0.0"}


def test_gto_tells_the_history_in_the_order_in_which_it_happened(paths: Paths) -> None:
    rolled_back(paths)
    tag_history(paths)
    told = json.loads(gto(paths.root, "history", "m", "--asc", "--json"))
    assert [(one["timestamp"][:10], one["version"], one["event"]) for one in told] == [
        ("2026-02-01", "v1.0.0", "registration"),
        ("2026-02-01", "v1.0.0", "assignment"),
        ("2026-03-01", "v1.1.0", "registration"),
        ("2026-03-01", "v1.1.0", "assignment"),
        ("2026-04-01", "v1.0.0", "assignment"),
    ]


def test_two_changes_in_one_second_keep_their_order(paths: Paths) -> None:
    for live in ("v1.0.0", "v1.1.0", "v1.0.0"):
        new = "" if (paths.registry / live).exists() else live
        commit(paths, "2026-02-01", live=live, new=new)
    tag_history(paths)

    assert shown(paths)["production"] == "v1.0.0"


def test_after_a_retirement_gto_finds_nothing_in_production(paths: Paths) -> None:
    commit(paths, "2026-02-01", live="v1.0.0", new="v1.0.0")
    commit(paths, "2026-03-01", live="")
    assert "m#production!#2" in tag_history(paths)
    told = json.loads(gto(paths.root, "show", "--json"))["m"]
    assert (told["version"], told["stage"]) == ("v1.0.0", {})


def test_a_tag_that_is_there_stays_as_it_is(paths: Paths) -> None:
    commit(paths, "2026-02-01", live="v1.0.0", new="v1.0.0")
    tag_history(paths)
    before = git(paths.root, "for-each-ref", "refs/tags")
    commit(paths, "2026-03-01", live="v1.1.0", new="v1.1.0")

    assert tag_history(paths) == ["m#production#2", "m@v1.1.0"]
    assert set(before.splitlines()) < set(git(paths.root, "for-each-ref", "refs/tags").splitlines())
