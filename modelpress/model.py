"""A loaded model: rows in, predictions out."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from modelpress.encode import Feeds, Row, encode
from modelpress.session import open_session, read_metadata
from modelpress.signature import Signature, read_signature


@dataclass(frozen=True)
class Answer:
    """
    The outputs of a graph for `n` rows.

    Attributes:
        labels: Class labels after the threshold, shape `[n]`; empty for a regression.
        probabilities: Shape `[n, classes]`; empty for a regression.
        values: Shape `[n]`; empty for a classification.
    """

    labels: NDArray[np.object_]
    probabilities: NDArray[np.float32]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Prediction:
    """One row's answer: a label with its probabilities, or a value."""

    version: str
    label: str | None = None
    probabilities: Mapping[str, float] | None = None
    value: float | None = None


class Model:
    """
    A model file, ready to answer.

    Args:
        content: The bytes of the ONNX file.
        version: What predictions say about their origin, e.g. `v1.2.0`.

    Raises:
        FileError: The bytes are not a Modelpress model.
    """

    def __init__(self, content: bytes, *, version: str = "") -> None:
        self._session = open_session(content)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.version = version
        self.signature: Signature = read_signature(read_metadata(self._session))

    @overload
    def predict(self, rows: Row) -> Prediction: ...
    @overload
    def predict(self, rows: Sequence[Row]) -> list[Prediction]: ...
    def predict(self, rows: Row | Sequence[Row]) -> Prediction | list[Prediction]:
        """
        Answer one row, or a list of rows with a list.

        A row is a mapping from field to value; `None` says that a value is missing.

        Raises:
            InputError: A row does not fit the signature.
        """
        if isinstance(rows, Mapping):
            return self.predict([rows])[0]
        if not rows:
            # Not every operator of text takes a tensor without rows.
            return []
        return list(self._predictions(self.answer(encode(self.signature, rows))))

    def answer(self, feeds: Feeds) -> Answer:
        """Run the graph on tensors of shape `[n, 1]`; text must have been normalised."""
        outputs: list[Any] = self._session.run(None, feeds)
        if self.signature.task == "regression":
            return Answer(_NO_LABELS, _NO_NUMBERS, outputs[0].reshape(-1))
        return Answer(outputs[0].reshape(-1), outputs[1], _NO_NUMBERS)

    def _predictions(self, answer: Answer) -> Iterable[Prediction]:
        for value in answer.values:
            yield Prediction(self.version, value=float(value))
        for label, row in zip(answer.labels, answer.probabilities.tolist(), strict=True):
            named = dict(zip(self.signature.classes, row, strict=True))
            yield Prediction(self.version, label=str(label), probabilities=named)


_NO_LABELS: NDArray[np.object_] = np.empty(0, np.object_)
_NO_NUMBERS: NDArray[np.float32] = np.empty(0, np.float32)
