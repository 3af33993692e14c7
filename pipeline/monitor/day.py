"""One day of one model: rows, windows, drift, estimate and alerts, as a file."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from pipeline.alerts import Alert, Change, Sign, changes, step
from pipeline.arrivals import Arrived
from pipeline.artifacts import Paths
from pipeline.daybook import (
    DayFile,
    Figure,
    Service,
    Test,
    alerts_of,
    read_day,
    watched_days,
    write_day,
)
from pipeline.drift import Finding
from pipeline.monitor.predictions import predictions
from pipeline.monitor.quality import Feed, feed_gap, first_of_each, quality
from pipeline.monitor.service import ask_service, service_sign
from pipeline.monitor.stream import Stream
from pipeline.watch import Scored, Watched, drift, estimates, join_scored, performance
from pipeline.watch.causes import attributed, feature_signs, performance_sign
from pipeline.windows import Figures

_NONE = np.empty(0, np.int64)


class _Seen(NamedTuple):
    """What the rows of the windows say; `windows` and `measured` by days, the first first."""

    feed: Feed
    windows: dict[int, Scored]
    measured: dict[int, Figures]
    findings: list[Finding]
    expected: Figures


def watch_day(
    stream: Stream, version: str, day: date, url: str | None
) -> tuple[DayFile, list[Change]]:
    """
    Watch a day, and write its file.

    Returns:
        The file, and the alerts that it opened or closed.
    """
    paths, watched = stream.paths, stream.watched(version)
    last = max((x for x in watched_days(paths) if x < day), default=None)
    before = alerts_of(paths, last)
    seen = _look(stream, watched, day, last)
    service = _service(paths, watched, day, url)
    after = _alerts(watched, (seen, service), before, day)
    file = _file(watched, seen, after, service)
    write_day(paths, file)
    return file, changes(before, after)


def _look(stream: Stream, watched: Watched, day: date, last: date | None) -> _Seen:
    monitor, version = watched.block.monitor, watched.card.version
    span = [day - timedelta(days=i) for i in reversed(range(max(monitor.windows_days)))]
    parts = [stream.arrived(version, x, day) for x in span]
    rows, repeated = first_of_each([scored for _, scored in parts])
    windows = {days: join_scored(rows[-days:]) for days in monitor.windows_days}
    fair = _unseen(watched, dict(zip(span, rows, strict=True)), day)
    judged = {days: join_scored(fair[-days:]) for days in monitor.windows_days}
    recent = join_scored(rows[-watched.recent_days :])
    arrived: list[Arrived] = [found for found, _ in parts]
    return _Seen(
        Feed(arrived, stream.first, last, repeated),
        windows,
        {days: performance(watched, x, watched.metrics) for days, x in judged.items()},
        drift(watched, windows[monitor.windows_days[0]], recent),
        # Truth itself wavers in a week's rows; the longest window says more.
        estimates(watched, judged[max(judged)], watched.metrics),
    )


def _unseen(watched: Watched, rows: Mapping[date, Scored], day: date) -> list[Scored]:
    """
    Leave out what a version may have learnt: rows of before the day after it was made.

    A day before it was made, watched as if it had been there, has all its rows.
    """
    created = str(watched.card.fields.get("created", ""))[:10]
    if not created or day.isoformat() < created:
        return list(rows.values())
    return [x if at.isoformat() > created else x.take(_NONE) for at, x in rows.items()]


def _service(paths: Paths, watched: Watched, day: date, url: str | None) -> Service | None:
    """Ask, or keep what was found when the day was watched first: it cannot be measured again."""
    if url:
        return ask_service(url, paths.model, watched.card)
    written = read_day(paths, day)
    kept = written.get("service") if written else None
    return Service(**kept) if kept else None


def _alerts(
    watched: Watched,
    found: tuple[_Seen, Service | None],
    before: Mapping[str, Alert],
    day: date,
) -> dict[str, Alert]:
    seen, service = found
    monitor = watched.block.monitor
    main = seen.measured[monitor.windows_days[0]]
    others: dict[str, Sign | None] = {
        "performance": performance_sign(watched, main, "is", day),
        "estimated_performance": performance_sign(watched, seen.expected, "is expected at", day),
        "feed_gap": feed_gap(seen.feed),
        "service": service_sign(service, monitor.limits) if service else None,
    }
    shown = {cause: sign for cause, sign in others.items() if sign}
    fresh = day - timedelta(days=max(monitor.windows_days))
    signs = attributed(feature_signs(seen.findings) | shown, before, fresh.isoformat())
    return step(before, signs, monitor.alerts, day)


def _file(
    watched: Watched, seen: _Seen, alerts: dict[str, Alert], service: Service | None
) -> DayFile:
    monitor, today = watched.block.monitor, seen.feed.today
    return DayFile(
        schema=1,
        model=watched.signature.model,
        date=today.day.isoformat(),
        version=watched.card.version,
        rows=len(today.rows),
        windows={f"{days}d": _figures(found) for days, found in seen.measured.items()},
        predictions={
            f"{days}d": predictions(watched, x.outcome) for days, x in seen.windows.items()
        },
        quality=quality(seen.feed, seen.windows, monitor),
        drift=[Test(**asdict(finding)) for finding in seen.findings],
        estimate=_figures(seen.expected),
        alert=alerts,
        service=service,
    )


def _figures(found: Figures) -> dict[str, Figure]:
    return {
        name: Figure(one["value"], one["low"], one["high"], int(one["n"] or 0))
        for name, one in found.items()
    }
