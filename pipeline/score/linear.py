"""
Reading a linear model of text out of its graph: vocabulary, weights, and what else leads there.

Strict on purpose: a graph with a node or a setting that `export` does not write is not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from pipeline.score.terms import Terms
from pipeline.score.trie import Trie

Matrix = NDArray[np.float64]

_HEADS = {"LinearClassifier": ("LOGISTIC", "SOFTMAX"), "LinearRegressor": ("NONE",)}


@dataclass(frozen=True)
class Linear:
    """
    A linear estimator and what it sees.

    Attributes:
        blocks: What it sees, from left to right: terms, or the name of a dense output of `rest`.
        rest: The part of the graph that computes those; None if all is text.
        weights: Shape `[columns, scores]`.
        intercepts: Shape `[scores]`.
        transform: From scores to probabilities: LOGISTIC or SOFTMAX; NONE for a regression.
        shares: Whether probabilities are divided by their sum.
    """

    blocks: tuple[Terms | str, ...]
    rest: ModelProto | None
    weights: Matrix
    intercepts: Matrix
    transform: str
    shares: bool


class OtherShapeError(Exception):
    """The graph is not one that can be read."""


def read_linear(content: bytes) -> Linear:
    """
    Read a graph.

    Raises:
        OtherShapeError: It is no linear model of text as `export` writes it.
    """
    model = ModelProto.FromString(content)
    graph = _Graph(model.graph)
    node, shares = _estimator(graph)
    settings = _settings(node)
    transform = settings.get("post_transform", b"NONE").decode()
    if transform not in _HEADS[node.op_type]:
        raise OtherShapeError(transform)
    blocks = tuple(_block(graph, name) for name in graph.joined(node.input[0]))
    outputs = [block for block in blocks if isinstance(block, str)]
    intercepts = np.array(settings["intercepts"], np.float64)
    return Linear(
        blocks,
        _part(model, graph, outputs) if outputs else None,
        np.array(settings["coefficients"], np.float64).reshape(len(intercepts), -1).T.copy(),
        intercepts,
        transform,
        shares,
    )


class _Graph:
    """A graph, walked from its answers backwards."""

    def __init__(self, graph: GraphProto) -> None:
        self._makers = {name: node for node in graph.node for name in node.output}
        self._constants = {x.name: numpy_helper.to_array(x) for x in graph.initializer}

    def made_by(self, name: str, *kinds: str) -> NodeProto:
        """Find the node that makes a value, which must be of one of some kinds."""
        node: NodeProto | None = self._makers.get(name)
        if node is None or node.op_type not in kinds:
            raise OtherShapeError(name)
        return node

    def maker(self, name: str) -> NodeProto | None:
        """Find the node that makes a value, if any does."""
        return self._makers.get(name)

    def constant(self, name: str) -> NDArray[Any]:
        """Give a constant."""
        if name not in self._constants:
            raise OtherShapeError(name)
        return self._constants[name]

    def joined(self, name: str) -> list[str]:
        """List what a value is put together from; itself if it is not."""
        node = self._makers.get(name)
        return list(node.input) if node is not None and node.op_type == "Concat" else [name]


def _estimator(graph: _Graph) -> tuple[NodeProto, bool]:
    if graph.maker("value") is not None:
        return graph.made_by("value", "LinearRegressor"), False
    node = graph.made_by("probabilities", "LinearClassifier", "Normalizer")
    if node.op_type == "LinearClassifier":
        return node, False
    if _settings(node)["norm"] != b"L1":
        raise OtherShapeError(node.name)
    return graph.made_by(node.input[0], "LinearClassifier"), True


def _settings(node: NodeProto) -> dict[str, Any]:
    return {x.name: helper.get_attribute_value(x) for x in node.attribute}


def _block(graph: _Graph, name: str) -> Terms | str:
    node = graph.maker(name)
    is_text = node is not None and node.op_type == "Normalizer" and _settings(node)["norm"] == b"L2"
    return _terms(graph, name) if is_text else name


def _terms(graph: _Graph, name: str) -> Terms:
    """Read the nodes that `export` writes for one TF-IDF encoder, from the last to the first."""
    weighed = graph.made_by(graph.made_by(name, "Normalizer").input[0], "Mul")
    counts = graph.made_by(weighed.input[0], "Mul", "TfIdfVectorizer")
    sublinear = counts.op_type == "Mul"
    counter = _below_logarithm(graph, counts) if sublinear else counts
    tokenizer = graph.made_by(graph.made_by(counter.input[0], "Flatten").input[0], "Tokenizer")
    separators = _settings(tokenizer)["separators"]
    if separators not in ([b" "], [b""]):
        raise OtherShapeError(tokenizer.name)
    rarity = graph.constant(weighed.input[1]).astype(np.float64)
    return Terms(
        tokenizer.input[0], separators == [b" "], Trie(_vocabulary(counter)), rarity, sublinear
    )


def _below_logarithm(graph: _Graph, node: NodeProto) -> NodeProto:
    """Find what is counted in (log(max(count, 1)) + 1) * sign(count)."""
    logged = graph.made_by(graph.made_by(node.input[0], "Add").input[0], "Log")
    above = graph.made_by(graph.made_by(logged.input[0], "Max").input[0], "TfIdfVectorizer")
    present = graph.made_by(graph.made_by(node.input[1], "Sign").input[0], "TfIdfVectorizer")
    if present is not above:
        raise OtherShapeError(node.name)
    return above


def _vocabulary(node: NodeProto) -> list[list[str]]:
    """Put the terms in the order of their columns."""
    settings = _settings(node)
    if settings["mode"] != b"TF" or settings["max_skip_count"]:
        raise OtherShapeError(node.name)
    pool = [piece.decode() for piece in settings["pool_strings"]]
    terms = list(_runs(pool, settings["ngram_counts"]))
    by_column = dict(zip(settings["ngram_indexes"], terms, strict=True))
    return [by_column[column] for column in range(len(by_column))]


def _runs(pool: list[str], starts: list[int]) -> Iterator[list[str]]:
    """Cut the pool: first all terms of one symbol, then all of two, and so on."""
    for length, (start, end) in enumerate(zip(starts, [*starts[1:], len(pool)], strict=True), 1):
        yield from (pool[i : i + length] for i in range(start, end, length))


def _part(model: ModelProto, graph: _Graph, outputs: list[str]) -> ModelProto:
    """Cut out what leads to some values, as a graph of its own."""
    wanted, nodes, found = list(outputs), [], set(outputs)
    while wanted:
        node = graph.maker(wanted.pop())
        if node is not None and node not in nodes:
            nodes.append(node)
            new = [name for name in node.input if name not in found]
            found.update(new)
            wanted += new
    part = ModelProto()
    part.CopyFrom(model)
    del part.graph.node[:], part.graph.output[:], part.graph.initializer[:], part.graph.input[:]
    part.graph.node.extend(node for node in model.graph.node if node in nodes)
    part.graph.initializer.extend(x for x in model.graph.initializer if x.name in found)
    part.graph.input.extend(x for x in model.graph.input if x.name in found)
    part.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs
    )
    return part
