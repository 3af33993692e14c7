"""Drift of a category: chi-square or Jensen-Shannon, and PSI; unknown categories by themselves."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon
from scipy.stats.contingency import association

from pipeline.drift.finding import Ask, Finding
from pipeline.drift.numeric import MANY_ROWS
from pipeline.drift.stability import Counts, chance, psi


def categorical_drift(
    ask: Ask, reference: Mapping[str, Any], values: NDArray[Any]
) -> list[Finding]:
    """Compare the shares of the categories that the model tells apart."""
    names = np.array(reference["categories"], str)
    # The last count is of all the others.
    before = np.array(reference["counts"], np.float64)[: len(names)]
    now = counted(names, values)
    if len(names) < 2 or not now.sum() or not before.sum():
        return []
    main = _jensen_shannon if now.sum() > MANY_ROWS else _chi_square
    return [main(ask, before, now), psi(ask, before, now)]


def counted(names: NDArray[Any], values: NDArray[Any]) -> Counts:
    """Count the values that have a name."""
    texts = np.asarray(values, str)
    return np.array([np.count_nonzero(texts == name) for name in names], np.float64)


def _chi_square(ask: Ask, before: Counts, now: Counts) -> Finding:
    table = np.round(np.array([before, now]))
    table = table[:, table.sum(axis=0) > 0]
    effect = association(table.astype(np.int64), method="cramer") if table.shape[1] > 1 else 0.0
    return ask.found("chi_square", _even(float(effect), before, now), chance(before, now))


def _even(effect: float, before: Counts, now: Counts) -> float:
    """
    Give Cramér's V as if both sides had equally many rows.

    A window of a hundred rows beside a reference of ten thousand would make any change look small.
    """
    share = now.sum() / (before.sum() + now.sum())
    return effect * 0.5 / float(np.sqrt(share * (1 - share)))


def _jensen_shannon(ask: Ask, before: Counts, now: Counts) -> Finding:
    distance = jensenshannon(before / before.sum(), now / now.sum(), base=2)
    return ask.found("jensen_shannon", float(np.nan_to_num(distance)), chance(before, now))
