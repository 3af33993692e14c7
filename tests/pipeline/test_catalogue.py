"""Every estimator that params.yaml can name, through the export and its proof."""

import json
import random
from typing import Any

import numpy as np
import pytest
import skops.io
from house import House, Rows, block
from onnx import ModelProto

from modelpress.loading import load
from modelpress.model import Model
from pipeline.errors import ExportError
from pipeline.estimators import TRUSTED_TYPES
from pipeline.export.graph import convert
from pipeline.export.parity import prove
from pipeline.rows import read_rows
from pipeline.scoring import outcome_of

FEATURES = {
    "size": {"kind": "numeric"},
    "age": {"kind": "numeric"},
    "colour": {"kind": "categorical"},
    "note": {"kind": "text"},
}
NUMBERS = {name: FEATURES[name] for name in ("size", "age", "colour")}
WORDS = (
    *("fee", "due", "wait", "call", "now", "café", "привет", "later", "card", "blue", "sky"),
    *("rain", "offer", "win", "ok", "1000", "£", "£5"),
)

TABULAR = (
    {"name": "logistic_regression"},
    {"name": "logistic_regression", "categorical": {"encode": "ordinal"}},
    {"name": "logistic_regression", "numeric": {"impute": "mean", "scale": "none", "clip": 4.0}},
    {"name": "logistic_regression", "parameters": {"class_weight": "balanced"}},
    {"name": "linear_svm"},
    {"name": "random_forest", "parameters": {"n_estimators": 20}},
    {"name": "random_forest", "parameters": {"n_estimators": 5, "max_depth": None}},
    {"name": "random_forest", "categorical": {"encode": "one_hot"},
     "parameters": {"n_estimators": 9}},
    {"name": "extra_trees", "parameters": {"n_estimators": 20, "class_weight": "balanced"}},
    {"name": "hist_gradient_boosting", "parameters": {"max_iter": 20}},
    {"name": "hist_gradient_boosting", "numeric": {"impute": "median"},
     "parameters": {"max_iter": 9}},
    {"name": "hist_gradient_boosting", "categorical": {"encode": "one_hot"},
     "parameters": {"max_iter": 9}},
)  # fmt: skip
TEXTUAL = (
    {"name": "logistic_regression"},
    {"name": "linear_svm", "text": {"words": [1, 2], "chars": [2, 4]}},
    {"name": "linear_svm", "text": {"words": None, "chars": [1, 3], "sublinear_tf": False}},
    {"name": "linear_svm", "text": {"words": [2, 3], "select_words": 40, "max_df": 0.9}},
    {"name": "random_forest", "parameters": {"n_estimators": 9}, "text": {"select_words": 30}},
)
REGRESSORS = (
    {"name": "ridge"},
    {"name": "ridge", "text": {"words": [1, 1]}, "features": FEATURES},
    {"name": "poisson"},
    {"name": "hist_gradient_boosting_regressor", "parameters": {"max_iter": 20}},
    {"name": "hist_gradient_boosting_regressor",
     "parameters": {"max_iter": 20, "loss": "absolute_error"}},
)  # fmt: skip


def rows(task: str, count: int = 260) -> Rows:
    """Rows with missing values, rare categories, odd numbers and words of several scripts."""
    dice = random.Random(3)
    made: list[dict[str, object]] = []
    for _ in range(count):
        size, age = dice.gauss(0, 1), dice.randint(18, 90)
        colour = dice.choice(("red", "green", "blue", "ultraviolet", "")[: dice.choice((3, 5))])
        words = dice.choices(WORDS, k=dice.randint(1, 9))
        score = 2 * size + (colour == "red") + age / 60 + words.count("win") + dice.gauss(0, 0.7)
        answers = {
            "binary": "yes" if score > 1.5 else "no",
            "multiclass": ("low", "mid", "high")[(score > 0.8) + (score > 2)],
            "regression": f"{max(score + 4, 0):.3f}",
        }
        made.append(
            {
                "size": "" if dice.random() < 0.05 else f"{size * 1000:.3f}",
                "age": "" if dice.random() < 0.05 else age,
                "colour": colour,
                "note": " ".join(words),
                "answer": answers[task],
            }
        )
    return made


def block_for(task: str, estimator: dict[str, Any]) -> dict[str, Any]:
    estimator = dict(estimator)
    features = estimator.pop("features", FEATURES if "text" in estimator else NUMBERS)
    metric = {"binary": "roc_auc", "multiclass": "f1_macro", "regression": "r2"}[task]
    return block(
        task=task,
        features=features,
        estimator=estimator,
        target={"column": "answer"} | ({"positive": "yes"} if task == "binary" else {}),
        threshold={"policy": "best_f1" if task == "binary" else "none", "folds": 3},
        gate={"metric": metric, "promote_on": "not_worse"},
    )


def named(estimator: dict[str, Any]) -> str:
    rest = {key: value for key, value in estimator.items() if key not in {"name", "features"}}
    return estimator["name"] + (f" {json.dumps(rest)}" if rest else "")


CASES = [
    pytest.param(task, estimator, id=f"{task} {named(estimator)}")
    for tasks, estimators in (
        (("binary", "multiclass"), TABULAR),
        (("binary", "multiclass"), [{**e, "features": FEATURES} for e in TEXTUAL]),
        (("regression",), REGRESSORS),
    )
    for task in tasks
    for estimator in estimators
]


@pytest.mark.parametrize(("task", "estimator"), CASES)
def test_every_estimator_survives_the_export(
    house: House, task: str, estimator: dict[str, Any]
) -> None:
    """The export itself fails on a flipped label or a number that is off; the figures are kept."""
    house.add("m", block_for(task, estimator), rows(task)).stages("m", "export")
    record = json.loads(house.artifact("m", "export.json").read_text("utf-8"))
    limit = 1e-5 if task == "regression" else 2e-6

    assert all(part["largest"] <= limit for part in record["parity"].values())
    assert record["parity"]["hostile"]["rows"] >= 2000


def test_the_metrics_are_those_of_the_onnx_file(house: House) -> None:
    house.add("m", block_for("binary", TABULAR[0]), rows("binary")).stages("m", "evaluate")
    test = read_rows(house.artifact("m", "test.parquet"))
    told = outcome_of(load(house.artifact("m", "model.onnx")), test)
    metrics = json.loads(house.artifact("m", "metrics.json").read_text("utf-8"))

    assert metrics["accuracy"] == pytest.approx(float(np.mean(told.told == told.truth)), abs=1e-6)


def test_a_graph_that_says_something_else_fails_the_export(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scale off by one part in a thousand, as a careless converter would write it."""
    house.add("m", block_for("binary", TABULAR[0]), rows("binary")).stages("m", "train")

    def careless(pipeline: Any, signature: Any) -> bytes:
        pipeline.named_steps["predict"].coef_ *= 1.001
        content = convert(pipeline, signature)
        pipeline.named_steps["predict"].coef_ /= 1.001
        return content

    monkeypatch.setattr("pipeline.export.convert", careless)
    with pytest.raises(ExportError, match="a probability is off by"):
        house.stages("m", "export")

    assert not house.artifact("m", "model.onnx").exists()


def test_a_flipped_label_fails_the_proof_though_every_probability_is_right(house: House) -> None:
    house.add("m", block_for("binary", TABULAR[0]), rows("binary")).stages("m", "export")
    pipeline = skops.io.load(house.artifact("m", "estimator.skops"), trusted=list(TRUSTED_TYPES))
    graph = ModelProto.FromString(house.artifact("m", "model.onnx").read_bytes())
    (threshold,) = (tensor for tensor in graph.graph.initializer if tensor.name == "@threshold")
    threshold.float_data[0] /= 2
    validation = read_rows(house.artifact("m", "validation.parquet"))

    with pytest.raises(ExportError, match="onnxruntime says `yes`, the estimator no"):
        prove(pipeline, Model(graph.SerializeToString()), validation)
