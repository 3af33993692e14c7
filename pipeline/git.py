"""The one place that starts Git: who holds what, and since when."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RunError

_FIELDS = "%H%x00%cI%x00%an%x00%s"


@dataclass(frozen=True)
class Commit:
    """A commit that touched a file."""

    digest: str
    moment: str
    author: str
    subject: str


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
    List the commits that changed a file, the oldest first.

    Raises:
        RunError: Git cannot say.
    """
    told = call(root, "log", "--reverse", f"--format={_FIELDS}", "--", place)
    return [Commit(*line.split("\0")) for line in told.splitlines()]


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


def call(root: Path, *words: str) -> str:
    """
    Run a Git command and give what it printed.

    Raises:
        RunError: It failed; the message is Git's own.
    """
    done = _run(root, *words)
    if done.returncode:
        told = (done.stderr.strip().splitlines() or ["git failed without a word"])[-1]
        raise RunError(f"`git {words[0]}` failed: {told}")
    return done.stdout


def _run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *words],
            cwd=root,
            # In the words of no language, and with no question to anybody.
            env={**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
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
