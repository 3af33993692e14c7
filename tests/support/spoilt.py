"""A sound small repository, the ways to spoil it, and what each verb says then."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from house import House, binary_rows, block

Spoil = Callable[[Path], object]

PLAIN = {"encoding": "utf-8", "delimiter": ",", "quoting": "standard", "match": "*.csv"}
OTHER = {"name": "logistic_regression", "parameters": {"C": 2.0}}
GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}


def nothing(_: Path) -> None:
    """Leave the repository sound: the words alone are wrong."""


class Case(NamedTuple):
    """
    A bad input.

    Attributes:
        name: What is wrong.
        words: The command line.
        told: What it says, on stdout and stderr, whole; of the words that argparse refuses, the
            last line; the clone's commit is written as COMMIT.
        spoil: What was done to the repository before.
        code: The exit code.
    """

    name: str
    words: str
    told: str
    spoil: Spoil = nothing
    code: int = 2


# The sound repository


def git(root: Path, *words: str) -> str:
    """Run Git as the tests' own user."""
    who = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")
    done = subprocess.run(
        ["git", *who, *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def commit(root: Path, day: str) -> None:
    """Commit everything, as of a day."""
    os.environ["GIT_COMMITTER_DATE"] = f"{day}T12:00:00Z"
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a change")
    del os.environ["GIT_COMMITTER_DATE"]


def make_sound(root: Path, modelpress: Callable[..., object]) -> House:
    """
    Make a repository in Git by the verbs themselves.

    It has `m` with v1.0.0 and v1.1.0, which is in production and was made of uncommitted inputs,
    and `n`, which no run has seen.
    """
    house = House.make(root)
    data = {"sources": {"shop": PLAIN}}
    for name in ("m", "n"):
        house.add(name, block(gate=GATE, data=data), binary_rows(200))
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "tests")
    commit(root, "2026-01-01")
    modelpress(root, "run", "m", "--register")
    commit(root, "2026-02-01")
    house.write_params(house.params | {"m": block(gate=GATE, data=data, estimator=OTHER)})
    modelpress(root, "run", "m", "--register")
    commit(root, "2026-03-01")
    assert (root / "models/m/production").read_text("utf-8") == "v1.1.0\n"
    return house


# What belongs to the machine: DVC's cache and lock files, logs of a run, compiled Python, and what
# Git writes down about files it has looked at.
_MACHINE = (".dvc/tmp", ".dvc/cache", ".dvc/site", "build", ".git/index", ".git/worktrees")


def contents(root: Path) -> dict[str, str]:
    """Digest every file of a repository but the machine's own; folders and links count, too."""
    found = {}
    for place in sorted(root.rglob("*")):
        name = str(place.relative_to(root))
        if name.startswith(_MACHINE) or "__pycache__" in name:
            continue
        found[name] = _digest(place)
    return found


def _digest(place: Path) -> str:
    if place.is_symlink():
        return f"-> {place.readlink()}"
    return "folder" if place.is_dir() else hashlib.sha256(place.read_bytes()).hexdigest()


# The ways to spoil it


def both(*spoils: Spoil) -> Spoil:
    """Do one thing after the other."""

    def spoil(root: Path) -> None:
        for one in spoils:
            one(root)

    return spoil


def remove(*places: str) -> Spoil:
    """Remove files or folders."""

    def spoil(root: Path) -> None:
        for place in places:
            target = root / place
            shutil.rmtree(target) if target.is_dir() else target.unlink()

    return spoil


def write(place: str, content: bytes | str) -> Spoil:
    """Replace a file, or write one that was not there."""

    def spoil(root: Path) -> None:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        raw = content if isinstance(content, bytes) else content.encode()
        (root / place).write_bytes(raw)

    return spoil


def edit(place: str, change: Callable[[bytes], bytes]) -> Spoil:
    """Put a file's content through a function."""

    def spoil(root: Path) -> None:
        (root / place).write_bytes(change((root / place).read_bytes()))

    return spoil


def replace(place: str, old: str, new: str) -> Spoil:
    """Replace the first occurrence of some words, which must be there."""

    def change(content: bytes) -> bytes:
        assert old.encode() in content, content[:2000]
        return content.replace(old.encode(), new.encode(), 1)

    return edit(place, change)


def cut(place: str) -> Spoil:
    """Cut a file in the middle."""
    return edit(place, lambda content: content[: len(content) // 2])


def conflict(place: str) -> Spoil:
    """Leave a merge's markers around a file's content."""
    marks = b"<<<<<<< ours\n%b=======\n%b>>>>>>> theirs\n"
    return edit(place, lambda content: marks % (content, content))


def fields(place: str, **changes: object) -> Spoil:
    """Replace fields of a JSON record; None takes one out."""

    def change(content: bytes) -> bytes:
        record = json.loads(content) | changes
        return json.dumps({k: v for k, v in record.items() if v is not None}).encode()

    return edit(place, change)


def folder(place: str) -> Spoil:
    """Let a folder stand where a file belongs."""

    def spoil(root: Path) -> None:
        (root / place).unlink(missing_ok=True)
        (root / place).mkdir()

    return spoil


def file(place: str) -> Spoil:
    """Let a file stand where a folder belongs."""

    def spoil(root: Path) -> None:
        shutil.rmtree(root / place, ignore_errors=True)
        (root / place).write_bytes(b"")

    return spoil


def link(place: str, target: str) -> Spoil:
    """Let a file be a symbolic link."""

    def spoil(root: Path) -> None:
        (root / place).unlink(missing_ok=True)
        (root / place).symlink_to(target)

    return spoil


def block_of_n(**changes: object) -> Spoil:
    """Give the model `n` another block."""

    def spoil(root: Path) -> None:
        house = House(root)
        house.write_params(house.params | {"n": block(**changes)})

    return spoil


def table_of_n(rows: Sequence[dict[str, object]]) -> Spoil:
    """Give the model `n` another table."""
    return lambda root: House(root).write_table("n", rows)


def rows(count: int = 60) -> list[dict[str, object]]:
    """Sound rows, to be spoilt."""
    return binary_rows(count)


def text_of(table: Sequence[dict[str, object]]) -> str:
    """Write rows as CSV."""
    lines = [",".join(table[0]), *(",".join(map(str, row.values())) for row in table)]
    return "\n".join(lines) + "\n"


def in_git(*words: str) -> Spoil:
    """Run a Git command in the repository."""
    return lambda root: git(root, *words)


def shallow(root: Path) -> None:
    """Make the repository a clone of its last commit alone."""
    away = root.with_name("whole")
    root.rename(away)
    git(away.parent, "clone", "-q", "--depth", "1", f"file://{away}", root.name)
    for name in ("artifacts", ".dvc"):
        shutil.copytree(away / name, root / name, dirs_exist_ok=True)
    shutil.rmtree(away)
