"""DVC's own experiments, on the stages as they are."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from house import House, binary_rows, block

from pipeline.dvc import environment

pytestmark = pytest.mark.git


def call(root: Path, *words: str) -> str:
    roles = [f"GIT_{role}" for role in ("AUTHOR", "COMMITTER")]
    who = {f"{role}_{what}": "a@b" for role in roles for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        words,
        cwd=root,
        env={**os.environ, **environment(root), **who},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_experiment_is_run_and_shown_and_registers_nothing(house: House) -> None:
    estimator = {"name": "logistic_regression", "parameters": {"C": 1.0}}
    house.add("m", block(estimator=estimator), binary_rows(200))
    call(house.root, "git", "init", "-q")
    call(house.root, sys.executable, "-m", "pipeline", "run")
    call(house.root, "git", "add", "-A")
    call(house.root, "git", "commit", "-qm", "first")
    dvc = (sys.executable, "-m", "dvc", "exp")
    call(house.root, *dvc, "run", "-S", "models.m.estimator.parameters.C=0.3", "gate@m")

    shown: list[Any] = json.loads(call(house.root, *dvc, "show", "--json"))
    (committed,) = [one for one in shown if one["rev"] != "workspace"]
    (trial,) = [revision["data"] for one in committed["experiments"] for revision in one["revs"]]
    found = trial["params"]["params.yaml"]["data"]["models"]["m"]["estimator"]
    assert found["parameters"] == {"C": 0.3}
    scores = trial["metrics"]["artifacts/m/metrics.json"]["data"]
    assert scores.keys() >= {"roc_auc", "accuracy"}
    assert sorted(place.name for place in (house.root / "models" / "m").iterdir()) == ["production"]
