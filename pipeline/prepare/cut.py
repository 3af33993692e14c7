"""Where a number becomes one of two classes."""

import numpy as np
from numpy.typing import NDArray

from pipeline.config.data import Target
from pipeline.schema import Cut


def cut_of(target: Target, train: NDArray[np.float64]) -> Cut:
    """Find the cut: the block's own number, or a quantile of the training rows."""
    if target.at_least is not None:
        return Cut("at_least", target.at_least)
    # The lower of two neighbours: a number that occurs, so that counts stay counts.
    return Cut("above", float(np.quantile(train, target.above_quantile or 0, method="lower")))
