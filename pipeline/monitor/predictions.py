"""What was told: counts by label, or in the bins of the card."""

from typing import Any

import numpy as np

from pipeline.drift import binned
from pipeline.outcome import Outcome
from pipeline.registry import PREDICTION
from pipeline.watch import Watched


def predictions(watched: Watched, outcome: Outcome) -> dict[str, Any]:
    """Count the answers: labels, and beside them probabilities or values by the card's edges."""
    found: dict[str, Any] = {}
    classes = watched.signature.classes
    if classes:
        counts = np.bincount(outcome.told.astype(np.int64), minlength=len(classes))
        found |= {"labels": list(classes), "told": [int(x) for x in counts]}
    edges = watched.card.reference.get(PREDICTION, {}).get("edges")
    if edges and len(outcome):
        numbers = outcome.score if classes else outcome.told.astype(np.float64)
        found |= {"edges": edges, "counts": [int(x) for x in binned(np.array(edges), numbers)]}
    return found
