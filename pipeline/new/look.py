"""What each column of a table seems to be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

Role = Literal["numeric", "categorical", "text", "row_id", "timestamp", "constant", "unique"]

_FEW = 10
_MOST_CATEGORIES = 100
_WORDS_OF_A_TEXT = 3.0
_CODES = "few whole numbers: if they are codes, write categorical"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAMED_ID = re.compile(r"(^|[ _-])[iI][dD]$|[a-z]I[dD]$|^ID[ _-]")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_NOTHING = frozenset({"NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?", "-"})


@dataclass(frozen=True)
class Look:
    """A column: its role, why it seems so, and whether every row has a value."""

    column: str
    role: Role
    why: str
    complete: bool = True


def words_for_nothing(columns: Mapping[str, Sequence[str]], target: str) -> tuple[str, ...]:
    """Find words that stand for a missing value: without them, their columns are numbers."""
    found: set[str] = set()
    for values in columns.values():
        words = set(values) - {""}
        if words & _NOTHING and words - _NOTHING and all(map(is_number, words - _NOTHING)):
            found |= words & _NOTHING
    # In a target of words, such a word may be a class.
    labels = set(columns[target]) - found
    return tuple(
        sorted(found if all(map(is_number, labels - {""})) else found - set(columns[target]))
    )


def look_at(column: str, values: Sequence[str], *, first: bool) -> Look:
    """Judge a column by its values; `first` says that it leads the table, as ids do."""
    present = [value for value in values if value]
    complete = len(present) == len(values)
    distinct = set(present)
    if not distinct or (len(distinct) == 1 and complete):
        return Look(column, "constant", f"{len(distinct)} value")
    if all(_is_moment(value) for value in distinct):
        return Look(column, "timestamp", f"dates such as {present[0]}", complete)
    if complete and len(distinct) == len(values) and _names_rows(column, present, first=first):
        return Look(column, "row_id", "a value of its own in every row")
    if len(distinct) == 1:
        return Look(column, "categorical", "one value, or nothing")
    if all(map(is_number, distinct)):
        return Look(column, "numeric", _CODES if _are_codes(distinct) else "")
    return _words(column, present)


def _names_rows(column: str, values: Sequence[str], *, first: bool) -> bool:
    """Tell names of rows from measures that happen to differ: by the header, or by counting up."""
    if _are_texts(values):
        return False
    if _NAMED_ID.search(column):
        return True
    if all(map(is_number, values)):
        whole = all(value.isdigit() for value in values)
        return first and whole and all(int(a) < int(b) for a, b in pairwise(values))
    return first


def _words(column: str, present: Sequence[str]) -> Look:
    distinct = len(set(present))
    if all(_DECIMAL_COMMA.fullmatch(value) or is_number(value) for value in present):
        return Look(column, "unique", f"numbers such as {present[0]}: write them with a point")
    if _are_texts(present):
        return Look(column, "text", "")
    if distinct > _MOST_CATEGORIES and distinct > len(present) / 2:
        return Look(column, "unique", f"{distinct:,} different words in {len(present):,} rows")
    return Look(column, "categorical", "")


def is_number(text: str) -> bool:
    """Whether `prepare` would read it as a number."""
    try:
        return abs(float(text)) < float("inf") and "_" not in text
    except ValueError:
        return False


def _are_codes(values: set[str]) -> bool:
    return len(values) <= _FEW and all(value.lstrip("-").isdigit() for value in values)


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.match(text) is not None


def _are_texts(values: Sequence[str]) -> bool:
    words = sum(len(value.split()) for value in values) / len(values)
    return words >= _WORDS_OF_A_TEXT and len(set(values)) > _FEW
