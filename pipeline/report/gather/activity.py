"""What has happened: promotions, rollbacks, rejections, alerts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.alerts import changes, read_alerts
from pipeline.errors import PipelineError
from pipeline.git import commits_named
from pipeline.report.facts import Event, Model, Run, Term
from pipeline.report.facts.events import What
from pipeline.report.gather.words import cause_title

MOST = 200
"""Events that are told; the pages of the models have all."""

Told = Mapping[str, Any]


def events_of(model: Model, days: Sequence[Told]) -> list[Event]:
    """List what happened to a model; `days` as their files tell them, the oldest first."""
    return [*_terms(model), *_runs(model), *_alerts(model, days)]


def gather_activity(root: Path, events: Iterable[Event]) -> tuple[Event, ...]:
    """Take the newest events of all models, the newest first."""
    newest = sorted(events, key=lambda event: (event.date, event.model, event.what), reverse=True)
    return _signed(root, newest[:MOST])


def _terms(model: Model) -> Iterator[Event]:
    before = ""
    for term in model.terms:
        yield Event(
            model=model.name,
            title=model.title,
            date=term.since,
            what=_what(term),
            version=term.version,
            says=_says(term, before),
            who=term.author,
            commit=term.commit,
            subject=term.reason if term.rollback or not term.version else term.subject,
        )
        before = term.version


def _what(term: Term) -> What:
    if not term.version:
        return "withdrawn"
    return "rolled back" if term.rollback else "promoted"


def _says(term: Term, before: str) -> str:
    if not term.version:
        return f"{before} was taken out of production"
    if term.rollback:
        return f"{term.version} is back in production, {before} is out"
    return f"{term.version} went into production" + (f" after {before}" if before else "")


def _runs(model: Model) -> Iterator[Event]:
    for run in model.runs:
        if run.verdict == "rejected":
            first = run.failed[0] if run.failed else "no rule says why"
            yield _verdict(model, run, "rejected", f"a candidate was rejected: {first}")
        elif run.verdict == "not_comparable":
            says = "a candidate could not be compared with production"
            yield _verdict(model, run, "not comparable", says)


def _verdict(model: Model, run: Run, what: What, says: str) -> Event:
    return Event(
        model=model.name,
        title=model.title,
        date=run.date,
        what=what,
        version=run.version,
        says=says,
        who="",
        commit=run.commit,
        subject="",
    )


def _alerts(model: Model, days: Sequence[Told]) -> Iterator[Event]:
    """Compare each day with the one before; of the first, what was open before is not told."""
    known = [(str(told["date"]), read_alerts(told["alert"])) for told in days]
    for (_, before), (day, after) in pairwise(known):
        for change in changes(before, after):
            yield Event(
                model=model.name,
                title=model.title,
                date=day,
                what=change.what,
                version="",
                says=f"alert {change.what}: {cause_title(change.cause)}",
                who="",
                commit="",
                subject=change.alert.reason,
            )


def _signed(root: Path, events: Sequence[Event]) -> tuple[Event, ...]:
    """Add who committed what a run was made of, and under which subject."""
    wanted = {event.commit for event in events if event.commit and not event.who}
    try:
        known = commits_named(root, wanted) if wanted else {}
    except PipelineError:  # the history's own fault says why
        known = {}
    return tuple(
        replace(event, who=found.author, subject=found.subject)
        if not event.who and (found := known.get(event.commit))
        else event
        for event in events
    )
