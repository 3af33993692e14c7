"""Every estimator of the catalogue, small, and the graph that it comes down to."""

import random
import typing
from typing import Any

from house import House, block

from pipeline import export
from pipeline.artifacts import Paths, read_fields
from pipeline.config.estimators import EstimatorBlock
from pipeline.export.graph import convert
from pipeline.schema import read_schema

NUMBERS = {"size": {"kind": "numeric"}, "age": {"kind": "numeric"}}
COLOUR = {"colour": {"kind": "categorical"}}
NOTE = {"note": {"kind": "text"}}
SMALL: dict[str, Any] = {
    "random_forest": {"n_estimators": 3}, "extra_trees": {"n_estimators": 3},
    "hist_gradient_boosting": {"max_iter": 3}, "hist_gradient_boosting_regressor": {"max_iter": 3},
}  # fmt: skip
ENCODINGS: tuple[dict[str, Any], ...] = (
    {},
    {"numeric": {"impute": "mean"}, "categorical": {"encode": "one_hot"}},
    {"numeric": {"impute": "none"}, "categorical": {"encode": "ordinal"}},
)
NAMES = [
    typing.get_args(kind.model_fields["name"].annotation)[0]
    for kind in typing.get_args(typing.get_args(EstimatorBlock)[0])
]
REGRESSORS = {"ridge", "poisson", "hist_gradient_boosting_regressor"}


def blocks(name: str) -> list[dict[str, Any]]:
    """Write blocks for an estimator: each task, each encoding that it takes, and text."""
    boosting = name.startswith("hist_")
    made = []
    for task in ("regression",) if name in REGRESSORS else ("binary", "multiclass"):
        threshold = {"policy": "best_f1" if task == "binary" else "none", "folds": 2}
        given_ = {"name": name, "parameters": SMALL.get(name, {})}
        encodings = [x for x in ENCODINGS if boosting or x.get("numeric") != {"impute": "none"}]
        shapes = [(NUMBERS | COLOUR, encoding) for encoding in encodings] + [(NUMBERS, {})]
        if not boosting:
            text = {"text": {"words": [1, 2], "chars": [2, 2], "select_words": 9}}
            shapes += [(NOTE, text), (NUMBERS | COLOUR | NOTE, text)]
        for features, encoding in shapes:
            target = {"column": "answer"} | ({"positive": "a"} if task == "binary" else {})
            metric = {"binary": "roc_auc", "multiclass": "f1_macro", "regression": "r2"}[task]
            made.append(
                block(
                    task=task, features=features, estimator=given_ | encoding, target=target,
                    threshold=threshold, gate={"metric": metric, "promote_on": "not_worse"},
                )
            )  # fmt: skip
    return made


def rows(task: str) -> list[dict[str, object]]:
    """Make a table with gaps."""
    dice = random.Random(4)
    answers = {"binary": "ab", "multiclass": "abc", "regression": "123456789"}[task]
    return [
        {
            "size": f"{dice.gauss(0, 1):.3f}" if dice.random() < 0.9 else "",
            "age": dice.randint(1, 99),
            "colour": dice.choice(("red", "green", "")),
            "note": " ".join(dice.choices(("fee", "due", "wait", "call", "now"), k=5)),
            "answer": dice.choice(answers),
        }
        for _ in range(120)
    ]


def exported(house: House, params: dict[str, Any]) -> bytes:
    """Write the graph of a fitted estimator; its proof is for the tests of `export`."""
    house.add("m", params, rows(params["task"])).stages("m", "train")
    paths = Paths(house.root, "m")
    threshold = read_fields(paths.training, "threshold")["threshold"]
    signature = export._signature(read_schema(paths.schema), threshold)
    return convert(export._estimator(paths), signature)
