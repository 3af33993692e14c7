"""Can the gate tell a model that has learnt from one that cannot have?"""

import csv
import random
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY, House
from ruamel.yaml import YAML

from pipeline.artifacts import Paths
from pipeline.decision import read_decision

SEEDS = range(20)
# A quarter of iris is 37 flowers: 22 to learn from, 15 to be 99.9 % sure by; 41 of 50 seeds are.
SHARES = {"spam": 0.25, "credit": 0.25, "iris": 0.5}


def blocks() -> dict[str, Any]:
    """The repository's own blocks, without floors: the baseline rule is on its own."""
    raw = YAML(typ="safe").load((REPOSITORY / "params.yaml").read_text("utf-8"))["models"]
    for model in raw.values():
        beats = {"metric": model["gate"]["metric"]}
        model["gate"] = {
            "metric": model["gate"]["metric"], "promote_on": "not_worse", "beats_baseline": beats
        }  # fmt: skip
        model["tune"] = {"trials": 0}
    models: dict[str, Any] = raw
    return models


def some_rows(name: str, target: str, dice: random.Random) -> list[dict[str, object]]:
    """Draw the same share of every class."""
    with (REPOSITORY / "data" / name / "table.csv").open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, object]] = list(csv.DictReader(file))
    classes: dict[object, list[dict[str, object]]] = {}
    for row in rows:
        classes.setdefault(row[target], []).append(row)
    drawn = [dice.sample(members, int(len(members) * SHARES[name])) for members in classes.values()]
    return [row for members in drawn for row in members]


def verdict(root: Path, name: str, seed: int, *, shuffled: bool) -> str:
    model = blocks()[name]
    target = model["target"]["column"]
    dice = random.Random(seed)
    rows = some_rows(name, target, dice)
    if shuffled:
        labels = [row[target] for row in rows]
        dice.shuffle(labels)
        rows = [row | {target: label} for row, label in zip(rows, labels, strict=True)]
    model["split"] = {"method": "random", "validation": 0.2, "test": 0.2, "seed": seed}
    house = House.make(root / f"{name}-{seed}-{shuffled}").add(name, model, rows).stages(name)
    return read_decision(Paths(house.root, name)).verdict


@pytest.fixture
def quick_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of the export is another test's; a small corpus saves half of the time here."""
    monkeypatch.setattr("pipeline.export.hostile.FUZZED_TEXTS", 50)
    monkeypatch.setattr("pipeline.export.hostile.MIXED_ROWS", 50)
    monkeypatch.setattr("pipeline.export.hostile._CUTS", 50)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_export")
@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("block_of_seeds", range(2))
def test_shuffled_labels_are_refused_and_true_ones_accepted(
    tmp_path: Path, name: str, block_of_seeds: int
) -> None:
    """In 20 of 20 seeds each, ten to a test so that they spread over the processors."""
    seeds = SEEDS[block_of_seeds * 10 : block_of_seeds * 10 + 10]
    shuffled = {seed: verdict(tmp_path, name, seed, shuffled=True) for seed in seeds}
    true = {seed: verdict(tmp_path, name, seed, shuffled=False) for seed in seeds}

    assert set(shuffled.values()) == {"rejected"}, shuffled
    assert set(true.values()) == {"accepted"}, true
