"""
A linear model's answers to text, from the graph's own vocabulary and weights, without dense rows.

onnxruntime counts terms into one float per term of the vocabulary and row, then takes logarithms,
scales and norms of what is mostly zeros: its time grows with the vocabulary, not with the text.
Here only the terms that occur are weighed, in float64; numbers and categories are computed by the
part of the graph that leads to the estimator.

All is read out of `model.onnx`. A graph of another shape than `export` writes has no such plan,
and rows so near to another label that rounding might decide are onnxruntime's to answer: a label
is always the one that onnxruntime says.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from modelpress.encode import Feeds
from modelpress.model import Answer, Model
from modelpress.session import open_session
from modelpress.signature import Signature
from pipeline.score.linear import Linear, Matrix, OtherShapeError, read_linear
from pipeline.score.terms import Terms

TIE = 4e-6
"""Twice what `export` allows between two runtimes."""

_CHARACTERS = 400_000


class SparsePlan:
    """
    A way from feeds to answers beside the whole graph.

    Args:
        model: Answers where the plan must not decide.
        linear: What was read out of its graph.
    """

    def __init__(self, model: Model, linear: Linear) -> None:
        self._model, self._linear = model, linear
        self._rest = open_session(linear.rest.SerializeToString()) if linear.rest else None

    def answer(self, feeds: Feeds) -> Answer:
        """Answer as `Model.answer` does."""
        scores = np.concatenate([self._scores(part) for part in _batches(feeds)])
        answer = _answer(self._linear, self._model.signature, scores)
        if not len(answer.labels):
            return answer
        near = np.flatnonzero(_margin(self._model.signature, answer.probabilities) <= TIE)
        if len(near):
            asked = self._model.answer({name: values[near] for name, values in feeds.items()})
            answer.labels[near], answer.probabilities[near] = asked.labels, asked.probabilities
        return answer

    def _scores(self, feeds: Feeds) -> Matrix:
        dense = self._dense(feeds)
        scores, start = self._linear.intercepts, 0
        for block in self._linear.blocks:
            part = (
                block.weigh([str(text) for text in feeds[block.field].flat])
                if isinstance(block, Terms)
                else dense[block].astype(np.float64)
            )
            end = start + part.shape[1]
            scores = scores + part @ self._linear.weights[start:end]
            start = end
        return np.asarray(scores)

    def _dense(self, feeds: Feeds) -> dict[str, NDArray[np.float32]]:
        if self._rest is None:
            return {}
        names = [output.name for output in self._rest.get_outputs()]
        taken = {field.name: feeds[field.name] for field in self._rest.get_inputs()}
        return dict(zip(names, self._rest.run(names, taken), strict=True))


def sparse_plan(model: Model, content: bytes) -> SparsePlan | None:
    """Make a plan for a linear model of text; None for any other that takes text."""
    try:
        return SparsePlan(model, read_linear(content))
    except OtherShapeError:
        return None


def _batches(feeds: Feeds) -> Iterator[Feeds]:
    """Cut rows so that a batch has no more characters than memory should hold, or one row."""
    texts = [column.flat for column in feeds.values() if column.dtype != np.float32]
    total = np.cumsum([sum(len(str(text)) for text in row) for row in zip(*texts, strict=True)])
    start = 0
    while start < len(total):
        before = total[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(total, before + _CHARACTERS, side="right")))
        yield {name: values[start:end] for name, values in feeds.items()}
        start = end


def _answer(linear: Linear, signature: Signature, scores: Matrix) -> Answer:
    if linear.transform == "NONE":
        nothing = np.empty(0, np.float32)
        return Answer(np.empty(0, np.object_), nothing, scores.ravel().astype(np.float32))
    if linear.transform == "LOGISTIC":
        shares = 1 / (1 + np.exp(-scores))
    else:
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
    if linear.shares:
        shares /= shares.sum(axis=1, keepdims=True)
    return Answer(_labels(signature, shares), shares.astype(np.float32), np.empty(0, np.float32))


def _labels(signature: Signature, probabilities: Matrix) -> NDArray[np.object_]:
    if signature.threshold is None:
        code = probabilities.argmax(axis=1)
    else:
        code = (probabilities[:, -1] >= signature.threshold).astype(np.int64)
    return np.asarray(np.array(signature.classes, np.object_)[code])


def _margin(signature: Signature, probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far each row is from another label."""
    wide = probabilities.astype(np.float64)
    if signature.threshold is not None:
        return np.abs(wide[:, -1] - signature.threshold)
    ranked = np.sort(wide, axis=1)
    return np.asarray(ranked[:, -1] - ranked[:, -2])
