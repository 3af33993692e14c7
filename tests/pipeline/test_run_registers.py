"""`modelpress run --register` in a Git repository, and what Git remembers of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from house import House, binary_rows, block

GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
STRONGER = {"name": "logistic_regression", "parameters": {"C": 2.0}}


def git(root: Path, *words: str, on: str = "") -> str:
    dates = {"GIT_AUTHOR_DATE": on, "GIT_COMMITTER_DATE": on} if on else {}
    done = subprocess.run(
        ["git", *words],
        cwd=root,
        env={**os.environ, **dates},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def modelpress(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def commit(house: House, on: str) -> None:
    git(house.root, "add", "-A")
    git(house.root, "commit", "-qm", "a change", on=f"{on}T12:00:00Z")


@pytest.fixture
def repository(house: House) -> House:
    """A house in Git with one model in production and one more version."""
    house.add("m", block(gate=GATE), binary_rows(200))
    git(house.root, "init", "-q")
    git(house.root, "config", "user.email", "tests@example.org")
    git(house.root, "config", "user.name", "tests")
    commit(house, "2026-01-01")
    done = modelpress(house.root, "run", "--register")
    assert "registered: v1.0.0, in production" in done.stdout, done.stderr
    commit(house, "2026-02-01")
    return house


@pytest.mark.git
def test_a_version_s_card_names_the_commit_that_holds_its_inputs(repository: House) -> None:
    place = repository.root / "models" / "m" / "v1.0.0" / "card.json"
    card = json.loads(place.read_text("utf-8"))

    assert card["dirty"] is False
    assert card["commit"] == git(repository.root, "rev-parse", "HEAD~1").strip()


@pytest.mark.git
def test_a_retrain_of_what_is_registered_leaves_git_clean(repository: House) -> None:
    assert "unchanged" in modelpress(repository.root, "run", "--register").stdout
    shutil.rmtree(repository.root / ".dvc" / "cache")
    repository.artifact("m", "model.onnx").unlink()
    done = modelpress(repository.root, "run", "--register", "--force", PYTHONHASHSEED="77")

    assert done.returncode == 0, done.stderr
    assert "reproduced, unchanged" in done.stdout
    assert git(repository.root, "status", "--porcelain") == ""


@pytest.mark.git
def test_another_version_goes_live_and_git_remembers_which_was_when(repository: House) -> None:
    repository.write_params({"m": block(gate=GATE, estimator=STRONGER)})
    assert "registered: v1.1.0" in modelpress(repository.root, "run", "--register").stdout
    card = repository.root / "models" / "m" / "v1.1.0" / "card.json"
    assert json.loads(card.read_text("utf-8"))["dirty"] is True
    commit(repository, "2026-03-01")
    assert modelpress(repository.root, "rollback", "m", "--reason", "wrong").returncode == 0
    commit(repository, "2026-04-01")

    told = json.loads(modelpress(repository.root, "history", "m", "--format", "json").stdout)
    assert [(term["version"], term["since"][:10]) for term in told] == [
        ("v1.0.0", "2026-02-01"), ("v1.1.0", "2026-03-01"), ("v1.0.0", "2026-04-01"),
    ]  # fmt: skip
    live = {day: live_on(repository, day) for day in ("2026-02-01", "2026-03-15", "2026-05-01")}
    assert live == {"2026-02-01": "v1.0.0", "2026-03-15": "v1.1.0", "2026-05-01": "v1.0.0"}
    done = modelpress(repository.root, "run")
    assert done.returncode == 1
    assert "withdrawn: this is v1.1.0, withdrawn: wrong; change an input" in done.stdout


def live_on(house: House, day: str) -> str:
    told = modelpress(house.root, "history", "m", "--at", day, "--format", "json").stdout
    version: str = json.loads(told)[0]["version"]
    return version


@pytest.mark.git
def test_what_history_cannot_know_it_does_not_tell(repository: House, tmp_path: Path) -> None:
    before = modelpress(repository.root, "history", "m", "--at", "2025-12-31")
    nonsense = modelpress(repository.root, "history", "m", "--at", "yesterday")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository.root}", "shallow")
    shallow = modelpress(tmp_path / "shallow", "history", "m")
    shutil.rmtree(repository.root / ".git")
    without = modelpress(repository.root, "history", "m")

    assert [done.returncode for done in (before, nonsense, shallow, without)] == [2, 2, 2, 2]
    assert "nothing was in production on 2025-12-31" in before.stderr
    assert "`yesterday` is no day" in nonsense.stderr
    assert "git fetch --unshallow" in shallow.stderr
    assert "there is no Git here" in without.stderr


@pytest.mark.git
def test_one_model_that_cannot_be_registered_stops_no_other(repository: House) -> None:
    models = {name: block(gate=GATE, estimator=STRONGER) for name in ("m", "other")}
    for name, model in models.items():
        repository.add(name, model, binary_rows(200))
    (repository.root / "models" / "m" / "decisions" / "2026-01-01-cut.json").write_text(
        "{", "utf-8"
    )
    done = modelpress(repository.root, "run", "--register")

    assert done.returncode == 2
    assert "not registered" in done.stdout
    assert "2026-01-01-cut.json: this is not JSON" in done.stdout
    assert "registered: v1.0.0, in production" in done.stdout
    assert (repository.root / "models" / "m" / "production").read_text("utf-8") == "v1.0.0\n"


@pytest.mark.git
def test_a_version_is_made_again_from_the_commit_of_its_card(repository: House) -> None:
    repository.write_params({"m": block(gate=GATE, estimator=STRONGER)})
    again = modelpress(repository.root, "reproduce", "m", "v1.0.0")

    assert again.stdout == "m v1.0.0: reproduced to the byte\n", again.stderr
    assert again.returncode == 0
    assert len(git(repository.root, "worktree", "list").splitlines()) == 1
    modelpress(repository.root, "run", "--register")
    dirty = modelpress(repository.root, "reproduce", "m", "v1.1.0")
    assert dirty.returncode == 2
    assert "v1.1.0 was made of inputs that no commit holds" in dirty.stderr


@pytest.mark.git
def test_a_version_that_does_not_come_out_again_is_exit_code_1(repository: House) -> None:
    place = repository.root / "models" / "m" / "v1.0.0" / "card.json"
    card = json.loads(place.read_text("utf-8"))
    repository.write_params({"m": block(gate=GATE, estimator=STRONGER)})
    commit(repository, "2026-03-01")
    card["commit"] = git(repository.root, "rev-parse", "HEAD").strip()
    place.write_text(json.dumps(card), "utf-8")
    done = modelpress(repository.root, "reproduce", "m", "v1.0.0")

    assert done.returncode == 1
    assert "not reproduced: golden rows differ by " in done.stdout


@pytest.mark.git
def test_tags_tell_in_gto_s_grammar_what_was_made_and_what_went_live(repository: House) -> None:
    first = modelpress(repository.root, "history", "m", "--tag")
    second = modelpress(repository.root, "history", "m", "--tag")

    assert first.stderr.splitlines() == ["tagged m#production#1", "tagged m@v1.0.0"]
    assert second.stderr == ""
    assert git(repository.root, "tag", "--list").splitlines() == ["m#production#1", "m@v1.0.0"]
    assert git(repository.root, "cat-file", "-t", "m@v1.0.0").strip() == "tag"
    tagged = git(repository.root, "rev-list", "-n1", "m@v1.0.0")
    assert tagged == git(repository.root, "rev-parse", "HEAD")


@pytest.mark.git
def test_every_verb_of_the_registry_answers_programs_in_json(repository: House) -> None:
    repository.add("m", block(gate=GATE, estimator=STRONGER), binary_rows(200))

    def told(*words: str) -> Any:
        done = modelpress(repository.root, *words, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    (line,) = told("run", "--register")
    assert (line["model"], line["happened"], line["passes"]) == ("m", "new model", True)
    assert line["notes"][0] == "registered: v1.1.0, in production"
    commit(repository, "2026-03-01")
    same = {"model": "m", "version": "v1.1.0", "new": False, "promoted": False}
    assert told("register", "m") == [same]
    assert told("compare", "m", "v1.0.0", "v1.1.0")["changed"] == ["params"]
    assert told("promote", "m", "v1.0.0") == {
        "model": "m", "production": "v1.0.0", "before": "v1.1.0",
    }  # fmt: skip
    told("promote", "m", "v1.1.0")
    assert told("rollback", "m", "--reason", "wrong") == {
        "model": "m", "production": "v1.0.0", "withdrawn": "v1.1.0",
    }  # fmt: skip
    assert told("verify") == [{"model": "m", "faults": [], "harmless": []}]
    assert told("status")[0]["production"] == "v1.0.0"
    assert [term["version"] for term in told("history", "m")] == ["v1.0.0", "v1.1.0"]
    assert told("reproduce", "m", "v1.0.0")["same"] is True
    assert told("retire", "m")["kept"] == ["data/m", "models/m"]
