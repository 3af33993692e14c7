"""
How our own estimators look in ONNX.

skl2onnx's converter of the TF-IDF vectorizer guesses tokens, n-grams and the sublinear count, and
guesses wrong. This one is told: text is normalised, so tokens lie between single spaces (or are
single characters), and the vocabulary is spelled out as it is.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType

from pipeline.estimators.clip import Clip
from pipeline.estimators.svm import SigmoidLinearSVC
from pipeline.estimators.tfidf import ChosenTfidf

_ML = "ai.onnx.ml"


def register() -> None:
    """Tell skl2onnx about our estimators."""
    table = (
        (ChosenTfidf, _tfidf_shape, _tfidf),
        (Clip, _same_shape, _clip),
        (SigmoidLinearSVC, _classifier_shape, _svm),
    )
    for kind, shape, convert in table:
        options = {"zipmap": [False]} if kind is SigmoidLinearSVC else None
        update_registered_converter(
            kind, f"Modelpress{kind.__name__}", shape, convert, overwrite=True, options=options
        )


class _Graph:
    """The few calls that a converter makes."""

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope, self._container = scope, container

    def node(self, op: str, *inputs: str, domain: str = "", version: int, **settings: Any) -> str:
        """Add a node with one output, and name it."""
        output: str = self._scope.get_unique_variable_name(op.lower())
        self.nodes(op, inputs, (output,), domain=domain, version=version, **settings)
        return output

    def nodes(
        self,
        op: str,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        *,
        domain: str = "",
        version: int,
        **settings: Any,
    ) -> None:
        """Add a node with given outputs."""
        name = self._scope.get_unique_operator_name(op)
        self._container.add_node(
            op,
            list(inputs),
            list(outputs),
            op_domain=domain,
            op_version=version,
            name=name,
            **settings,
        )

    def constant(self, values: NDArray[np.generic]) -> str:
        """Add an initializer of float32."""
        name: str = self._scope.get_unique_variable_name("constant")
        flat = np.asarray(values, np.float32)
        self._container.add_initializer(name, TensorProto.FLOAT, list(flat.shape), flat.ravel())
        return name


def _same_shape(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType([None, operator.inputs[0].type.shape[1]])


def _clip(scope: Any, operator: Any, container: Any) -> None:
    graph, clip = _Graph(scope, container), operator.raw_operator
    (x,), (output,) = operator.inputs, operator.outputs
    below = graph.node("Min", x.full_name, graph.constant(clip.high_), version=13)
    graph.nodes("Max", (below, graph.constant(clip.low_)), (output.full_name,), version=13)


def _classifier_shape(operator: Any) -> None:
    classes = len(operator.raw_operator.classes_)
    operator.outputs[0].type = Int64TensorType([None])
    operator.outputs[1].type = FloatTensorType([None, classes])


def _svm(scope: Any, operator: Any, container: Any) -> None:
    graph, svm = _Graph(scope, container), operator.raw_operator
    label, probabilities = (output.full_name for output in operator.outputs)
    two = len(svm.classes_) == 2
    weights = np.vstack([-svm.coef_, svm.coef_]) if two else svm.coef_
    shifts = np.concatenate([-svm.intercept_, svm.intercept_]) if two else svm.intercept_
    share = probabilities if two else scope.get_unique_variable_name("share")
    graph.nodes(
        "LinearClassifier",
        (operator.inputs[0].full_name,),
        (label, share),
        domain=_ML,
        version=1,
        classlabels_ints=[int(code) for code in svm.classes_],
        coefficients=weights.astype(np.float32).ravel().tolist(),
        intercepts=shifts.astype(np.float32).ravel().tolist(),
        multi_class=0,
        post_transform="LOGISTIC",
    )
    if not two:
        graph.nodes("Normalizer", (share,), (probabilities,), domain=_ML, version=1, norm="L1")


def _tfidf_shape(operator: Any) -> None:
    operator.outputs[0].type = FloatTensorType([None, len(operator.raw_operator.terms)])


def _tfidf(scope: Any, operator: Any, container: Any) -> None:
    graph, tfidf = _Graph(scope, container), operator.raw_operator
    words = tfidf.analyzer == "word"
    tokens = graph.node(
        "Tokenizer",
        operator.inputs[0].full_name,
        domain="com.microsoft",
        version=1,
        mark=0,
        mincharnum=1,
        pad_value="\u0001",
        separators=[" "] if words else [""],
    )
    flat = graph.node("Flatten", tokens, version=13)
    counts = graph.node("TfIdfVectorizer", flat, version=9, **_vocabulary(tfidf, words=words))
    if tfidf.sublinear_tf:
        counts = _sublinear(graph, counts)
    weighed = graph.node("Mul", counts, graph.constant(tfidf.vectorizer_.idf_), version=14)
    output = operator.outputs[0].full_name
    graph.nodes("Normalizer", (weighed,), (output,), domain=_ML, version=1, norm="L2")


def _sublinear(graph: _Graph, counts: str) -> str:
    """1 + log(count) where there is a count, else 0."""
    one = graph.constant(np.ones(1))
    logged = graph.node("Log", graph.node("Max", counts, one, version=13), version=13)
    present = graph.node("Sign", counts, version=13)
    return graph.node("Mul", graph.node("Add", logged, one, version=14), present, version=14)


def _vocabulary(tfidf: ChosenTfidf, *, words: bool) -> dict[str, Any]:
    """Spell the terms out by length, as the operator wants them, each with its column."""
    shortest, longest = tfidf.ngram_range
    pieces = [term.split(" ") if words else list(term) for term in tfidf.terms]
    counts: list[int] = []
    pool: list[str] = []
    columns: list[int] = []
    for length in range(1, longest + 1):
        counts.append(len(pool))
        for column, piece in enumerate(pieces):
            if len(piece) == length:
                pool += piece
                columns.append(column)
    return {
        "mode": "TF",
        "min_gram_length": shortest,
        "max_gram_length": longest,
        "max_skip_count": 0,
        "ngram_counts": counts,
        "ngram_indexes": columns,
        "pool_strings": pool,
    }
