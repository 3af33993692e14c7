"""
`history`: which version was in production, from when on; Git tells.

Reads: the commits that changed models/<model>/production
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from pipeline.artifacts import Paths
from pipeline.card import CARD
from pipeline.config import load_block
from pipeline.errors import RunError
from pipeline.git import call, commits_of, content_at, has_git, head, is_shallow
from pipeline.registry import versions


@dataclass(frozen=True)
class Term:
    """A version's time in production, beginning with a commit."""

    version: str
    since: str
    commit: str
    author: str
    subject: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("--at", metavar="DATE", help="only what was in production on that day")
    parser.add_argument(
        "--tag", action="store_true", help="give Git the tags that are missing, in GTO's grammar"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def command(root: Path, options: argparse.Namespace) -> int:
    """Show every change of production, the oldest first."""
    load_block(root, options.model)
    paths = Paths(root, options.model)
    told = terms(paths)
    if options.tag:
        for name in tag(paths, told):
            sys.stderr.write(f"tagged {name}\n")
    if options.at:
        told = [at(told, options.at)]
    if options.format == "json":
        sys.stdout.write(json.dumps([asdict(term) for term in told], indent=1) + "\n")
        return 0
    for term in told:
        version = term.version or "nothing"
        sys.stdout.write(f"{term.since}  {version:10} {term.commit[:10]}  {term.author}\n")
    return 0


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


def tag(paths: Paths, told: list[Term]) -> list[str]:
    """
    Give every version, and every change of production, an annotated tag where it is committed.

    In GTO's grammar: `spam@v1.2.0`, `spam#production#3`. The number counts the changes; tags that
    are there stay as they are.

    Returns:
        The new tags.

    Raises:
        RunError: Git fails.
    """
    model, root = paths.model, paths.root
    wanted = {}
    for version in versions(paths):
        place = str((paths.registry / version / CARD).relative_to(root))
        if commits := commits_of(root, place):
            wanted[f"{model}@{version}"] = (commits[0].digest, f"{model} {version}")
    for number, term in enumerate(told, 1):
        message = f"{model} {term.version or 'nothing'} in production"
        wanted[f"{model}#production#{number}"] = (term.commit, message)
    missing = wanted.keys() - set(call(root, "tag", "--list").splitlines())
    for name in sorted(missing):
        commit, message = wanted[name]
        call(root, "tag", "--annotate", "--message", message, name, commit)
    return sorted(missing)


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
