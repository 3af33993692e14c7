"""Operators in all their settings, and chains of them, against Python's onnxruntime."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from edge_graphs import DICE, ML, TEXTS, drawn, graph, same, told, trees
from onnx import NodeProto, TensorProto
from plain_onnx import node, wholes

NAN = float("nan")
NUMBERS = DICE.normal(size=(5, 4)).astype(np.float32)
MORE = DICE.normal(size=(80, 4)).astype(np.float32)
GAPS = np.where(DICE.random(MORE.shape) < 0.3, np.float32("nan"), MORE).astype(np.float32)
ZEROS = np.array([[0, 0, 0, 0], [1, -2, 0, 3]], np.float32)
WORDS = np.array([["red"], ["green"], [""], ["never seen"]], object)
CODES = np.array([[0], [1], [7]], np.int64)


def strings(name: str, values: Sequence[str]) -> TensorProto:
    made = TensorProto(name=name, data_type=TensorProto.STRING, dims=[len(values)])
    made.string_data.extend(value.encode() for value in values)
    return made


MARGINS = [0.6, -1, 0.9, 0.2, -0.3, 0.1]
LINEAR = {"coefficients": drawn(12), "intercepts": drawn(3)}
ONE = {
    "Imputer by column": (
        GAPS, {"imputed_value_floats": [1.0, 2, 3, 4], "replaced_value_float": NAN}),
    "Imputer by one": (GAPS, {"imputed_value_floats": [9.0], "replaced_value_float": NAN}),
    "Imputer of zero": (ZEROS, {"imputed_value_floats": drawn(4), "replaced_value_float": 0.0}),
    "Scaler by column": (NUMBERS, {"offset": drawn(4), "scale": drawn(4)}),
    "Scaler by one": (NUMBERS, {"offset": [0.1], "scale": [3.0]}),
    "Normalizer L1": (ZEROS, {"norm": "L1"}),
    "Normalizer L2": (ZEROS, {"norm": "L2"}),
    "Normalizer L2 of numbers": (NUMBERS, {"norm": "L2"}),
    "OneHotEncoder of words": (WORDS, {"cats_strings": ["red", "", "blue"]}),
    "OneHotEncoder of codes": (CODES, {"cats_int64s": [1, 0], "zeros": 1}),
    "LabelEncoder to codes": (WORDS, {"keys_strings": ["red", ""], "values_int64s": [4, 5]}),
    "LabelEncoder to numbers": (
        WORDS, {"keys_strings": ["red", ""], "values_floats": [0.5, 0.25], "default_float": -2.0}),
    "LabelEncoder to words": (
        CODES, {"keys_int64s": [0, 1], "values_strings": ["no", "yes"], "default_string": "none"}),
    "LabelEncoder of codes": (CODES, {"keys_int64s": [0, 1], "values_int64s": [1, 0]}),
    "LabelEncoder of numbers": (
        ZEROS, {"keys_floats": [0.0, 3.0], "values_strings": ["none", "three"]}),
    "LinearRegressor": (NUMBERS, {"coefficients": drawn(4), "intercepts": drawn(1)}),
    "LinearRegressor of three": (NUMBERS, {**LINEAR, "targets": 3}),
    "TreeEnsembleRegressor": (
        GAPS, trees("target", [0] * 6, drawn(6), n_targets=1, base_values=[0.5])),
    "TreeEnsembleRegressor of two": (
        GAPS, trees("target", [0, 1] * 6, drawn(12), n_targets=2)),
    "Tokenizer of words": (
        TEXTS, {"mark": 0, "mincharnum": 1, "pad_value": "#", "separators": [" "]}),
    "Tokenizer of characters": (
        TEXTS, {"mark": 0, "mincharnum": 1, "pad_value": "#", "separators": [""]}),
    "Tokenizer of nothing": (
        TEXTS[1:2], {"mark": 0, "mincharnum": 1, "pad_value": "#", "separators": [" "]}),
    "Tokenizer of pairs": (
        TEXTS.reshape(2, 2), {"mark": 0, "mincharnum": 1, "pad_value": "#", "separators": [" "]}),
}  # fmt: skip
TWO = {
    **{
        f"LinearClassifier {name}": (
            NUMBERS, {**LINEAR, "classlabels_ints": [3, 1, 2], "post_transform": name})
        for name in ("NONE", "LOGISTIC", "SOFTMAX")
    },
    "LinearClassifier of words": (
        NUMBERS,
        {"coefficients": drawn(8), "intercepts": drawn(2), "classlabels_strings": ["no", "yes"],
         "post_transform": "LOGISTIC"}),
    "TreeEnsembleClassifier of shares": (
        GAPS, trees("class", [0] * 6, drawn(6, 0), classlabels_int64s=[0, 1])),
    "TreeEnsembleClassifier of margins": (
        GAPS, trees("class", [0] * 6, MARGINS, classlabels_int64s=[0, 1], base_values=[-0.4],
                    post_transform="LOGISTIC")),
    "TreeEnsembleClassifier of three": (
        GAPS, trees("class", [0, 1, 2] * 6, drawn(18), classlabels_strings=["a", "b", "c"],
                    base_values=[0.1, 0.2, 0.3], post_transform="SOFTMAX")),
    "TreeEnsembleClassifier of three shares": (
        GAPS, trees("class", [0, 1, 2] * 6, drawn(18, 0), classlabels_int64s=[0, 1, 2])),
}  # fmt: skip


@pytest.mark.parametrize("case", [*ONE, *TWO])
def test_an_operator_does_as_in_onnxruntime(case: str, edge: Any) -> None:
    values, settings = {**ONE, **TWO}[case]
    operator = case.split(maxsplit=1)[0]
    outputs = ["y"] if case in ONE else ["y", "z"]
    domain = "com.microsoft" if operator == "Tokenizer" else ML
    nodes = [node(operator, ["x"], outputs, domain=domain, **settings)]
    for feeds in ({"x": values}, {"x": values[:1]}):
        same(edge, graph(nodes, feeds, outputs=outputs), feeds)


def test_words_are_chosen_gathered_and_joined(edge: Any) -> None:
    feeds = {"x": WORDS, "k": CODES}
    nodes = [
        node("Less", ["k", "one"], ["less"]),
        node("Where", ["less", "no", "yes"], ["chosen"]),
        node("Gather", ["names", "k"], ["gathered"]),
        node("Concat", ["x", "chosen"], ["y"], axis=0),
    ]
    feeds["k"] = np.array([[0], [1], [1]], np.int64)
    constants = [
        wholes("one", 1), strings("no", ["no"]), strings("yes", ["yes"]),
        strings("names", ["a", "b"]),
    ]  # fmt: skip
    same(edge, graph(nodes, feeds, constants, ["y", "gathered"]), feeds)


def test_texts_are_no_numbers(edge: Any) -> None:
    """The reference would read them in its own way."""
    made = node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)
    content = base64.b64encode(graph([made], {"x": WORDS})).decode()
    answer = edge.ask(ask="run", bytes=content, feeds={"x": told(WORDS)})
    assert answer["error"] == "FileError"


# What is not known


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (node("Sub", ["x", "x"], ["y"]), "the operator `Sub`"),
        (node("Loop", ["x"], ["y"], domain="evil"), "the operator `Loop`"),
        (node("Add", ["x", "x"], ["y"], broadcast=1), "the operator `Add` with `broadcast`"),
        (node("Cast", ["x"], ["y"], to=TensorProto.STRING), "the operator `Cast` to type 8"),
        (node("Normalizer", ["x"], ["y"], domain=ML, norm="MAX"), "`Normalizer` by MAX"),
        (node("toString", ["x"], ["y"]), "the operator `toString`"),
    ],
)
def test_what_it_does_not_know_it_names(made: NodeProto, words: str, edge: Any) -> None:
    content = base64.b64encode(graph([made], {"x": NUMBERS})).decode()
    answer = edge.ask(ask="run", bytes=content, feeds={})
    assert answer["error"] == "Unsupported"
    assert words in answer["message"]
