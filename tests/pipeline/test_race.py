"""
Eight clones that register at once, into one bare repository.

A version is a folder of its own, so the versions of two models never meet. What models share is
`params.yaml` and `dvc.lock`, which Git merges by lines. Where that succeeds, each entry is whole
and of one side. It is a merge and no rebase: cards keep the name of the commit that holds their
inputs, and a rebase would give it another. Where it fails, as for new models and for two candidates
of one, nobody mends it: take what is there, bring the own sources once more and run again. The
lock, the verdict and the number of the version are computed from that.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from house import STAGES, House, binary_rows, block
from ruamel.yaml import YAML

from pipeline.run.warm import warm_stages

pytestmark = [pytest.mark.slow, pytest.mark.git]

CLONES = 8
MOST_PUSHES = 25
# Called with words of its own, a verb stays here; only the stages that DVC starts are handed over.
VERB = "import sys; from pipeline.cli import main; sys.exit(main(sys.argv[1:]))"
GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}


@pytest.fixture(autouse=True)
def warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep one fork server for the stages of all clones, as a run of several models does."""
    with warm_stages(tmp_path, models=2) as more:
        for variable, value in more.items():
            monkeypatch.setenv(variable, value)
        yield


def call(root: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        words,
        cwd=root,
        env={
            **os.environ,
            "DVC_NO_ANALYTICS": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def git(root: Path, *words: str) -> str:
    return call(root, "git", *words).stdout


def modelpress(root: Path, *words: str) -> str:
    return call(root, sys.executable, "-c", VERB, *words).stdout


@dataclass(frozen=True)
class Remote:
    """
    A bare repository that takes no forced push, and the clones that push to it.

    Args:
        root: The folder of all of them.
    """

    root: Path

    @staticmethod
    def of(house: House, root: Path) -> "Remote":
        """Let a house be its first commits: sources, then what a run has registered."""
        git(house.root, "init", "--quiet", "--initial-branch=main")
        sign(house.root, "first")
        commit(house.root, "sources")
        modelpress(house.root, "run", "--register")
        commit(house.root, "first versions")
        git(root, "clone", "--quiet", "--bare", str(house.root), "remote.git")
        git(root / "remote.git", "config", "receive.denyNonFastForwards", "true")
        git(root / "remote.git", "config", "receive.fsckObjects", "true")
        return Remote(root)

    @property
    def bare(self) -> Path:
        """The repository that all push to."""
        return self.root / "remote.git"

    def clone(self, who: str) -> Path:
        """Give somebody a clone."""
        git(self.root, "clone", "--quiet", str(self.bare), who)
        place = self.root / who
        sign(place, who)
        return place


def sign(root: Path, who: str) -> None:
    git(root, "config", "user.name", who)
    git(root, "config", "user.email", f"{who}@example.org")


def commit(root: Path, subject: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", subject)


def publish(root: Path, who: int, change: Callable[[Path, int], str]) -> list[str]:
    """
    Change sources, register, push; refused, merge, or take what is there and do it again.

    Args:
        root: A clone.
        who: Its number.
        change: Writes the change into whatever there is, and names the model.

    Returns:
        For every push that was refused, what Git could not merge, or `merged`.
    """
    dice, refused = random.Random(who), [""]
    for _ in range(MOST_PUSHES):
        if refused[-1] != "merged":
            model = change(root, who)
            commit(root, f"{model}: a change of clone {who}")
            modelpress(root, "run", model, "--register")
            commit(root, f"{model}: registered by clone {who}")
        if call(root, "git", "push", "--quiet", "origin", "main", check=False).returncode == 0:
            return refused[1:]
        time.sleep(dice.uniform(0, 1))
        refused.append(brought_together(root))
    raise AssertionError(f"clone {who} gave up after {MOST_PUSHES} pushes: {refused}")


def brought_together(root: Path) -> str:
    """Merge what is there by now; or take it in place of ours, and name what would not merge."""
    git(root, "fetch", "--quiet", "origin", "main")
    merge = call(root, "git", "merge", "--quiet", "--no-edit", "origin/main", check=False)
    if merge.returncode == 0:
        return "merged"
    names = git(root, "diff", "--name-only", "--diff-filter=U").split()
    git(root, "reset", "--quiet", "--hard", "origin/main")
    return " ".join(sorted({place.split("/")[0] for place in names}))


def change_block(root: Path, model: str, strength: float) -> str:
    """Change one parameter of one model."""
    house = House(root)
    parameters = {"name": "logistic_regression", "parameters": {"C": strength}}
    house.write_params(house.params | {model: house.params[model] | {"estimator": parameters}})
    in_lines(root)
    return model


def add_model(root: Path, model: str, seed: int) -> str:
    """Add a block and a table."""
    House(root).add(model, block(gate=GATE), binary_rows(100, seed))
    in_lines(root)
    return model


def in_lines(root: Path) -> None:
    """Write params.yaml as people do, with one key a line: that is what Git merges."""
    place, yaml = root / "params.yaml", YAML(typ="safe")
    yaml.default_flow_style = False
    models = yaml.load(place.read_text("utf-8"))
    with place.open("w", encoding="utf-8") as file:
        yaml.dump(models, file)


def race(remote: Remote, change: Callable[[Path, int], str]) -> list[str]:
    """Let every clone publish at once; give what became of every push that was refused."""
    clones = [remote.clone(f"clone{who}") for who in range(CLONES)]
    with ThreadPoolExecutor(CLONES) as pool:
        tasks = [pool.submit(publish, root, who, change) for who, root in enumerate(clones)]
        return [place for task in tasks for place in task.result()]


def names(root: Path) -> list[str]:
    return list(House(root).params)


def cards(root: Path, model: str) -> list[dict[str, Any]]:
    places = sorted((root / "models" / model).glob("v*/card.json"))
    return [json.loads(place.read_text("utf-8")) for place in places]


def assert_whole(remote: Remote) -> Path:
    """Hold that a fresh clone is sound: objects, versions, lock, cards; give the clone."""
    git(remote.bare, "fsck", "--strict", "--full")
    fresh = remote.clone("fresh")
    models = names(fresh)
    assert modelpress(fresh, "verify").splitlines() == [f"{model}: no faults" for model in models]
    lock = YAML(typ="safe").load((fresh / "dvc.lock").read_text("utf-8"))["stages"]
    assert [*lock] == [f"{stage}@{model}" for model in models for stage in STAGES]
    # Nothing has changed: a fresh clone only lacks what DVC keeps outside of Git.
    assert modelpress(fresh, "run").count("up to date") == len(models)
    for card in (card for model in models for card in cards(fresh, model)):
        assert not card["dirty"]
        git(fresh, "merge-base", "--is-ancestor", card["commit"], "main")
    assert git(fresh, "status", "--porcelain") == ""
    return fresh


def test_eight_clones_register_eight_models_and_none_is_lost(tmp_path: Path) -> None:
    """Four of them change a model that is there, four add one."""
    house, old = House.make(tmp_path / "house"), [f"m{who}" for who in range(CLONES // 2)]
    for seed, model in enumerate(old):
        add_model(house.root, model, seed)

    def change(root: Path, who: int) -> str:
        if who < len(old):
            return change_block(root, f"m{who}", 0.5)
        return add_model(root, f"n{who}", who)

    remote = Remote.of(house, tmp_path)
    refused = race(remote, change)
    fresh = assert_whole(remote)

    numbers = {model: [card["version"] for card in cards(fresh, model)] for model in names(fresh)}
    assert numbers == {
        **{model: ["v1.0.0", "v1.1.0"] for model in old},
        **{f"n{who}": ["v1.0.0"] for who in range(len(old), CLONES)},
    }
    sys.stdout.write(f"\nrace of {CLONES} models: {CLONES} of {CLONES} there, fsck clean; ")
    sys.stdout.write(f"{len(refused)} pushes refused: {dict(Counter(refused))}\n")


def test_eight_clones_register_eight_candidates_of_one_model_under_eight_numbers(
    tmp_path: Path,
) -> None:
    house = House.make(tmp_path / "house")
    add_model(house.root, "m", 1)
    remote = Remote.of(house, tmp_path)
    first = git(remote.bare, "rev-parse", "main").strip()
    refused = race(remote, lambda root, who: change_block(root, "m", 0.5 + who / 16))
    fresh = assert_whole(remote)

    found = cards(fresh, "m")
    assert [card["version"] for card in found] == [f"v1.{minor}.0" for minor in range(CLONES + 1)]
    assert len({card["sha256"] for card in found}) == CLONES + 1
    assert [card["parent"] for card in found] == ["", *(x["version"] for x in found[:-1])]
    # Nothing that was there has ever been written over.
    assert git(fresh, "log", "--diff-filter=MD", f"{first}..", "--", "models/m/v*") == ""
    sys.stdout.write(f"\nrace for one model: {CLONES} of {CLONES} versions there, fsck clean; ")
    sys.stdout.write(f"{len(refused)} pushes refused: {dict(Counter(refused))}\n")
