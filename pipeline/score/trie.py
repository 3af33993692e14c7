"""The terms of a vocabulary, found in many texts at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

UNKNOWN = 0
"""The code of what is in no term; it also stands between two texts."""

Codes = NDArray[np.int64]

_LARGEST_TABLE = 4_000_000


class Trie:
    """
    Walks all texts of a batch abreast, one symbol a step, and leaves behind what leads to no term.

    A table of every state and symbol makes a step one look-up; a vocabulary too large for that
    has its steps in one sorted array instead.

    Args:
        terms: Each a run of symbols (words or characters), by column.
    """

    def __init__(self, terms: Sequence[Sequence[str]]) -> None:
        symbols = sorted({symbol for term in terms for symbol in term})
        self.symbols = {symbol: code for code, symbol in enumerate(symbols, UNKNOWN + 1)}
        self._longest = max(map(len, terms))
        self._width = len(symbols) + 1
        steps: dict[int, int] = {}
        ends = [self._insert(term, steps) for term in terms]
        # State 0 is the root, to which no step leads back: there it means that there is none.
        self._column = np.full(len(steps) + 1, -1, np.int64)
        self._column[ends] = np.arange(len(terms))
        self._steps = np.array(sorted(steps), np.int64)
        self._next = np.array([steps[step] for step in self._steps.tolist()], np.int64)
        self._table = self._dense(len(steps) + 1)

    def _insert(self, term: Sequence[str], steps: dict[int, int]) -> int:
        state = 0
        for symbol in term:
            step = state * self._width + self.symbols[symbol]
            state = steps.setdefault(step, len(steps) + 1)
        return state

    def _dense(self, states: int) -> NDArray[np.int32] | None:
        if states * self._width > _LARGEST_TABLE:
            return None
        table = np.zeros(states * self._width, np.int32)
        table[self._steps] = self._next
        return table

    def find(self, codes: Codes) -> tuple[Codes, Codes]:
        """Find every occurrence of every term: where it begins, and its column."""
        padded = np.concatenate([codes, np.full(self._longest, UNKNOWN, np.int64)])
        begin = np.flatnonzero(codes != UNKNOWN)
        state = np.zeros(len(begin), np.int64)
        begins, columns = [], []
        for depth in range(self._longest):
            state = self._step(state * self._width + padded[begin + depth])
            alive = np.flatnonzero(state)
            begin, state = begin[alive], state[alive]
            column = self._column[state]
            ended = np.flatnonzero(column >= 0)
            begins.append(begin[ended])
            columns.append(column[ended])
        return np.concatenate(begins), np.concatenate(columns)

    def _step(self, step: Codes) -> Codes:
        if self._table is not None:
            return self._table[step].astype(np.int64)
        place = np.minimum(np.searchsorted(self._steps, step), len(self._steps) - 1)
        return np.where(self._steps[place] == step, self._next[place], 0)
