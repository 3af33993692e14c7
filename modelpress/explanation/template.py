"""An explanation in plain words, from a template."""

import math
from collections.abc import Sequence

from modelpress.explanation.contribution import Contribution, Explanation, Scale

LISTED = 5
LONGEST_NAME = 40
_UNITS: dict[Scale, str] = {
    "log-odds": "log-odds",
    "score": "scores of the label",
    "value": "parts of the value",
    "log-value": "factors of the value",
    "probability": "probabilities",
}
# With these a reader's program may see more than letters; the rest is what cannot be printed.
_MARKUP = frozenset("<>&\"'`\\")


def sentences(explanation: Explanation) -> list[str]:
    """
    Say what was told, what speaks for it, what against it, and what the figures are.

    Names, values and words are shortened and hold nothing that HTML, Markdown or a terminal could
    take for its own: whatever a row says, the sentences are plain text.
    """
    amounts = [x for x in explanation.contributions if not x.others]
    least = 0.01 * max((abs(x.amount) for x in amounts), default=0.0)
    value = explanation.prediction.label is None
    found = (
        _listed(
            "Raised most by" if value else "Most for it",
            [x for x in amounts if x.amount > least],
            explanation,
        ),
        _listed(
            "Lowered most by" if value else "Against it",
            [x for x in amounts if x.amount < -least],
            explanation,
        ),
    )
    if not any(found):
        return [_answer(explanation), "Nothing in the row makes a difference."]
    return [_answer(explanation), *filter(None, found), _figures(explanation)]


def plain(text: str, longest: int) -> str:
    """Give text without markup, line ends and what cannot be seen, shortened."""
    start = text[:longest]
    shown = "".join(x if x.isprintable() and x not in _MARKUP else "?" for x in start)
    return f"{shown}..." if len(text) > longest else shown


def _quoted(text: str) -> str:
    return f"`{plain(text, LONGEST_NAME)}`"


def _answer(explanation: Explanation) -> str:
    prediction = explanation.prediction
    if prediction.value is not None:
        return f"The value is {_number(prediction.value)}."
    label, probabilities = prediction.label or "", prediction.probabilities or {}
    told = f"{_quoted(label)} with {_probability(probabilities[label])}"
    # Only then is it a surprise.
    if explanation.threshold is None or probabilities[label] >= 0.5:
        return f"{told}."
    threshold = _probability(explanation.threshold)
    return f"{told}; {_quoted(explanation.positive)} is told from {threshold} on."


def _listed(start: str, found: Sequence[Contribution], explanation: Explanation) -> str:
    several = len({x.feature for x in explanation.contributions if x.word is not None}) > 1
    figure = _factor if explanation.scale == "log-value" else _signed
    shown = [f"{_named(x, several=several)} ({figure(x.amount)})" for x in found[:LISTED]]
    return f"{start}: {', '.join(shown)}." if shown else ""


def _named(contribution: Contribution, *, several: bool) -> str:
    if contribution.word is not None:
        place = f" in {_quoted(contribution.feature)}" if several else ""
        return f"{_quoted(contribution.word)}{place}"
    return f"{_quoted(contribution.feature)} {_value(contribution.value)}"


def _value(value: object) -> str:
    if value is None or value == "":
        return "missing"
    # A number stands as it is; a category may have digits, too.
    return f"= {_quoted(value) if isinstance(value, str) else plain(f'{value}', LONGEST_NAME)}"


def _figures(explanation: Explanation) -> str:
    words = any(x.word is not None for x in explanation.contributions)
    if not explanation.exact:
        what = "value" if explanation.scale == "value" else "probability"
        removed = ", or without that word" if words else ""
        return f"Each figure is what the {what} loses with that alone set to typical{removed}."
    shown = [_number(x) for x in (explanation.baseline, explanation.margin)]
    if explanation.scale == "log-value":
        shown = [_number(_exp(x)) for x in (explanation.baseline, explanation.margin)]
    units, row = _UNITS[explanation.scale], "a typical row" + " without text" * words
    return f"The figures are {units} and lead from {shown[0]}, which {row} has, to {shown[1]}."


def _number(value: float) -> str:
    return f"{float(f'{value:.3g}'):.10g}"


def _signed(amount: float) -> str:
    return f"{float(f'{amount:.2g}'):+.10g}"


def _factor(amount: float) -> str:
    return f"\N{MULTIPLICATION SIGN}{_number(_exp(amount))}"


def _exp(amount: float) -> float:
    """Stay below what no float can hold."""
    return math.exp(min(amount, 700.0))


def _probability(value: float) -> str:
    if value > 0.995:
        return "more than 0.99"
    return "less than 0.01" if value < 0.005 else f"{value:.2f}"
