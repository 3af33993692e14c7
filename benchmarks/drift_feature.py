"""A feature, what a card says of it, and what the tests find in rows that are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from modelpress.signature import Input
from pipeline.config.watch import Limits
from pipeline.drift import Finding, feature_drift
from pipeline.outcome import Outcome
from pipeline.registration.reference import reference
from pipeline.rows import Column, Rows
from pipeline.schema import Facts, Schema

DRAWS = 20
LEARNT = 10_000
"""Rows of the reference."""
BATCH = 20
"""Rows that belong together, where some do."""
FEW, MANY = (200, 500, 1000), (2000, 5000, 20_000)
ANY = (200, 1000, 5000)
SHIFTS = (0.0, 0.1, 0.25, 0.5, 1.0)
SHARES = (0.4, 0.3, 0.2, 0.1)

Numbers = NDArray[np.float64]
Draw = Callable[[Generator, int], Any]


class Case(NamedTuple):
    """What is planted, and what the tests find in so many rows with it."""

    name: str
    found: Callable[[Generator, int], list[Finding]]


@dataclass(frozen=True)
class Feature:
    """A feature, and what a card says of it."""

    field: Input
    counts: dict[str, Any]

    def case(self, name: str, draw: Draw) -> Case:
        """Run the tests on rows that are drawn."""
        return Case(name, lambda dice, rows: self.ask(draw(dice, rows)))

    def ask(self, column: Any) -> list[Finding]:  # noqa: ANN401 - an array of any kind
        """Run the tests of the feature's kind."""
        return feature_drift(self.field, self.counts, _column(self.field, column), Limits())


def _column(field: Input, values: Any) -> Column:  # noqa: ANN401 - an array of any kind
    if field.kind == "numeric":
        return np.asarray(values, np.float32)
    return np.asarray(values).astype(np.object_)


def learnt(field: Input, train: Sequence[Any], held_out: Sequence[Any] = ()) -> Feature:
    """Count rows as `register` does."""
    none = Facts("", 0, 0, 0, 0)
    schema = Schema("m", "regression", "y", (field,), (), "", ordered=False, parts={}, facts=none)
    told = np.zeros(len(held_out))
    answers = Outcome(told, told, np.empty((len(told), 0)))
    parts = (_rows(field, train), _rows(field, held_out))
    return Feature(field, reference(schema, *parts, answers)[field.name])


def _rows(field: Input, values: Sequence[Any]) -> Rows:
    none = np.zeros(len(values), np.int64)
    names = np.array([""] * len(values), np.object_)
    return Rows({field.name: _column(field, values)}, none.astype(float), none, none, names)
