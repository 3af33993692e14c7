"""TF-IDF over normalised text with a chosen, publishable vocabulary."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import chi2

from pipeline.config.file import PARAMS_FILE
from pipeline.errors import DataError

WORD = "[^ ]+"
LONGEST_SHARED_TEXT = 20
"""Characters from which on no term may hold a whole training text: it would publish the text."""


class ChosenTfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc] # sklearn has no types
    """
    TF-IDF over the terms that tell the classes apart best.

    Terms are chosen before the norm is taken, so the model file holds the chosen terms alone; a
    selector behind a full vectorizer would ship, and compute, all of them.

    Args:
        analyzer: Terms of words or of characters.
        ngram_range: Shortest and longest term.
        min_df: Training rows that a term must occur in.
        max_df: Share of training rows that a term may occur in.
        sublinear_tf: Count a term as 1 + log(count).
        select: Keep that many terms, those with the highest chi2 score; None keeps all.
    """

    def __init__(  # noqa: PLR0913 - scikit-learn wants every parameter here, by name
        self,
        *,
        analyzer: Literal["word", "char"] = "word",
        ngram_range: tuple[int, int] = (1, 1),
        min_df: int = 1,
        max_df: float = 1.0,
        sublinear_tf: bool = False,
        select: int | None = None,
    ) -> None:
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.sublinear_tf = sublinear_tf
        self.select = select

    def fit(self, X: Sequence[str], y: NDArray[np.generic]) -> "ChosenTfidf":
        """Choose the vocabulary and learn how rare its terms are."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Sequence[str], y: NDArray[np.generic]) -> csr_matrix:
        """
        Fit, and transform the same texts.

        Raises:
            DataError: No term is left.
        """
        counter = CountVectorizer(
            min_df=self.min_df, max_df=self.max_df, dtype=np.float64, **self._reading()
        )
        try:
            counts = counter.fit_transform(X)
        except ValueError as error:  # of scikit-learn, when no term is left
            raise self._no_terms(len(X)) from error
        terms = counter.get_feature_names_out()
        kept = self._chosen(counts, terms, y, set(X))
        if not len(kept):
            raise self._no_terms(len(X))
        self.vectorizer_ = TfidfVectorizer(
            vocabulary=[str(term) for term in terms[kept]],
            sublinear_tf=self.sublinear_tf,
            **self._reading(),
        )
        return self.vectorizer_.fit_transform(X)

    def transform(self, X: Sequence[str]) -> csr_matrix:
        """Weigh the terms of texts."""
        return self.vectorizer_.transform(X)

    @property
    def terms(self) -> list[str]:
        """The chosen terms, by column."""
        return list(self.vectorizer_.vocabulary)

    def _no_terms(self, rows: int) -> DataError:
        return DataError(
            f"estimator.text: no {self.analyzer} term of {rows:,} training texts occurs in "
            f"{self.min_df} rows or more and in {self.max_df:.0%} of them or fewer",
            hint="lower min_df, raise max_df, or bring more rows",
            path=PARAMS_FILE,
        )

    def _reading(self) -> dict[str, object]:
        return {
            "analyzer": self.analyzer,
            "ngram_range": tuple(self.ngram_range),
            "token_pattern": WORD if self.analyzer == "word" else None,
            "lowercase": False,
        }

    def _chosen(
        self,
        counts: csr_matrix,
        terms: NDArray[np.object_],
        y: NDArray[np.generic],
        texts: set[str],
    ) -> NDArray[np.int64]:
        score = self._score(counts, y)
        score[_telling(terms, texts)] = -1
        best = np.argsort(-score, kind="stable")[: self.select]
        return np.sort(best[score[best] >= 0])

    def _score(self, counts: csr_matrix, y: NDArray[np.generic]) -> NDArray[np.float64]:
        present = counts > 0
        if y.dtype.kind == "f":  # a regression has no classes to tell apart
            return np.asarray(present.sum(axis=0), np.float64).ravel()
        return np.asarray(np.nan_to_num(chi2(present, y)[0]), np.float64)


def _telling(terms: NDArray[np.object_], texts: set[str]) -> NDArray[np.bool_]:
    """Mark the terms that are a whole training text, or hold one among other words."""
    long = {text for text in texts if len(text) >= LONGEST_SHARED_TEXT}
    lengths = sorted({len(text) for text in long})
    return np.array([_holds_one(term, long, lengths) for term in terms], bool)


def _holds_one(term: str, texts: set[str], lengths: list[int]) -> bool:
    # By slices of the term, not by search for each text: there may be a hundred thousand texts.
    return any(
        term[start : start + length] in texts
        for length in lengths[: bisect_right(lengths, len(term))]
        for start in range(len(term) - length + 1)
    )
