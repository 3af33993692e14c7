"""From findings to causes: one sign per cause, with a reason in words and what to do."""

from collections.abc import Mapping, Sequence
from datetime import date

from pipeline.alerts import CONSEQUENCES, Alert, Sign
from pipeline.config.metrics import METRICS
from pipeline.drift import Finding
from pipeline.registry import PREDICTION, TARGET
from pipeline.watch import Watched
from pipeline.windows import Figures

_UNITS = {
    "ks": "Kolmogorov-Smirnov distance",
    "wasserstein": "Wasserstein distance in standard deviations",
    "chi_square": "Cramér's V",
    "jensen_shannon": "Jensen-Shannon distance",
    "psi": "PSI",
    "domain_auc": "AUC of a classifier that tells its texts from the reference's",
    "vocabulary": "rise of the share of unknown words",
    "unknown": "rise of the share of unknown categories",
    "missing": "rise of the share of missing values",
    "prior": "largest change of a class's share",
}
_OF_THE_FEED = ("missing", "unknown")
FEED = "feed"


def feature_signs(findings: Sequence[Finding]) -> dict[str, Sign]:
    """Gather the findings that fired by cause; what follows from another cause is told there."""
    by_cause: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.fired:
            by_cause.setdefault(_cause(finding), []).append(finding)
    for name in [cause for cause in by_cause if cause.startswith("vocabulary:")]:
        # Other words are other texts, too.
        by_cause[name] += by_cause.pop(f"drift:{name.partition(':')[2]}", [])
    signs = {cause: _sign(cause, found) for cause, found in by_cause.items()}
    return _one_feed(signs, len({f.feature for f in findings} - {TARGET, PREDICTION}))


def _cause(finding: Finding) -> str:
    if finding.feature == TARGET:
        return "prior"
    if finding.feature == PREDICTION:
        return "prediction"
    if finding.test in (*_OF_THE_FEED, "vocabulary"):
        return f"{finding.test}:{finding.feature}"
    return f"drift:{finding.feature}"


def _sign(cause: str, found: Sequence[Finding]) -> Sign:
    figures = ", ".join(f"{_UNITS[f.test]} {f.value:.3g} (limit {f.limit:g})" for f in found)
    kind, _, feature = cause.partition(":")
    subject = {"prior": "the target", "prediction": "the answers"}.get(kind, f"`{feature}`")
    of_feed = kind in _OF_THE_FEED
    return Sign(f"{subject}: {figures}", "look at the feed" if of_feed else "retrain")


def _one_feed(signs: dict[str, Sign], features: int) -> dict[str, Sign]:
    """Make one cause of what is wrong with most features at once."""
    parts = [cause for cause in signs if cause.partition(":")[0] in _OF_THE_FEED]
    if len(parts) < 2 or 2 * len(parts) <= features:
        return signs
    reason = f"{len(parts)} of {features} features at once; {signs[parts[0]].reason}"
    others = {cause: sign for cause, sign in signs.items() if cause not in parts}
    return {**others, FEED: Sign(reason, "look at the feed")}


def performance_sign(watched: Watched, figures: Figures, what: str, today: date) -> Sign | None:
    """Say whether the gate's metric is surely worse than the card's, and by more than allowed."""
    metric = watched.block.gate.metric
    before = watched.card.fields.get("metrics", {}).get("test", {}).get(metric, {}).get("value")
    now = figures.get(metric)
    if before is None or not now or (now["n"] or 0) < watched.block.monitor.min_rows:
        return None
    better = METRICS[metric].greater_is_better
    value, end = now["value"], now["high" if better else "low"]
    if value is None or end is None:
        return None
    loss = (before - value) if better else (value - before)
    surely = end < before if better else end > before
    if not surely or loss <= watched.block.monitor.limits.performance * abs(before):
        return None
    reason = (
        f"{metric} {what} {value:.4f} [{now['low']:.4f}, {now['high']:.4f}] on {now['n']:,} rows, "
        f"and the card says {before:.4f}"
    )
    return Sign(reason, "roll back" if _is_young(watched, today) else "retrain")


def _is_young(watched: Watched, today: date) -> bool:
    """Whether a new version may itself be the cause, and there is one before it."""
    created, parent = (watched.card.fields.get(key, "") for key in ("created", "parent"))
    if not created or not parent:
        return False
    age = (today - date.fromisoformat(created[:10])).days
    return age <= max(watched.block.monitor.windows_days)


def attributed(
    signs: Mapping[str, Sign], before: Mapping[str, Alert], fresh_since: str
) -> dict[str, Sign]:
    """
    Tell consequences with their cause: moved answers follow from moved features.

    Only with a cause that is as new as they are; what gets worse beside an old alert is news.

    Args:
        signs: Of today.
        before: The alerts of the day before.
        fresh_since: From which day on a cause is new.
    """
    roots = [
        cause
        for cause in signs
        if cause not in CONSEQUENCES and _is_fresh(before.get(cause), fresh_since)
    ]
    follow = [
        cause
        for cause in CONSEQUENCES
        if cause in signs and not (cause in before and before[cause].active)
    ]
    told = dict(signs)
    # Of two consequences, the one that is nearer to the harm tells of the other.
    lead = roots[:1] or follow[-1:]
    for cause in (cause for cause in follow if lead and cause != lead[0]):
        sign, main = told.pop(cause), told[lead[0]]
        told[lead[0]] = Sign(f"{main.reason}; {sign.reason}", main.action)
    return told


def _is_fresh(alert: Alert | None, since: str) -> bool:
    return alert is None or not alert.active or alert.opened >= since
