"""Every decision of the gate that was kept, and the last one with its evidence."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths
from pipeline.card import Card
from pipeline.decision import RuleResult, read_decision
from pipeline.registration.journal import entries, read_entry
from pipeline.report.facts import Estimate, Gate, Rule, Run
from pipeline.report.gather.checked import commit, moment
from pipeline.report.gather.ledger import Ledger
from pipeline.report.gather.versions import estimates


def gather_runs(
    paths: Paths, cards: Mapping[str, Card], metric: str, ledger: Ledger
) -> tuple[Run, ...]:
    """Read every decision, the newest first."""
    versions = {card.sha256: version for version, card in cards.items()}
    found = []
    for place in entries(paths):
        run = ledger.attempt(place, partial(_run, paths.model, place, versions, metric), None)
        if run is not None:
            found.append(run)
    return tuple(sorted(found, key=lambda run: run.date, reverse=True))


def gather_gate(paths: Paths, cards: Mapping[str, Card], ledger: Ledger) -> Gate | None:
    """Read the last verdict; what was found unchanged is judged in the card of what it is."""
    if not paths.gate.exists():
        return None
    return ledger.attempt(paths.gate, lambda: _gate(paths, cards), None)


def _gate(paths: Paths, cards: Mapping[str, Card]) -> Gate:
    decision = read_decision(paths)
    same = [version for version, card in cards.items() if card.sha256 == decision.sha256]
    unchanged = decision.verdict == "unchanged"
    version = same[-1] if same else decision.champion if unchanged else ""
    card = cards.get(version)
    if unchanged and card is not None:
        judged = card.fields["gate"]
        rules = tuple(_rule(one) for one in judged.get("rules", ()))
        verdict, champion = str(judged.get("verdict", "")), str(judged.get("champion", ""))
        return Gate(
            verdict=verdict or decision.verdict,
            unchanged=True,
            version=version,
            champion=champion,
            comparison=str(judged.get("comparison", "none")),
            rules=_failures_first(rules),
        )
    rules = tuple(_rule(_fields(one)) for one in decision.rules)
    return Gate(
        verdict=decision.verdict,
        unchanged=unchanged,
        version=version,
        champion=decision.champion,
        comparison=decision.comparison,
        rules=_failures_first(rules),
    )


def _fields(rule: RuleResult) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in Rule.__slots__}


def _rule(told: Mapping[str, Any]) -> Rule:
    return Rule(
        id=str(told["id"]),
        metric=str(told["metric"]),
        observed=_figure(told["observed"]),
        limit=_figure(told["limit"]),
        low=_figure(told["low"]),
        high=_figure(told["high"]),
        passed=told["passed"] is True,
        reason=str(told["reason"]),
    )


def _figure(value: object) -> float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise TypeError(f"`{str(value)[:40]}` is no number")


def _failures_first(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=lambda rule: rule.passed))


def _run(model: str, place: Path, versions: Mapping[str, str], metric: str) -> Run:
    entry = read_entry(place)
    decision = entry["decision"]
    rules = _failures_first(tuple(_rule(one) for one in decision["rules"]))
    verdict, sha256 = str(decision["verdict"]), str(decision["sha256"])
    return Run(
        model=model,
        date=moment(entry["date"]),
        commit=commit(entry.get("commit", "")),
        verdict=verdict,
        comparison=str(decision["comparison"]),
        champion=str(decision["champion"]),
        sha256=sha256,
        version=versions.get(sha256, ""),
        value=estimates(entry.get("metrics", {})).get(metric, Estimate()),
        rules=rules,
        failed=tuple(f"{rule.id}: {rule.reason}" for rule in rules if not rule.passed),
        changed=tuple(
            (str(name), _shown(before), _shown(after))
            for name, (before, after) in sorted(entry.get("changed", {}).items())
        ),
    )


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
