"""Drift of what is true and of what is told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.config.watch import Limits
from pipeline.drift.categorical import categorical_drift
from pipeline.drift.finding import Ask, Finding
from pipeline.drift.numeric import numeric_drift
from pipeline.drift.stability import Counts, chance
from pipeline.outcome import Outcome
from pipeline.registry import PREDICTION, TARGET


def class_drift(
    reference: Mapping[str, Any], spans: Sequence[Outcome], limits: Limits
) -> list[Finding]:
    """
    Compare what was true: the largest change of a class's share, or as any number.

    Args:
        reference: Of the target.
        spans: A window, and parts of it; a change of yesterday is diluted in a week. The surest
            one tells, and pays for the choice (Bonferroni).
        limits: From where on a change counts.
    """
    ask = Ask(TARGET, limits)
    if "edges" in reference:
        return numeric_drift(ask, reference, spans[0].truth.astype(np.float64))
    before = np.array(reference["counts"], np.float64)[:-1]
    if not before.sum():
        return []
    found = [_change(ask, before, outcome) for outcome in spans if len(outcome)]
    surest = sorted(found, key=lambda finding: finding.p)[:1]
    return [replace(one, p=min(1.0, one.p * len(found))) for one in surest]


def _change(ask: Ask, before: Counts, outcome: Outcome) -> Finding:
    now = np.bincount(outcome.truth.astype(np.int64), minlength=len(before)).astype(np.float64)
    change = np.abs(now / now.sum() - before / before.sum()).max()
    return ask.found("prior", float(change), chance(before, now))


def answer_drift(reference: Mapping[str, Any], outcome: Outcome, limits: Limits) -> list[Finding]:
    """Compare what was told: the probability in a binary task, else the value or the class."""
    ask = Ask(PREDICTION, limits)
    if "edges" in reference:
        binary = outcome.classes == 2
        return numeric_drift(
            ask, reference, outcome.score if binary else outcome.told.astype(np.float64)
        )
    names = np.array(reference["categories"], str)
    return categorical_drift(ask, reference, names[outcome.told.astype(np.int64)])
