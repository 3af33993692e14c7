"""The key metric in production, and whether its change is more than noise."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.card import Card
from pipeline.report.facts import Change, Estimate, Headline, Metric, Term
from pipeline.report.gather.versions import estimates


def gather_headline(
    cards: Mapping[str, Card], live: str, terms: Sequence[Term], metric: Metric
) -> Headline | None:
    """Tell the live version's metric, and how it compares with what was live before."""
    card = cards.get(live)
    if card is None:
        return None
    now = _tested(card, metric)
    before = _before(card, live, terms)
    if not before:
        return Headline(now, None)
    paired = _paired(card, before, metric)
    return Headline(now, paired or _apart(now, cards.get(before), before, metric))


def _tested(card: Card, metric: Metric) -> Estimate:
    tested = card.fields.get("metrics", {}).get("test", {})
    return estimates(tested).get(metric.id, Estimate())


def _before(card: Card, live: str, terms: Sequence[Term]) -> str:
    """Name the version that was live before; without Git, the one that the card knows."""
    earlier = [term.version for term in terms[:-1] if term.version and term.version != live]
    if terms and terms[-1].version == live:
        return earlier[-1] if earlier else ""
    return str(card.fields.get("parent", ""))


def _paired(card: Card, before: str, metric: Metric) -> Change | None:
    """Take what the gate found on the same rows, if it compared these two."""
    gate = card.fields["gate"]
    if gate.get("champion") != before:
        return None
    rules: list[dict[str, Any]] = gate.get("rules", [])
    found = [rule for rule in rules if rule["id"] == f"champion:{metric.id}"]
    if not found or found[0]["observed"] is None:
        return None
    low, high = found[0]["low"], found[0]["high"]
    sure = low is not None and high is not None and (low > 0 or high < 0)
    return Change(before, float(found[0]["observed"]), low, high, beyond_noise=sure, paired=True)


def _apart(now: Estimate, card: Card | None, before: str, metric: Metric) -> Change | None:
    """Hold two values on different rows against each other: only intervals apart say much."""
    other = _tested(card, metric) if card else Estimate()
    if now.value is None or other.value is None:
        return None
    sign = 1 if metric.greater_is_better else -1
    gain = sign * (now.value - other.value)
    ends = (now.low, now.high, other.low, other.high)
    sure = False
    if None not in ends:
        low, high, other_low, other_high = (float(end or 0) for end in ends)
        sure = high < other_low or other_high < low
    return Change(before, gain, None, None, beyond_noise=sure, paired=False)
