"""
What features, target and answers looked like, for later rows to be compared with.

Counts, and of numbers also means and a spread: nothing by which one row could be told.

Features and target by the training rows; answers by the held-out rows, because a model is surer of
the rows that it has learnt.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelpress.signature import Input
from pipeline.cbpe import fit_curves
from pipeline.outcome import Outcome
from pipeline.registry import PREDICTION, TARGET
from pipeline.rows import Column, Rows, numbers_of
from pipeline.schema import Schema
from pipeline.sketch import sketch_texts

BINS = 10


def reference(
    schema: Schema, train: Rows, held_out: Rows, outcome: Outcome
) -> dict[str, dict[str, Any]]:
    """
    Count the rows per feature, and by target and answer.

    A number by the edges of tenths of its values, a text by those of its words and by buckets of
    them, a category by those that the model tells apart. Counts alone: no row can be told.

    Args:
        schema: Of the table.
        train: The training rows.
        held_out: The others.
        outcome: What the model answers to those.
    """
    counted = {field.name: _counted(field, train.features[field.name]) for field in schema.inputs}
    for name in schema.of_kind("text"):
        texts, others = (list(rows.features[name]) for rows in (train, held_out))
        counted[name] |= sketch_texts(texts, others)
    for field in schema.inputs:
        if schema.classes:
            counted[field.name]["by_class"] = _by_class(schema, field, train, counted[field.name])
    return counted | {
        TARGET: _classes(schema, train.target) if schema.classes else _binned(train.target),
        PREDICTION: _answers(schema, outcome),
    }


def _by_class(
    schema: Schema, field: Input, train: Rows, counted: dict[str, Any]
) -> list[list[int]]:
    """Count the same bins among the rows of each class: what they would be at another prior."""
    column = train.features[field.name]
    parts = [column[train.target == code] for code in range(len(schema.classes))]
    if field.kind == "categorical":
        return [_counted(field, part)["counts"] for part in parts]
    return [_histogram(numbers_of(part), counted["edges"]) for part in parts]


def _histogram(numbers: NDArray[np.float64], edges: list[float]) -> list[int]:
    present = numbers[~np.isnan(numbers)]
    if not edges:
        return [len(present)]
    return [int(count) for count in np.histogram(present, [-np.inf, *edges, np.inf])[0]]


def _answers(schema: Schema, outcome: Outcome) -> dict[str, Any]:
    """Count what was told; in a binary task the probability, which says more than the label."""
    if not schema.classes:
        return _binned(outcome.told)
    curves = {"curves": fit_curves(outcome)}
    if len(schema.classes) == 2:
        return _binned(outcome.score) | curves
    return _classes(schema, outcome.told) | curves


def _classes(schema: Schema, codes: NDArray[Any]) -> dict[str, Any]:
    counts = np.bincount(codes.astype(np.int64), minlength=len(schema.classes))
    return {"categories": list(schema.classes), "counts": [*map(int, counts), 0], "missing": 0}


def _counted(field: Input, column: Column) -> dict[str, Any]:
    if field.kind == "categorical":
        values = np.asarray(column, str)
        known = {name: int((values == name).sum()) for name in field.categories}
        missing = int((values == "").sum())
        other = len(values) - missing - sum(known.values())
        return {"categories": list(known), "counts": [*known.values(), other], "missing": missing}
    return _binned(numbers_of(column))


def _binned(values: NDArray[Any]) -> dict[str, Any]:
    numbers = values.astype(np.float64)
    present = numbers[~np.isnan(numbers)]
    edges = _edges(present)
    return {
        "edges": edges,
        "counts": _histogram(numbers, edges),
        "missing": int(len(numbers) - len(present)),
        **_moments(present, edges),
    }


def _moments(present: NDArray[np.float64], edges: list[float]) -> dict[str, Any]:
    """Give each bin's mean, and the spread of all: what moves within a bin moves its mean."""
    if not edges:
        return {}
    places = np.searchsorted(edges, present, side="right")
    rows = np.bincount(places, minlength=len(edges) + 1)
    sums = np.bincount(places, present, minlength=len(edges) + 1)
    means = [float(f"{total / max(count, 1):.6g}") for total, count in zip(sums, rows, strict=True)]
    return {"means": means, "sd": float(f"{present.std():.6g}")}


def _edges(present: NDArray[np.float64]) -> list[float]:
    """Give the inner edges of tenths, each once."""
    if not len(present):
        return []
    cuts = np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1], method="lower")
    return [float(f"{edge:.6g}") for edge in np.unique(cuts)]
