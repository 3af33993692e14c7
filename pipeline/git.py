"""The one place that starts Git: who holds what, and since when."""

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import RunError

_FIELDS = "%H%x00%cI%x00%an%x00%s"
_DIGEST = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True)
class Commit:
    """A commit that touched a file."""

    digest: str
    moment: str
    author: str
    subject: str


class Touch(NamedTuple):
    """That a commit changed a file: into a blob, all zeros if it removed the file."""

    commit: Commit
    place: str
    blob: str


def has_git(root: Path) -> bool:
    """Whether the folder is the top of a Git checkout."""
    return (root / ".git").exists()


def head(root: Path) -> str:
    """Name the commit that is checked out; empty without Git, or before the first commit."""
    if not has_git(root):
        return ""
    done = _run(root, "rev-parse", "--verify", "--quiet", "HEAD")
    return done.stdout.strip() if done.returncode == 0 else ""


def author(root: Path) -> str:
    """Name who would commit here; empty where Git does not know."""
    done = _run(root, "config", "user.name")
    return done.stdout.strip() if done.returncode == 0 else ""


def changed_files(root: Path, places: Sequence[str]) -> list[str]:
    """
    List files below some places that differ from the last commit, new ones too.

    Raises:
        RunError: Git cannot say.
    """
    words = ("status", "--porcelain", "-z", "--untracked-files=all", "--", *places)
    return [entry[3:] for entry in call(root, *words).split("\0") if len(entry) > 3]


def commits_of(root: Path, place: str) -> list[Commit]:
    """
    List the commits that changed a file, the oldest first; none before the first commit.

    Raises:
        RunError: Git cannot say.
    """
    if not head(root):
        return []
    told = call(root, "log", "--reverse", f"--format={_FIELDS}", "--", place)
    return [Commit(*line.split("\0")) for line in told.splitlines()]


def changes_below(root: Path, pattern: str) -> list[Touch]:
    """
    List what the commits of the branch that is checked out changed, the oldest first, by one call.

    A merge stands for all that it brought, as changed by itself.

    Args:
        root: The checkout.
        pattern: A glob of files, e.g. `models/*/production`.

    Raises:
        RunError: Git cannot say.
    """
    return _touches(root, pattern, "-m", "--first-parent", "--reverse")


def changes_aside(root: Path, pattern: str) -> set[str]:
    """
    Name the files that were changed by a commit which came by a merge.

    Raises:
        RunError: Git cannot say.
    """
    if not call(root, "rev-list", "--merges", "--max-count=1", "HEAD").strip():
        return set()
    own = {touch.commit.digest for touch in changes_below(root, pattern)}
    found = _touches(root, pattern, "--full-history", "--no-merges")
    return {touch.place for touch in found if touch.commit.digest not in own}


def _touches(root: Path, pattern: str, *words: str) -> list[Touch]:
    if not head(root):
        return []
    form = ("--raw", "--no-abbrev", "--no-renames", f"--format=%x01{_FIELDS}")
    told = call(root, "log", *words, *form, "HEAD", "--", f":(glob){pattern}")
    found = []
    for entry in told.split("\1")[1:]:
        first, *lines = entry.split("\n")
        commit = Commit(*first.split("\0"))
        for line in filter(None, lines):
            modes, _, place = line.partition("\t")
            found.append(Touch(commit, place, modes.split(" ")[3]))
    return found


def contents(root: Path, blobs: Iterable[str]) -> dict[str, str]:
    """
    Read blobs, each once; one that is all zeros, a file that was removed, is left out.

    Raises:
        RunError: Git cannot say.
    """
    wanted = sorted({blob for blob in blobs if blob.strip("0")})
    return {blob: call(root, "cat-file", "blob", blob) for blob in wanted}


def commits_named(root: Path, digests: Iterable[str]) -> dict[str, Commit]:
    """
    Look commits up, by one call; those that the clone lacks are left out.

    Raises:
        RunError: Git cannot say.
    """
    wanted = sorted({digest for digest in digests if _DIGEST.fullmatch(digest)})
    if not wanted or not head(root):
        return {}
    words = ("log", "--no-walk=unsorted", "--ignore-missing", "--stdin", f"--format={_FIELDS}")
    told = _run(root, *words, asked="\n".join(wanted) + "\n")
    commits = [Commit(*line.split("\0")) for line in told.stdout.splitlines()]
    return {commit.digest: commit for commit in commits if commit.digest in wanted}


def has_commit(root: Path, commit: str) -> bool:
    """Whether a commit is in the clone."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    return _run(root, *words).returncode == 0


def is_shallow(root: Path) -> bool:
    """Whether the clone lacks older commits."""
    return call(root, "rev-parse", "--is-shallow-repository").strip() == "true"


def content_at(root: Path, commit: str, place: str) -> str:
    """Read a file as it was; empty where it was not there."""
    done = _run(root, "show", f"{commit}:{place}")
    return done.stdout if done.returncode == 0 else ""


def tags(root: Path) -> list[str]:
    """
    List the tags.

    Raises:
        RunError: Git cannot say.
    """
    return call(root, "tag", "--list").splitlines()


def add_tag(root: Path, name: str, commit: str, moment: datetime, message: str) -> None:
    """
    Make an annotated tag that is dated at a moment.

    Raises:
        RunError: There is such a tag, or Git does not know who tags.
    """
    words = ("tag", "--annotate", "--message", message, name, commit)
    call(root, *words, GIT_COMMITTER_DATE=f"{int(moment.timestamp())} +0000")


def call(root: Path, *words: str, **environment: str) -> str:
    """
    Run a Git command and give what it printed.

    Raises:
        RunError: It failed; the message is Git's own.
    """
    done = _run(root, *words, **environment)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["git failed without a word"]
        # What follows a fatal line is advice.
        told = next((line for line in lines if line.startswith("fatal: ")), lines[-1])
        raise RunError(f"`git {words[0]}` failed: {told}")
    return done.stdout


def _run(
    root: Path, *words: str, asked: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *words],
            cwd=root,
            input=asked,
            # In the words of no language, and with no question to anybody.
            env={**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise RunError(
            "there is no program `git` here", hint="install Git, or put it on the PATH"
        ) from error
