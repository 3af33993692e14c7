"""
A reference as it would be at another prior.

If more of the rows default, more of them pay late: features move with the target, and nothing but
the prior has changed (label shift). Where the truth is known, features are compared with a
reference whose classes are weighted as they are today.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.outcome import Outcome

LEAST_KNOWN = 0.5
"""Share of a window's rows whose truth must be known."""


def class_shares(known: Outcome, rows: int) -> NDArray[np.float64] | None:
    """Give the share of each class; None for a regression, or where too little is known."""
    if not known.classes or len(known) < LEAST_KNOWN * rows:
        return None
    counts = np.bincount(known.truth.astype(np.int64), minlength=known.classes)
    return np.asarray(counts / counts.sum(), np.float64)


def at_prior(reference: Mapping[str, Any], shares: NDArray[np.float64] | None) -> Mapping[str, Any]:
    """Weight a feature's counts by class; the number of rows stays, so that it is as sure."""
    if shares is None or "by_class" not in reference:
        return reference
    by_class = np.array(reference["by_class"], np.float64)
    rows = by_class.sum(axis=1, keepdims=True)
    if not rows.all():
        return reference
    counts = shares @ (by_class / rows) * rows.sum()
    return {**reference, "counts": counts.tolist()}
