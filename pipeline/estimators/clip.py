"""Cutting off what lies absurdly far out."""

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin


class Clip(TransformerMixin, BaseEstimator):  # type: ignore[misc] # sklearn has no types
    """
    Limit numbers to a span around their mean.

    A linear model extrapolates for ever: a value of 3e38 overflows float32 in the graph, where
    scikit-learn's float64 still has an answer. Inside the span the two agree.

    Args:
        deviations: Half the span, in standard deviations of the training rows.
    """

    def __init__(self, *, deviations: float = 10.0) -> None:
        self.deviations = deviations

    def fit(self, X: NDArray[np.float32], y: object = None) -> "Clip":  # noqa: ARG002 - sklearn's
        """Measure mean and deviation."""
        mean, spread = X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)
        self.low_ = (mean - self.deviations * spread).astype(np.float32)
        self.high_ = (mean + self.deviations * spread).astype(np.float32)
        return self

    def transform(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        """Limit the columns."""
        return np.clip(X, self.low_, self.high_)
