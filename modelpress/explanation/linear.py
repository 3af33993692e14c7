"""
A linear model as its graph says it: `margin = weights x + intercept` of encoded columns x.

What `export` writes for the catalogue's linear estimators, from the answer backwards:

    probabilities <- LinearClassifier (LOGISTIC), for two classes
    probabilities <- Normalizer (L1) <- LinearClassifier (SOFTMAX, or LOGISTIC: one against rest)
    value         <- LinearRegressor
    value         <- Reshape <- Exp <- Add <- MatMul, of a Poisson regression

and below them x, whose columns follow each from one feature: a Concat of encoders.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from modelpress.explanation.graph import Graph, Node
from modelpress.explanation.tfidf import Vocabulary, read_vocabulary
from modelpress.signature import Signature

Link = Literal["logistic", "one_against_rest", "softmax", "identity", "logarithm"]

_ENCODERS = frozenset(
    {
        *("Cast", "Concat", "Flatten", "Gather", "Imputer", "LabelEncoder", "Max", "Min"),
        *("OneHotEncoder", "Reshape", "Scaler"),
        *("Add", "Log", "Mul", "Normalizer", "Sign", "TfIdfVectorizer", "Tokenizer"),
    }
)


@dataclass(frozen=True)
class Block:
    """
    A tensor of encoded columns, shape `[rows, columns]`.

    Attributes:
        text: The text that its columns count the terms of; empty for other features.
        vocabulary: Those terms.
    """

    tensor: str
    text: str = ""
    vocabulary: Vocabulary | None = None


@dataclass(frozen=True)
class Linear:
    """
    Weights and what they weigh.

    Attributes:
        weights: Shape `[outputs, columns]`: a row for each class in the order of the
            probabilities, or a single one for a regression.
        intercepts: Shape `[outputs]`.
        link: How the answer follows from the margins.
        blocks: Side by side, they are the columns.
    """

    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    link: Link
    blocks: tuple[Block, ...]

    def margins(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the margins of rows, shape `[rows, outputs]`."""
        return columns @ self.weights.T + self.intercepts

    def sizes(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the sum of the summands' sizes, in the same shape."""
        return np.abs(columns) @ np.abs(self.weights.T) + np.abs(self.intercepts)

    def answers(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the probabilities, or values, that margins stand for, in the same shape."""
        if self.link == "identity":
            return margins
        if self.link == "softmax":
            margins = margins - margins.max(axis=1, keepdims=True)
        if self.link in {"logistic", "one_against_rest"}:
            # The logarithm of the sigmoid, which keeps the digits of what is nearly nothing.
            margins = -np.logaddexp(0, -margins)
        with np.errstate(over="ignore", invalid="ignore"):
            shares = np.exp(margins)
            if self.link in {"softmax", "one_against_rest"}:
                shares = shares / shares.sum(axis=1, keepdims=True)
        return np.asarray(shares)


def read_linear(content: bytes, signature: Signature) -> Linear | None:
    """Read a linear model; None if the file holds another one, or one in an unknown form."""
    # Bytes that cannot be read to the end, or operators without inputs, are an unknown form, too.
    try:
        graph = Graph(content)
        answer = "value" if signature.task == "regression" else "probabilities"
        head = _head(graph, answer)
        return None if head is None else _linear(graph, head, signature)
    except (LookupError, ValueError):
        return None


@dataclass(frozen=True)
class _Head:
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    link: Link
    columns: str


def _linear(graph: Graph, head: _Head, signature: Signature) -> Linear | None:
    expected = len(signature.classes) or 1
    if len(head.intercepts) != expected:
        return None
    if {node.op for node in graph.behind(head.columns)} - _ENCODERS:
        return None
    names = _side_by_side(graph, head.columns)
    blocks = tuple(_block(graph, name, signature) for name in names)
    return Linear(head.weights.reshape(expected, -1), head.intercepts, head.link, blocks)


def _head(graph: Graph, answer: str) -> _Head | None:
    node = _before(graph, answer, {"Reshape", "Normalizer"})
    if node is None:
        return None
    if node.op == "LinearClassifier":
        return _classifier(node, normalised=answer not in node.outputs)
    if node.op == "LinearRegressor" and node.text("post_transform") in {"", "NONE"}:
        weights, intercepts = node.floats("coefficients"), node.floats("intercepts")
        return _Head(weights, intercepts, "identity", node.inputs[0])
    return _exponential(graph, node)


def _before(graph: Graph, name: str, passing: set[str]) -> Node | None:
    """Go back from a tensor over operators that only finish an answer."""
    node = graph.maker(name)
    while node is not None and node.op in passing:
        if node.op == "Normalizer" and node.text("norm") != "L1":
            return None
        node = graph.maker(node.inputs[0])
    return node


def _classifier(node: Node, *, normalised: bool) -> _Head | None:
    weights, intercepts = node.floats("coefficients"), node.floats("intercepts")
    transform = node.text("post_transform")
    if transform == "SOFTMAX":
        return _Head(weights, intercepts, "softmax", node.inputs[0])
    if transform == "LOGISTIC":
        link: Link = "one_against_rest" if normalised else "logistic"
        return _Head(weights, intercepts, link, node.inputs[0])
    return None


def _exponential(graph: Graph, node: Node) -> _Head | None:
    add = graph.maker(node.inputs[0]) if node.op == "Exp" else None
    product = graph.maker(add.inputs[0]) if add is not None and add.op == "Add" else None
    if add is None or product is None or product.op != "MatMul":
        return None
    columns, weights = product.inputs
    intercept = graph.constant(add.inputs[1]).reshape(-1)
    return _Head(graph.constant(weights), intercept, "logarithm", columns)


def _side_by_side(graph: Graph, columns: str) -> tuple[str, ...]:
    node = graph.maker(columns)
    return node.inputs if node is not None and node.op == "Concat" else (columns,)


def _block(graph: Graph, tensor: str, signature: Signature) -> Block:
    nodes = graph.behind(tensor)
    if not nodes:
        raise ValueError(f"`{tensor}` is an input")
    vectorizers = [node for node in nodes if node.op == "TfIdfVectorizer"]
    if not vectorizers:
        return Block(tensor)
    # Exactly one of each: two texts in one block could not be told apart.
    (vectorizer,) = vectorizers
    (tokenizer,) = (node for node in nodes if node.op == "Tokenizer")
    (text,) = tokenizer.inputs
    if text not in {x.name for x in signature.inputs if x.kind == "text"}:
        raise ValueError(f"`{text}` is no text of the signature")
    return Block(tensor, text, read_vocabulary(tokenizer, vectorizer))
