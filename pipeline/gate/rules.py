"""
The rules of a gate, each a function from scores to results.

A figure that could not be computed fails its rule: what cannot be shown is not taken as shown.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.bootstrap import Estimate, Resampling, chance, estimate, gain
from pipeline.calibration import calibration_error
from pipeline.config.judge import Allowance, Gate
from pipeline.config.metrics import METRICS, MetricId
from pipeline.decision import Comparison, RuleResult
from pipeline.metrics import value
from pipeline.outcome import Outcome
from pipeline.slices import Slice


@dataclass(frozen=True)
class Scored:
    """The candidate's answers on today's test rows, and how to resample those."""

    outcome: Outcome
    resampling: Resampling
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Unseen:
    """
    The candidate's answers on all rows that no fit has seen, and the answers of no model.

    Validation and test rows together: whether anything has been learnt is a question of how much
    evidence there is, and a small table has little.
    """

    outcome: Outcome
    naive: Mapping[str, Outcome]
    resampling: Resampling


def record_rules(gate: Gate, record: Mapping[str, Any]) -> Iterator[RuleResult]:
    """Judge what `export` measured: parity and size."""
    largest = max((part["largest"] for part in record["parity"].values()), default=math.nan)
    yield _result("parity", "largest difference", Estimate(largest, *_NO_ENDS), None, passed=True)
    size, limit = float(record["gzip_kb"]), gate.max_gzip_kb
    fits = size <= limit
    reason = "" if fits else f"{size:g}; the limit is {limit:g}; {_SMALLER}"
    found = Estimate(size, *_NO_ENDS)
    yield _result("size", "kB gzip", found, limit, passed=fits, reason=reason)


def floor_rules(gate: Gate, scored: Scored) -> Iterator[RuleResult]:
    """Judge metrics against the worst values allowed."""
    metrics = list(gate.floors)
    for metric, found in zip(
        metrics, estimate(metrics, scored.outcome, scored.resampling), strict=True
    ):
        limit = gate.floors[metric]
        yield _result(
            f"floor:{metric}", metric, found, limit, passed=_reaches(metric, found.value, limit)
        )
    if gate.max_calibration_error is not None:
        error = calibration_error(scored.outcome)
        yield _result(
            "calibration",
            "expected calibration error",
            Estimate(error, *_NO_ENDS),
            gate.max_calibration_error,
            passed=error <= gate.max_calibration_error,
        )


def slice_rules(gate: Gate, scored: Scored) -> Iterator[RuleResult]:
    """Judge the slices that hold enough rows."""
    for rule in gate.slices:
        for cut in scored.slices:
            if cut.feature != rule.feature or cut.mask.sum() < rule.min_rows:
                continue
            observed = value(rule.metric, scored.outcome.take(cut.mask))
            yield _result(
                f"slice:{cut.feature}={cut.name}:{rule.metric}",
                rule.metric,
                Estimate(observed, *_NO_ENDS),
                rule.limit,
                passed=_reaches(rule.metric, observed, rule.limit),
            )


def baseline_rules(gate: Gate, unseen: Unseen) -> Iterator[RuleResult]:
    """Ask that the candidate beats each answer without a model, surely."""
    if gate.beats_baseline is None:
        return
    metric, confidence = gate.beats_baseline.metric, gate.beats_baseline.confidence
    yield _chance_rule(metric, confidence, unseen)
    for name, other in unseen.naive.items():
        # The lower end of a two-sided interval of 2c - 1 is a one-sided bound of confidence c.
        found = gain(metric, unseen.outcome, other, unseen.resampling, 2 * confidence - 1)
        passed = found.low > 0
        yield _result(
            f"baseline:{name}",
            metric,
            found,
            0.0,
            passed=passed,
            reason=f"gain {_signed(found)} over {name}; "
            f"{'sure' if passed else 'not sure'} at {confidence:.1%}",
        )


def _chance_rule(metric: MetricId, confidence: float, unseen: Unseen) -> RuleResult:
    sign = 1 if METRICS[metric].greater_is_better else -1
    drawn = sign * chance(metric, unseen.outcome, unseen.resampling)
    bar = sign * float(np.quantile(drawn, confidence, method="higher")) if len(drawn) else math.nan
    observed = value(metric, unseen.outcome)
    return _result(
        "baseline:chance",
        metric,
        Estimate(observed, *_NO_ENDS),
        bar,
        passed=sign * observed > sign * bar,
        reason=f"{observed:.4f}; its answers dealt at random reach {bar:.4f} "
        f"in {1 - confidence:.1%} of deals",
    )


def regression_rules(
    gate: Gate, scored: Scored, champion: Outcome, version: str
) -> Iterator[RuleResult]:
    """Ask that no metric is surely worse than the champion's by more than is allowed."""
    for metric, allowance in gate.max_regression.items():
        limit = -_allowed(allowance, value(metric, champion))
        found = gain(metric, scored.outcome, champion, scored.resampling)
        # Only an interval that lies wholly beyond the limit shows more than noise.
        yield _result(
            f"regression:{metric}",
            metric,
            found,
            limit,
            passed=found.high >= limit,
            reason=f"gain {_signed(found)} over {version}; {limit:+.4f} is allowed",
        )


def slide_rules(gate: Gate, scored: Scored, anchor: Outcome, version: str) -> Iterator[RuleResult]:
    """
    Ask that many small steps, each within noise, do not lead far below the best version.

    The observed difference counts here, not its interval: noise would let every single step pass.
    """
    for metric in dict.fromkeys((gate.metric, *gate.max_regression)):
        allowance = gate.max_regression.get(metric, Allowance(absolute=0.0))
        best = value(metric, anchor)
        limit = -max(gate.max_slide, _allowed(allowance, best))
        sign = 1 if METRICS[metric].greater_is_better else -1
        observed = sign * (value(metric, scored.outcome) - best)
        yield _result(
            f"slide:{metric}",
            metric,
            Estimate(observed, *_NO_ENDS),
            limit,
            passed=observed >= limit,
            reason=f"gain {observed:+.4f} over {version}, the best so far; {limit:+.4f} is allowed",
        )


def compare(gate: Gate, scored: Scored, other: Outcome) -> tuple[Comparison, Estimate]:
    """Tell better, same or worse by the gate's metric: by the side of zero its interval is on."""
    found = gain(gate.metric, scored.outcome, other, scored.resampling)
    if found.low > 0:
        return "better", found
    return ("worse" if found.high < 0 else "same"), found


def comparison_rule(
    gate: Gate, comparison: Comparison, found: Estimate, version: str
) -> RuleResult:
    """Ask for what `promote_on` asks for."""
    wanted = {"better"} if gate.promote_on == "better" else {"better", "same"}
    # A gain that cannot be computed has no side of zero, and must not pass as `same`.
    passed = comparison in wanted and not math.isnan(found.low)
    return _result(
        f"champion:{gate.metric}",
        gate.metric,
        found,
        0.0,
        passed=passed,
        reason=f"{comparison} than {version}: gain {_signed(found)}; promote_on {gate.promote_on}"
        if comparison != "same"
        else f"same as {version} within noise: gain {_signed(found)}; promote_on {gate.promote_on}",
    )


_SMALLER = "fewer trees, less depth or a smaller vocabulary; or raise `gate.max_gzip_kb`"
_NO_ENDS = (math.nan, math.nan)


def _allowed(allowance: Allowance, of: float) -> float:
    if allowance.relative is not None:
        return allowance.relative * abs(of)
    return allowance.absolute or 0.0


def _reaches(metric: MetricId, observed: float, limit: float) -> bool:
    return observed >= limit if METRICS[metric].greater_is_better else observed <= limit


def _signed(found: Estimate) -> str:
    return f"{found.value:+.4f} [{found.low:+.4f}, {found.high:+.4f}]"


def _result(  # noqa: PLR0913 - the fields of a result
    rule: str,
    metric: str,
    found: Estimate,
    limit: float | None,
    *,
    passed: bool,
    reason: str = "",
) -> RuleResult:
    missing = math.isnan(found.value)
    asked = "" if limit is None else f"; the limit is {limit:g}"
    return RuleResult(
        id=rule,
        metric=metric,
        observed=_plain(found.value),
        limit=None if limit is None else _plain(limit),
        low=_plain(found.low),
        high=_plain(found.high),
        passed=passed and not missing,
        reason="it cannot be computed" if missing else reason or f"{found.value:.4g}{asked}",
    )


def _plain(number: float) -> float | None:
    # Significant digits, not places: a parity of 4e-7 is no zero.
    return None if math.isnan(number) else float(f"{number:.6g}")
