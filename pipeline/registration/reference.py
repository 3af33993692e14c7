"""What the features looked like in training: counts, for later rows to be compared with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelpress.signature import Input
from pipeline.rows import Column, Rows
from pipeline.schema import Schema

BINS = 10


def reference(schema: Schema, train: Rows) -> dict[str, dict[str, Any]]:
    """
    Count the training rows per feature.

    A numeric feature by the edges of tenths of its values, a text by those of its words, a
    categorical one by the categories that the model tells apart. Counts alone: no row can be told.
    """
    return {field.name: _counted(field, train.features[field.name]) for field in schema.inputs}


def _counted(field: Input, column: Column) -> dict[str, Any]:
    if field.kind == "categorical":
        values = np.asarray(column, str)
        known = {name: int((values == name).sum()) for name in field.categories}
        missing = int((values == "").sum())
        other = len(values) - missing - sum(known.values())
        return {"categories": list(known), "counts": [*known.values(), other], "missing": missing}
    numbers = _numbers(column)
    present = numbers[~np.isnan(numbers)]
    edges = _edges(present)
    counts = np.histogram(present, [-np.inf, *edges, np.inf])[0] if len(edges) else [len(present)]
    return {
        "edges": edges,
        "counts": [int(count) for count in counts],
        "missing": int(len(numbers) - len(present)),
    }


def _numbers(column: Column) -> NDArray[np.float64]:
    if column.dtype == np.float32:
        return column.astype(np.float64)
    words = (len(str(text).split()) for text in column)
    return np.array([count or np.nan for count in words], np.float64)


def _edges(present: NDArray[np.float64]) -> list[float]:
    """Give the inner edges of tenths, each once."""
    if not len(present):
        return []
    cuts = np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")
    return [float(f"{edge:.6g}") for edge in np.unique(cuts)]
