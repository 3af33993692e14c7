"""
What a gate decides, and why: written by `gate`, read by every verb that acts on it.

Its JSON Schema is `modelpress/schemas/gate.schema.json`.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from pipeline.artifacts import Paths, read_json, shown, write_json
from pipeline.errors import RegistryError

Comparison = Literal["better", "same", "worse", "first", "none"]
Verdict = Literal["accepted", "rejected", "unchanged", "not_comparable"]


@dataclass(frozen=True)
class RuleResult:
    """
    One rule and what it found.

    Attributes:
        id: The rule with its subject, e.g. `floor:precision`.
        metric: The metric it looks at, or what else.
        observed: What was found; None where it could not be computed, and then the rule fails.
        limit: What was asked.
        low: Lower end of the observed value's interval, where it has one.
        high: Upper end.
        passed: Whether the candidate may pass.
        reason: The same in words.
    """

    id: str
    metric: str
    observed: float | None
    limit: float | None
    low: float | None
    high: float | None
    passed: bool
    reason: str


@dataclass(frozen=True)
class Decision:
    """
    A verdict with its evidence.

    Attributes:
        sha256: The candidate.
        champion: The version in production it was held against; empty before the first.
        anchor: The best version so far, which small steps down may not leave far behind; empty
            if that is the candidate itself.
        comparison: The candidate against the champion, by the gate's metric.
        rules: Every rule, in the order of the checks.
    """

    schema: Literal[1]
    model: str
    verdict: Verdict
    sha256: str
    champion: str
    anchor: str
    comparison: Comparison
    rules: tuple[RuleResult, ...]

    @property
    def passes(self) -> bool:
        """Whether production may go on: with the candidate, or with what it equals."""
        return self.verdict in {"accepted", "unchanged"}


def write_decision(paths: Paths, decision: Decision) -> None:
    """Write `gate.json`."""
    write_json(paths.gate, asdict(decision))


def read_decision(paths: Paths) -> Decision:
    """
    Read the last decision.

    Raises:
        RegistryError: There is none, or it is not whole.
    """
    fields: dict[str, Any] = read_json(paths.gate)
    try:
        rules = tuple(RuleResult(**entry) for entry in fields.pop("rules"))
        decision = Decision(rules=rules, **fields)
    except (AttributeError, KeyError, TypeError) as error:
        raise RegistryError(
            f"this is no decision: {error}", hint="run again", path=shown(paths.gate)
        ) from error
    if decision.verdict not in get_args(Verdict):
        raise RegistryError(
            f"`{decision.verdict}` is no verdict", hint="run again", path=shown(paths.gate)
        )
    return decision
