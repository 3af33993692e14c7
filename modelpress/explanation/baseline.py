"""The row that an answer is compared with: typical values, and no text."""

from collections.abc import Sequence

import numpy as np

from modelpress.encode import Feeds, Row, encode
from modelpress.errors import InputError
from modelpress.signature import Signature

LONGEST_TEXT = 20_000
"""Characters of a normalised text. A request for many answers must not take all the memory."""

Change = tuple[str, object]
"""A feature, and the encoded value that it has instead."""


def typical(signature: Signature) -> dict[str, float | str | None]:
    """Give the typical value of each feature; None where there is none, and of texts."""
    return {x.name: None if x.typical == "" else x.typical for x in signature.inputs}


def beside_typical(signature: Signature, row: Row) -> Feeds:
    """
    Encode a row, and the typical one below it: tensors of shape `[2, 1]`.

    Raises:
        InputError: The row does not fit the signature, or a text is too long to be explained.
    """
    pair = encode(signature, [row])
    for name in texts(signature):
        if (length := len(pair[name][0, 0])) > LONGEST_TEXT:
            raise InputError(
                f"field `{name}`: a text of {length:,} characters is too long to be explained",
                hint=f"{LONGEST_TEXT:,} are not",
            )
    usual = encode(signature, [typical(signature)])
    return {name: np.concatenate([column, usual[name]]) for name, column in pair.items()}


def texts(signature: Signature) -> list[str]:
    """Name the features that are texts."""
    return [x.name for x in signature.inputs if x.kind == "text"]


def batch(pair: Feeds, base: int, changes: Sequence[Change]) -> Feeds:
    """Lay out the row, the typical row, and one of the two again for each change made to it."""
    feeds = {
        name: np.concatenate([column, np.repeat(column[base : base + 1], len(changes), axis=0)])
        for name, column in pair.items()
    }
    for number, (name, value) in enumerate(changes, start=2):
        feeds[name][number, 0] = value
    return feeds
