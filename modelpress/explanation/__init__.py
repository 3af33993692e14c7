"""
Why a model answers a row as it does, without anybody's server.

    from modelpress import explain, load

    explanation = explain(load("models/spam"), {"text": "You won, call now"})

A linear model is explained exactly if its file is at hand, any model by replacement:

    explainer = Explainer(model, Path("models/spam/v1.0.0/model.onnx").read_bytes())
    sentences(explainer.explain(row))
"""

import hashlib

from modelpress.encode import Row
from modelpress.errors import FileError
from modelpress.explanation.baseline import beside_typical
from modelpress.explanation.contribution import Contribution, Explanation, Scale
from modelpress.explanation.exact import LinearExplainer
from modelpress.explanation.linear import read_linear
from modelpress.explanation.replacement import explain_by_replacement
from modelpress.explanation.template import sentences
from modelpress.model import Model

__all__ = ["Contribution", "Explainer", "Explanation", "Scale", "explain", "sentences"]


class Explainer:
    """
    Explains the answers of one model; threads may share it.

    A linear model costs a second session here, some 10 MB for the shipped `spam`, and a tenth of a
    second to read its weights.

    Args:
        model: The model.
        content: The bytes that it was made of. Without them every model is explained by
            replacement, because onnxruntime does not tell weights.

    Raises:
        FileError: The bytes are those of another model.
    """

    def __init__(self, model: Model, content: bytes | None = None) -> None:
        self._model = model
        self._exactly = None if content is None else _linear(model, content)

    def explain(self, row: Row) -> Explanation:
        """
        Explain the answer to a row.

        Raises:
            InputError: The row does not fit the signature, or a text is too long to be explained.
        """
        pair = beside_typical(self._model.signature, row)
        exact = self._exactly and self._exactly.explain(row, pair)
        return exact or explain_by_replacement(self._model, row, pair)


def explain(model: Model, row: Row, content: bytes | None = None) -> Explanation:
    """
    Explain the answer to one row; for more than one, an `Explainer` reads the file only once.

    Raises:
        FileError: The bytes are those of another model.
        InputError: The row does not fit the signature, or a text is too long to be explained.
    """
    return Explainer(model, content).explain(row)


def _linear(model: Model, content: bytes) -> LinearExplainer | None:
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise FileError(
            "the bytes to explain by are not those of the model",
            hint="give the bytes that the model was made of",
        )
    linear = read_linear(content, model.signature)
    return None if linear is None else LinearExplainer(model, content, linear)
