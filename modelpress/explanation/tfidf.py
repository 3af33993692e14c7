"""Which words of a text the columns of its TF-IDF come from."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelpress.explanation.graph import Node

Occurrence = tuple[int, range]
"""A column, and the places of the words or characters that it was counted for."""


@dataclass(frozen=True)
class Vocabulary:
    """
    The terms of a vectorizer.

    Attributes:
        by_words: Terms are runs of words; otherwise runs of characters.
        columns: The column of each term; words in it are separated by single spaces.
        lengths: How many words, or characters, terms have.
    """

    by_words: bool
    columns: Mapping[str, int]
    lengths: frozenset[int]


def read_vocabulary(tokenizer: Node, vectorizer: Node) -> Vocabulary:
    """
    Read the terms that `export` has written: by length, each with its column.

    Raises:
        ValueError: They are laid out in another way.
    """
    separators = tokenizer.strings("separators")
    if separators not in ([" "], [""]) or vectorizer.text("mode") != "TF":
        raise ValueError("text is taken apart in an unknown way")
    by_words = separators == [" "]
    pool, starts = vectorizer.strings("pool_strings"), vectorizer.integers("ngram_counts")
    terms, lengths = [], set()
    for length, (start, end) in enumerate(zip(starts, [*starts[1:], len(pool)], strict=True), 1):
        found = [pool[i : i + length] for i in range(start, end, length)]
        terms += [(" " if by_words else "").join(term) for term in found]
        lengths |= {length} if found else set()
    columns = dict(zip(terms, vectorizer.integers("ngram_indexes"), strict=True))
    return Vocabulary(by_words, columns, frozenset(lengths))


def by_word(vocabulary: Vocabulary, text: str, amounts: NDArray[np.float64]) -> Mapping[str, float]:
    """
    Share out what the columns of a text amount to among its words.

    Each place where a term occurs gets an equal share of its column; of that, each word that the
    term touches gets a share by its letters in it, or an equal one of a term of words.

    Args:
        vocabulary: Its columns are those of `amounts`.
        text: As the graph has seen it: words between single spaces.
        amounts: One number a column.
    """
    words = text.split(" ")
    found = [(c, p) for c, p in _occurrences(vocabulary, text, words) if amounts[c] != 0]
    times = Counter(column for column, _ in found)
    owners = range(len(words)) if vocabulary.by_words else _owners(text)
    shares: defaultdict[str, float] = defaultdict(float)
    for column, places in found:
        touched = places if vocabulary.by_words else _letters(text, places)
        share = float(amounts[column]) / times[column] / len(touched)
        for place in touched:
            shares[words[owners[place]]] += share
    return shares


def _occurrences(vocabulary: Vocabulary, text: str, words: list[str]) -> Iterator[Occurrence]:
    size = len(words) if vocabulary.by_words else len(text)
    for length in sorted(vocabulary.lengths):
        for start in range(size - length + 1):
            end = start + length
            term = " ".join(words[start:end]) if vocabulary.by_words else text[start:end]
            if (column := vocabulary.columns.get(term)) is not None:
                yield column, range(start, end)


def _owners(text: str) -> list[int]:
    """Give the number of the word that each character belongs to; a space, to that before it."""
    owners, word = [], 0
    for character in text:
        owners.append(word)
        word += character == " "
    return owners


def _letters(text: str, places: range) -> range | list[int]:
    """Leave out the spaces of a term, unless it is nothing else."""
    return [place for place in places if text[place] != " "] or places
