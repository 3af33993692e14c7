"""
The table of the prediction log: rows are numbered upwards and deleted from below.

So its two ends say how many rows there are, also where several processes write, and what is full
of old rows is filled with new ones.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

COLUMNS = ("row_id", "at", "model", "version", "row", "label", "score", "value", "probabilities")
Record = tuple[str, str, str, str, str, str | None, float | None, float | None, str | None]
"""One prediction, in the order of `COLUMNS`."""

_APPLICATION = 0x4D50_4C47  # "MPLG", in the field that SQLite has for it
_SCHEMA = 1
# One statement for many rows: a call for each would wait for the interpreter as often. And not for
# all of them: while the statement is put together, nobody else runs.
_ROWS_AN_INSERT = 100
_MOST_DELETED = 5_000
_PAGES_GIVEN_BACK = 1_000

_CREATE = """
CREATE TABLE predictions (
    seq INTEGER PRIMARY KEY,
    row_id TEXT NOT NULL,
    at TEXT NOT NULL,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    row TEXT NOT NULL,
    label TEXT,
    score REAL,
    value REAL,
    probabilities TEXT
)
"""
_INSERT = f"INSERT INTO predictions ({', '.join(COLUMNS)}) VALUES "  # noqa: S608 - our own words
_PLACES = f"({', '.join('?' * len(COLUMNS))})"
_ENDS = "SELECT (SELECT min(seq) FROM predictions), (SELECT max(seq) FROM predictions)"


class Bounds(NamedTuple):
    """How many rows and bytes the table may have; beyond either, the oldest rows go."""

    rows: int
    size: int


def create(database: sqlite3.Connection) -> None:
    """Lay out a database that is empty."""
    # Before anything is written, or it has no effect.
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("PRAGMA journal_mode = WAL")
    with transaction(database):
        database.execute(_CREATE)
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {_SCHEMA}")


def is_empty(database: sqlite3.Connection) -> bool:
    """Whether the database has no table at all."""
    return not _number(database, "SELECT count(*) FROM sqlite_master")


def stranger(database: sqlite3.Connection) -> str:
    """Say what the database is instead of a prediction log; empty if it is one."""
    if _number(database, "PRAGMA application_id") != _APPLICATION:
        return "a database of something else"
    if _number(database, "PRAGMA user_version") != _SCHEMA:
        return "a prediction log of another schema"
    return ""


def insert(database: sqlite3.Connection, records: Sequence[Record], bounds: Bounds) -> None:
    """Add predictions and delete the oldest, in one transaction."""
    # What may fail comes before the rows are safe: a write that fails is tried again.
    give_back(database)
    with transaction(database):
        for start in range(0, len(records), _ROWS_AN_INSERT):
            part = records[start : start + _ROWS_AN_INSERT]
            places = ", ".join([_PLACES] * len(part))
            database.execute(_INSERT + places, [value for record in part for value in record])
        prune(database, bounds)


def prune(database: sqlite3.Connection, bounds: Bounds) -> bool:
    """Delete the oldest rows beyond the bounds, some at a time; says whether there are more."""
    first, last = database.execute(_ENDS).fetchone()
    if last is None:
        return False
    until = last - bounds.rows
    if _used(database) > bounds.size:
        until = max(until, first + (last - first) // 10)
    end = min(until, first + _MOST_DELETED - 1)
    database.execute("DELETE FROM predictions WHERE seq <= ?", (end,))
    return bool(end < until)


def give_back(database: sqlite3.Connection) -> None:
    """Shorten the file once a quarter of it is empty; less is soon filled again."""
    pages, free = (_number(database, f"PRAGMA {x}") for x in ("page_count", "freelist_count"))
    if free > max(pages // 4, _PAGES_GIVEN_BACK):
        # As a script: `execute` takes one step, which is one page.
        database.executescript(f"PRAGMA incremental_vacuum({_PAGES_GIVEN_BACK})")


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Do all of it or nothing; nobody else writes meanwhile."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # A full disk may have ended it already.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _used(database: sqlite3.Connection) -> int:
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (_number(database, f"PRAGMA {x}") for x in names)
    return (pages - free) * size


def _number(database: sqlite3.Connection, sql: str) -> int:
    return int(database.execute(sql).fetchone()[0])
