"""Graphs of a few operators, made by hand, and asked in both runtimes."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

from modelpress.session import open_session

ML = "ai.onnx.ml"
DICE = np.random.default_rng(7)
TEXTS = np.array([["you won a prize"], [""], ["a  prize \U0001f600 won"], ["won won won"]], object)

KINDS = {"f": TensorProto.FLOAT, "i": TensorProto.INT64, "O": TensorProto.STRING}


def graph(
    nodes: Sequence[NodeProto],
    feeds: dict[str, Any],
    constants: Sequence[TensorProto] = (),
    outputs: Sequence[str] = ("y",),
) -> bytes:
    """Write a graph; onnxruntime finds the types and shapes of its outputs out."""
    made = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info(x, KINDS[v.dtype.kind], None) for x, v in feeds.items()],
        [helper.make_empty_tensor_value_info(x) for x in outputs],
        constants,
    )
    sets = [("", 17), (ML, 3), ("com.microsoft", 1)]
    imports = [helper.make_opsetid(*each) for each in sets]
    model = helper.make_model(made, opset_imports=imports, ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def told(array: Any) -> dict[str, Any]:
    """Write a tensor as `edge_answers.mjs` reads it."""
    spelled = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    flat = [spelled.get(str(x), x) for x in array.ravel().tolist()]
    return {"type": KINDS[array.dtype.kind], "shape": list(array.shape), "data": flat}


def same(edge: Any, content: bytes, feeds: dict[str, Any]) -> None:
    """Fail unless both give the same tensors."""
    wanted = open_session(content).run(None, feeds)
    given = {name: told(array) for name, array in feeds.items()}
    answers = edge.ask(ask="run", bytes=base64.b64encode(content).decode(), feeds=given)
    assert "error" not in answers, answers
    for expected, answer in zip(wanted, answers, strict=True):
        assert answer["shape"] == list(expected.shape)
        if expected.dtype.kind == "O":
            assert answer["data"] == expected.ravel().tolist()
        else:
            got = np.array([float(x) for x in answer["data"]]).reshape(expected.shape)
            np.testing.assert_allclose(got, expected.astype(float), rtol=2e-6, atol=3e-7)


def trees(leaf: str, ids: list[int], weights: list[float], **settings: Any) -> dict[str, Any]:
    """Two trees of three leaves over four columns; gaps go left in the first."""
    many = len(ids) // 6
    leaves = [(tree, node) for tree in (0, 1) for node in (1, 3, 4) for _ in range(many)]
    return {
        "nodes_treeids": [0] * 5 + [1] * 5,
        "nodes_nodeids": [0, 1, 2, 3, 4] * 2,
        "nodes_featureids": [0, 0, 1, 0, 0, 3, 0, 2, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"] * 2,
        "nodes_values": [0.1, 0, -0.2, 0, 0, 0.3, 0, 0.0, 0, 0],
        "nodes_truenodeids": [1, 0, 3, 0, 0] * 2,
        "nodes_falsenodeids": [2, 0, 4, 0, 0] * 2,
        "nodes_missing_value_tracks_true": [1, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        f"{leaf}_treeids": [tree for tree, _ in leaves],
        f"{leaf}_nodeids": [node for _, node in leaves],
        f"{leaf}_ids": ids,
        f"{leaf}_weights": weights,
        **settings,
    }


def drawn(count: int, low: float = -2) -> list[float]:
    """Draw 32-bit numbers."""
    return [float(x) for x in DICE.uniform(low, 2, count).astype(np.float32)]
