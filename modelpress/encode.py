"""From named values to the tensors of a graph, refusing what does not fit."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelpress.errors import InputError
from modelpress.signature import Input, Kind, Signature
from modelpress.text import normalize_text

Row = Mapping[str, object]
Feeds = dict[str, NDArray[np.float32] | NDArray[np.object_]]

MISSING_NUMBER = math.nan
MISSING_STRING = ""

_FLOAT32_LARGEST = float(np.finfo(np.float32).max)
# No table has longer codes, and Python refuses to write numbers of some thousand digits.
_LARGEST_CODE = 2**64
# Half of a character, which JSON can carry and a graph cannot; and NUL, at which onnxruntime-web
# ends a string while Python goes on.
_NOWHERE_THE_SAME = re.compile("[\x00\ud800-\udfff]")
_LONGEST_SHOWN = 80


def encode(signature: Signature, rows: Sequence[Row]) -> Feeds:
    """
    Turn rows into one tensor of shape `[rows, 1]` per input.

    `None` stands for a missing value. A category that training did not know passes: the graph
    treats it as unknown.

    Raises:
        InputError: A field is absent, unknown, or of the wrong type; or a number is not finite.
    """
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InputError(f"row {number}: `{_shown(row)}` is no mapping from field to value")
        _check_names(signature, row, number)
    return {field.name: _column(field, rows) for field in signature.inputs}


def _check_names(signature: Signature, row: Row, number: int) -> None:
    expected = {field.name for field in signature.inputs}
    unknown = sorted(set(row) - expected, key=str)
    absent = [field.name for field in signature.inputs if field.name not in row]
    if unknown:
        raise InputError(
            f"row {number}: unknown field `{unknown[0]}`",
            hint=f"the fields of `{signature.model}` are {', '.join(sorted(expected))}",
        )
    if absent:
        raise InputError(
            f"row {number}: field `{absent[0]}` is absent",
            hint="give every field; `null` says that a value is missing",
        )


def _column(field: Input, rows: Sequence[Row]) -> NDArray[np.float32] | NDArray[np.object_]:
    read = _READERS[field.kind]
    try:
        values = [read(row[field.name]) for row in rows]
    except InputError:
        _raise_first(field, rows)
        raise
    if field.kind == "numeric":
        return np.array(values, dtype=np.float32).reshape(-1, 1)
    return np.array(values, dtype=np.object_).reshape(-1, 1)


def _raise_first(field: Input, rows: Sequence[Row]) -> None:
    """Look for the row that was refused; only a refusal pays for knowing it."""
    for number, row in enumerate(rows):
        try:
            _READERS[field.kind](row[field.name])
        except InputError as error:
            message = f"row {number}: field `{field.name}`: {error.message}"
            raise InputError(message, hint=error.hint) from None


def _numeric(value: object) -> float:
    if value is None:
        return MISSING_NUMBER
    # numpy's scalars are numbers, too; its booleans are none.
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
        raise InputError(f"`{_shown(value)}` is not a number")
    number = _float(value)
    if not abs(number) <= _FLOAT32_LARGEST:
        raise InputError(
            f"`{_shown(value)}` is not a finite 32-bit number",
            hint="`null` says that a value is missing",
        )
    return number


def _float(value: float | np.floating[Any] | np.integer[Any]) -> float:
    """Round a whole number of any length, too; one beyond every float is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _categorical(value: object) -> str:
    if value is None:
        return MISSING_STRING
    if isinstance(value, int | np.integer) and _is_code(int(value), value):
        return str(int(value))
    if not isinstance(value, str) or _NOWHERE_THE_SAME.search(value):
        raise InputError(f"`{_shown(value)}` is not a category", hint="write it as text")
    return value


def _is_code(number: int, value: object) -> bool:
    return not isinstance(value, bool) and abs(number) < _LARGEST_CODE


def _text(value: object) -> str:
    if value is None:
        return MISSING_STRING
    if not isinstance(value, str):
        raise InputError(f"`{_shown(value)}` is not text")
    return normalize_text(value)


def _shown(value: object) -> str:
    """Write a value as Python does, short enough for a message."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    except RecursionError:
        return "a value nested too deep"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


_READERS: dict[Kind, Callable[[object], float | str]] = {
    "numeric": _numeric,
    "categorical": _categorical,
    "text": _text,
}
