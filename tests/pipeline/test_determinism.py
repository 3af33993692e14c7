"""The same checkout gives the same bytes, in every process."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from house import STAGES, House, Rows, binary_rows, block

TEXT: dict[str, Any] = {
    "features": {"note": {"kind": "text"}},
    "estimator": {"name": "linear_svm", "text": {"words": [1, 2], "chars": [2, 4]}},
    "threshold": {"policy": "precision_first", "min_precision": 0.9, "folds": 3},
    "evaluate": {"slices": {"note": [4, 7]}},
}
TUNED: dict[str, Any] = {
    "tune": {"trials": 4, "folds": 3, "search": {"C": {"low": 0.01, "high": 10.0, "log": True}}},
    "threshold": {"policy": "best_f1", "folds": 3},
}
BOOSTING: dict[str, Any] = {
    "estimator": {
        "name": "hist_gradient_boosting", "parameters": {"max_iter": 20, "max_features": 0.5}
    },
    "evaluate": {"slices": {"colour": "categories"}},
}  # fmt: skip
FOREST: dict[str, Any] = {
    "estimator": {"name": "random_forest", "parameters": {"n_estimators": 20}},
}
# A clock, on purpose: how fast the candidate answers belongs neither to Git nor to DVC.
NOT_REPRODUCED = {"timing.json"}
MADE = {
    *("schema.json", "train.parquet", "validation.parquet", "test.parquet"),
    *("estimator.skops", "training.json", "plots/tuning.json"),
    *("model.onnx", "export.json", "golden.json"),
    *("evaluation.json", "metrics.json", "plots/roc.json", "plots/pr.json"),
    *("plots/calibration.json", "plots/confusion.json", "gate.json"),
}


class Place(NamedTuple):
    """What differs between two processes, or two machines, and must not show."""

    name: str
    hash_seed: str
    threads: str
    zone: str
    locale: str


PLACES = (
    Place("here", "0", "1", "UTC", "C.UTF-8"),
    Place("over/there", "1", "2", "Asia/Kathmandu", "C"),
    Place("and elsewhere", "12345", "3", "America/St_Johns", "C.UTF-8"),
)

RUN = """
import sys
from importlib import import_module
from pathlib import Path
for model in sys.argv[1].split(","):
    for stage in sys.argv[2].split(","):
        import_module(f"pipeline.{stage}").run(Path.cwd(), model)
"""


def notes(count: int = 300) -> Rows:
    dice = random.Random(5)
    words = ("fee", "due", "wait", "call", "café", "привет", "later", "sky", "offer", "win", "£5")
    made: list[dict[str, object]] = []
    for _ in range(count):
        drawn = dice.choices(words, k=dice.randint(3, 10))
        answer = "yes" if drawn.count("win") + dice.gauss(0, 0.4) > 0.6 else "no"
        made.append({"note": " ".join(drawn), "answer": answer})
    return made


def house_at(root: Path) -> House:
    house = House.make(root).add("text", block(**TEXT), notes())
    for name, changes in (("tuned", TUNED), ("boosting", BOOSTING), ("forest", FOREST)):
        house.add(name, block(**changes), binary_rows())
    return house


def started(house: House, place: Place) -> subprocess.Popen[bytes]:
    settings = {
        "PYTHONHASHSEED": place.hash_seed,
        "OMP_NUM_THREADS": place.threads,
        "OPENBLAS_NUM_THREADS": place.threads,
        "TZ": place.zone,
        "LC_ALL": place.locale,
    }
    words = [sys.executable, "-W", "error", "-c", RUN, ",".join(house.params), ",".join(STAGES)]
    return subprocess.Popen(words, cwd=house.root, env=os.environ | settings)


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> list[House]:
    """The same repository in three folders, each run by a process of its own."""
    houses = [house_at(tmp_path_factory.mktemp("same") / place.name) for place in PLACES]
    processes = [started(house, place) for house, place in zip(houses, PLACES, strict=True)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    return houses


def made(house: House, model: str) -> dict[str, bytes]:
    folder = house.root / "artifacts" / model
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.mark.parametrize("model", ["text", "tuned", "boosting", "forest"])
def test_every_file_is_the_same_to_the_byte_in_every_process(
    houses: list[House], model: str
) -> None:
    first, *others = (made(house, model) for house in houses)

    assert set(first) == MADE | NOT_REPRODUCED
    for other in others:
        assert set(other) == set(first)
        assert {name for name in MADE if other[name] != first[name]} == set()


def test_the_models_say_something(houses: list[House]) -> None:
    """Equal files of models that have learnt nothing would prove little."""
    files = [made(houses[0], model) for model in houses[0].params]

    assert len({content["model.onnx"] for content in files}) == len(files)
    assert b"rejected" not in b"".join(content["gate.json"] for content in files)
    assert houses[0].artifact("tuned", "plots/tuning.json").read_text("utf-8").count("score") == 4


def test_no_file_names_the_folder_it_was_made_in(houses: list[House]) -> None:
    found = [
        (model, name)
        for house in houses
        for model in house.params
        for name, content in made(house, model).items()
        if str(house.root).encode() in content
    ]

    assert found == []
