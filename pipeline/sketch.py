"""
What texts were made of, without keeping a text or a word.

Counts in hashed buckets, and a Bloom filter (Bloom 1970) of the words that several texts share. A
bucket says in how many texts any of its words stood; nobody can tell which.
"""

import base64
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKETS = 512
SHARED_BY = 5
"""Texts that must have a word before it counts as known."""
_HASHES = 3
_BITS_A_WORD = 16
_MOST_BITS = 2**16


def presence(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Mark the buckets of each text's words: shape `[texts, BUCKETS]`."""
    marks = np.zeros((len(texts), BUCKETS), np.bool_)
    for row, text in zip(marks, texts, strict=True):
        row[[_bucket(word) for word in text.split()]] = True
    return marks


@lru_cache(maxsize=200_000)
def _bucket(word: str) -> int:
    return zlib.crc32(word.encode()) % BUCKETS


class Vocabulary:
    """
    The words that are known.

    Of other words, three to six in a thousand pass for one; beside 10,000 known words, for which
    the filter does not grow any more, one in twenty.

    Args:
        bits: The Bloom filter, packed.
    """

    def __init__(self, bits: NDArray[np.uint8]) -> None:
        self._bits = bits
        self._known: dict[str, bool] = {}

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        """Collect the words that enough texts share."""
        counts = Counter(word for text in texts for word in set(text.split()))
        shared = [word for word, count in counts.items() if count >= SHARED_BY]
        size = 256
        while size < min(len(shared) * _BITS_A_WORD, _MOST_BITS):
            size *= 2
        marks = np.zeros(size, np.bool_)
        for word in shared:
            marks[_places(word, size)] = True
        return cls(np.packbits(marks))

    @staticmethod
    @lru_cache(maxsize=16)
    def read(text: str) -> "Vocabulary":
        """Read what `text` wrote."""
        return Vocabulary(np.frombuffer(base64.b64decode(text), np.uint8))

    def text(self) -> str:
        """Write it for a card."""
        return base64.b64encode(self._bits.tobytes()).decode()

    def unknown(self, texts: Iterable[str]) -> NDArray[np.float64]:
        """Give the share of unknown words of each text that has words."""
        split = (text.split() for text in texts)
        shares = [1 - sum(map(self._has, words)) / len(words) for words in split if words]
        return np.array(shares, np.float64)

    def _has(self, word: str) -> bool:
        found = self._known.get(word)
        if found is None:
            places = _places(word, 8 * len(self._bits))
            found = all(self._bits[place >> 3] >> (7 - (place & 7)) & 1 for place in places)
            self._known[word] = found
        return found


def _places(word: str, size: int) -> list[int]:
    digest = blake2b(word.encode(), digest_size=4 * _HASHES).digest()
    return [int.from_bytes(digest[4 * i : 4 * i + 4], "big") % size for i in range(_HASHES)]


def sketch_texts(train: Sequence[str], held_out: Sequence[str]) -> dict[str, Any]:
    """
    Sketch the training texts, and say what share of the words of other texts it does not know.

    That share is the measure for later texts: new names and numbers are unknown on any day.
    """
    present = [text for text in train if text]
    vocabulary = Vocabulary.of(present)
    unknown = vocabulary.unknown(held_out)
    return {
        "texts": len(present),
        "buckets": [int(count) for count in presence(present).sum(axis=0)],
        "vocabulary": vocabulary.text(),
        "unknown": {
            "texts": len(unknown),
            "mean": round(float(unknown.mean()), 6) if len(unknown) else 0.0,
            "sd": round(float(unknown.std()), 6) if len(unknown) else 0.0,
        },
    }
