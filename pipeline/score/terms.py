"""One TF-IDF block of a graph, weighed by the terms that occur and not by those that do not."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.score.trie import UNKNOWN, Codes, Trie

_CODE_POINTS = 0x110000


@dataclass(frozen=True)
class Terms:
    """
    A text field, its vocabulary, and how rare each term is.

    Attributes:
        words: Whether terms are runs of words; else of characters.
        rarity: The inverse document frequencies, by column.
        sublinear: Whether a term counts as 1 + log(count).
    """

    field: str
    words: bool
    trie: Trie
    rarity: NDArray[np.float64]
    sublinear: bool

    def weigh(self, texts: list[str]) -> csr_matrix:
        """Weigh the terms of normalised texts: one row each, of norm 1, or 0 without any term."""
        codes, row = self._codes(texts)
        begin, column = self.trie.find(codes)
        shape = (len(texts), len(self.rarity))
        terms = csr_matrix((np.ones(len(begin)), (row[begin], column)), shape=shape)
        counts = 1 + np.log(terms.data) if self.sublinear else terms.data
        values = counts * self.rarity[terms.indices]
        of_row = np.repeat(np.arange(len(texts)), np.diff(terms.indptr))
        norm = np.sqrt(np.bincount(of_row, values**2, len(texts)))
        terms.data = values / norm[of_row]
        return terms

    def _codes(self, texts: list[str]) -> tuple[Codes, Codes]:
        """Lay the symbols of all texts in one line, and say which row each belongs to."""
        if self.words:
            rows = [text.split(" ") for text in texts]
            lengths = [len(row) + 1 for row in rows]
            code = self.trie.symbols.get
            # The empty word ends a text.
            line = np.array([code(word, UNKNOWN) for row in rows for word in (*row, "")], np.int64)
        else:
            lengths = [len(text) + 1 for text in texts]
            text = "".join(f"{text}\0" for text in texts)
            line = self._characters[np.frombuffer(text.encode("utf-32-le"), np.uint32)]
        return line, np.repeat(np.arange(len(texts)), lengths)

    @cached_property
    def _characters(self) -> Codes:
        table = np.full(_CODE_POINTS, UNKNOWN, np.int64)
        table[[ord(symbol) for symbol in self.trie.symbols]] = list(self.trie.symbols.values())
        return table
