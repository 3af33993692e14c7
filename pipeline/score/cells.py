"""
From the values of a column to the tensor of an input, and a reason for each that is refused.

Whole columns are read at once; only where that fails is a value asked for one by one, by the
runtime's own `encode`, so that `score` refuses what `predict` refuses, in the same words.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelpress.encode import encode
from modelpress.errors import InputError
from modelpress.signature import Input, Signature
from modelpress.text import normalize_text

Tensor = NDArray[np.float32] | NDArray[np.object_]

_LARGEST = float(np.finfo(np.float32).max)
_LARGEST_CODE = 2**64
_HALF_OR_NUL = re.compile("[\x00\ud800-\udfff]")


class Cells(NamedTuple):
    """A column as the model takes it, shape `[n]`, and what is wrong, by row."""

    values: Tensor
    reasons: dict[int, str]


def read_cells(signature: Signature, field: Input, column: Sequence[object]) -> Cells:
    """
    Read a column.

    Args:
        signature: The model's.
        field: The input.
        column: Its values; None is missing. Text stands for a number as `predict` reads it.
    """
    whole = _READERS[field.kind](column)
    if whole is not None:
        return Cells(whole, {})
    values: list[float | str] = []
    reasons: dict[int, str] = {}
    alone = replace(signature, inputs=(field,))
    for row, value in enumerate(column):
        try:
            given = _parsed(value) if field.kind == "numeric" else value
            values.append(encode(alone, [{field.name: given}])[field.name][0, 0])
        except InputError as error:
            values.append(math.nan if field.kind == "numeric" else "")
            reasons[row] = error.message.removeprefix(f"row 0: field `{field.name}`: ")
    if field.kind == "numeric":
        return Cells(np.array(values, np.float32), reasons)
    return Cells(np.array(values, np.object_), reasons)


def _parsed(value: object) -> object:
    """Read the text of a number as `predict` does; `nan` and `1_0` are none."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if math.isnan(number) or "_" in value:
        raise InputError(f"`{value[:80]}` is not a number")
    return number


def _numbers(column: Sequence[object]) -> NDArray[np.float32] | None:
    try:
        values = np.array([math.nan if value is None else float(value) for value in column])  # type: ignore[arg-type] # what is no number goes the other way
    except (TypeError, ValueError, OverflowError):
        return None
    texts = [value for value in column if isinstance(value, str)]
    spelled = any(value is True or value is False for value in column) or "_" in "".join(texts)
    missing = np.isnan(values)
    if spelled or (missing.any() and texts and _says_nan(column, missing)):
        return None
    return values.astype(np.float32) if (np.abs(values[~missing]) <= _LARGEST).all() else None


def _says_nan(column: Sequence[object], missing: NDArray[np.bool_]) -> bool:
    return any(isinstance(column[row], str) for row in np.flatnonzero(missing).tolist())


def _categories(column: Sequence[object]) -> NDArray[np.object_] | None:
    if all(type(value) is int and abs(value) < _LARGEST_CODE for value in column):
        return np.array(list(map(str, column)), np.object_)
    values = _strings(column)
    if values is None or _HALF_OR_NUL.search("".join(values)):
        return None
    return np.array(values, np.object_)


def _texts(column: Sequence[object]) -> NDArray[np.object_] | None:
    values = _strings(column)
    return None if values is None else np.array(list(map(normalize_text, values)), np.object_)


def _strings(column: Sequence[object]) -> list[str] | None:
    values = ["" if value is None else value for value in column if isinstance(value, str | None)]
    return values if len(values) == len(column) else None


_READERS = {"numeric": _numbers, "categorical": _categories, "text": _texts}
