"""Which days to watch; one that has not come yet is refused, and so is a clock that went back."""

import argparse
from datetime import date, timedelta

from pipeline.artifacts import Paths
from pipeline.clock import now
from pipeline.daybook import watched_days
from pipeline.errors import RunError


def asked_days(paths: Paths, options: argparse.Namespace) -> list[date]:
    """
    List the days in their order.

    Raises:
        RunError: A word is no day, a day has not come yet, or the clock has gone back.
    """
    today = now().date()
    if options.date and (options.since or options.until):
        raise RunError("give --date, or --since and --until, not both")
    if options.date:
        days = sorted({_day(text) for text in options.date})
    elif options.since:
        days = _between(_day(options.since), _day(options.until) if options.until else today)
    elif options.until:
        raise RunError("--until without --since", hint="say from which day on: --since DAY")
    else:
        days = [_today(paths, today)]
    if days[-1] > today:
        raise RunError(
            f"{days[-1]} has not come yet: the clock says {today}",
            hint="look after the clock, or name a day that is over",
        )
    return days


def _today(paths: Paths, today: date) -> date:
    later = [day for day in watched_days(paths) if day > today]
    if later:
        raise RunError(
            f"the clock says {today}, and {paths.model} was watched on {later[-1]}: it went back",
            hint="look after the clock; --date DAY watches a day again",
        )
    return today


def _between(first: date, last: date) -> list[date]:
    if first > last:
        raise RunError(f"--since {first} is after {last}")
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RunError(f"`{text[:40]}` is no day", hint="for example 2026-01-31") from error
