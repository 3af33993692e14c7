"""
Exact contributions of a linear model: they sum to its margin.

A feature's contribution is `weights (x - typical x)` over its columns; of a text, whose typical
columns are zero, each column is shared out among the words that its term occurs in. The columns
are the graph's own; the weights are those of the file, multiplied in 64 bits: the sums hold where
a probability of 0.9999999 could no longer be turned back into a margin.
"""

import numpy as np
from numpy.typing import NDArray

from modelpress.encode import Feeds, Row
from modelpress.explanation.baseline import batch, texts, typical
from modelpress.explanation.contribution import (
    Contribution,
    Explanation,
    Scale,
    predicted,
    ranked,
)
from modelpress.explanation.graph import with_outputs
from modelpress.explanation.linear import Linear, Link
from modelpress.explanation.tfidf import by_word
from modelpress.model import Answer, Model
from modelpress.session import open_session

TOLERANCE = 1e-5
LISTED_WORDS = 200
"""Of each text; what the others amount to is summed."""

_SCALES: dict[Link, Scale] = {
    "logistic": "log-odds",
    "one_against_rest": "score",
    "softmax": "score",
    "identity": "value",
    "logarithm": "log-value",
}


class LinearExplainer:
    """
    Explains the answers of a linear model.

    Args:
        model: Opened from the same file.
        content: The model file.
        linear: What it says.

    Raises:
        FileError: onnxruntime refuses the file.
    """

    def __init__(self, model: Model, content: bytes, linear: Linear) -> None:
        self._model, self._linear = model, linear
        self._tensors = tuple(block.tensor for block in linear.blocks)
        self._single = [x.name for x in model.signature.inputs if x.kind != "text"]
        self._session = open_session(with_outputs(content, self._tensors))

    def explain(self, row: Row, pair: Feeds) -> Explanation | None:
        """
        Explain a row; None if the figures do not add up, or do not give the model's answer.

        Args:
            row: As the caller has sent it.
            pair: The row and the typical one, encoded.
        """
        answer = self._model.answer({name: column[:1] for name, column in pair.items()})
        prediction, told = predicted(self._model, answer)
        blocks = self._blocks(pair)
        columns = np.hstack(blocks)
        margins = self._linear.margins(columns)
        margin, baseline, *alone = margins[:, told].tolist()
        found = self._of_features(row, [there - baseline for there in alone])
        for name in texts(self._model.signature):
            found += self._of_words(name, str(pair[name][0, 0]), blocks, told)
        rest = margin - baseline - sum(x.amount for x in found)
        if not abs(rest) <= TOLERANCE or not self._gives(answer, columns[:1]):
            return None
        signature, scale = self._model.signature, _SCALES[self._linear.link]
        return Explanation(
            prediction,
            scale,
            exact=True,
            margin=margin,
            baseline=baseline,
            contributions=ranked(found),
            positive=signature.positive,
            threshold=signature.threshold,
        )

    def _blocks(self, pair: Feeds) -> list[NDArray[np.float64]]:
        """
        Encode the row, the typical row, and that with each value of the row in turn.

        Texts stay in the first row: they would cost their time again for every other feature.
        """
        changes = [(name, pair[name][0, 0]) for name in self._single]
        outputs = self._session.run(self._tensors, batch(pair, 1, changes))
        return [output.astype(np.float64) for output in outputs]

    def _of_features(self, row: Row, amounts: list[float]) -> list[Contribution]:
        usual = typical(self._model.signature)
        return [
            Contribution(name, amount, row[name], usual[name])
            for name, amount in zip(self._single, amounts, strict=True)
        ]

    def _gives(self, answer: Answer, columns: NDArray[np.float64]) -> bool:
        """Say whether the weights give the model's answer, as far as 32 bits tell."""
        linear = self._linear
        expected = linear.answers(linear.margins(columns))
        if self._model.signature.task != "regression":
            return bool(np.allclose(answer.probabilities[:1], expected, 0, TOLERANCE))
        # A sum rounds by the size of its summands, and an exponential by that of the sum.
        sizes = np.maximum(linear.sizes(columns), 1)
        factor = np.abs(expected) if linear.link == "logarithm" else 1
        return bool((np.abs(answer.values[:1] - expected) <= TOLERANCE * sizes * factor).all())

    def _of_words(
        self, name: str, text: str, blocks: list[NDArray[np.float64]], told: int
    ) -> list[Contribution]:
        amounts = dict.fromkeys(text.split(" "), 0.0) if text else {}
        ends = np.cumsum([columns.shape[1] for columns in blocks])[:-1]
        weights = np.split(self._linear.weights[told], ends)
        for block, weight, columns in zip(self._linear.blocks, weights, blocks, strict=True):
            if block.vocabulary is not None and block.text == name:
                for word, share in by_word(block.vocabulary, text, weight * columns[0]).items():
                    amounts[word] += share
        return _listed(name, amounts)


def _listed(name: str, amounts: dict[str, float]) -> list[Contribution]:
    words = sorted(amounts, key=lambda word: -abs(amounts[word]))
    found = [Contribution(name, amounts[word], word=word) for word in words[:LISTED_WORDS]]
    if others := words[LISTED_WORDS:]:
        rest = sum(amounts[word] for word in others)
        found.append(Contribution(name, rest, others=len(others)))
    return found
