"""What a report is made of, in one digest: the same stamp, the same site."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.git import head

_FOLDERS = ("artifacts", "data", "models", "monitoring")
_FILES = ("params.yaml", "dvc.yaml", "dvc.lock")
_ENGINE = Path(__file__).parents[2]
_ENGINE_FOLDERS = ("pipeline", "modelpress/schemas", "site")
_VARIABLES = ("SITE_URL", "SOURCE_DATE_EPOCH", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY")
_TABLES = {"table.csv", "raw"}
_LEFT_OUT = {"__pycache__", "node_modules", *_TABLES}

# A file may change twice within one tick of a file system's clock, and look the same.
_SETTLED_NS = 2_000_000_000


def stamp(root: Path) -> str:
    """
    Sum up the inputs by name, size and time, and not by reading them.

    Empty where that cannot be trusted: something was written just now.
    """
    found = hashlib.blake2b(digest_size=16)
    found.update("\n".join([head(root), *(os.environ.get(x, "") for x in _VARIABLES)]).encode())
    newest = 0
    for line, moment in _states(root):
        found.update(line.encode("utf-8", "surrogateescape"))
        newest = max(newest, moment)
    return "" if newest > time.time_ns() - _SETTLED_NS else found.hexdigest()


def _states(root: Path) -> Iterator[tuple[str, int]]:
    tops = [
        *(str(root / name) for name in (*_FILES, *_FOLDERS)),
        *(str(_ENGINE / name) for name in _ENGINE_FOLDERS),
    ]
    for top in tops:
        yield from _below(top)


def _below(place: str) -> Iterator[tuple[str, int]]:
    """Walk in an order that does not depend on the disk's."""
    try:
        if not os.path.isdir(place):  # noqa: PTH112 - 100,000 files: a Path each costs a second
            found = os.stat(place)  # noqa: PTH116 - likewise
            yield f"{place}\0{found.st_mtime_ns}\0{found.st_size}\n", found.st_mtime_ns
            return
        with os.scandir(place) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield f"{place}\0absent\n", 0
        return
    for entry in listed:
        if entry.name in _LEFT_OUT:
            continue
        if entry.is_dir():
            yield from _below(entry.path)
        else:
            state = entry.stat()
            yield f"{entry.path}\0{state.st_mtime_ns}\0{state.st_size}\n", state.st_mtime_ns
