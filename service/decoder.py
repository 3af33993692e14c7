"""
Bodies that are as they should be, decoded by msgspec into a type made of the model's inputs.

What is not quite so goes the slow way (`service.rows`), which says what is wrong: this way never
refuses, it only passes. So what it lets through must mean the same there.
"""

import json
import re
from collections.abc import Sequence
from itertools import chain
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

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
        self._width = len(signature.inputs)
        names = [(f"f{number}", _type(x)) for number, x in enumerate(signature.inputs)]
        renamed = {f"f{number}": x.name for number, x in enumerate(signature.inputs)}
        row: Any = msgspec.defstruct(
            "Row", names, rename=renamed, forbid_unknown_fields=True, gc=False
        )
        self._decode = msgspec.json.Decoder(row | list[row]).decode
        self._numbers, self._words, self._texts = (
            {x.name: place for place, x in enumerate(signature.inputs) if x.kind == kind}
            for kind in ("numeric", "categorical", "text")
        )

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
        if not rows or (body.count(b":") != len(rows) * self._width and _stands_twice(body)):
            return None
        return list(map(astuple, rows)), single

    def feeds(self, rows: Decoded) -> Feeds:
        """Lay rows out as tensors of shape `[rows, 1]`."""
        columns = list(zip(*rows, strict=True))
        feeds: Feeds = {}
        if self._numbers:
            block = _block([columns[place] for place in self._numbers.values()], len(rows))
            feeds.update(zip(self._numbers, block, strict=True))
        for name, place in self._words.items():
            feeds[name] = _words(columns[place])
        for name, place in self._texts.items():
            feeds[name] = _words([normalize_text(text or "") for text in columns[place]])
        return feeds


def _block(columns: list[tuple[float | None, ...]], rows: int) -> NDArray[np.float32]:
    """
    Lay numbers out in one array of shape `[columns, rows, 1]`.

    Its slices are the tensors: making one array takes a fraction of the time of making many.
    """
    try:
        flat = np.fromiter(chain.from_iterable(columns), np.float32, len(columns) * rows)
    except TypeError:
        # Not so fast, and None becomes NaN, which stands for a missing number.
        flat = np.array(columns, np.float32)
    return flat.reshape(len(columns), rows, 1)


def _words(column: Sequence[str | None]) -> NDArray[np.object_]:
    words = [word or "" for word in column] if None in column else column
    return np.array(words, np.object_).reshape(-1, 1)


def _type(field: Input) -> object:
    return _Number if field.kind == "numeric" else str | None


def _stands_twice(body: bytes) -> bool:
    """Whether a key may stand twice: texts have colons, too, so the pairs are looked at."""
    twice = False

    def look(pairs: list[tuple[str, object]]) -> None:
        nonlocal twice
        twice = twice or len({key for key, _ in pairs}) != len(pairs)

    json.loads(body, object_pairs_hook=look)
    return twice
