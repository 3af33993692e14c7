"""From what a log says and what the table says to an outcome that metrics can be computed of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.ab.log import Entry
from pipeline.errors import DataError
from pipeline.outcome import Outcome

NEED_PROBABILITIES = frozenset(
    {"average_precision", "brier_score", "log_loss", "roc_auc", "roc_auc_ovr"}
)


@dataclass(frozen=True)
class Words:
    """
    What answers and labels are read as.

    Attributes:
        classes: The labels in the order of their codes; none in a regression.
        labels: From the table's word for a target to its label.
        probabilities: Whether the metric asks for them.
    """

    classes: tuple[str, ...]
    labels: Mapping[str, str]
    probabilities: bool


def outcome_of(words: Words, entries: Sequence[Entry], truth: Sequence[str]) -> Outcome:
    """
    Lay answers and truth side by side.

    Raises:
        DataError: A label is no class, or there are no probabilities and the metric needs them.
    """
    if not words.classes:
        told = np.array([math.nan if x.value is None else x.value for x in entries], np.float64)
        return Outcome(np.array(truth, np.float64), told, np.empty((len(truth), 0)))
    codes = {label: code for code, label in enumerate(words.classes)}
    try:
        true = [codes[words.labels.get(word, word)] for word in truth]
        said = [codes[entry.label] for entry in entries]
    except KeyError as error:
        raise DataError(
            f"`{error.args[0]}` is no class of these versions",
            hint=f"they know {', '.join(f'`{label}`' for label in words.classes)}",
        ) from error
    shares = [_shares(words, entry) for entry in entries]
    return Outcome(
        np.array(true, np.int64),
        np.array(said, np.int64),
        np.array(shares, np.float64).reshape(len(truth), len(words.classes)),
    )


def _shares(words: Words, entry: Entry) -> list[float]:
    """Give the probabilities in the order of the classes; a bare label is sure of itself."""
    if entry.probabilities.keys() >= set(words.classes):
        return [entry.probabilities[label] for label in words.classes]
    if entry.score is not None and len(words.classes) == 2:
        return [1 - entry.score, entry.score]
    if words.probabilities:
        raise DataError(
            f"row `{entry.row_id}` of {entry.version} has no probabilities",
            hint="the gate's metric needs them: log them, or a score",
        )
    return [float(label == entry.label) for label in words.classes]
