"""Letting a model answer the rows of a part, in batches that fit into memory."""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from modelpress.model import Answer, Model
from pipeline.outcome import Outcome
from pipeline.rows import Rows

Kind = TypeVar("Kind", bound=np.generic)

_ROWS = 2048
# A batch of texts is padded to its longest, and each character may become a string of its own.
_CHARACTERS = 400_000


def answer_rows(model: Model, rows: Rows) -> Answer:
    """Answer all rows, in their order."""
    order = np.argsort(_lengths(rows), kind="stable")
    parts = [
        model.answer(rows.take(batch).feeds()) for batch in _batches(order, _lengths(rows)[order])
    ]
    back = np.argsort(order, kind="stable")
    return Answer(
        _joined([part.labels for part in parts], back),
        _joined([part.probabilities for part in parts], back),
        _joined([part.values for part in parts], back),
    )


def _joined(parts: list[NDArray[Kind]], back: NDArray[np.int64]) -> NDArray[Kind]:
    whole = np.concatenate(parts)
    return np.asarray(whole[back]) if len(whole) else whole


def outcome_of(model: Model, rows: Rows) -> Outcome:
    """Lay truth and answers side by side for the metrics."""
    answer = answer_rows(model, rows)
    if not model.signature.classes:
        return Outcome(rows.target, answer.values.astype(np.float64), np.empty((len(rows), 0)))
    codes = {label: code for code, label in enumerate(model.signature.classes)}
    told = np.array([codes[label] for label in answer.labels], np.int64)
    return Outcome(rows.target, told, answer.probabilities.astype(np.float64))


def _lengths(rows: Rows) -> NDArray[np.int64]:
    """Characters of the longest text of each row; 0 for rows without text."""
    lengths = np.zeros(len(rows), np.int64)
    for column in rows.features.values():
        if column.dtype != np.float32:
            lengths = np.maximum(lengths, np.array([len(value) for value in column], np.int64))
    return lengths


def _batches(order: NDArray[np.int64], lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    start = 0
    while start < len(order):
        size = min(_ROWS, len(order) - start)
        # Lengths rise along the order, so the last row of a batch is its longest.
        while size > 1 and size * lengths[start + size - 1] > _CHARACTERS:
            size = max(1, size // 2)
        yield order[start : start + size]
        start += size
