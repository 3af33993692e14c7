"""Damaged files and hostile graphs end in an answer or a refusal, without a digest to help."""

import base64
import json
import random
from typing import Any

import pytest
from house import REPOSITORY
from onnx import ModelProto
from plain_onnx import added, node, plain

from modelpress.model import Model

MODELS = REPOSITORY / "models"
JAVASCRIPT = {"runtime": "javascript"}


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_a_cut_file_is_refused(edge: Any) -> None:
    content = plain().SerializeToString()
    for length in range(len(content)):
        asked = {"ask": "model", "bytes": coded(content[:length]), "options": JAVASCRIPT}
        answer = edge.ask(**asked)
        assert answer["error"] in {"FileError", "Unsupported"}, (length, answer)


@pytest.mark.parametrize("name", ["spam", "iris", "credit"])
def test_flipped_bytes_end_in_an_answer_or_a_refusal(name: str, edge: Any) -> None:
    """Never a hang, and no error of JavaScript's own."""
    file = MODELS / name / "v1.0.0" / "model.onnx"
    row = json.loads((file.parent / "card.json").read_text("utf-8"))["golden"][2]["row"]
    dice = random.Random(3)
    for _ in range(60):
        content = bytearray(file.read_bytes())
        for _ in range(dice.choice((1, 1, 20))):
            content[dice.randrange(len(content))] = dice.randrange(256)
        answer = edge.ask(
            ask="predict", bytes=coded(bytes(content)), rows=[row], options=JAVASCRIPT
        )
        kinds = {None, "FileError", "Unsupported", "InputError"}
        assert answer.get("error") in kinds, answer


def grown_into_itself() -> bytes:
    """A tree whose second cut leads back to the first."""
    credit = MODELS / "credit" / "v1.0.0" / "model.onnx"
    model = ModelProto.FromString(credit.read_bytes())
    (trees,) = (x for x in model.graph.node if x.op_type.startswith("TreeEnsemble"))
    told = {x.name: x for x in trees.attribute}
    second = list(told["nodes_modes"].strings).index(b"BRANCH_LEQ", 1)
    for way in ("nodes_truenodeids", "nodes_falsenodeids"):
        told[way].ints[second] = 0
    content: bytes = model.SerializeToString()
    return content


def doubled(times: int) -> bytes:
    nodes = [node("Concat", ["zero", "zero"], ["d0"], axis=0)]
    nodes += [node("Concat", [f"d{i}", f"d{i}"], [f"d{i + 1}"], axis=0) for i in range(times)]
    return added(*nodes, node("Max", [f"d{times}"], ["extra"]))


@pytest.mark.parametrize(
    ("content", "words"),
    [(grown_into_itself(), "grows into itself"), (doubled(34), "no tensor may be")],
    ids=["a tree in a circle", "doubled 34 times"],
)
def test_a_graph_without_end_is_refused(content: bytes, words: str, edge: Any) -> None:
    row = {x.name: None for x in Model(plain().SerializeToString()).signature.inputs}
    if b"credit" in content:
        signature = Model((MODELS / "credit" / "v1.0.0" / "model.onnx").read_bytes()).signature
        row = {x.name: x.typical for x in signature.inputs}
    answer = edge.ask(ask="predict", bytes=coded(content), rows=[row], options=JAVASCRIPT)
    assert answer["error"] == "FileError"
    assert words in answer["message"]


def set_to(attribute: str, value: int, model: str) -> bytes:
    """Write a shipped model with one number of its operators changed."""
    made = ModelProto.FromString((MODELS / model / "v1.0.0" / "model.onnx").read_bytes())
    for each in made.graph.node:
        for told in each.attribute:
            if told.name == attribute:
                told.i = value
    content: bytes = made.SerializeToString()
    return content


@pytest.mark.parametrize(
    ("attribute", "model"), [("max_skip_count", "spam"), ("n_targets", "bikes-count")]
)
def test_a_number_without_measure_takes_no_time(attribute: str, model: str, edge: Any) -> None:
    content = set_to(attribute, 2**40, model)
    card = json.loads((MODELS / model / "v1.0.0" / "card.json").read_text("utf-8"))
    rows = [card["golden"][0]["row"]]
    answer = edge.ask(ask="predict", bytes=coded(content), rows=rows, options=JAVASCRIPT)

    assert answer.get("error", "FileError") == "FileError"
