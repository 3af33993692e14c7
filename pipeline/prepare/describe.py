"""What the training rows say about each input: range, categories, missing share, typical value."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from modelpress.signature import Input
from pipeline.config import ModelBlock
from pipeline.rows import Column, Rows


def describe(block: ModelBlock, train: Rows) -> tuple[Input, ...]:
    """Describe every feature, in the order of the block."""
    return tuple(
        _described(block, name, train.features[name], feature.kind)
        for name, feature in block.features.items()
    )


def _described(block: ModelBlock, name: str, column: Column, kind: str) -> Input:
    if kind == "numeric":
        numbers = column.astype(np.float32)
        return _number(name, numbers[~np.isnan(numbers)], len(column))
    missing = round(float(np.mean(column == "")), 6)
    if kind == "text":
        return Input(name, "text", missing=missing)
    known = _categories(block, column)
    return Input(
        name, "categorical", None, tuple(sorted(known)), missing, known[0] if known else ""
    )


def _number(name: str, present: NDArray[np.float32], rows: int) -> Input:
    span = (_short(present.min()), _short(present.max()))
    missing = round(1 - len(present) / rows, 6)
    return Input(name, "numeric", span, missing=missing, typical=_short(np.median(present)))


def _short(number: np.float32) -> float:
    """Write a float32 with the fewest digits that name it: 4.4, not 4.400000095367432."""
    return float(str(np.float32(number)))


def _categories(block: ModelBlock, column: Column) -> list[str]:
    """The most frequent values first; a rare one counts as unknown and is not published."""
    counts = Counter(str(value) for value in column if value != "")
    contract = block.contract
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    known = [value for value, count in ranked if count >= contract.min_category_rows]
    return known[: contract.max_categories]
