"""Where a table is kept: in Git, or, if it is large, in a DVC remote."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.artifacts import Paths, write_bytes
from pipeline.dvc import call, has_remote, settle_without_git
from pipeline.errors import DataError, RunError
from pipeline.source.canonical import Canonical
from pipeline.table import table_bytes

MEGABYTE = 1024 * 1024
LARGEST_IN_GIT = 20 * MEGABYTE


def keep(paths: Paths, table: Canonical) -> None:
    """
    Write the table; one that is too large for Git goes to the DVC remote as well.

    Raises:
        DataError: It is too large and there is no remote.
        RunError: DVC fails.
    """
    content = table_bytes(table.header, table.rows)
    if len(content) > LARGEST_IN_GIT:
        _keep_in_remote(paths, content)
        return
    if pointer(paths).exists():
        _dvc(paths, "remove", pointer(paths))
    write_bytes(paths.table, content)


def pointer(paths: Paths) -> Path:
    """Name the file that stands in Git for a table in the remote."""
    return paths.table.with_name("table.csv.dvc")


def _keep_in_remote(paths: Paths, content: bytes) -> None:
    settle_without_git(paths.root)
    if not has_remote(paths.root):
        raise DataError(
            f"the table has {len(content) / MEGABYTE:.1f} MB; above "
            f"{LARGEST_IN_GIT / MEGABYTE:.0f} MB it belongs into a DVC remote, and there is none",
            hint="make one, for example `dvc remote add --default store s3://bucket/folder`",
        )
    write_bytes(paths.table, content)
    with _out_of_git(paths):
        _dvc(paths, "add", paths.table)
        _dvc(paths, "push", pointer(paths))


@contextmanager
def _out_of_git(paths: Paths) -> Iterator[None]:
    """Take the table out of Git's index, for DVC refuses what Git tracks; back if that fails."""
    place = _below(paths, paths.table)
    tracked = _git(paths, "ls-files", "--stage", "--", place)
    if tracked:
        _git(paths, "rm", "--cached", "--force", "--quiet", "--", place)
    try:
        yield
    except BaseException:
        if tracked:
            mode, digest, *_ = tracked.split()
            _git(paths, "update-index", "--add", "--cacheinfo", f"{mode},{digest},{place}")
        raise


@contextmanager
def unharmed(paths: Paths, *others: Path) -> Iterator[None]:
    """Put the model's table and what belongs to it back if anything fails meanwhile."""
    ignored = paths.data / ".gitignore"
    files = (paths.table, paths.source, pointer(paths), ignored, *others)
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        yield
    except BaseException:
        for file, content in before.items():
            _put_back(paths.root, file, content)
        raise


def _put_back(root: Path, file: Path, content: bytes | None) -> None:
    if content is not None:
        write_bytes(file, content)
        return
    with suppress(NotADirectoryError):  # a file stands where its folder belongs
        file.unlink(missing_ok=True)
    with suppress(OSError):  # not there, or not empty: then it is no folder of ours
        for folder in file.relative_to(root).parents:
            (root / folder).rmdir()


def _git(paths: Paths, *words: str) -> str:
    if not (paths.root / ".git").exists():
        return ""
    done = subprocess.run(
        ["git", *words], cwd=paths.root, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RunError(f"`git {words[0]}` failed: {done.stderr.strip()}")
    return done.stdout


def _dvc(paths: Paths, verb: str, file: Path) -> None:
    quietly = [] if verb == "remove" else ["--quiet"]
    call(paths.root, verb, *quietly, _below(paths, file))


def _below(paths: Paths, path: Path) -> str:
    return str(path.relative_to(paths.root))
