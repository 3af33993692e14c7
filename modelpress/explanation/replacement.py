"""
Baseline replacement: what the answer of any model is without each thing that the row says.

One batched call answers the row, the typical row, and the row again for each feature, set to its
typical value, and for each word of a text, removed. What follows is a statement about each alone:
two features that say the same may both seem to matter nothing.
"""

from dataclasses import dataclass

from modelpress.encode import Feeds, Row
from modelpress.explanation.baseline import Change, batch, texts, typical
from modelpress.explanation.contribution import Contribution, Explanation, predicted, ranked
from modelpress.model import Model
from modelpress.signature import Signature

REMOVED_WORDS = 200
"""Of all texts of a row together; the others are removed together."""
REMOVED_CHARACTERS = 1_000_000
"""Of all rows of the call: a long text has fewer of its words removed one by one."""


@dataclass(frozen=True)
class _Trial:
    change: Change
    finding: Contribution


def explain_by_replacement(model: Model, row: Row, pair: Feeds) -> Explanation:
    """
    Explain the answer to a row.

    Args:
        model: Any.
        row: As the caller has sent it.
        pair: The row and the typical one, encoded.
    """
    signature = model.signature
    trials = _of_features(signature, row, pair)
    names = texts(signature)
    for name in names:
        trials += _of_words(name, str(pair[name][0, 0]), REMOVED_WORDS // len(names))
    answer = model.answer(batch(pair, 0, [trial.change for trial in trials]))
    prediction, told = predicted(model, answer)
    classifies = signature.task != "regression"
    scores = answer.probabilities[:, told] if classifies else answer.values
    margin, baseline, *without = scores.tolist()
    found = [
        Contribution(x.feature, margin - score, x.value, x.typical, x.word, x.others)
        for x, score in zip((trial.finding for trial in trials), without, strict=True)
    ]
    return Explanation(
        prediction,
        "probability" if classifies else "value",
        exact=False,
        margin=margin,
        baseline=baseline,
        contributions=ranked(found),
        positive=signature.positive,
        threshold=signature.threshold,
    )


def _of_features(signature: Signature, row: Row, pair: Feeds) -> list[_Trial]:
    usual = typical(signature)
    return [
        _Trial(
            (x.name, pair[x.name][1, 0]),
            Contribution(x.name, 0.0, row[x.name], usual[x.name]),
        )
        for x in signature.inputs
        if x.kind != "text"
    ]


def _of_words(name: str, text: str, most: int) -> list[_Trial]:
    if not text:
        return []
    words = text.split(" ")
    different = list(dict.fromkeys(words))
    single = different[: min(most, REMOVED_CHARACTERS // len(text))]
    trials = [
        _Trial((name, _without(words, {word})), Contribution(name, 0.0, word=word))
        for word in single
    ]
    if others := set(different[len(single) :]):
        finding = Contribution(name, 0.0, others=len(others))
        trials.append(_Trial((name, _without(words, others)), finding))
    return trials


def _without(words: list[str], removed: set[str]) -> str:
    return " ".join(word for word in words if word not in removed)
