"""
Rows that no table holds and every client can send: the hostile corpus of a model.

Each row's id says what is hostile about it, so that a failed proof names its reason.
"""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelpress.signature import Input, Signature
from modelpress.text import normalize_text
from pipeline.estimators import ENCODE, PREDICT
from pipeline.estimators.tfidf import ChosenTfidf
from pipeline.export.hard_texts import HARD_TEXTS, fuzzed
from pipeline.rows import Rows

FUZZED_TEXTS = 4000
MIXED_ROWS = 2000
_CUTS = 2000

_FLOAT32 = np.finfo(np.float32)
_EDGES = {
    "zero": 0.0,
    "negative zero": -0.0,
    "largest": float(_FLOAT32.max),
    "most negative": float(_FLOAT32.min),
    "smallest": float(_FLOAT32.smallest_subnormal),
    "smallest normal": float(_FLOAT32.tiny),
    "2^24": 16777216.0,
    "2^24 + 2": 16777218.0,
    "1e20": 1e20,
    "-1e20": -1e20,
    "missing": float("nan"),
}
_STRANGE_CATEGORIES = ("", "never seen", " ", "\u2603", "0", "1.0", "nan", "None", "x" * 1000)

Value = float | str
Case = tuple[str, dict[str, Value]]


def hostile_rows(pipeline: Any, signature: Signature, seed: int) -> Rows:
    """Make the corpus: edges one by one, everything missing, texts, cuts of trees, mixtures."""
    cases = list(_edge_cases(signature))
    cases += _text_cases(pipeline, signature, seed)
    cases += _cut_cases(pipeline, signature, seed)
    cases += _mixed_cases(signature, seed)
    return rows_of(signature, cases)


def rows_of(signature: Signature, cases: list[Case]) -> Rows:
    """Lay cases out as rows, text normalised; what a case does not say is typical."""
    typical = {x.name: x.typical for x in signature.inputs}
    features = {
        x.name: _column(x, [(values | {}).get(x.name, typical[x.name]) for _, values in cases])
        for x in signature.inputs
    }
    nothing = np.zeros(len(cases), np.int64)
    return Rows(features, nothing, nothing, nothing, np.array([name for name, _ in cases], object))


def _column(field: Input, values: list[Value]) -> NDArray[np.float32] | NDArray[np.object_]:
    if field.kind == "numeric":
        return np.array(values, np.float32)
    if field.kind == "text":
        return np.array([normalize_text(str(value)) for value in values], np.object_)
    return np.array(values, np.object_)


def _edges(field: Input) -> dict[str, Value]:
    if field.kind == "numeric":
        low, high = field.range or (0.0, 0.0)
        around = {"lowest": low, "highest": high, "below": low - 1, "above": high + 1}
        return {**_EDGES, **around}
    if field.kind == "categorical":
        values = (*_STRANGE_CATEGORIES, *field.categories, *(c.upper() for c in field.categories))
        return {f"`{value[:20]}`": value for value in values}
    return {"empty": ""}


def _edge_cases(signature: Signature) -> Iterator[Case]:
    for field in signature.inputs:
        for name, value in _edges(field).items():
            yield f"{field.name} is {name}", {field.name: value}
    for name in ("missing", "largest", "most negative", "lowest", "highest"):
        everywhere = {x.name: _edges(x).get(name, "") for x in signature.inputs}
        yield f"everything is {name}", everywhere
    numbers = [x.name for x in signature.inputs if x.kind == "numeric"]
    turns = {name: (1, -1)[i % 2] * float(_FLOAT32.max) for i, name in enumerate(numbers)}
    yield "largest and most negative in turn", dict(turns)


def terms_of(pipeline: Any) -> list[str]:
    """List the terms of all text encoders of a fitted pipeline."""
    steps = [step for _, step, _ in pipeline.named_steps[ENCODE].transformers_]
    return [term for step in steps if isinstance(step, ChosenTfidf) for term in step.terms]


def _text_cases(pipeline: Any, signature: Signature, seed: int) -> list[Case]:
    names = [x.name for x in signature.inputs if x.kind == "text"]
    if not names:
        return []
    texts = [*HARD_TEXTS, *fuzzed(FUZZED_TEXTS, terms_of(pipeline), seed)]
    # Each text in each field; the other texts are its neighbours, so that fields cannot swap.
    return [
        (f"text {i}", {name: texts[(i + shift) % len(texts)] for shift, name in enumerate(names)})
        for i in range(len(texts))
    ]


def _cut_cases(pipeline: Any, signature: Signature, seed: int) -> list[Case]:
    """Numbers on the cuts of trees and right beside them, where a rounded cut would show."""
    cuts = list(_numeric_cuts(pipeline))
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    names = [x.name for x in signature.inputs if x.kind == "numeric"]
    cases: list[Case] = []
    for column, cut in dice.sample(cuts, min(_CUTS, len(cuts))):
        near = np.float32(cut)
        for way, value in (
            ("on", near),
            ("below", np.nextafter(near, np.float32(-np.inf))),
            ("above", np.nextafter(near, np.float32(np.inf))),
        ):
            cases.append((f"{names[column]} {way} a cut", {names[column]: float(value)}))
    return cases


def _numeric_cuts(pipeline: Any) -> Iterator[tuple[int, float]]:
    """Yield the cuts of all trees as (numeric feature, value)."""
    span = pipeline.named_steps[ENCODE].output_indices_.get("numeric", slice(0, 0))
    for tree in _trees(pipeline.named_steps[PREDICT]):
        for column, cut in tree:
            if span.start <= column < span.stop and np.isfinite(cut):
                yield int(column) - span.start, float(cut)


def _trees(model: Any) -> Iterator[Iterator[tuple[int, float]]]:
    for tree in getattr(model, "estimators_", ()):
        inner = tree.tree_.feature >= 0
        yield zip(tree.tree_.feature[inner], tree.tree_.threshold[inner], strict=True)
    for stage in getattr(model, "_predictors", ()):
        for tree in stage:
            inner = tree.nodes[tree.nodes["is_leaf"] == 0]
            yield zip(inner["feature_idx"], inner["num_threshold"], strict=True)


def _mixed_cases(signature: Signature, seed: int) -> list[Case]:
    dice = random.Random(seed + 1)  # noqa: S311 - repeatable on purpose
    choices = {x.name: (x, list(_edges(x).values())) for x in signature.inputs if x.kind != "text"}
    if not choices:
        return []
    return [
        (f"mixture {i}", {name: _drawn(dice, *choice) for name, choice in choices.items()})
        for i in range(MIXED_ROWS)
    ]


def _drawn(dice: random.Random, field: Input, edges: list[Value]) -> Value:
    if field.range and dice.random() < 0.9:
        return dice.uniform(*field.range)
    if field.categories and dice.random() < 0.7:
        return dice.choice(field.categories)
    return dice.choice(edges)
