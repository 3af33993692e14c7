"""One version, loaded and ready to answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from modelpress.model import Answer, Model
from modelpress.signature import Signature
from service.counts import Counts
from service.decoder import Decoder


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

    def __post_init__(self) -> None:
        """Prepare what every request needs."""
        object.__setattr__(self, "decoder", Decoder(self.signature))
        object.__setattr__(self, "words", Words(self.signature))

    @property
    def version(self) -> str:
        """Such as `v1.2.0`."""
        return self.model.version

    @property
    def signature(self) -> Signature:
        """What it takes, and what it answers."""
        return self.model.signature

    def reply(self, told: Sequence[bytes], *, single: bool) -> bytes:
        """Write the reply to a request: of one row the prediction itself, of a list a list."""
        head = b'{"model":"%b","version":"%b",' % (self.name.encode(), self.version.encode())
        return head + (
            told[0] + b"}" if single else b'"predictions":[{' + b"},{".join(told) + b"}]}"
        )


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
