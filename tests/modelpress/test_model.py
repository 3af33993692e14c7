"""A loaded model answers rows; the label is the graph's own."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, helper

from modelpress.encode import encode
from modelpress.errors import InputError
from modelpress.model import Model, Prediction

Rewrite = Callable[[Callable[[ModelProto], object]], bytes]

ROW: dict[str, Any] = {"amount": 0.0, "colour": "blue", "note": ""}
# The sigmoid of ln 3 is the threshold, 0.75.
THRESHOLD = math.log(3)


def yes(model: Model, **changes: object) -> float:
    probabilities = model.predict(ROW | changes).probabilities
    assert probabilities is not None
    return probabilities["yes"]


def sigmoid(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def test_a_row_gets_a_label_and_probabilities_by_class(loan: Model) -> None:
    prediction = loan.predict(ROW)
    assert prediction == Prediction("v1.2.0", "no", {"no": 0.5, "yes": 0.5}, None)
    assert list(prediction.probabilities or ()) == ["no", "yes"]


def test_a_list_of_rows_gets_a_list_in_its_order(loan: Model) -> None:
    rows = [ROW | {"amount": amount} for amount in (-2.0, 5.0, 0.0)]
    predictions = loan.predict(rows)
    assert predictions == [loan.predict(row) for row in rows]
    assert [x.label for x in predictions] == ["no", "yes", "no"]


@pytest.mark.parametrize("model", ["loan", "flower", "height"])
def test_an_empty_list_gets_an_empty_list(model: str, request: pytest.FixtureRequest) -> None:
    assert request.getfixturevalue(model).predict([]) == []


def test_an_empty_list_does_not_reach_the_graph(rewritten: Rewrite) -> None:
    """The operator that counts words refuses a tensor without rows."""

    def count_words(model: ModelProto) -> None:
        counter = helper.make_node(
            "TfIdfVectorizer",
            ["note"],
            ["@words"],
            mode="TF",
            min_gram_length=1,
            max_gram_length=1,
            max_skip_count=0,
            ngram_counts=[0],
            ngram_indexes=[0],
            pool_strings=["hello"],
        )
        model.graph.node.insert(0, counter)
        next(x for x in model.graph.node if x.op_type == "Sum").input.append("@words")

    model = Model(rewritten(count_words))
    assert yes(model, note="hello") == pytest.approx(sigmoid(1))
    assert model.predict([]) == []


@pytest.mark.parametrize(
    ("score", "label"),
    [(THRESHOLD - 0.001, "no"), (THRESHOLD + 0.001, "yes"), (50.0, "yes"), (-50.0, "no")],
)
def test_the_label_follows_the_threshold_and_not_one_half(
    score: float, label: str, loan: Model
) -> None:
    assert yes(loan, amount=score) == pytest.approx(sigmoid(score), abs=1e-6)
    assert loan.predict(ROW | {"amount": score}).label == label


def test_a_missing_value_is_the_graphs_to_fill(loan: Model) -> None:
    assert loan.predict(dict.fromkeys(ROW)) == loan.predict(ROW)


def test_a_category_that_training_did_not_know_counts_as_unknown(loan: Model) -> None:
    assert yes(loan, colour="red") == pytest.approx(sigmoid(1))
    assert yes(loan, colour="purple") == yes(loan, colour=None) == 0.5


def test_a_whole_number_is_the_category_of_its_digits(loan: Model) -> None:
    assert yes(loan, colour=7) == yes(loan, colour="7") == pytest.approx(sigmoid(2))


def test_text_reaches_the_graph_normalised(loan: Model) -> None:
    assert yes(loan, note="Frée, \n CASH!") == pytest.approx(sigmoid(4))
    assert yes(loan, note="freecash") == 0.5


def test_a_row_that_does_not_fit_is_refused_and_none_is_answered(loan: Model) -> None:
    with pytest.raises(InputError, match="row 1: field `note` is absent"):
        loan.predict([ROW, {"amount": 1.0, "colour": "red"}])
    with pytest.raises(InputError, match="field `amount`: `True` is not a number"):
        loan.predict(ROW | {"amount": True})


def test_one_of_several_classes_is_the_most_probable(flower: Model) -> None:
    prediction = flower.predict({"length": 1.0, "width": 3.0})
    total = math.exp(1) + math.exp(3) + 1
    assert prediction.label == "lily"
    assert prediction.probabilities == pytest.approx(
        {"rose": math.exp(1) / total, "lily": math.exp(3) / total, "fern": 1 / total}
    )
    assert prediction.value is None


def test_a_regression_gets_a_value_and_nothing_else(height: Model) -> None:
    assert height.predict([{"age": 0}, {"age": 10}]) == [
        Prediction("", value=75.0),
        Prediction("", value=135.0),
    ]


def test_tensors_get_arrays(loan: Model, height: Model) -> None:
    answer = loan.answer(encode(loan.signature, [ROW, ROW]))
    assert answer.labels.tolist() == ["no", "no"]
    assert (answer.probabilities.shape, answer.values.shape) == ((2, 2), (0,))
    answer = height.answer(encode(height.signature, [{"age": 1}, {"age": 2}, {"age": 3}]))
    assert answer.values.tolist() == [81.0, 87.0, 93.0]
    assert (answer.labels.shape, answer.probabilities.shape) == ((0,), (0,))


def test_a_prediction_speaks_plain_python(loan: Model, height: Model) -> None:
    """What `json` writes without help."""
    prediction = loan.predict(ROW)
    assert type(prediction.label) is str
    assert {type(x) for x in (prediction.probabilities or {}).values()} == {float}
    assert type(height.predict({"age": 1}).value) is float


def test_a_prediction_cannot_be_changed(loan: Model) -> None:
    with pytest.raises(FrozenInstanceError):
        loan.predict(ROW).label = "yes"  # type: ignore[misc]


def test_a_model_names_its_bytes_and_its_signature(loan: Model, flower: Model) -> None:
    assert len(loan.sha256) == 64
    assert (loan.signature.model, loan.signature.threshold) == ("loan", 0.75)
    assert (loan.version, flower.version) == ("v1.2.0", "")


def test_threads_may_share_a_model(loan: Model) -> None:
    rows = [ROW | {"amount": float(x)} for x in np.linspace(-3, 3, 200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(loan.predict, rows)) == loan.predict(rows)
