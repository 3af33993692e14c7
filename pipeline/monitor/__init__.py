"""
`monitor`: watch the version in production by the rows that arrived since, one file a day.

Reads: params.yaml (monitor, gate, target, features), models/<model>/, data/<model>/{current/,
labels.csv}, monitoring/<model>/, the prediction log of a service
Writes: monitoring/<model>/YYYY-MM-DD.json, with --log also data/<model>/current/
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import NamedTuple

from pipeline.alerts import Change
from pipeline.answer import add_format, write
from pipeline.artifacts import Paths
from pipeline.config import load_params
from pipeline.config.watch import Monitor
from pipeline.daybook import DayFile
from pipeline.errors import ParamsError
from pipeline.monitor.dates import asked_days
from pipeline.monitor.day import watch_day
from pipeline.monitor.merge import merge_asked
from pipeline.monitor.stream import Stream
from pipeline.monitor.version import version_on
from pipeline.monitor.webhook import tell

log = logging.getLogger(__name__)


class Watch(NamedTuple):
    """A day that was watched; `news` are the alerts that it opened or closed."""

    file: DayFile
    news: list[Change]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument(
        "--date", action="append", metavar="DAY", help="default: today; may be said again"
    )
    parser.add_argument("--since", metavar="DAY", help="every day from this one on")
    parser.add_argument("--until", metavar="DAY", help="to this one; default: today")
    parser.add_argument(
        "--log", metavar="FILE", type=Path, help="first take in what a service was asked"
    )
    parser.add_argument("--service", metavar="URL", help="also ask a service that is running")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Watch every model on every day; an alert on the last day is a verdict."""
    params = load_params(root, options.models)
    if faults := [fault for found in params.faults.values() for fault in found]:
        raise ParamsError(faults)
    for model, block in params.blocks.items() if options.log else ():
        merge_asked(Paths(root, model), block, options.log)
    seen = []
    for model, block in params.blocks.items():
        watched = _watch(root, model, options)
        if watched:
            seen.append(watched[-1].file)
            _tell(block.monitor, watched)
    lines = [line for file in seen for line in _lines(file)]
    write(options, seen, lines)
    return int(any(alert.state == "alert" for file in seen for alert in file.alert.values()))


def _watch(root: Path, model: str, options: argparse.Namespace) -> list[Watch]:
    paths = Paths(root, model)
    days = asked_days(paths, options)
    stream, watched = Stream(paths), []
    for day in days:
        version = version_on(paths, day)
        if not version:
            log.info("%s %s: nothing was in production", model, day)
            continue
        url = options.service if day == days[-1] else None
        watched.append(Watch(*watch_day(stream, version, day, url)))
    return watched


def _tell(monitor: Monitor, watched: list[Watch]) -> None:
    """Say what opened or closed: in the log for every day, to the webhook for the last."""
    for file, news in watched:
        for change in news:
            alert = change.alert
            message = "%s %s: alert %s: %s: %s; %s"
            what = (file.model, file.date, change.what, change.cause, alert.reason, alert.action)
            log.info(message, *what)
    last = watched[-1]
    for change in last.news:
        if fault := tell(monitor.webhook_env, last.file, change):
            sys.stderr.write(f"warning: {fault}\n")


def _lines(file: DayFile) -> list[str]:
    head = f"{file.model} {file.date}: {file.version}, {file.rows:,} rows"
    if gap := len(file.quality.unmonitored):
        head += f"; {gap} days before were not watched"
    states = [
        f"  {alert.state:10} since {alert.since}  {cause}: {alert.reason}; {alert.action}"
        for cause, alert in file.alert.items()
        if alert.state != "ok"
    ]
    return [head, *(states or ["  nothing to report"])]
