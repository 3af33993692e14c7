"""
Git tags that tell GTO what the folders tell us.

GTO's grammar: `spam@v1.2.0` stands at the commit that brought the version, `spam#production#3` at
the commit of the version that the third change of production put there, `spam#production!#4` at
the one it took away. GTO goes by the seconds of the taggers and not by the numbers, so each change
is dated when it was committed, and later than the one before.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from pipeline.artifacts import Paths
from pipeline.card import CARD
from pipeline.git import Commit, add_tag, commits_of, tags
from pipeline.registry import versions
from pipeline.terms import Term, terms

_SECOND = timedelta(seconds=1)


class Tag(NamedTuple):
    """An annotated tag to be."""

    name: str
    commit: str
    moment: datetime
    message: str


def tag_history(paths: Paths) -> list[str]:
    """
    Give every committed version, and every change of production, its tag.

    Returns:
        The new tags; those that are there stay as they are.

    Raises:
        RunError: There is no Git, or the clone lacks older commits, or Git fails.
    """
    made = _commits(paths)
    there = set(tags(paths.root))
    wanted = [*_registrations(paths.model, made), *_assignments(paths, made)]
    missing = [tag for tag in wanted if tag.name not in there]
    for tag in missing:
        add_tag(paths.root, *tag)
    return sorted(tag.name for tag in missing)


def _commits(paths: Paths) -> dict[str, Commit]:
    """Find the commit that brought each version."""
    found = {}
    for version in versions(paths):
        place = str((paths.registry / version / CARD).relative_to(paths.root))
        if commits := commits_of(paths.root, place):
            found[version] = commits[0]
    return found


def _registrations(model: str, made: dict[str, Commit]) -> list[Tag]:
    return [
        Tag(f"{model}@{version}", commit.digest, _moment(commit.moment), f"{model} {version}")
        for version, commit in made.items()
    ]


def _assignments(paths: Paths, made: dict[str, Commit]) -> list[Tag]:
    found: list[Tag] = []
    before = ""
    for number, term in enumerate(terms(paths), 1):
        moment = _moment(term.since)
        if found:
            moment = max(moment, found[-1].moment + _SECOND)
        if commit := made.get(term.version or before):
            found.append(_assignment(paths.model, number, term, commit.digest, moment))
        before = term.version
    return found


def _assignment(model: str, number: int, term: Term, commit: str, moment: datetime) -> Tag:
    taken = "" if term.version else "!"
    message = f"{model} {term.version or 'nothing'} in production since {term.commit[:10]}"
    return Tag(f"{model}#production{taken}#{number}", commit, moment, message)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
