"""Rows of the prediction log: what one version was asked, and what it told."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import orjson
from numpy.typing import NDArray

from modelpress.model import Answer
from modelpress.signature import Signature
from service.prediction_table import Record


class Told(NamedTuple):
    """
    Rows that one version has answered, of one request or of several.

    Attributes:
        requests: Each request's id, and how many of the rows are its own; rows beyond get an id
            that is made up.
        rows: By name, or in the order of the model's inputs; nobody may change them any more.
        size: Bytes that the bodies had.
    """

    model: str
    version: str
    signature: Signature
    rows: Sequence[Mapping[str, object]] | Sequence[tuple[object, ...]]
    answer: Answer
    requests: Sequence[tuple[bytes, int]] = ()
    size: int = 0


def unknown_fields(redact: Iterable[str], signatures: Iterable[Signature]) -> list[str]:
    """Name what no model has: a field that is misspelled would be kept."""
    known = {name for x in signatures for field in x.inputs
             for name in (field.name, f"{x.model}.{field.name}")}  # fmt: skip
    return sorted(set(redact) - known)


def records(told: Told, at: float, redact: frozenset[str]) -> Iterator[Record | None]:
    """Give a record for each row, told at a moment; None for one that no JSON can hold."""
    names = [field.name for field in told.signature.inputs]
    hidden = dict.fromkeys(x for x in names if redact & {x, f"{told.model}.{x}"}) if redact else {}
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    for row, said, row_id in zip(told.rows, _said(told), _ids(told), strict=False):
        given = dict(row) if isinstance(row, Mapping) else dict(zip(names, row, strict=True))
        given.update(hidden)
        text = _json(given)
        yield (row_id, stamp, told.model, told.version, text, *said) if text else None


def _ids(told: Told) -> Iterator[str]:
    for request, rows in told.requests:
        name = request.decode("utf-8", "replace")
        yield from (f"{name}-{index}" for index in range(rows))
    while True:
        yield uuid4().hex


def _said(told: Told) -> Iterator[tuple[str | None, float | None, float | None, str | None]]:
    """Give label, score, value and probabilities of each row."""
    answer, classes = told.answer, told.signature.classes
    if not classes:
        yield from ((None, None, value, None) for value in _numbers(answer.values))
        return
    for label, shares in zip(answer.labels.tolist(), _numbers(answer.probabilities), strict=True):
        # As in the metrics: of two classes the last is looked for, of more the surest counts.
        score = shares[1] if len(classes) == 2 else max(shares)
        yield label, score, None, _json(dict(zip(classes, shares, strict=True)))


def _numbers(values: NDArray[np.float32]) -> list[Any]:
    """Give numbers with as few digits as name the same 32 bits."""
    return orjson.loads(  # type: ignore[no-any-return] # a list, as an array is
        orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    )


def _json(fields: dict[str, Any]) -> str | None:
    try:
        return orjson.dumps(fields).decode()
    except TypeError:
        # Half of a character, or a number beyond 64 bits.
        return _slow_json(fields)


def _slow_json(fields: dict[str, Any]) -> str | None:
    try:
        return json.dumps(fields, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
