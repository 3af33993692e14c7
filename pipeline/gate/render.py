"""A decision for people, as text or as Markdown, and for programs."""

import json
from dataclasses import asdict

from pipeline.decision import Decision, RuleResult

_WORDS = {
    "accepted": "accepted",
    "rejected": "rejected",
    "unchanged": "unchanged: the registered bytes stand",
    "not_comparable": "not comparable with the champion",
}


def text(decision: Decision) -> str:
    """Write verdict first, then the rules, failures first."""
    lines = [f"{decision.model}: {_WORDS[decision.verdict]}{_against(decision)}"]
    lines += [f"  {_mark(rule)} {rule.id}: {rule.reason}" for rule in _ordered(decision)]
    return "\n".join(lines)


def markdown(decision: Decision) -> str:
    """Write the same as a heading and a table."""
    lines = [
        f"### `{decision.model}`: {_WORDS[decision.verdict]}{_against(decision)}",
        "",
        "| | rule | observed | interval | limit | why |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join(lines + [_row(rule) for rule in _ordered(decision)])


def _against(decision: Decision) -> str:
    return f" (against {decision.champion})" if decision.champion else " (no champion yet)"


def _ordered(decision: Decision) -> list[RuleResult]:
    return sorted(decision.rules, key=lambda rule: rule.passed)


def _mark(rule: RuleResult) -> str:
    return "ok  " if rule.passed else "FAIL"


def _row(rule: RuleResult) -> str:
    span = "" if rule.low is None else f"{_number(rule.low)} to {_number(rule.high)}"
    cells = (
        "✅" if rule.passed else "❌",
        f"`{rule.id}`",
        _number(rule.observed),
        span,
        _number(rule.limit),
        rule.reason,
    )
    # A slice is named after data: a bar in it would end the cell.
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def as_json(decision: Decision) -> str:
    """Write it as `gate.json` has it."""
    return json.dumps(asdict(decision), indent=1, sort_keys=True, ensure_ascii=False)
