"""Who was in production when, by the commits that changed the pointer."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from pipeline.artifacts import Paths
from pipeline.errors import RunError
from pipeline.git import commits_of, content_at, has_git, head, is_shallow


@dataclass(frozen=True)
class Term:
    """A version's time in production, beginning with a commit."""

    version: str
    since: str
    commit: str
    author: str
    subject: str


def terms(paths: Paths) -> list[Term]:
    """
    List the changes of production, the oldest first.

    Raises:
        RunError: There is no Git, no commit, or the clone lacks older ones.
    """
    if not has_git(paths.root):
        raise RunError("there is no Git here, and history is Git's", hint="work in a clone")
    if is_shallow(paths.root):
        raise RunError("this clone lacks older commits", hint="`git fetch --unshallow`")
    if not head(paths.root):
        raise RunError("Git has no commit here yet, and history is Git's", hint="commit, then ask")
    place = str(paths.production.relative_to(paths.root))
    told: list[Term] = []
    for commit in commits_of(paths.root, place):
        version = content_at(paths.root, commit.digest, place).strip()
        if version != (told[-1].version if told else ""):
            since = _utc(commit.moment)
            told.append(Term(version, since, commit.digest, commit.author, commit.subject))
    return told


def at(told: list[Term], day: str) -> Term:
    """
    Find what was in production at the end of a day, in UTC.

    Raises:
        RunError: The day is none, or nothing was in production yet.
    """
    try:
        end = datetime.combine(datetime.fromisoformat(day).date(), time.max, UTC)
    except ValueError as error:
        raise RunError(f"`{day[:40]}` is no day", hint="for example 2026-01-31") from error
    before = [term for term in told if datetime.fromisoformat(term.since) <= end]
    if not before:
        raise RunError(f"nothing was in production on {day}", hint="`modelpress history` has all")
    return before[-1]


def _utc(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat().replace("+00:00", "Z")
