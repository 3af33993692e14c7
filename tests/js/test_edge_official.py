"""ONNX's own tests of each operator that the evaluator implements, run by the evaluator."""

import base64
import sys
import warnings
from collections import Counter
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, numpy_helper

from modelpress.guard import NEWEST_SETS, OPERATORS

# Where the tests of an operator stand in the package `onnx`.
PLACES = (
    *("add", "argmax", "cast", "concat", "exp", "flatten", "gather", "less", "log", "matmul"),
    *("max", "min", "mul", "reshape", "sign", "tfidfvectorizer", "where"),
    "ai_onnx_ml.label_encoder",
)

NO_OFFICIAL_ONES = {
    *("Imputer", "LinearClassifier", "LinearRegressor", "Normalizer", "OneHotEncoder", "Scaler"),
    # The tests are of `TreeEnsemble`, its later form.
    *("TreeEnsembleClassifier", "TreeEnsembleRegressor"),
    # Of Microsoft, not of ONNX.
    "Tokenizer",
}
"""What `test_edge_operators.py` holds against onnxruntime instead."""

TYPES = {
    TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64,
    TensorProto.STRING, TensorProto.BOOL,
}  # fmt: skip
LEFT_OUT = "its types are none that a model of ours has: 8, 16 or unsigned bits, or odd floats"
LEFT_OUT_BY_NAME = {
    "test_ai_onnx_ml_label_encoder_tensor_mapping": "tables as tensors: the guard refuses them",
    "test_ai_onnx_ml_label_encoder_tensor_value_only_mapping": "as above",
}


def known(case: Any) -> bool:
    nodes = case.model.graph.node
    return len(nodes) == 1 and nodes[0].op_type in OPERATORS.get(nodes[0].domain, ())


@cache
def cases() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # theirs, at floats of 8 bits
        for place in PLACES:
            import_module(f"onnx.backend.test.case.node.{place}")
    node = import_module("onnx.backend.test.case.node")
    return {case.name: case for case in node._NodeTestCases if known(case)}


def types_of(case: Any) -> set[int]:
    graph = case.model.graph
    return {x.type.tensor_type.elem_type for x in (*graph.input, *graph.output)}


def runs(case: Any) -> bool:
    return types_of(case) <= TYPES and case.name not in LEFT_OUT_BY_NAME


def declared_as_ours(model: ModelProto) -> bytes:
    """
    Declare the newest operator sets that we write.

    The tests declare those of their last edit, which mostly widened the types: what an operator
    does to the types of ours has not changed, or its test fails here.
    """
    changed = ModelProto.FromString(model.SerializeToString())
    for each in changed.opset_import:
        each.version = min(each.version, NEWEST_SETS[each.domain])
    content: bytes = changed.SerializeToString()
    return content


def array_of(values: Any) -> Any:
    read = numpy_helper.to_array if isinstance(values, TensorProto) else np.asarray
    return read(values)


def written(values: Any, kind: int) -> dict[str, Any]:
    array = array_of(values)
    flat = array.ravel().tolist()
    data = [str(x) if isinstance(x, float) and not np.isfinite(x) else x for x in flat]
    spelled = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    data = [spelled.get(x, x) if kind != TensorProto.STRING else x for x in data]
    return {"type": kind, "shape": list(array.shape), "data": data}


@pytest.mark.parametrize("operator", sorted(set().union(*OPERATORS.values())))
def test_official_tests_of_an_operator_pass(operator: str, edge: Any) -> None:
    mine = [x for x in cases().values() if x.model.graph.node[0].op_type == operator]
    chosen = [x for x in mine if runs(x)]
    assert bool(chosen) != (operator in NO_OFFICIAL_ONES)
    for case in chosen:
        inputs, outputs = case.data_sets[0]
        pairs = zip(case.model.graph.input, inputs, strict=True)
        feeds = {x.name: written(given, x.type.tensor_type.elem_type) for x, given in pairs}
        content = base64.b64encode(declared_as_ours(case.model)).decode()
        (answer,) = edge.ask(ask="run", bytes=content, feeds=feeds)
        wanted = array_of(outputs[0])
        assert answer["shape"] == list(wanted.shape), case.name
        assert answer["type"] == case.model.graph.output[0].type.tensor_type.elem_type, case.name
        got = np.array([float(x) for x in answer["data"]]).reshape(wanted.shape)
        np.testing.assert_allclose(got, wanted.astype(float), 1e-6, 1e-7, err_msg=case.name)
    sys.stdout.write(f"{operator}: {len(chosen)} of {len(mine)} official tests\n")


def test_what_is_left_out_is_left_out_for_its_types() -> None:
    left = [x for x in cases().values() if not runs(x)]
    odd = {x.name for x in left if types_of(x) <= TYPES}
    counts = dict(Counter(x.model.graph.node[0].op_type for x in left))
    sys.stdout.write(f"{len(left)} left out: {LEFT_OUT}; {counts}\n")

    assert odd <= set(LEFT_OUT_BY_NAME)
    assert set(LEFT_OUT_BY_NAME) <= set(cases())


@pytest.mark.slow
def test_no_official_test_stands_anywhere_else() -> None:
    from onnx.backend.test.loader import load_node_model_tests  # noqa: PLC0415 - takes seconds

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        every = {case.name for case in load_node_model_tests() if known(case)}

    assert every == set(cases())
