"""
The file of the prediction log: SQLite in WAL mode, so that others read while it is written.

A file that is damaged is moved aside and kept; one that belongs to somebody else is left alone; one
that somebody has moved away is begun anew.
"""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from modelpress.errors import FileError
from service.prediction_table import (
    Bounds,
    Record,
    create,
    insert,
    is_empty,
    prune,
    stranger,
    transaction,
)

log = logging.getLogger(__name__)

LARGEST_BYTES = 1024**3
"""Bytes beyond which rows go, however few there are."""
KEPT_ASIDE = 9
"""Damaged files that may pile up before somebody must look at them."""

_SECONDS_A_TRY = 0.1
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class DamagedError(sqlite3.DatabaseError):
    """A database whose pages do not fit together."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def is_busy(error: BaseException) -> bool:
    """Whether somebody else holds the file: a moment later it may be free."""
    return _code(error) in _BUSY


def is_full(error: BaseException) -> bool:
    """Whether there is no room."""
    return _code(error) == sqlite3.SQLITE_FULL


def _code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # the bits above say more of the same


class PredictionFile:
    """
    A file that keeps the newest predictions; for one thread alone.

    Args:
        path: The file; its folder is made if need be.
        limit_rows: Rows beyond which the oldest go.
        limit_bytes: The same by size.
    """

    def __init__(self, path: Path, limit_rows: int, limit_bytes: int = LARGEST_BYTES) -> None:
        self.path = path
        self._bounds = Bounds(max(1, limit_rows), limit_bytes)
        self._database: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        self._suspect = True

    def write(self, records: Sequence[Record]) -> None:
        """
        Keep predictions: all of them, or none.

        Raises:
            sqlite3.Error: It cannot be written; `is_busy` tells whether to try again.
            OSError: Its folder refuses.
            FileError: It belongs to somebody else, or too many damaged ones lie beside it.
        """
        try:
            insert(self._opened(), records, self._bounds)
        except sqlite3.Error as error:
            if _code(error) not in _DAMAGE:
                raise
            # Opened anew it is looked over, and moved aside if the damage is there to stay.
            self.close()
            self._suspect = True
            insert(self._opened(), records, self._bounds)

    def close(self) -> None:
        """Let go of it; the next write opens it again."""
        database, self._database = self._database, None
        if database is not None:
            with suppress(sqlite3.Error):
                database.close()

    def _opened(self) -> sqlite3.Connection:
        if self._database is not None and self._inode != _inode(self.path):
            self.close()  # somebody has moved it away: nobody would read what is written there
        if self._database is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(self.path):
                self._database = self._open()
                self._inode = _inode(self.path)
        return self._database

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.Error as error:
            if _code(error) not in _DAMAGE:
                raise
            self._move_aside(error)
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        with suppress(FileExistsError):
            # Rows may be about people. SQLite gives its other files the same rights.
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        database = sqlite3.connect(self.path, timeout=_SECONDS_A_TRY, isolation_level=None)
        try:
            self._make_ready(database)
        except BaseException:
            database.close()
            raise
        return database

    def _make_ready(self, database: sqlite3.Connection) -> None:
        if is_empty(database):
            create(database)
        elif what := stranger(database):
            raise FileError(f"`{self.path}` is {what}", hint="name another file")
        # A power cut may take the last moments; nothing takes more, or half a row.
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA journal_size_limit = 16777216")
        if self._suspect:
            _look_over(database)
            self._suspect = False
        while _prunes(database, self._bounds):
            pass

    def _move_aside(self, error: sqlite3.Error) -> None:
        numbers = range(1, KEPT_ASIDE + 1)
        free = next((n for n in numbers if not self._aside(n).exists()), None)
        if free is None:
            raise FileError(
                f"`{self.path}` is damaged, and {KEPT_ASIDE} damaged ones lie beside it",
                hint="look at them, and remove them",
            )
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                place = self.path.with_name(self.path.name + suffix)
                place.rename(self._aside(free, suffix))
        log.warning("%s is damaged (%s): moved to %s", self.path, error, self._aside(free))

    def _aside(self, number: int, suffix: str = "") -> Path:
        return self.path.with_name(f"{self.path.name}.damaged-{number}{suffix}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Open, look over and move aside one process after the other."""
    beside = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(beside, fcntl.LOCK_EX)
        yield
    finally:
        os.close(beside)


def _look_over(database: sqlite3.Connection) -> None:
    told = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        raise DamagedError(told)


def _prunes(database: sqlite3.Connection, bounds: Bounds) -> bool:
    with transaction(database):
        return prune(database, bounds)


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
