"""Rows with equal features are one group, and a group never straddles two parts."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from pipeline.rows import Column


def row_keys(features: dict[str, Column]) -> list[bytes]:
    """
    Digest what a model would see of each row.

    The key depends on the row alone, so a row keeps its group and its part when the table grows or
    changes its order.
    """
    numbers = [column for column in features.values() if column.dtype == np.float32]
    words = [column for column in features.values() if column.dtype != np.float32]
    # Adding zero makes -0.0 and 0.0 one value; NaN is one value already after the cast.
    matrix = np.column_stack([x + np.float32(0) for x in numbers]) if numbers else None
    count = len(next(iter(features.values())))
    return [_digest(matrix, words, row) for row in range(count)]


def _digest(matrix: NDArray[np.float32] | None, words: list[Column], row: int) -> bytes:
    content = b"" if matrix is None else matrix[row].tobytes()
    text = "\x1f".join(str(column[row]) for column in words)
    return hashlib.blake2b(content + text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def number_groups(keys: list[bytes]) -> NDArray[np.int64]:
    """Number the groups in the order in which they first occur."""
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def contradictions(group: NDArray[np.int64], target: NDArray[np.int64]) -> int:
    """Count the groups whose rows have different targets."""
    pairs = np.unique(np.column_stack([group, target]), axis=0)
    return int(np.count_nonzero(np.bincount(pairs[:, 0].astype(np.int64)) > 1))
