"""
Alerts with a memory: ok -> suspect -> alert -> recovering -> ok.

A cause that shows on one day is suspect; on k of n days, an alert. Days without a sign let it
recover, and close it. All that is remembered stands in the day's file, so any day can be replayed
from the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NamedTuple

from pipeline.config.watch import Alerts

State = Literal["ok", "suspect", "alert", "recovering"]
Action = Literal["retrain", "roll back", "look at the feed", "look at the service"]


class Sign(NamedTuple):
    """That a cause shows today: why, in words, and what to do."""

    reason: str
    action: Action


@dataclass(frozen=True)
class Alert:
    """
    What is known of a cause.

    Attributes:
        since: When its state began; an alert that comes back while it recovers is the same one.
        recent: Whether it showed on the last days that were watched, the newest last.
        opened: When it last became an alert; empty if it never did.
        closed: When that was over; empty while it is not.
    """

    state: State
    since: str
    reason: str
    action: Action
    recent: tuple[bool, ...] = ()
    opened: str = ""
    closed: str = ""

    @property
    def active(self) -> bool:
        """Whether it is an alert, recovering or not."""
        return self.state in ("alert", "recovering")


class Change(NamedTuple):
    """An alert that was opened or closed."""

    cause: str
    what: Literal["opened", "closed"]
    alert: Alert


def read_alerts(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Alert]:
    """Read the alerts of a day's file."""
    return {
        cause: Alert(**{**entry, "recent": tuple(entry.get("recent", ()))})
        for cause, entry in fields.items()
    }


CONSEQUENCES = ("prediction", "estimated_performance", "performance")
"""Causes that may be another's effect, the one nearest to the harm last."""


def step(
    before: Mapping[str, Alert], signs: Mapping[str, Sign], rules: Alerts, today: date
) -> dict[str, Alert]:
    """
    Go on by a day; causes that are over and forgotten are left out.

    A consequence must show on all n days: its cause, if there is one, gets the time to show first.
    """
    patient = rules.model_copy(update={"k": rules.n})
    after = {}
    for cause in sorted({*before, *signs}):
        own = patient if cause in CONSEQUENCES else rules
        alert = _next(before.get(cause), signs.get(cause), own, today)
        if alert:
            after[cause] = alert
    return after


def changes(before: Mapping[str, Alert], after: Mapping[str, Alert]) -> list[Change]:
    """List what opened and what closed."""
    told = []
    for cause, alert in after.items():
        was = cause in before and before[cause].active
        if alert.active != was:
            told.append(Change(cause, "opened" if alert.active else "closed", alert))
    return told


def _next(before: Alert | None, sign: Sign | None, rules: Alerts, today: date) -> Alert | None:
    day = today.isoformat()
    if before is None:
        if sign is None:
            return None
        before = Alert("ok", day, sign.reason, sign.action)
    kept = max(rules.n, rules.recover_days)
    recent = (*before.recent, sign is not None)[-kept:]
    told = replace(before, recent=recent, **(sign._asdict() if sign else {}))
    return _active(told, sign, rules, day) if before.active else _idle(told, sign, rules, today)


def _active(alert: Alert, sign: Sign | None, rules: Alerts, day: str) -> Alert:
    """Go on with an alert: it shows, it recovers, or it is over."""
    if sign:
        return replace(alert, state="alert", since=alert.opened)
    if _quiet(alert.recent) >= rules.recover_days:
        return replace(alert, state="ok", since=day, closed=day)
    return alert if alert.state == "recovering" else replace(alert, state="recovering", since=day)


def _idle(alert: Alert, sign: Sign | None, rules: Alerts, today: date) -> Alert | None:
    """Go on with what is no alert: it becomes one, it is suspect, or it is forgotten."""
    day, cooling = today.isoformat(), _cooling(alert, rules, today)
    shown = sum(alert.recent[-rules.n :])
    if sign and shown >= rules.k and not cooling:
        return replace(alert, state="alert", since=day, opened=day, closed="")
    if sign and alert.state != "suspect":
        return replace(alert, state="suspect", since=day)
    if shown:
        return alert
    if not cooling:
        return None
    return alert if alert.state == "ok" else replace(alert, state="ok", since=day)


def _cooling(alert: Alert, rules: Alerts, today: date) -> bool:
    if not alert.closed:
        return False
    return (today - date.fromisoformat(alert.closed)).days < rules.cool_down_days


def _quiet(recent: tuple[bool, ...]) -> int:
    """Count the days without a sign at the end."""
    return next((i for i, shown in enumerate(reversed(recent)) if shown), len(recent))
