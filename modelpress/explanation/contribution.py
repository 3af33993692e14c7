"""What an explanation consists of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modelpress.model import Answer, Model, Prediction

Scale = Literal["log-odds", "score", "value", "log-value", "probability"]


@dataclass(frozen=True)
class Contribution:
    """
    What one feature did to the answer, or one word of a text.

    Attributes:
        amount: On the scale of the explanation; positive speaks for the label, or raises the value.
        value: What the row says; None is a missing value, and stands at words.
        typical: What it was compared with; words are compared with their absence.
        word: A word of the text, however often it occurs; None is the feature itself.
        others: So many further words of the text, taken together.
    """

    feature: str
    amount: float
    value: object = None
    typical: float | str | None = None
    word: str | None = None
    others: int = 0


@dataclass(frozen=True)
class Explanation:
    """
    Why one row got its answer.

    Attributes:
        scale: What the amounts are. Of a linear model: `log-odds` of the label in a binary task;
            in a multiclass task the label's `score`, which is scikit-learn's decision function;
            `value` of a regression, or `log-value` where the model is linear in the logarithm.
            Of any other model: `probability` of the label, or `value`.
        exact: The amounts and `baseline` sum to `margin` within 1e-5. Otherwise each amount is
            the change that its feature or word makes alone, and they sum to nothing in particular.
        margin: The row's answer on that scale.
        baseline: That of a row with typical values and without any text.
        contributions: The largest amount first; those of `others` come last.
        positive: The class whose probability is compared with the threshold.
        threshold: From which probability on `positive` is told; None if the likeliest class is.
    """

    prediction: Prediction
    scale: Scale
    exact: bool
    margin: float
    baseline: float
    contributions: tuple[Contribution, ...]
    positive: str = ""
    threshold: float | None = None


def predicted(model: Model, answer: Answer) -> tuple[Prediction, int]:
    """Give the prediction for the first row, and the column of its label; 0 for a value."""
    if model.signature.task == "regression":
        return Prediction(model.version, value=float(answer.values[0])), 0
    label, classes = str(answer.labels[0]), model.signature.classes
    named = dict(zip(classes, answer.probabilities[0].tolist(), strict=True))
    return Prediction(model.version, label=label, probabilities=named), classes.index(label)


def ranked(contributions: Sequence[Contribution]) -> tuple[Contribution, ...]:
    """Put the largest first, and the summed ones last."""
    return tuple(sorted(contributions, key=lambda x: (x.others > 0, -abs(x.amount))))
