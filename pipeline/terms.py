"""Who was in production when, by the commits that changed the pointer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from pipeline.artifacts import Paths
from pipeline.errors import RunError
from pipeline.git import (
    Commit,
    changes_aside,
    changes_below,
    commits_of,
    content_at,
    contents,
    has_git,
    head,
    is_shallow,
)


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
    _refuse_unknown_past(paths.root)
    place = str(paths.production.relative_to(paths.root))
    return _changes(
        (commit, content_at(paths.root, commit.digest, place))
        for commit in commits_of(paths.root, place)
    )


def all_terms(root: Path) -> dict[str, list[Term]]:
    """
    List the changes of production of every model that ever had any: what `terms` says of each.

    A handful of calls of Git for all, where `terms` takes one for every change. A history that
    came by a merge is followed model by model.

    Raises:
        RunError: As for `terms`.
    """
    _refuse_unknown_past(root)
    pattern = str(Paths(root, "*").production.relative_to(root))
    touches, aside = changes_below(root, pattern), changes_aside(root, pattern)
    texts = contents(root, [touch.blob for touch in touches])
    by_place: dict[str, list[tuple[Commit, str]]] = {}
    for commit, place, blob in touches:
        by_place.setdefault(place, []).append((commit, texts.get(blob, "")))
    models = {place: place.split("/")[1] for place in sorted({*by_place, *aside})}
    return {
        model: terms(Paths(root, model)) if place in aside else _changes(by_place[place])
        for place, model in models.items()
    }


def _refuse_unknown_past(root: Path) -> None:
    if not has_git(root):
        raise RunError("there is no Git here, and history is Git's", hint="work in a clone")
    if is_shallow(root):
        raise RunError("this clone lacks older commits", hint="`git fetch --unshallow`")
    if not head(root):
        raise RunError("Git has no commit here yet, and history is Git's", hint="commit, then ask")


def _changes(told: Iterable[tuple[Commit, str]]) -> list[Term]:
    """Leave out the commits that touched the file and changed nothing."""
    found: list[Term] = []
    for commit, text in told:
        version = text.strip()
        if version != (found[-1].version if found else ""):
            since = in_utc(commit.moment)
            found.append(Term(version, since, commit.digest, commit.author, commit.subject))
    return found


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


def in_utc(moment: str) -> str:
    """Write one of Git's moments as `2026-01-31T12:00:00Z`."""
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat().replace("+00:00", "Z")
