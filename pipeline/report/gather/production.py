"""The production history of a model: what Git tells, and the notes of withdrawals."""

from collections.abc import Sequence

from pipeline.report.facts import Term, Version
from pipeline.terms import Term as Change
from pipeline.version import parse_version


def gather_terms(versions: Sequence[Version], history: Sequence[Change]) -> tuple[Term, ...]:
    """Give every change of production its end, and say which were rollbacks, and why."""
    withdrawn = {one.version: one.withdrawn for one in versions if one.withdrawn}
    ends = [*(change.since for change in history[1:]), ""][: len(history)]
    found: list[Term] = []
    for change, until in zip(history, ends, strict=True):
        before = found[-1].version if found else ""
        note = withdrawn.get(before)
        back = _is_earlier(change.version, before)
        found.append(
            Term(
                version=change.version,
                since=change.since,
                until=until,
                commit=change.commit,
                author=change.author,
                subject=change.subject,
                rollback=back,
                reason=note.why if note and (back or not change.version) else change.subject,
            )
        )
    return tuple(found)


def _is_earlier(first: str, second: str) -> bool:
    one, other = parse_version(first), parse_version(second)
    return one is not None and other is not None and one < other
