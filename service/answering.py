"""From a body to a reply, the long way: every form, every refusal, in parts with a deadline."""

import json
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from modelpress.encode import Feeds, Row, encode
from modelpress.errors import InputError
from modelpress.model import Answer
from service.policy import Policy
from service.problem import Problem
from service.rows import Latest, read_rows
from service.served import Served

PART = 1_000
"""Rows between two looks at the clock."""


class Limits(NamedTuple):
    """What a request may be: rows, seconds, values."""

    rows: int
    seconds: float
    policy: Policy


class Answered(NamedTuple):
    """A reply, and what it was made of; a row without names is in the order of the inputs."""

    body: bytes
    rows: Sequence[Row] | Sequence[tuple[Any, ...]]
    feeds: Feeds
    answer: Answer
    requests: Sequence[tuple[bytes, int]] = ()
    size: int = 0


def answer_body(served: Served, body: bytes, limits: Limits, latest: Latest) -> Answered:
    """
    Answer a body.

    Raises:
        Problem: It is refused, or takes too long.
    """
    end = time.monotonic() + limits.seconds
    asked = read_rows(body, served.signature, most=limits.rows, latest=latest)
    feeds = encoded(served, asked.rows)
    limits.policy.check(served.signature.inputs, asked.rows)
    if not asked.rows:
        empty = json.dumps({"model": served.name, "version": served.version, "predictions": []})
        return Answered(empty.encode(), [], {}, _nothing())
    answer = in_parts(served, feeds, len(asked.rows), end)
    reply = served.reply(served.words.of(answer), single=asked.single)
    return Answered(reply, asked.rows, feeds, answer)


def encoded(served: Served, rows: Sequence[Row]) -> Feeds:
    """
    Lay rows out as tensors.

    Raises:
        Problem: 422, a row does not fit.
    """
    try:
        return encode(served.signature, rows)
    except InputError as error:
        raise Problem(422, error.message, hint=error.hint) from error


def in_parts(served: Served, feeds: Feeds, rows: int, end: float) -> Answer:
    """
    Answer tensors part by part.

    Raises:
        Problem: 503, the time is over.
    """
    parts = []
    for start in range(0, rows, PART):
        if time.monotonic() > end:
            detail = f"{start:,} of {rows:,} rows were answered when the time was over"
            raise Problem(503, detail, hint="ask in smaller parts", headers={"Retry-After": "1"})
        parts.append(served.model.answer({k: v[start : start + PART] for k, v in feeds.items()}))
    if len(parts) == 1:
        return parts[0]
    return Answer(*(np.concatenate(column) for column in zip(*map(_columns, parts), strict=True)))


def _columns(answer: Answer) -> tuple[object, object, object]:
    return answer.labels, answer.probabilities, answer.values


def _nothing() -> Answer:
    return Answer(np.empty(0, np.object_), np.empty(0, np.float32), np.empty(0, np.float32))
