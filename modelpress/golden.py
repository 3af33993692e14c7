"""Golden rows: made-up inputs with the answers that the model gave when it was exported."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from modelpress.model import Model, Prediction

TOLERANCE = 1e-6
RELATIVE_TOLERANCE = 1e-5

Golden = dict[str, Any]


def record_golden(model: Model, rows: Sequence[dict[str, Any]]) -> list[Golden]:
    """Let the model answer the rows and write both down."""
    return [
        {"row": row} | _outputs(answer)
        for row, answer in zip(rows, model.predict(list(rows)), strict=True)
    ]


def golden_distance(model: Model, golden: Sequence[Golden]) -> float:
    """
    Say how far the model's answers are from the recorded ones.

    Returns:
        The largest difference of a probability, or relative difference of a value; infinity if a
        label or the set of classes differs, or an answer is not a number.
    """
    answers = model.predict([entry["row"] for entry in golden])
    pairs = zip(golden, answers, strict=True)
    return _largest(_distance(entry, _outputs(answer)) for entry, answer in pairs)


def _outputs(answer: Prediction) -> dict[str, Any]:
    if answer.probabilities is None:
        return {"value": answer.value}
    return {"label": answer.label, "probabilities": dict(answer.probabilities)}


def _distance(expected: Golden, actual: Golden) -> float:
    if "value" in actual and "value" in expected:
        wanted_value = float(expected["value"])
        return abs(wanted_value - float(actual["value"])) / max(abs(wanted_value), 1.0)
    wanted, got = expected.get("probabilities"), actual.get("probabilities")
    if not wanted or not got or wanted.keys() != got.keys() or expected["label"] != actual["label"]:
        return float("inf")
    return _largest(abs(float(wanted[name]) - float(got[name])) for name in wanted)


def _largest(distances: Iterable[float]) -> float:
    """Give the largest; `max` alone would pass over a NaN, which compares to nothing."""
    return max((math.inf if math.isnan(x) else x for x in distances), default=0.0)
