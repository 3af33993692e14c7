"""Counts of terms, sparse in the evaluator, through every operator against onnxruntime."""

from typing import Any

import numpy as np
import pytest
from edge_graphs import DICE, ML, TEXTS, drawn, graph, same, trees
from onnx import NodeProto
from plain_onnx import floats, node, wholes

POOL = ["a", "prize", "won", "you", "a", "prize", "won", "won"]


def counting(**settings: Any) -> list[NodeProto]:
    """Count terms: four words and two pairs, in columns out of order."""
    given = {
        "mode": "TF", "min_gram_length": 1, "max_gram_length": 2, "max_skip_count": 0,
        "ngram_counts": [0, 4], "ngram_indexes": [5, 0, 3, 2, 1, 4], "pool_strings": POOL,
    } | settings  # fmt: skip
    cut = {"mark": 0, "mincharnum": 1, "pad_value": "\u0001", "separators": [" "]}
    return [
        node("Tokenizer", ["x"], ["tokens"], domain="com.microsoft", **cut),
        node("Flatten", ["tokens"], ["flat"]),
        node("TfIdfVectorizer", ["flat"], ["n"], **given),
    ]


ROW = floats("row", [6], *drawn(6))
HALF = floats("half", [1], 0.5)
TALL = floats("tall", [6, 1], *drawn(6))
MIXED = floats("mixed", [6], 0, 0, 0, float("inf"), 0, 1)
WEIGHTS = {"coefficients": drawn(12), "intercepts": drawn(2), "classlabels_ints": [0, 1]}
CHAINS: dict[str, list[NodeProto]] = {
    "counts": [node("Max", ["n"], ["y"])],
    "sublinear": [
        node("Max", ["n", "half"], ["a"]), node("Log", ["a"], ["b"]),
        node("Add", ["b", "half"], ["c"]), node("Sign", ["n"], ["d"]),
        node("Mul", ["c", "d"], ["e"]), node("Mul", ["e", "row"], ["f"]),
        node("Normalizer", ["f"], ["y"], domain=ML, norm="L2"),
    ],
    "a row added": [node("Add", ["n", "row"], ["y"])],
    "a row before": [node("Mul", ["row", "n"], ["y"])],
    "a row of infinities": [node("Mul", ["n", "mixed"], ["y"])],
    "a column": [node("Mul", ["n", "tall"], ["y"])],
    "a value before": [node("Max", ["half", "n"], ["y"])],
    "three": [node("Max", ["n", "half", "row"], ["y"])],
    "with itself": [node("Add", ["n", "n"], ["y"])],
    "exponents": [node("Exp", ["n"], ["y"])],
    "no rest of zero": [
        node("Exp", ["n"], ["a"]), node("Normalizer", ["a"], ["y"], domain=ML, norm="L1")],
    "side by side": [node("Concat", ["n", "z", "n"], ["y"], axis=1)],
    "side by side, no rest of zero": [
        node("Exp", ["n"], ["a"]), node("Concat", ["n", "a"], ["y"], axis=1)],
    "one below the other": [node("Concat", ["n", "n"], ["y"], axis=0)],
    "classified": [node("LinearClassifier", ["n"], ["y", "q"], domain=ML, **WEIGHTS)],
    "classified, no rest of zero": [
        node("Exp", ["n"], ["a"]),
        node("LinearClassifier", ["a"], ["y", "q"], domain=ML, **WEIGHTS)],
    "multiplied": [node("MatMul", ["n", "tall"], ["y"])],
    "gathered": [node("Gather", ["n", "place"], ["y"], axis=1)],
    "compared": [
        node("Less", ["n", "half"], ["less"]), node("Where", ["less", "row", "n"], ["y"])],
    "reshaped": [node("Reshape", ["n", "sizes"], ["y"])],
    "highest": [node("ArgMax", ["n"], ["y"], axis=1)],
    "grown": [node("TreeEnsembleRegressor", ["n"], ["y"], domain=ML,
                   **trees("target", [0] * 6, drawn(6), n_targets=1))],
}  # fmt: skip


# Six values are a column for six rows, and for one.
@pytest.mark.parametrize(
    ("chain", "rows"),
    [(chain, rows) for chain in CHAINS for rows in (1, 4, 6) if (chain, rows) != ("a column", 4)],
)
def test_counts_of_terms_go_through_every_operator(chain: str, rows: int, edge: Any) -> None:
    """They are sparse here, and dense in onnxruntime."""
    feeds = {
        "x": np.resize(TEXTS, (rows, 1)),
        "z": DICE.normal(size=(rows, 2)).astype(np.float32),
    }
    constants = [ROW, HALF, TALL, MIXED, wholes("place", -1, 0), wholes("sizes", -1, 3)]
    nodes = [*counting(), *CHAINS[chain]]
    outputs = nodes[-1].output
    same(edge, graph(nodes, feeds, constants, outputs), feeds)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_skip_count": 2},
        {"min_gram_length": 2},
        {"min_gram_length": 2, "max_skip_count": 1},
        {"max_gram_length": 1},
    ],
    ids=str,
)
def test_terms_are_counted_as_in_onnxruntime(settings: dict[str, Any], edge: Any) -> None:
    feeds = {"x": TEXTS}
    same(edge, graph(counting(**settings), feeds, outputs=["n"]), feeds)
