"""From a candidate, its opponents and today's test rows to a decision."""

from dataclasses import dataclass
from typing import Any

from modelpress.model import Model
from pipeline.config.judge import Gate
from pipeline.decision import Comparison, Decision, RuleResult, Verdict
from pipeline.gate.rules import (
    Scored,
    Unseen,
    baseline_rules,
    compare,
    comparison_rule,
    floor_rules,
    record_rules,
    regression_rules,
    slice_rules,
    slide_rules,
)
from pipeline.outcome import Outcome
from pipeline.registry import Registered


@dataclass(frozen=True)
class Candidate:
    """What is to be judged: the model, its record, and its answers beside those of no model."""

    model: Model
    record: dict[str, Any]
    scored: Scored
    unseen: Unseen


@dataclass(frozen=True)
class Opponent:
    """A version of the registry and its answers on the same rows."""

    version: str
    outcome: Outcome


def judge(name: str, gate: Gate, candidate: Candidate, opponents: list[Opponent]) -> Decision:
    """
    Decide on a candidate that differs from the champion, or has none.

    Args:
        name: The model.
        gate: Its rules.
        candidate: What is to be judged.
        opponents: The champion, then the best version so far; empty before the first promotion.
    """
    rules = _own_rules(gate, candidate)
    if not opponents:
        return _decision(name, candidate, rules, verdict=_verdict(rules), comparison="first")
    champion, best = opponents
    comparison, more = _rules_against(gate, candidate.scored, champion, best)
    rules += more
    new_best = compare(gate, candidate.scored, best.outcome)[0] == "better"
    return _decision(
        name,
        candidate,
        rules,
        verdict=_verdict(rules),
        comparison=comparison,
        champion=champion.version,
        anchor="" if new_best else best.version,
    )


def judge_same(name: str, gate: Gate, candidate: Candidate, champion: Registered) -> Decision:
    """Decide on a candidate that is the champion; its rules are evidence, no more."""
    return _decision(
        name,
        candidate,
        _own_rules(gate, candidate),
        verdict="unchanged",
        comparison="same",
        champion=champion.version,
        anchor=champion.card.anchor,
    )


def judge_other(name: str, gate: Gate, candidate: Candidate, champion: Registered) -> Decision:
    """Decide on a candidate whose inputs or classes the champion does not share."""
    interface = RuleResult(
        id="interface",
        metric="task, inputs, classes",
        observed=None,
        limit=None,
        low=None,
        high=None,
        passed=False,
        reason=f"{champion.version} takes or answers something else; a person must decide",
    )
    return _decision(
        name,
        candidate,
        [*_own_rules(gate, candidate), interface],
        verdict="not_comparable",
        comparison="none",
        champion=champion.version,
    )


def judge_withdrawn(
    name: str, gate: Gate, candidate: Candidate, champion: str, recall: tuple[str, str]
) -> Decision:
    """
    Refuse a candidate that is a version somebody has taken out of production.

    Args:
        name: The model.
        gate: Its rules.
        candidate: What is to be judged.
        champion: The version in production.
        recall: The withdrawn version, and why.
    """
    version, why = recall
    rule = RuleResult(
        id="withdrawn",
        metric="sha256",
        observed=None,
        limit=None,
        low=None,
        high=None,
        passed=False,
        reason=f"this is {version}, withdrawn: {why}; change an input",
    )
    return _decision(
        name,
        candidate,
        [*_own_rules(gate, candidate), rule],
        verdict="rejected",
        comparison="none",
        champion=champion,
    )


def _own_rules(gate: Gate, candidate: Candidate) -> list[RuleResult]:
    scored = candidate.scored
    return [
        *record_rules(gate, candidate.record),
        *floor_rules(gate, scored),
        *slice_rules(gate, scored),
        *baseline_rules(gate, candidate.unseen),
    ]


def _rules_against(
    gate: Gate, scored: Scored, champion: Opponent, best: Opponent
) -> tuple[Comparison, list[RuleResult]]:
    comparison, found = compare(gate, scored, champion.outcome)
    return comparison, [
        *regression_rules(gate, scored, champion.outcome, champion.version),
        *slide_rules(gate, scored, best.outcome, best.version),
        comparison_rule(gate, comparison, found, champion.version),
    ]


def _verdict(rules: list[RuleResult]) -> Verdict:
    return "accepted" if all(rule.passed for rule in rules) else "rejected"


def _decision(  # noqa: PLR0913 - the fields of a decision
    name: str,
    candidate: Candidate,
    rules: list[RuleResult],
    *,
    verdict: Verdict,
    comparison: Comparison,
    champion: str = "",
    anchor: str = "",
) -> Decision:
    return Decision(
        schema=1,
        model=name,
        verdict=verdict,
        sha256=candidate.model.sha256,
        champion=champion,
        anchor=anchor,
        comparison=comparison,
        rules=tuple(rules),
    )
