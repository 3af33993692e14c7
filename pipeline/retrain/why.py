"""What calls for a retrain: an alert whose remedy it is, or age."""

from datetime import date

from pipeline.artifacts import Paths
from pipeline.card import read_card
from pipeline.config.watch import Retrain
from pipeline.daybook import alerts_of, read_day, watched_days
from pipeline.registry import production


def why(paths: Paths, rules: Retrain, today: date) -> tuple[str, str]:
    """
    Say which version is in production, and what calls for another; both may be empty.

    Raises:
        RegistryError: The pointer, the card or the newest day of `monitor` is damaged.
    """
    version = production(paths) if paths.production.exists() else ""
    if not version:
        return "", ""
    age = (today - date.fromisoformat(read_card(paths, version).fields["created"][:10])).days
    told = _alerts(paths, version, today) if rules.on_alert else []
    if age >= rules.every_days:
        told.append(f"{version} is {age} days old ({rules.every_days} are allowed)")
    return version, "; ".join(told)


def _alerts(paths: Paths, version: str, today: date) -> list[str]:
    """List the alerts of the newest day, in so far as it is about this very version."""
    last = max((day for day in watched_days(paths) if day <= today), default=None)
    if last is None or _version_of(paths, last) != version:
        return []
    return [
        f"alert {cause} since {alert.since}"
        for cause, alert in alerts_of(paths, last).items()
        if alert.state == "alert" and alert.action == "retrain"
    ]


def _version_of(paths: Paths, day: date) -> str:
    fields = read_day(paths, day)
    return str(fields.get("version", "")) if fields else ""
