"""
The rows that a service was asked: its prediction log, read while it is written.

An SQLite file with a table `predictions`, of which four columns count here: row_id, at (a moment in
UTC), model, and row, the features as a JSON object; a field that was not to be kept is null.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.artifacts import shown
from pipeline.errors import DataError

_HINT = "name the file that the service writes: MODELPRESS_LOG_PREDICTIONS"
_REPAIR = "the service begins a new one; `sqlite3 FILE .recover` saves what is whole of this one"
_COLUMNS = ("row_id", "at", "model", "row")
_SHUT = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_SELECT = "SELECT row_id, at, row FROM predictions WHERE model = ? ORDER BY rowid"
# Half of a character, which UTF-8 has not, and NUL, which no table has.
_NOWHERE = {0: " ", **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")}


class Asked(NamedTuple):
    """A row as a table has it: a text per feature, empty for what is missing."""

    row_id: str
    at: datetime
    cells: tuple[str, ...]


def read_asked(path: Path, model: str, features: Sequence[str]) -> list[Asked]:
    """
    Read what a model was asked, in the order in which it was; fields that are no feature are not.

    Raises:
        DataError: The file is not there, damaged or another one, or an entry is none.
    """
    if not path.is_file():
        raise DataError("there is no such file", hint=_HINT, path=shown(path))
    try:
        with contextlib.closing(_opened(path)) as database:
            _refuse_others(database, path)
            found = database.execute(_SELECT, (model,))
            return [_asked(path, n, row, features) for n, row in enumerate(found, 1)]
    except sqlite3.Error as error:
        raise _refused(error, path) from error


def _opened(path: Path) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode=ro"
    database = sqlite3.connect(address, uri=True)
    try:
        database.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        database.close()
        # Readers of a live log keep notes beside it. Where they may not, a log without such notes
        # is one that nobody has open.
        if _code(error) not in _SHUT or Path(f"{path}-wal").exists():
            raise
        return sqlite3.connect(f"{address}&immutable=1", uri=True)
    return database


def _refuse_others(database: sqlite3.Connection, path: Path) -> None:
    columns = {row[1] for row in database.execute("PRAGMA table_info(predictions)")}
    lacking = [name for name in _COLUMNS if name not in columns]
    if lacking:
        what = f"its table `predictions` has no column `{lacking[0]}`"
        what = what if columns else "it has no table `predictions`"
        raise DataError(f"this is no prediction log: {what}", hint=_HINT, path=shown(path))
    if database.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _damaged(path)


def _refused(error: sqlite3.Error, path: Path) -> DataError:
    code = _code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return DataError("this is no SQLite file", hint=_HINT, path=shown(path))
    if code == sqlite3.SQLITE_CORRUPT:
        return _damaged(path)
    hint = "it should be a file that you may read, and that no one holds"
    return DataError(f"SQLite: {_line(error)}", hint=hint, path=shown(path))


def _damaged(path: Path) -> DataError:
    message = "the log is damaged: its pages do not fit together"
    return DataError(message, hint=_REPAIR, path=shown(path))


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the bits above say more of the same


def _line(told: object) -> str:
    return " ".join(str(told).split())[:200]


def _asked(path: Path, number: int, row: tuple[Any, ...], features: Sequence[str]) -> Asked:
    row_id, at, fields = row
    try:
        cells = dict(_cells(fields))
        told = tuple(cells.get(name, "") for name in features)
        return Asked(_name(row_id), _moment(at), told)
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        message = f"row {number} of its model: {_line(error)}"
        hint = "the service wrote no such row: take another log, or delete the row"
        raise DataError(message, hint=hint, path=shown(path)) from error


def _name(told: object) -> str:
    if not told:
        raise ValueError("it has no row_id")
    return _cell(told)


def _moment(told: object) -> datetime:
    moment = datetime.fromisoformat(str(told))
    if moment.tzinfo is None:
        raise ValueError(f"`{told}` is no moment in UTC")
    return moment.astimezone(UTC)


def _cells(fields: object) -> Iterator[tuple[str, str]]:
    # Numbers stay as they were written: a table is text.
    text = fields if isinstance(fields, str) else "null"
    found = json.loads(text, parse_float=str, parse_int=str)
    if not isinstance(found, dict):
        raise TypeError("its features are no JSON object")
    for name, value in found.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(f"`{name}` is neither a number nor a text")
        yield name, _cell(value or "")


def _cell(text: object) -> str:
    return str(text).translate(_NOWHERE)
