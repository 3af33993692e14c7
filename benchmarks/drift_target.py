"""Planted changes of the target."""

from typing import Any

import numpy as np
from drift_feature import BATCH, LEARNT, Case
from numpy.random import Generator
from numpy.typing import NDArray

from pipeline.config.watch import Limits
from pipeline.drift import Finding, class_drift
from pipeline.outcome import Outcome
from pipeline.registry import TARGET

PRIOR = 0.2


def classes(share: float) -> dict[str, Any]:
    """Give a target of two classes as a card has it."""
    yes = round(share * LEARNT)
    return {"categories": ["no", "yes"], "counts": [LEARNT - yes, yes, 0], "missing": 0}


def true(dice: Generator, rows: int, share: float) -> Outcome:
    """Draw what was true."""
    return outcome((dice.random(rows) < share).astype(np.int64))


def outcome(truth: NDArray[np.int64]) -> Outcome:
    """Let all answers be right."""
    return Outcome(truth, truth, np.eye(2)[truth])


def priors() -> list[Case]:
    """Let more rows be of the second class, in the whole window."""
    return [_prior(f"20 % become {100 * x:g} %", x) for x in (0.2, 0.22, 0.24, 0.26, 0.3)]


def _prior(name: str, share: float, before: float = PRIOR) -> Case:
    known = {TARGET: classes(before)}
    return Case(
        name, lambda dice, rows: class_drift(known[TARGET], [true(dice, rows, share)], Limits())
    )


def odd_priors() -> list[Case]:
    """Plant what is no drift, and what is one and stays below the limit."""
    return [
        Case("nothing, but half of the first class's labels are late", late),
        Case("20 % become 30 % in the newer half of the window", lately),
        _prior("1 % become 4 %", 0.04, 0.01),
        Case("nothing, but 20 rows of each customer", alike),
    ]


def late(dice: Generator, rows: int) -> list[Finding]:
    """Know every label of the second class, and every other one of the first."""
    found = true(dice, rows, PRIOR)
    known = (found.truth == 1) | (dice.random(rows) < 0.5)
    return class_drift(classes(PRIOR), [found.take(known)], Limits())


def lately(dice: Generator, rows: int) -> list[Finding]:
    """Move the prior in the newer half alone."""
    truth = (dice.random(rows) < np.repeat([PRIOR, 0.3], rows // 2)).astype(np.int64)
    spans = [outcome(truth), outcome(truth[rows // 2 :])]
    return class_drift(classes(PRIOR), spans, Limits())


def alike(dice: Generator, rows: int) -> list[Finding]:
    """Draw rows that come in batches of one class."""
    truth = (dice.random(rows // BATCH) < PRIOR).astype(np.int64)
    return class_drift(classes(PRIOR), [outcome(truth.repeat(BATCH))], Limits())
