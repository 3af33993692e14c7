"""
Drift: how far rows are from what a version's card says of the rows it was made from.

A test fires if the effect is beyond its limit and sure, corrected for the number of tests.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from modelpress.signature import Input
from pipeline.config.watch import Limits
from pipeline.drift.categorical import categorical_drift, counted
from pipeline.drift.correction import judge
from pipeline.drift.finding import Ask, Finding
from pipeline.drift.numeric import binned, numeric_drift
from pipeline.drift.prior import at_prior, class_shares
from pipeline.drift.share import Part, risen
from pipeline.drift.target import answer_drift, class_drift
from pipeline.drift.text import text_drift
from pipeline.rows import Column, numbers_of

__all__ = [
    "Ask",
    "Finding",
    "answer_drift",
    "at_prior",
    "binned",
    "class_drift",
    "class_shares",
    "counted",
    "feature_drift",
    "judge",
    "numeric_drift",
]


def feature_drift(
    field: Input, reference: Mapping[str, Any], column: Column, limits: Limits
) -> list[Finding]:
    """Run every test that suits a feature's kind; they are judged together with the others'."""
    ask = Ask(field.name, limits)
    found = _KINDS[field.kind](ask, reference, column)
    missing = _missing(ask, reference, column)
    return [*found, missing] if missing else found


def _numeric(ask: Ask, reference: Mapping[str, Any], column: Column) -> list[Finding]:
    return numeric_drift(ask, reference, column.astype(np.float64))


def _categorical(ask: Ask, reference: Mapping[str, Any], column: Column) -> list[Finding]:
    values = np.asarray(column, str)
    present = values[values != ""]
    known, other = reference["counts"][:-1], reference["counts"][-1]
    before = Part(other, sum(known) + other)
    now = Part(int((~np.isin(present, reference["categories"])).sum()), len(present))
    unknown = risen(ask, "unknown", before, now)
    found = categorical_drift(ask, reference, present)
    return [*found, unknown] if unknown else found


def _text(ask: Ask, reference: Mapping[str, Any], column: Column) -> list[Finding]:
    found = numeric_drift(ask, reference, numbers_of(column))
    return found + text_drift(ask, reference, [str(text) for text in column])


_KINDS = {"numeric": _numeric, "categorical": _categorical, "text": _text}


def _missing(ask: Ask, reference: Mapping[str, Any], column: Column) -> Finding | None:
    absent = np.isnan(column.astype(np.float64)) if column.dtype == np.float32 else column == ""
    before = Part(reference["missing"], sum(reference["counts"]) + reference["missing"])
    return risen(ask, "missing", before, Part(int(absent.sum()), len(column)))
