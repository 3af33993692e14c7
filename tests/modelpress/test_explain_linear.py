"""A linear model is explained exactly: what its features and words add to the margin."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import skops.io
from house import House, block
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from modelpress.encode import Feeds
from modelpress.explanation import Explainer, Explanation, explain
from modelpress.explanation.baseline import beside_typical, typical
from modelpress.explanation.exact import LISTED_WORDS, LinearExplainer
from modelpress.explanation.linear import read_linear
from modelpress.loading import load
from modelpress.model import Answer, Model
from modelpress.signature import Task
from modelpress.text import normalize_text
from pipeline.estimators import TRUSTED_TYPES, frame
from pipeline.export import SEED
from pipeline.export.hostile import hostile_rows
from pipeline.rows import Rows, read_rows

REPOSITORY = Path(__file__).parent.parent.parent

NUMBERS = {"size": {"kind": "numeric"}, "age": {"kind": "numeric"}}
COLOUR = {"colour": {"kind": "categorical"}}
NOTE = {"note": {"kind": "text"}}
REPLY = {"reply": {"kind": "text"}}
ALL = NUMBERS | COLOUR | NOTE
LOGISTIC: dict[str, Any] = {"name": "logistic_regression"}
SVM: dict[str, Any] = {"name": "linear_svm"}


class Case(NamedTuple):
    """A model to train, and what its amounts are."""

    task: Task
    features: dict[str, Any]
    estimator: dict[str, Any]
    scale: str


# Whatever the catalogue's linear estimators can be told about encoding.
CASES = {
    "logistic": Case("binary", ALL, LOGISTIC, "log-odds"),
    "logistic, one number": Case("binary", {"size": NUMBERS["size"]}, LOGISTIC, "log-odds"),
    "logistic, ordinal, unscaled": Case(
        "binary",
        NUMBERS | COLOUR,
        LOGISTIC
        | {
            "categorical": {"encode": "ordinal"},
            "numeric": {"impute": "mean", "scale": "none", "clip": 4.0},
        },
        "log-odds",
    ),
    "logistic, saturated": Case(
        "binary", NUMBERS | COLOUR, LOGISTIC | {"parameters": {"C": 1e5}}, "log-odds"
    ),
    "svm, words and characters": Case(
        "binary", ALL, SVM | {"text": {"words": [1, 2], "chars": [2, 4]}}, "log-odds"
    ),
    "svm, single characters": Case(
        "binary",
        ALL,
        SVM | {"text": {"words": None, "chars": [1, 3], "sublinear_tf": False}},
        "log-odds",
    ),
    "svm, long terms of words": Case(
        "binary", NOTE, SVM | {"text": {"words": [2, 3], "select_words": 40}}, "log-odds"
    ),
    "two texts": Case(
        "binary",
        NOTE | REPLY,
        LOGISTIC | {"text": {"words": [1, 1], "chars": [3, 5]}},
        "log-odds",
    ),
    "logistic of three": Case("multiclass", ALL, LOGISTIC, "score"),
    "svm of three": Case(
        "multiclass", ALL, SVM | {"text": {"words": [1, 2], "chars": [2, 3]}}, "score"
    ),
    "ridge": Case("regression", ALL, {"name": "ridge", "text": {"words": [1, 1]}}, "value"),
    "ridge, one category": Case("regression", COLOUR | NUMBERS, {"name": "ridge"}, "value"),
    "poisson": Case("regression", NUMBERS | COLOUR, {"name": "poisson"}, "log-value"),
}


def table(task: str) -> list[dict[str, object]]:
    dice = random.Random(3)
    words = ("fee", "due", "call", "now", "café", "привет", "card", "sky", "win", "1000", "£")
    rows: list[dict[str, object]] = []
    for _ in range(260):
        size, age = dice.gauss(0, 1), dice.randint(18, 90)
        colour = dice.choice(("red", "green", "blue", ""))
        drawn = dice.choices(words, k=dice.randint(1, 9))
        score = 2 * size + (colour == "red") + age / 60 + drawn.count("win") + dice.gauss(0, 0.3)
        answers = {
            "binary": "yes" if score > 1.5 else "no",
            "multiclass": ("low", "mid", "high")[(score > 0.8) + (score > 2)],
            "regression": f"{max(score + 4, 0):.3f}",
        }
        told = {"note": " ".join(drawn), "reply": " ".join(drawn[::-1]), "colour": colour}
        numbers = {"size": f"{size * 1000:.2f}", "age": "" if dice.random() < 0.05 else age}
        rows.append({**told, **numbers, "answer": answers[task]})
    return rows


class Trained(NamedTuple):
    """A model with the estimator that it was made of."""

    case: Case
    house: House
    content: bytes
    model: Model
    pipeline: Any
    explainer: Explainer

    @property
    def validation(self) -> Rows:
        """Rows like those of the training."""
        return read_rows(self.house.artifact("m", "validation.parquet"))

    @property
    def hostile(self) -> Rows:
        """Rows of every extreme, a sample of them."""
        rows = hostile_rows(self.pipeline, self.model.signature, SEED)
        dice = np.random.default_rng(1)
        return rows.take(np.sort(dice.choice(len(rows), 150, replace=False)))

    def decision(self, rows: Rows) -> NDArray[np.float64]:
        """Ask scikit-learn for what it decides by, shape `[rows, columns]`."""
        with np.errstate(over="ignore", invalid="ignore"):
            columns = self.pipeline.named_steps["encode"].transform(frame(rows))
        predict = self.pipeline.named_steps["predict"]
        if hasattr(predict, "decision_function"):
            return np.asarray(predict.decision_function(columns)).reshape(len(rows), -1)
        return np.asarray(columns @ np.atleast_2d(predict.coef_).T + predict.intercept_)

    def margins(self, rows: Rows, label: str | None) -> NDArray[np.float64]:
        """Give the decision for one label."""
        decided = self.decision(rows)
        classes = self.model.signature.classes
        if label is None:
            return decided[:, 0]
        if decided.shape[1] > 1:
            return decided[:, classes.index(label)]
        return decided[:, 0] if label == classes[1] else -decided[:, 0]


@pytest.fixture(scope="module", params=CASES)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Each case, trained and exported."""
    case = CASES[request.param]
    house = House.make(tmp_path_factory.mktemp("house") / "house")
    binary = case.task == "binary"
    metric = {"binary": "roc_auc", "multiclass": "f1_macro", "regression": "r2"}[case.task]
    told = block(
        task=case.task,
        features=case.features,
        estimator=case.estimator,
        target={"column": "answer"} | ({"positive": "yes"} if binary else {}),
        threshold={"policy": "best_f1" if binary else "none", "folds": 3},
        gate={"metric": metric, "promote_on": "not_worse"},
    )
    house.add("m", told, table(case.task)).stages("m", "export")
    content = house.artifact("m", "model.onnx").read_bytes()
    model = load(house.artifact("m", "model.onnx"))
    pipeline = skops.io.load(house.artifact("m", "estimator.skops"), trusted=list(TRUSTED_TYPES))
    return Trained(case, house, content, model, pipeline, Explainer(model, content))


def named(rows: Rows) -> Iterator[dict[str, Any]]:
    """Give rows as a caller sends them."""
    for number in range(len(rows)):
        values = {name: column[number] for name, column in rows.features.items()}
        yield {
            name: None if value == "" or value != value else value  # noqa: PLR0124 - NaN alone
            for name, value in values.items()
        }


def rows_of(trained: Trained, rows: list[dict[str, Any]]) -> Rows:
    """Make the pipeline's rows of a caller's."""
    template, features = trained.validation, {}
    for field in trained.model.signature.inputs:
        column = [row[field.name] for row in rows]
        if field.kind == "numeric":
            features[field.name] = np.array([np.nan if x is None else x for x in column], "f4")
        else:
            texts = [normalize_text(x or "") if field.kind == "text" else x or "" for x in column]
            features[field.name] = np.array(texts, object)
    short = template.take(np.zeros(len(rows), np.int64))
    return replace(short, features=features)


def summed(explanation: Explanation) -> float:
    return explanation.baseline + sum(x.amount for x in explanation.contributions)


def test_amounts_sum_to_the_margin_which_is_scikit_learns_decision(trained: Trained) -> None:
    rows = trained.validation
    told = [trained.explainer.explain(row) for row in named(rows)]

    assert len(told) > 30
    for number, explanation in enumerate(told):
        expected = trained.margins(rows, explanation.prediction.label)[number]
        assert explanation.exact
        assert explanation.scale == trained.case.scale
        assert abs(summed(explanation) - explanation.margin) <= 1e-5
        assert abs(explanation.margin - expected) <= 1e-5


def test_they_do_so_at_every_extreme(trained: Trained) -> None:
    rows = trained.hostile
    for number, row in enumerate(named(rows)):
        explanation = trained.explainer.explain(row)
        expected = trained.margins(rows, explanation.prediction.label)[number]

        assert explanation.exact
        assert abs(summed(explanation) - explanation.margin) <= 1e-5
        # The graph's columns have 32 bits.
        assert explanation.margin == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_the_prediction_is_the_models_own(trained: Trained) -> None:
    rows = list(named(trained.validation))
    for row, prediction in zip(rows, trained.model.predict(rows), strict=True):
        assert trained.explainer.explain(row).prediction == trained.model.predict(row)
        assert trained.explainer.explain(row).prediction.label == prediction.label


def test_each_feature_adds_what_it_adds_in_scikit_learn(trained: Trained) -> None:
    """To the typical row: the features of a linear model know nothing of one another."""
    usual = typical(trained.model.signature)
    for row in list(named(trained.validation))[:12]:
        explanation = trained.explainer.explain(row)
        changed = [usual] + [usual | {name: row[name]} for name in row]
        decided = trained.margins(rows_of(trained, changed), explanation.prediction.label)
        found = dict.fromkeys(row, 0.0)
        for x in explanation.contributions:
            found[x.feature] += x.amount

        assert explanation.baseline == pytest.approx(decided[0], abs=1e-5)
        for name, there in zip(row, decided[1:], strict=True):
            assert found[name] == pytest.approx(there - decided[0], abs=1e-5)


def test_each_entry_says_what_it_is_about(trained: Trained) -> None:
    usual = typical(trained.model.signature)
    kinds = {x.name: x.kind for x in trained.model.signature.inputs}
    for row in list(named(trained.validation))[:12]:
        entries = trained.explainer.explain(row).contributions
        single = {x.feature: x for x in entries if x.word is None}

        assert set(single) == {name for name in row if kinds[name] != "text"}
        for name, entry in single.items():
            assert (entry.value, entry.typical) == (row[name], usual[name])
        for name in (name for name in row if kinds[name] == "text"):
            words = [x.word for x in entries if x.feature == name]
            assert sorted(map(str, words)) == sorted(set(normalize_text(row[name]).split(" ")))


values = st.none() | st.floats(-1e6, 1e6, width=32)
notes = st.none() | st.text(max_size=40) | st.lists(
    st.sampled_from(["win", "WIN", "fee", "café", "привет", "£5", "x", "due", "!"]), max_size=12
).map(" ".join)  # fmt: skip
FIELDS = {
    "size": values,
    "age": values,
    "colour": st.none() | st.sampled_from(["red", "green", "purple", "<i>"]),
    "note": notes,
    "reply": notes,
}


# The model is the same for every row.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_any_row_is_explained_exactly(trained: Trained, data: st.DataObject) -> None:
    names = [x.name for x in trained.model.signature.inputs]
    row = {name: data.draw(FIELDS[name], name) for name in names}
    explanation = trained.explainer.explain(row)

    assert explanation.exact
    assert abs(summed(explanation) - explanation.margin) <= 1e-5
    assert explanation.prediction == trained.model.predict(row)


@pytest.mark.parametrize("trained", ["logistic, saturated"], indirect=True)
def test_the_margin_is_right_where_the_probability_is_one(trained: Trained) -> None:
    """In 32 bits a probability beyond a margin of 17 is 1, from which no margin follows."""
    row = {"size": 5000.0, "age": 80.0, "colour": "red"}
    explanation = trained.explainer.explain(row)
    (expected,) = trained.margins(rows_of(trained, [row]), "yes")

    assert explanation.prediction.probabilities == {"no": 0.0, "yes": 1.0}
    assert explanation.margin > 17
    assert explanation.exact
    assert abs(summed(explanation) - explanation.margin) <= 1e-5
    assert explanation.margin == pytest.approx(expected, rel=1e-6)


def test_without_the_file_it_is_explained_by_replacement(trained: Trained) -> None:
    for row in list(named(trained.validation))[:3]:
        told = explain(trained.model, row)
        assert not told.exact
        assert told.scale == ("value" if trained.case.task == "regression" else "probability")
        assert explain(trained.model, row, trained.content) == trained.explainer.explain(row)


BENDABLE = ("logistic", "svm, single characters", "two texts", "svm of three", "ridge", "poisson")


@pytest.mark.parametrize("part", ["weights", "intercepts"])
@pytest.mark.parametrize("trained", BENDABLE, indirect=True)
def test_weights_that_do_not_give_the_answer_explain_nothing(trained: Trained, part: str) -> None:
    """As a graph would have that multiplies by something which nobody reads."""
    linear = read_linear(trained.content, trained.model.signature)
    assert linear is not None
    changed = replace(linear, **{part: getattr(linear, part) * 1.5 + 0.1})
    explainer = LinearExplainer(trained.model, trained.content, changed)
    for row in list(named(trained.validation))[:12]:
        pair = beside_typical(trained.model.signature, row)
        assert explainer.explain(row, pair) is None


class Counting(Model):
    """A model that writes down how many rows each call had."""

    calls: list[int]

    def answer(self, feeds: Feeds) -> Answer:
        """Answer as ever."""
        self.calls.append(len(next(iter(feeds.values()))))
        return super().answer(feeds)


def test_the_model_is_asked_for_the_row_alone(trained: Trained) -> None:
    model = Counting(trained.content)
    model.calls = []
    explainer = Explainer(model, trained.content)
    rows = list(named(trained.validation))[:3]
    before = [dict(row) for row in rows]
    for row in rows:
        explainer.explain(row)

    assert model.calls == [1, 1, 1]
    assert str(rows) == str(before)


@pytest.mark.parametrize(
    "trained", ["logistic", "svm, words and characters", "two texts", "ridge"], indirect=True
)
def test_words_beyond_the_strongest_are_summed(trained: Trained) -> None:
    names = [x.name for x in trained.model.signature.inputs if x.kind == "text"]
    usual = typical(trained.model.signature)
    text = " ".join(["win", *(f"unheard{i}" for i in range(LISTED_WORDS + 20)), "due", "fee"])
    for name in names:
        explanation = trained.explainer.explain(usual | {name: text})
        *listed, others = [x for x in explanation.contributions if x.feature == name]
        least = min(abs(x.amount) for x in listed)

        assert len(listed) == LISTED_WORDS
        assert others.word is None
        assert others.others == len(text.split(" ")) - LISTED_WORDS
        assert abs(others.amount) <= least * others.others + 1e-12
        assert abs(summed(explanation) - explanation.margin) <= 1e-5


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("spam", True),
        ("tickets", True),
        ("iris", True),
        ("credit", False),
        ("bikes", False),
        ("bikes-count", False),
    ],
)
def test_the_shipped_models(name: str, *, exact: bool) -> None:
    folder = REPOSITORY / "models" / name
    version = folder / (folder / "production").read_text("utf-8").strip()
    card = json.loads((version / "card.json").read_text("utf-8"))
    explainer = Explainer(load(folder), (version / "model.onnx").read_bytes())

    for entry in card["golden"]:
        explanation = explainer.explain(entry["row"])
        assert explanation.exact is exact
        if exact:
            assert abs(summed(explanation) - explanation.margin) <= 1e-5
