"""Rows that arrived, and what the version in production answers to them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelpress.model import Model
from pipeline.outcome import Outcome
from pipeline.rows import Rows, join
from pipeline.scoring import outcome_of

UNLABELLED = -1
"""The code of a class that is not known yet; an unknown number is NaN."""


@dataclass(frozen=True)
class Scored:
    """Rows, answered; their truth may be `UNLABELLED`."""

    rows: Rows
    outcome: Outcome

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which rows' truth is known."""
        truth = self.rows.target
        return ~np.isnan(truth) if truth.dtype == np.float64 else truth != UNLABELLED

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Scored":
        """Select rows by position or by mask."""
        return Scored(self.rows.take(index), self.outcome.take(index))


def score(model: Model, rows: Rows) -> Scored:
    """Let a model answer rows; none at all as well."""
    if len(rows):
        return Scored(rows, outcome_of(model, rows))
    width = len(model.signature.classes)
    told = rows.target[:0]
    return Scored(rows, Outcome(rows.target, told, np.empty((0, width))))


def join_scored(parts: Sequence[Scored]) -> Scored:
    """Lay parts one below the other."""
    return Scored(
        join([part.rows for part in parts]),
        Outcome(
            np.concatenate([part.outcome.truth for part in parts]),
            np.concatenate([part.outcome.told for part in parts]),
            np.concatenate([part.outcome.probabilities for part in parts]),
        ),
    )
