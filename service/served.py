"""One version, loaded and ready to answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from modelpress.encode import Feeds
from modelpress.model import Answer, Model
from modelpress.signature import Signature
from service.counts import Counts
from service.decoder import Decoder

TEXTS = 16
"""Rows with text that are run at once."""


@dataclass(frozen=True)
class Served:
    """
    A version that can be asked.

    Attributes:
        card: What the registry says about it.
        counts: What it has answered since it was loaded, or since an earlier load of the same.
    """

    name: str
    model: Model
    card: dict[str, Any]
    counts: Counts
    decoder: Decoder = field(init=False)
    words: "Words" = field(init=False)
    _has_text: bool = field(init=False)
    _head: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what every request needs."""
        object.__setattr__(self, "decoder", Decoder(self.signature))
        object.__setattr__(self, "words", Words(self.signature))
        has_text = any(x.kind == "text" for x in self.signature.inputs)
        object.__setattr__(self, "_has_text", has_text)
        head = b'{"model":"%b","version":"%b",' % (self.name.encode(), self.version.encode())
        object.__setattr__(self, "_head", head)

    @property
    def version(self) -> str:
        """Such as `v1.2.0`."""
        return self.model.version

    @property
    def signature(self) -> Signature:
        """What it takes, and what it answers."""
        return self.model.signature

    def answer(self, feeds: Feeds) -> Answer:
        """
        Answer tensors of shape `[rows, 1]`; texts in parts.

        Between the operators of its graph a text is a dense row of all terms. A large batch of
        them is no faster than small ones, and onnxruntime would keep the memory of the largest.
        """
        rows = len(next(iter(feeds.values())))
        if rows <= TEXTS or not self._has_text:
            return self.model.answer(feeds)
        parts = (
            self.model.answer({name: column[at : at + TEXTS] for name, column in feeds.items()})
            for at in range(0, rows, TEXTS)
        )
        columns = zip(*((x.labels, x.probabilities, x.values) for x in parts), strict=True)
        return Answer(*map(np.concatenate, columns))

    def reply(self, told: Sequence[bytes], *, single: bool) -> bytes:
        """Write the reply to a request: of one row the prediction itself, of a list a list."""
        if single:
            return self._head + told[0] + b"}"
        return self._head + b'"predictions":[{' + b"},{".join(told) + b"}]}"


class Words:
    """
    Answers as JSON: the inside of an object for each row.

    Probabilities are written as the shortest decimal that is the same 32-bit number.
    """

    def __init__(self, signature: Signature) -> None:
        self.regression = signature.task == "regression"
        names = b",".join(
            orjson.dumps(name).replace(b"%", b"%%") + b":%b" for name in signature.classes
        )
        self._form = b'"label":%b,"probabilities":{' + names + b"}"
        self._labels = {name: orjson.dumps(name) for name in signature.classes}

    def of(self, answer: Answer) -> list[bytes]:
        """Write every row of an answer."""
        if self.regression:
            return [b'"value":' + x for x in _numbers(answer.values).split(b",")]
        labels, form = self._labels, self._form
        rows = _numbers(answer.probabilities)[1:-1].split(b"],[")
        return [
            form % (labels[label], *row.split(b","))
            for label, row in zip(answer.labels.tolist(), rows, strict=True)
        ]


def _numbers(values: "np.ndarray[Any, np.dtype[np.float32]]") -> bytes:
    """Write an array without its outer brackets; what is no number becomes `null`."""
    return orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
