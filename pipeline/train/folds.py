"""Cross-validation inside the training rows."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from pipeline.errors import DataError
from pipeline.estimators import frame
from pipeline.outcome import Outcome
from pipeline.rows import Rows
from pipeline.schema import Schema


class Fold(NamedTuple):
    """Positions of the rows to fit on and of those to answer."""

    fit: NDArray[np.int64]
    answer: NDArray[np.int64]


def cut_folds(schema: Schema, rows: Rows, folds: int, seed: int) -> list[Fold]:
    """
    Cut the rows into folds that no group straddles.

    At random they are stratified by class; where the parts follow one another in time, every fold
    is fitted on what came before it. A fold that nothing can be fitted on is left out.

    Raises:
        DataError: None is left.
    """
    if schema.ordered:
        block = _blocks_in_time(rows, folds + 1)
        cut = [_past(rows, block, i) for i in np.unique(block)[1:]]
    else:
        block = _blocks_at_random(schema, rows, folds, seed)
        cut = [_fold(block != i, block == i) for i in range(folds)]
    fitting = [fold for fold in cut if _fits(schema, rows, fold)]
    if not fitting:
        where = "earlier than" if schema.ordered else "beside"
        raise DataError(
            f"the {len(rows):,} training rows cannot be cut into folds: {where} the rows of each, "
            "too few are left to fit on",
            hint="bring more rows, or write tune.trials: 0 and threshold.policy: none",
        )
    return fitting


def _fold(fit: NDArray[np.bool_], answer: NDArray[np.bool_]) -> Fold:
    return Fold(np.flatnonzero(fit), np.flatnonzero(answer))


def _past(rows: Rows, block: NDArray[np.int64], index: int) -> Fold:
    """Fit on the blocks before, but for rows whose like is among those to answer."""
    answer = block == index
    return _fold((block < index) & ~np.isin(rows.group, rows.group[answer]), answer)


def _fits(schema: Schema, rows: Rows, fold: Fold) -> bool:
    """Whether there are rows on both sides, and classes to tell apart."""
    values = len(np.unique(rows.target[fold.fit]))
    return len(fold.answer) > 0 and values >= (2 if schema.classes else 1)


def _blocks_in_time(rows: Rows, blocks: int) -> NDArray[np.int64]:
    edges = np.quantile(rows.moment, np.linspace(0, 1, blocks + 1)[1:-1], method="higher")
    later = edges[edges > rows.moment.min()]
    # Where nearly all rows are of the first moment, there is one cut left.
    cuts = later if len(later) else rows.moment.max(keepdims=True)
    return np.asarray(np.searchsorted(cuts, rows.moment, side="right"), np.int64)


def _blocks_at_random(schema: Schema, rows: Rows, blocks: int, seed: int) -> NDArray[np.int64]:
    _, first, index = np.unique(rows.group, return_index=True, return_inverse=True)
    stratum = rows.target[first] if schema.classes else np.zeros(len(first))
    generator = np.random.default_rng(seed)
    block = np.zeros(len(first), np.int64)
    for value in np.unique(stratum):
        members = generator.permutation(np.flatnonzero(stratum == value))
        block[members] = np.arange(len(members)) % blocks
    return np.asarray(block[index])


def out_of_fold(
    pipeline: Any,  # noqa: ANN401 - sklearn has no types
    rows: Rows,
    folds: list[Fold],
    classes: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """
    Let every row be answered by a model that has not seen it.

    Returns:
        The positions of the answered rows, and their probabilities (or values in one column).
    """
    data = frame(rows)
    answers = []
    for fold in folds:
        fitted = clone(pipeline).fit(data.iloc[fold.fit], rows.target[fold.fit])
        answers.append(answer(fitted, data.iloc[fold.answer], classes))
    return np.concatenate([fold.answer for fold in folds]), np.concatenate(answers)


def answer(
    fitted: Any,  # noqa: ANN401 - sklearn has no types
    data: Any,  # noqa: ANN401 - pandas has no types
    classes: int,
) -> NDArray[np.float64]:
    """Answer rows: probabilities in columns by class code, or values in one column."""
    if not classes:
        return np.asarray(fitted.predict(data), np.float64).reshape(-1, 1)
    probabilities = np.zeros((len(data), classes))
    # A fold may lack a rare class; its column stays zero.
    probabilities[:, fitted.classes_] = fitted.predict_proba(data)
    return probabilities


Tell = Callable[[NDArray[np.float64]], NDArray[np.int64]]


def most_probable(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Tell the class of the highest probability, the first of equals."""
    return np.asarray(np.argmax(probabilities, axis=1), np.int64)


def outcome(
    rows: Rows, position: NDArray[np.int64], answers: NDArray[np.float64], tell: Tell | None
) -> Outcome:
    """Lay truth and answers side by side for the metrics; without `tell`, values are told."""
    truth = rows.target[position]
    if tell is None:
        return Outcome(truth, answers[:, 0], np.empty((len(truth), 0)))
    return Outcome(truth, tell(answers), answers)
