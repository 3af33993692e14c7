"""The browser's runtime answers as Python's does: the golden rows, and texts that are hard."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto, helper

from modelpress.golden import RELATIVE_TOLERANCE, TOLERANCE, record_golden
from modelpress.model import Model
from modelpress.signature import METADATA_KEY, Input, Signature
from pipeline.config import load_params
from pipeline.export.hard_texts import HARD_TEXTS

REPOSITORY = Path(__file__).parent.parent.parent

Answer = dict[str, Any]

every_model = pytest.mark.parametrize("model", load_params(REPOSITORY).names)
# Rows that are answered one by one are those of a visitor, all at once those of a table.
every_way = pytest.mark.parametrize("way", ["alone", "together"])


def differs(expected: Answer, actual: Answer) -> bool:
    """Say whether an answer of the browser is another one."""
    if "value" in expected:
        close = {"rel_tol": RELATIVE_TOLERANCE, "abs_tol": RELATIVE_TOLERANCE}
        return not math.isclose(expected["value"], actual["value"], **close)
    wanted, got = expected["probabilities"], actual["probabilities"]
    return (
        actual["label"] != expected["label"]
        or got.keys() != wanted.keys()
        or not all(abs(wanted[name] - got[name]) <= TOLERANCE for name in wanted)
    )


def differences(web: Any, file: Path, expected: list[Answer], way: str) -> list[tuple[Any, ...]]:
    """Let the browser's runtime answer recorded rows, and give those it answers otherwise."""
    answers = web.ask(model=str(file), rows=[entry["row"] for entry in expected])[way]
    pairs = zip(expected, answers, strict=True)
    return [(entry, answer) for entry, answer in pairs if differs(entry, answer)]


@every_way
@every_model
def test_golden_rows_are_answered_as_recorded(
    model: str, way: str, web: Any, exported: Callable[[str], Path]
) -> None:
    folder = exported(model)
    golden = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
    assert len(golden) > 1
    assert differences(web, folder / "model.onnx", golden, way) == []


@every_way
@every_model
def test_hard_rows_are_answered_as_in_python(
    model: str, way: str, web: Any, exported: Callable[[str], Path]
) -> None:
    """Texts are hard in their own ways, categories are unknown, numbers are at the edge."""
    file = exported(model) / "model.onnx"
    runtime = Model(file.read_bytes())
    hard: dict[str, list[Any]] = {
        "numeric": [None, 0, -0.0, 1e-45, -1e9, 16_777_217, 0.1, 3.4e38],
        "categorical": [None, "", "never seen", "Ünïcode 😀", " ", 7, -1, "1"],
        "text": list(HARD_TEXTS),
    }
    inputs = runtime.signature.inputs
    count = max(len(hard[x.kind]) for x in inputs)
    rows = [
        {x.name: hard[x.kind][(i + j) % len(hard[x.kind])] for j, x in enumerate(inputs)}
        for i in range(count)
    ]
    assert differences(web, file, record_golden(runtime, rows), way) == []


@every_way
def test_a_regression_is_answered_as_in_python(way: str, web: Any, tmp_path: Path) -> None:
    """No model of the repository may be one, so here is one: 6 a year and 75.3."""
    signature = Signature(model="height", task="regression", inputs=(Input("age", "numeric"),))
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["age", "@growth"], ["@grown"]),
            helper.make_node("Add", ["@grown", "@start"], ["value"]),
        ],
        "height",
        [helper.make_tensor_value_info("age", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("value", TensorProto.FLOAT, [None, 1])],
        [
            helper.make_tensor("@growth", TensorProto.FLOAT, [], [6.0]),
            helper.make_tensor("@start", TensorProto.FLOAT, [], [75.3]),
        ],
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    helper.set_model_props(onnx, {METADATA_KEY: signature.to_json()})
    file = tmp_path / "model.onnx"
    file.write_bytes(onnx.SerializeToString())
    golden = record_golden(Model(file.read_bytes()), [{"age": age} for age in (0, 0.1, 17, -3e5)])
    assert golden[2]["value"] == pytest.approx(177.3)
    assert differences(web, file, golden, way) == []


ANSWER: Answer = {"label": "yes", "probabilities": {"no": 0.25, "yes": 0.75}}


@pytest.mark.parametrize(
    "changed",
    [
        {"label": "no"},
        {"probabilities": {"no": 0.25, "yes": 0.75 - 2e-6}},
        {"probabilities": {"no": 0.25}},
        {"probabilities": {"no": 0.25, "yes": math.nan}},
    ],
)
def test_an_answer_differs_by_a_label_a_class_or_two_millionths(changed: Answer) -> None:
    assert differs(ANSWER, ANSWER | changed)


def test_an_answer_does_not_differ_by_less_than_a_millionth() -> None:
    assert not differs(ANSWER, ANSWER | {"probabilities": {"no": 0.25 + 9e-7, "yes": 0.75}})


@pytest.mark.parametrize("value", [40.001, -40.0, math.nan])
def test_a_value_differs_by_its_hundred_thousandth(value: float) -> None:
    assert differs({"value": 40.0}, {"value": value})
    assert not differs({"value": 40.0}, {"value": 40.0003})
