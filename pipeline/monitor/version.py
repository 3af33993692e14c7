"""Which version was in production on a day."""

from datetime import UTC, date, datetime

from pipeline.artifacts import Paths
from pipeline.clock import now
from pipeline.daybook import read_day
from pipeline.errors import RunError
from pipeline.registry import production
from pipeline.terms import terms


def version_on(paths: Paths, day: date) -> str:
    """
    Name the version; empty if there was none.

    Today's is the pointer's. For a day that is over, the day's own file says it, so that watching
    it again gives the same bytes; else Git does, by the end of the day; without Git, the pointer.
    """
    if day >= now().date():
        return production(paths) if paths.production.exists() else ""
    if written := read_day(paths, day):
        return str(written.get("version", ""))
    try:
        told = terms(paths)
    except RunError:
        return production(paths) if paths.production.exists() else ""
    end = datetime.combine(day, datetime.max.time(), UTC)
    before = [term.version for term in told if datetime.fromisoformat(term.since) <= end]
    return before[-1] if before else ""
