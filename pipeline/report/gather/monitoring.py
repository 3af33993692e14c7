"""What `monitor` saw of a model: the last days, drift by feature, alerts."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from pipeline.artifacts import Paths
from pipeline.card import Card
from pipeline.config import ModelBlock
from pipeline.config.metrics import METRICS
from pipeline.daybook import place_of, read_day, watched_days
from pipeline.report.facts import Alert, Day, DriftState, Estimate, Monitoring, Service
from pipeline.report.gather.checked import moment
from pipeline.report.gather.features import gather_features, share_of
from pipeline.report.gather.feed import faults_of
from pipeline.report.gather.ledger import Ledger
from pipeline.report.gather.versions import estimates
from pipeline.report.gather.words import cause_title

DAYS = 90
_OF_DRIFT = {"drift", "vocabulary", "missing", "unknown", "prior", "prediction", "feed"}

Told = Mapping[str, Any]


def gather_days(paths: Paths, ledger: Ledger) -> list[Told]:
    """Read the last days that were watched, the oldest first; damaged ones are left out."""
    found = []
    for day in watched_days(paths)[-DAYS:]:
        told = ledger.attempt(place_of(paths, day), partial(_sound, paths, day), None)
        if told is not None:
            found.append(told)
    return found


def _sound(paths: Paths, day: date) -> Told | None:
    """Read a day, and fail here and now if it is not of the shape that is read below."""
    told = read_day(paths, day)
    if told is not None:
        if told["date"] != day.isoformat():
            raise ValueError(f"it is of `{str(told['date'])[:40]}`")
        _day(told, "", "")
        _alerts(told)
        faults_of(told)
    return told


def gather_monitoring(
    paths: Paths,
    block: ModelBlock,
    cards: Mapping[str, Card],
    live: str,
    days: Sequence[Told],
) -> Monitoring | None:
    """Sum the days up; None if nobody has watched the model yet."""
    if not days:
        return None
    window, metric = f"{block.monitor.windows_days[0]}d", block.gate.metric
    limit, limit_is = _limit(block, cards.get(live))
    last = days[-1]
    return Monitoring(
        window=window,
        limit=limit,
        limit_is=limit_is,
        days=tuple(_day(told, window, metric) for told in days),
        state=_state(last),
        features=gather_features(paths, block, cards.get(str(last["version"])), days),
        alerts=_alerts(last),
        windows={name: estimates(told) for name, told in last["windows"].items()},
        service=_service(days),
        faults=faults_of(last),
    )


def _day(told: Told, window: str, metric: str) -> Day:
    found = told["windows"].get(window, {}).get(metric)
    expected = told.get("estimate", {}).get(metric)
    tests = told["drift"]
    return Day(
        date=moment(told["date"]),
        version=str(told["version"]),
        estimate=estimates({metric: found})[metric] if found else Estimate(),
        n=int(found["n"]) if found else 0,
        expected=estimates({metric: expected})[metric] if expected else Estimate(),
        rows=int(told["rows"]),
        drifting=max((share_of(test) for test in tests), default=None),
        state=_state(told),
    )


def _state(told: Told) -> DriftState:
    alerts = told["alert"].items()
    states = {one["state"] for cause, one in alerts if cause.partition(":")[0] in _OF_DRIFT}
    if "alert" in states:
        return "drift"
    if states & {"suspect", "recovering"} or any(test["fired"] for test in told["drift"]):
        return "watch"
    return "stable" if told["drift"] else "nodata"


def _alerts(told: Told) -> tuple[Alert, ...]:
    order = ("alert", "recovering", "suspect", "ok")
    found = [
        Alert(
            cause=str(cause),
            title=cause_title(str(cause)),
            state=one["state"],
            since=moment(one["since"]),
            reason=str(one["reason"]),
            action=str(one["action"]),
            opened=moment(one.get("opened", "")),
            closed=moment(one.get("closed", "")),
        )
        for cause, one in told["alert"].items()
    ]
    return tuple(sorted(found, key=lambda alert: order.index(alert.state)))


def _limit(block: ModelBlock, card: Card | None) -> tuple[float | None, str]:
    """Draw the line below which the gate lets nothing pass; else, where an alert begins."""
    metric = block.gate.metric
    if (floor := block.gate.floors.get(metric)) is not None:
        return floor, "floor"
    tested = card.fields.get("metrics", {}).get("test", {}) if card else {}
    value = tested.get(metric, {}).get("value")
    if not isinstance(value, int | float):
        return None, ""
    sign = 1 if METRICS[metric].greater_is_better else -1
    return value - sign * block.monitor.limits.performance * abs(value), "allowed loss"


def _service(days: Sequence[Told]) -> Service | None:
    asked = [told for told in days if told.get("service")]
    if not asked:
        return None
    found = asked[-1]["service"]
    return Service(
        date=str(asked[-1]["date"]),
        url=str(found["url"]),
        requests=int(found["requests"]),
        availability=float(found["availability"]),
        p95_ms=None if found["p95_ms"] is None else float(found["p95_ms"]),
        golden=found["golden"] is True,
    )
