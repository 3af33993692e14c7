"""A repository with a registered model of a number, a category and a text, and rows for it."""

import random
from pathlib import Path
from typing import Any

from house import House, block

WORDS = ("fee", "due", "wait", "call", "now", "café", "привет", "later", "win", "1000", "£", "中文")
FEATURES = {
    "size": {"kind": "numeric", "aliases": ["SIZE"]},
    "colour": {"kind": "categorical"},
    "note": {"kind": "text"},
}
ESTIMATOR = {"name": "linear_svm", "text": {"words": [1, 2], "chars": [2, 4]}}


def text_block(**changes: Any) -> dict[str, Any]:
    """Give the block of the model."""
    policy = {"policy": "best_f1", "folds": 3}
    return block(features=FEATURES, estimator=ESTIMATOR, threshold=policy) | changes


def text_rows(count: int = 200, seed: int = 3, task: str = "binary") -> list[dict[str, object]]:
    """Make rows with missing values and words of several scripts."""
    dice = random.Random(seed)
    made: list[dict[str, object]] = []
    for number in range(1, count + 1):
        size, colour = dice.gauss(0, 1), dice.choice(("red", "green", "blue", ""))
        words = dice.choices(WORDS, k=dice.randint(0, 9))
        score = size + (colour == "red") + words.count("win") + dice.gauss(0, 0.5)
        answers = {
            "binary": "yes" if score > 1 else "no",
            "multiclass": ("low", "mid", "high")[(score > 0.5) + (score > 1.5)],
            "regression": f"{score:.3f}",
        }
        made.append(
            {
                "row_id": f"n{number}",
                "size": "" if dice.random() < 0.05 else f"{size:.3f}",
                "colour": colour,
                "note": " ".join(words),
                "answer": answers[task],
            }
        )
    return made


def scored_house(root: Path) -> House:
    """Make the repository."""
    house = House.make(root).add("m", text_block(), text_rows()).stages("m", "export")
    house.register("m", "v1.0.0", classes=["no", "yes"])
    return house
