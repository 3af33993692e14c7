"""Any model is explained by replacement: what the answer is without each thing in the row."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from house import House, block
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto

import modelpress
import modelpress.explanation
from modelpress.encode import Feeds
from modelpress.errors import FileError, InputError
from modelpress.explanation import Contribution, Explainer, Explanation, explain
from modelpress.explanation.baseline import LONGEST_TEXT
from modelpress.explanation.replacement import REMOVED_CHARACTERS, REMOVED_WORDS
from modelpress.loading import load
from modelpress.model import Answer, Model
from modelpress.signature import Signature
from modelpress.text import normalize_text

Rewrite = Callable[[Callable[[ModelProto], object]], bytes]

ROW: dict[str, Any] = {"amount": 2.0, "colour": "7", "note": "Free cash"}


class Counting(Model):
    """A model that writes down how many rows each call had."""

    def __init__(self, content: bytes, *, version: str = "") -> None:
        super().__init__(content, version=version)
        self.calls: list[int] = []

    def answer(self, feeds: Feeds) -> Answer:
        """Answer as ever."""
        self.calls.append(len(next(iter(feeds.values()))))
        return super().answer(feeds)


def score(model: Model, row: dict[str, Any], label: str | None) -> float:
    """Ask for one row alone."""
    told = model.predict(row)
    if told.probabilities is None or label is None:
        assert told.value is not None
        return told.value
    return told.probabilities[label]


def typical(signature: Signature) -> dict[str, Any]:
    return {x.name: x.typical if x.typical != "" else None for x in signature.inputs}


def without(text: str, *words: str) -> str:
    return " ".join(word for word in normalize_text(text).split(" ") if word not in words)


def brute_force(model: Model, row: dict[str, Any], label: str | None) -> dict[Any, float]:
    """Make each change by hand, and ask for each changed row alone."""
    here, usual = score(model, row, label), typical(model.signature)
    told = {}
    for field in model.signature.inputs:
        if field.kind != "text":
            told[field.name, None] = row | {field.name: usual[field.name]}
        elif text := normalize_text(row[field.name] or ""):
            for word in text.split(" "):
                told[field.name, word] = row | {field.name: without(text, word)}
    return {key: here - score(model, changed, label) for key, changed in told.items()}


def amounts(explanation: Explanation) -> dict[Any, float]:
    return {(x.feature, x.word): x.amount for x in explanation.contributions}


def check(model: Model, row: dict[str, Any]) -> None:
    explanation = explain(model, row)
    label = explanation.prediction.label
    expected = brute_force(model, row, label)
    scale = max(1.0, abs(explanation.margin))

    assert explanation.prediction == model.predict(row)
    assert not explanation.exact
    assert amounts(explanation) == pytest.approx(expected, abs=2e-6 * scale)
    assert len(explanation.contributions) == len(expected)
    assert explanation.margin == pytest.approx(score(model, row, label), abs=1e-6 * scale)
    usual = score(model, typical(model.signature), label)
    assert explanation.baseline == pytest.approx(usual, abs=1e-6 * scale)


def test_each_feature_is_set_to_its_typical_value_and_each_word_removed(loan: Model) -> None:
    """The score is a sigmoid: 2 of the amount, 2 of the colour, and 4 of the whole note."""
    explanation = explain(loan, ROW)
    found = {(x.feature, x.word): x for x in explanation.contributions}

    assert explanation.prediction == loan.predict(ROW)
    assert (explanation.scale, explanation.exact) == ("probability", False)
    assert (explanation.positive, explanation.threshold) == ("yes", 0.75)
    assert explanation.margin == pytest.approx(1 / (1 + np.exp(-8)), abs=1e-6)
    assert explanation.baseline == pytest.approx(1 / (1 + np.exp(-1.5)), abs=1e-6)
    assert set(found) == {("amount", None), ("colour", None), ("note", "free"), ("note", "cash")}
    for key, left in {
        ("amount", None): 6.5,
        ("colour", None): 7,
        ("note", "free"): 4,
        ("note", "cash"): 4,
    }.items():
        change = 1 / (1 + np.exp(-8)) - 1 / (1 + np.exp(-left))
        assert found[key].amount == pytest.approx(change, abs=1e-6)
    assert (found["colour", None].value, found["colour", None].typical) == ("7", "red")
    assert (found["amount", None].value, found["amount", None].typical) == (2.0, 0.5)


def test_the_largest_comes_first(loan: Model) -> None:
    sizes = [abs(x.amount) for x in explain(loan, ROW).contributions]
    assert sizes == sorted(sizes, reverse=True)


def test_what_speaks_for_the_label_is_positive_whichever_it_is(loan: Model) -> None:
    """The probability explained is that of the label, not that of the positive class."""
    row = {"amount": -3.0, "colour": "red", "note": ""}
    explanation = explain(loan, row)

    assert explanation.prediction.label == "no"
    assert amounts(explanation)["amount", None] > 0
    assert ("note", None) not in amounts(explanation)


def test_a_typical_row_has_nothing_to_tell(loan: Model) -> None:
    row = {"amount": 0.5, "colour": "red", "note": None}
    assert set(amounts(explain(loan, row)).values()) == {0.0}


def test_a_feature_without_a_typical_value_is_set_to_missing(height: Model) -> None:
    """The graph of this one answers NaN to a missing age; so no amount can be told."""
    (found,) = explain(height, {"age": 3.0}).contributions
    assert (found.feature, found.value, found.typical) == ("age", 3.0, None)
    assert np.isnan(found.amount)


def test_a_word_that_occurs_often_is_removed_everywhere(loan: Model) -> None:
    found = amounts(explain(loan, ROW | {"note": "free free cash"}))
    # Without one `free` the graph would see `free cash`, which has points.
    assert found["note", "free"] == 0.0


Rows = st.fixed_dictionaries(
    {
        "amount": st.none() | st.floats(-6, 6, width=32),
        "colour": st.none() | st.sampled_from(["red", "7", "blue", "<b>"]),
        "note": st.none()
        | st.lists(st.sampled_from(["Free", "cash", "é", "!", "now"])).map(" ".join)
        | st.text(max_size=12),
    }
)


@given(row=Rows)
def test_one_batch_says_what_single_questions_say(loan: Model, row: dict[str, Any]) -> None:
    check(loan, row)


@given(row=Rows)
def test_no_row_is_changed(loan: Model, row: dict[str, Any]) -> None:
    before = copy.deepcopy(row)
    explain(loan, MappingProxyType(row))
    assert row == before


def test_one_call_answers_everything(loan_file: bytes) -> None:
    model = Counting(loan_file)
    for content in (None, loan_file):
        model.calls.clear()
        explain(model, ROW, content)
        # The row, the typical row, two features and two words.
        assert model.calls == [6]


def test_words_beyond_the_first_are_removed_together(loan_file: bytes) -> None:
    model = Counting(loan_file)
    words = [f"w{i}" for i in range(REMOVED_WORDS + 30)]
    explanation = explain(model, ROW | {"note": " ".join([*words, *words])})
    *single, others = [x for x in explanation.contributions if x.feature == "note"]

    assert model.calls == [2 + 2 + REMOVED_WORDS + 1]
    assert {x.word for x in single} == set(words[:REMOVED_WORDS])
    assert others == Contribution("note", 0.0, others=30)
    assert explanation.contributions[-1] == others


def test_a_long_text_has_fewer_words_removed_one_by_one(loan_file: bytes) -> None:
    model = Counting(loan_file)
    text = " ".join(f"{'x' * 90}{i:03}" for i in range(200))
    explanation = explain(model, ROW | {"note": text})
    single = [x for x in explanation.contributions if x.word]

    assert len(single) == REMOVED_CHARACTERS // len(text) < 200
    assert explanation.contributions[-1].others == 200 - len(single)


def test_a_text_that_is_too_long_is_refused(loan: Model) -> None:
    assert explain(loan, ROW | {"note": "x" * LONGEST_TEXT}).contributions
    with pytest.raises(InputError, match="field `note`: a text of 20,001 characters is too long"):
        explain(loan, ROW | {"note": "x" * (LONGEST_TEXT + 1)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount": "2"}, "field `amount`: `'2'` is not a number"),
        ({"other": 1}, "unknown field `other`"),
        ({"note": 5}, "field `note`: `5` is not text"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(
    loan: Model, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        explain(loan, ROW | changes)


def test_the_bytes_of_another_model_are_refused(loan: Model, flower_file: bytes) -> None:
    with pytest.raises(FileError, match="not those of the model"):
        Explainer(loan, flower_file)


@pytest.mark.parametrize("name", ["loan", "flower", "height"])
def test_a_graph_in_an_unknown_form_is_explained_by_replacement(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Though two of them are linear: exactly so is said only of what is known to be."""
    content = request.getfixturevalue(f"{name}_file")
    model: Model = request.getfixturevalue(name)
    row = ROW if name == "loan" else {x.name: 1.0 for x in model.signature.inputs}
    told, expected = explain(model, row, content), explain(model, row)

    assert not told.exact
    assert repr(told) == repr(expected)


def test_a_multiclass_model_is_explained_by_the_probability_of_its_label(
    flower_file: bytes,
) -> None:
    flower = Model(flower_file)
    flower.signature = replace(
        flower.signature,
        inputs=tuple(replace(x, typical=0.0) for x in flower.signature.inputs),
    )
    check(flower, {"length": 0.5, "width": 2.0})
    assert explain(flower, {"length": 0.5, "width": 2.0}).prediction.label == "lily"


def test_it_is_at_hand_where_the_runtime_is(loan: Model) -> None:
    """More than once: a module of the same name would take its place after the first time."""
    for _ in range(2):
        assert modelpress.explain(loan, ROW) == explain(loan, ROW)
        assert isinstance(modelpress.Explainer(loan).explain(ROW), modelpress.Explanation)


MODULES = sorted(
    f"modelpress.explanation.{file.stem}"
    for file in Path(modelpress.explanation.__file__).parent.glob("[a-z]*.py")
)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_is_importable_first_and_needs_the_runtime_alone(
    module: str, tmp_path: Path
) -> None:
    program = f"import sys, {module}\nprint(*sorted(sys.modules))"
    # -I: no PYTHON* variables, no working directory; warnings are errors, as in every test.
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {name.partition(".")[0] for name in done.stdout.split()}
    assert "modelpress" in imported
    assert not imported & {"pipeline", "onnx", "google", "sklearn", "pandas", "scipy", "skl2onnx"}


# Models that a user may train.

FEATURES = {
    "size": {"kind": "numeric"},
    "age": {"kind": "numeric"},
    "colour": {"kind": "categorical"},
}
NOTE = {"note": {"kind": "text"}}
BENT: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "boosting": (
        "binary",
        FEATURES,
        {"name": "hist_gradient_boosting", "parameters": {"max_iter": 20}},
    ),
    "forest": (
        "multiclass",
        FEATURES | NOTE,
        {"name": "random_forest", "parameters": {"n_estimators": 9}, "text": {"select_words": 30}},
    ),
    "regressor": (
        "regression",
        FEATURES,
        {"name": "hist_gradient_boosting_regressor", "parameters": {"max_iter": 20}},
    ),
}


def table(task: str) -> list[dict[str, object]]:
    dice = np.random.default_rng(5)
    rows: list[dict[str, object]] = []
    for _ in range(300):
        size, age = float(dice.normal()), int(dice.integers(18, 90))
        colour = str(dice.choice(["red", "green", ""]))
        words = dice.choice(["win", "call", "later", "sky", "café"], int(dice.integers(2, 7)))
        score = 2 * size * (colour == "red") + age / 40 + list(words).count("win")
        answer = {
            "binary": "yes" if score > 2 else "no",
            "multiclass": f"level {min(int(score > 1.5) + int(score > 3), 2)}",
            "regression": f"{score:.3f}",
        }[task]
        rows.append(
            {
                "size": f"{size:.3f}",
                "age": age,
                "colour": colour,
                "note": " ".join(words),
                "answer": answer,
            }
        )
    return rows


@pytest.mark.parametrize("name", BENT)
def test_a_model_that_is_not_linear_is_explained_as_by_hand(house: House, name: str) -> None:
    task, features, estimator = BENT[name]
    metric = {"binary": "roc_auc", "multiclass": "f1_macro", "regression": "r2"}[task]
    target = {"column": "answer"} | ({"positive": "yes"} if task == "binary" else {})
    gate = {"metric": metric, "promote_on": "not_worse"}
    model = block(task=task, features=features, estimator=estimator, target=target, gate=gate)
    house.add("m", model, table(task)).stages("m", "export")
    content = house.artifact("m", "model.onnx").read_bytes()
    golden = json.loads(house.artifact("m", "golden.json").read_text("utf-8"))
    counting, loaded = Counting(content), load(house.artifact("m", "model.onnx"))
    explainer = Explainer(counting, content)

    assert len(golden) > 5
    for number, entry in enumerate(golden, start=1):
        check(loaded, entry["row"])
        assert explainer.explain(entry["row"]) == explain(loaded, entry["row"])
        assert len(counting.calls) == number
