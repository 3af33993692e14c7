"""
Bodies that are as they should be, decoded by msgspec into a type made of the model's inputs.

What is not quite so goes the slow way (`service.rows`), which says what is wrong: this way never
refuses, it only passes. So what it lets through must mean the same there.
"""

import json
import re
from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np

from modelpress.encode import Feeds
from modelpress.signature import Input, Signature
from modelpress.text import normalize_text

_LARGEST = float(np.finfo(np.float32).max)
_Number = Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)] | None
# NUL and half of a character, which no model takes: JSON can only carry them escaped.
_ODD = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")

Decoded = Sequence[tuple[Any, ...]]
"""Rows, each a tuple in the order of the model's inputs."""


class Decoder:
    """Of one model's bodies: an object with every input, or a list of such."""

    def __init__(self, signature: Signature) -> None:
        self._inputs = signature.inputs
        names = [(f"f{number}", _type(x)) for number, x in enumerate(signature.inputs)]
        renamed = {f"f{number}": x.name for number, x in enumerate(signature.inputs)}
        row: Any = msgspec.defstruct(
            "Row", names, rename=renamed, forbid_unknown_fields=True, gc=False
        )
        self._decode = msgspec.json.Decoder(row | list[row]).decode
        self._values = _tuples(list(renamed))

    def rows(self, body: bytes) -> tuple[Decoded, bool] | None:
        """Decode a body, and say whether it was a single row; None if it needs a closer look."""
        if b"\\u" in body and _ODD.search(body):
            return None
        try:
            found = self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        single = type(found) is not list
        rows = [found] if single else found
        # Every input is there, each with a colon. One more, and a key may stand twice.
        if not rows or body.count(b":") != len(rows) * len(self._inputs):
            return None if not rows or _stands_twice(body) else (self._told(rows), single)
        return self._told(rows), single

    def _told(self, rows: list[Any]) -> Decoded:
        return [self._values(row) for row in rows]

    def feeds(self, rows: Decoded) -> Feeds:
        """Lay rows out as tensors of shape `[rows, 1]`."""
        feeds: Feeds = {}
        for field, column in zip(self._inputs, zip(*rows, strict=True), strict=True):
            if field.kind == "numeric":
                # None becomes NaN, which stands for a missing number.
                feeds[field.name] = np.array(column, np.float32).reshape(-1, 1)
                continue
            words = [word or "" for word in column]
            if field.kind == "text":
                words = [normalize_text(word) for word in words]
            feeds[field.name] = np.array(words, np.object_).reshape(-1, 1)
        return feeds


def _type(field: Input) -> object:
    return _Number if field.kind == "numeric" else str | None


def _tuples(names: list[str]) -> Any:  # noqa: ANN401 - from a type made at run time
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda row: (get(row),)


def _stands_twice(body: bytes) -> bool:
    """Whether a key may stand twice: texts have colons, too, so the pairs are looked at."""
    twice = False

    def look(pairs: list[tuple[str, object]]) -> None:
        nonlocal twice
        twice = twice or len({key for key, _ in pairs}) != len(pairs)

    json.loads(body, object_pairs_hook=look)
    return twice
