"""Golden rows are answered as recorded, or the distance tells."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from onnx import ModelProto, TensorProto, helper

from modelpress.golden import TOLERANCE, golden_distance, record_golden
from modelpress.model import Model

Golden = list[dict[str, Any]]
Rewrite = Callable[[Callable[[ModelProto], object]], bytes]

ROWS: list[dict[str, Any]] = [
    {"amount": 0.5, "colour": "red", "note": "Free cash!"},
    {"amount": None, "colour": None, "note": None},
    {"amount": -2.0, "colour": "never seen", "note": "hello"},
]


@pytest.fixture
def golden(loan: Model) -> Golden:
    return record_golden(loan, ROWS)


@pytest.fixture
def golden_heights(height: Model) -> Golden:
    return record_golden(height, [{"age": 5}, {"age": 10}])


def test_a_record_holds_the_row_and_the_answer(golden: Golden) -> None:
    assert [entry["row"] for entry in golden] == ROWS
    assert [entry["label"] for entry in golden] == ["yes", "no", "no"]
    assert golden[1]["probabilities"] == {"no": 0.5, "yes": 0.5}


def test_a_record_of_a_regression_holds_the_value(golden_heights: Golden) -> None:
    assert golden_heights[0] == {"row": {"age": 5}, "value": 105.0}


def test_a_model_is_at_no_distance_from_itself(
    loan: Model, golden: Golden, height: Model, golden_heights: Golden
) -> None:
    """Also after a round trip through the file that the record is written to."""
    assert golden_distance(loan, json.loads(json.dumps(golden, allow_nan=False))) == 0.0
    assert golden_distance(height, golden_heights) == 0.0


def test_no_rows_are_at_no_distance(loan: Model) -> None:
    assert golden_distance(loan, []) == 0.0


@pytest.mark.parametrize("row", [0, 1, 2])
def test_the_largest_difference_of_a_probability_counts(
    row: int, loan: Model, golden: Golden
) -> None:
    golden[row]["probabilities"]["yes"] += 0.125
    golden[(row + 1) % 3]["probabilities"]["no"] -= 0.0625
    assert golden_distance(loan, golden) == pytest.approx(0.125)


def test_the_difference_of_a_value_is_relative(height: Model, golden_heights: Golden) -> None:
    golden_heights[1]["value"] = 270.0
    assert golden_distance(height, golden_heights) == pytest.approx(0.5)


def test_the_difference_of_a_small_value_is_absolute(height: Model) -> None:
    golden = [{"row": {"age": -12.5}, "value": 1e-9}]
    assert golden_distance(height, golden) == pytest.approx(1e-9)


def test_another_label_is_infinitely_far(loan: Model, golden: Golden) -> None:
    golden[2]["label"] = "yes"
    assert golden_distance(loan, golden) == math.inf


def test_other_classes_are_infinitely_far(loan: Model, golden: Golden) -> None:
    golden[0]["probabilities"]["maybe"] = 0.0
    assert golden_distance(loan, golden) == math.inf


def test_another_task_is_infinitely_far(loan: Model, golden: Golden) -> None:
    assert golden_distance(loan, [{"row": golden[0]["row"], "value": 1.0}]) == math.inf


def test_an_answer_that_is_not_a_number_is_infinitely_far(
    golden: Golden, rewritten: Rewrite
) -> None:
    """Only the missing amount is spoilt, so that honest rows stand before it and behind it."""

    def spoil(model: ModelProto) -> None:
        zero = next(x for x in model.graph.initializer if x.name == "@zero")
        zero.CopyFrom(helper.make_tensor("@zero", TensorProto.FLOAT, [], [math.nan]))

    spoilt = Model(rewritten(spoil))
    assert golden_distance(spoilt, [golden[0], golden[2]]) == 0.0
    assert golden_distance(spoilt, golden) == math.inf
    assert golden_distance(spoilt, golden[::-1]) == math.inf


def test_a_slightly_other_model_is_beyond_the_tolerance(
    loan: Model, golden: Golden, rewritten: Rewrite
) -> None:
    def nudge(model: ModelProto) -> None:
        node = next(x for x in model.graph.node if x.output[0] == "@colour")
        points = next(x for x in node.attribute if x.name == "values_floats")
        points.floats[0] += 0.01

    distance = golden_distance(Model(rewritten(nudge)), golden)
    assert TOLERANCE < distance < 1e-4
    assert golden_distance(loan, golden) <= TOLERANCE
