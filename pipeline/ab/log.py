"""
A log of predictions: which version said what about which row.

    CSV         columns row_id, version, and label, probability_<class> ..., or value: what
                `score` writes, laid one below the other
    JSON lines  the objects that `predict` writes, with a row_id: row_id, version, label,
                probabilities {class: share}, or value
    SQLite      a table `predictions` with the columns row_id, version, label, probabilities (the
                same as JSON), or value

In all of them, `score` may stand for the probabilities of a binary task: that of the positive
class; and `model` may say which model an entry is of.
"""

import contextlib
import csv
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.artifacts import shown
from pipeline.errors import DataError

_SQLITE = b"SQLite format 3\0"
_PREFIX = "probability_"


class Entry(NamedTuple):
    """
    One prediction.

    Attributes:
        label: Empty in a regression.
        probabilities: By class; empty where the log has none.
        score: The probability of the positive class, where that is all that the log has.
        value: The answer of a regression.
    """

    row_id: str
    version: str
    label: str
    probabilities: Mapping[str, float]
    score: float | None
    value: float | None


def read_log(path: Path, model: str = "") -> Iterator[Entry]:
    """
    Read a log.

    Args:
        path: The file; what it is shows by its first bytes.
        model: Leave out what is said to be of another one; empty: leave out nothing.

    Raises:
        DataError: It cannot be read, or an entry is none; it is named.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE))
    except OSError as error:
        raise DataError(error.strerror or "cannot be read", path=shown(path)) from error
    if start == _SQLITE:
        rows = _sqlite(path)
    elif start.lstrip().startswith(b"{"):
        rows = _json_lines(path)
    else:
        rows = _csv(path)
    for place, fields in rows:
        if model and (fields.get("model") or model) != model:
            continue
        try:
            yield _entry(fields)
        except (KeyError, TypeError, ValueError) as error:
            what = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)
            raise DataError(f"{place}: {what}", path=shown(path)) from error


def _entry(fields: Mapping[str, Any]) -> Entry:
    row_id, version = (str(fields[name] or "") for name in ("row_id", "version"))
    if not row_id or not version:
        raise ValueError("an entry needs a row_id and a version")
    label, value = str(fields.get("label") or ""), _number(fields.get("value"))
    if not label and value is None:
        raise ValueError("an entry needs a label or a value")
    score = _number(fields.get("score"))
    return Entry(row_id, version, label, _probabilities(fields), score, value)


def _number(told: Any) -> float | None:  # noqa: ANN401 - a log may say anything
    """Read a finite number, or none."""
    if told in (None, ""):
        return None
    number = float(told)
    if not math.isfinite(number):
        raise ValueError(f"`{told}` is no finite number")
    return number


def _probabilities(fields: Mapping[str, Any]) -> dict[str, float]:
    told = fields.get("probabilities") or {}
    if isinstance(told, str):
        told = json.loads(told)
    if not isinstance(told, dict):
        raise TypeError("`probabilities` is no object from class to share")
    columns = {name.removeprefix(_PREFIX): x for name, x in fields.items() if _is_share(name)}
    shares = {name: _number(share) for name, share in (told | columns).items()}
    return {name: share for name, share in shares.items() if share is not None}


def _is_share(name: str) -> bool:
    return name.startswith(_PREFIX)


Places = Iterable[tuple[str, Mapping[str, Any]]]


def _csv(path: Path) -> Places:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True, restkey="", restval=None)
        try:
            for row in reader:
                if "" in row:
                    raise DataError(
                        f"line {reader.line_num}: more fields than the header has",
                        path=shown(path),
                    )
                yield f"line {reader.line_num}", row
        except (csv.Error, UnicodeDecodeError) as error:
            raise DataError(f"line {reader.line_num + 1}: {error}", path=shown(path)) from error


def _json_lines(path: Path) -> Places:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                fields = json.loads(line) if line.strip() else None
            except (RecursionError, ValueError) as error:
                raise DataError(f"line {number}: no JSON: {error}", path=shown(path)) from error
            if isinstance(fields, dict):
                yield f"line {number}", fields
            elif line.strip():
                raise DataError(f"line {number}: no object", path=shown(path))


def _sqlite(path: Path) -> Places:
    # Read only: the service may be writing it.
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            database.row_factory = sqlite3.Row
            cursor = database.execute("SELECT * FROM predictions ORDER BY rowid")
            for number, row in enumerate(cursor, 1):
                yield f"row {number} of predictions", dict(row)
    except sqlite3.Error as error:
        raise DataError(f"SQLite: {error}", path=shown(path)) from error
