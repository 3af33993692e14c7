"""
Train, validation and test.

At random, a group's place follows from its own digest, so its part hardly depends on the other
rows: as the table grows, only groups near the two borders move. Otherwise every retrain would score
the champion on rows that it was trained on.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from pipeline.artifacts import PARTS
from pipeline.config.data import Split

TRAIN, VALIDATION, TEST = range(len(PARTS))


def split_at_random(
    split: Split, keys: list[bytes], group: NDArray[np.int64], stratum: NDArray[np.int64]
) -> NDArray[np.int64]:
    """
    Cut every stratum in the same shares, along the order of its groups' digests.

    Args:
        split: The shares and the seed.
        keys: One digest per row, equal within a group.
        group: Number of each row's group.
        stratum: Class of each row; a group counts to the lowest class of its rows, whatever
            their order in the table.

    Returns:
        The part of each row, as an index into `PARTS`.
    """
    _, first, sizes = np.unique(group, return_index=True, return_counts=True)
    order = np.array([_place(split.seed, keys[row]) for row in first])
    part = np.full(len(first), TRAIN, np.int64)
    lowest = np.full(len(first), np.iinfo(np.int64).max)
    np.minimum.at(lowest, group, stratum)
    for value in np.unique(lowest):
        members = np.flatnonzero(lowest == value)
        members = members[np.argsort(order[members], kind="stable")]
        part[members] = _cut(split, sizes[members])
    return np.asarray(part[group])


def _place(seed: int, key: bytes) -> float:
    digest = hashlib.blake2b(key, digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest, "big") / 2**64


def _cut(split: Split, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fill train first: a class too rare for all parts must at least be learnt."""
    before = (np.cumsum(sizes) - sizes) / sizes.sum()
    train = 1 - split.validation - split.test
    # A hair of slack: 1 - 0.2 - 0.2 is 0.6000000000000001.
    edges = np.array([train, train + split.validation]) - 1e-9
    return np.asarray(np.searchsorted(edges, before, side="right"), np.int64)


def split_by_time(
    split: Split, group: NDArray[np.int64], moment: NDArray[np.int64]
) -> NDArray[np.int64]:
    """
    Cut at two moments; a group that straddles a cut goes to its later part.

    It goes there because a model that trains on a row of the future has seen too much, while a
    test with an early row in it has not.
    """
    ordered = np.sort(moment)
    shares = (1 - split.validation - split.test, 1 - split.test)
    cuts = [ordered[min(round(share * len(ordered)), len(ordered) - 1)] for share in shares]
    part = np.searchsorted(np.array(cuts), moment, side="right").astype(np.int64)
    latest = np.full(int(group.max()) + 1, TRAIN)
    np.maximum.at(latest, group, part)
    return np.asarray(latest[group])
