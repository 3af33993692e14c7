"""
Rows that arrived since a version was made, day by day, read as leniently as they come.

A table that cannot be read, a column that lacks and a number that is none are facts about the feed:
they are counted, and the day goes on.
"""

import math
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelpress.signature import Input, Signature
from pipeline.artifacts import Paths
from pipeline.card import Card
from pipeline.columns import read_leniently, read_moments
from pipeline.config import ModelBlock
from pipeline.errors import DataError, RegistryError
from pipeline.labels import Late
from pipeline.rows import NO_MOMENT, Column, Rows
from pipeline.schema import Cut
from pipeline.table import ROW_ID, Table, read_table

_SECONDS_A_DAY = 86_400


@dataclass
class Arrived:
    """
    A day's rows, and what was wrong with them.

    Attributes:
        fault: Why the file could not be read; empty otherwise.
        absent: Features without a column.
        unreadable: Values that are no numbers, by feature.
        strange_labels: Targets that are no class, or no number.
        ahead: Rows with a timestamp after their day.
        repeated: Rows whose id had been there before; the first stands.
    """

    day: date
    rows: Rows
    fault: str = ""
    absent: list[str] = field(default_factory=list)
    unreadable: dict[str, int] = field(default_factory=dict)
    strange_labels: int = 0
    ahead: int = 0
    repeated: int = 0


def days_of(paths: Paths) -> list[date]:
    """List the days that have a file, the oldest first."""
    if not paths.current.is_dir():
        return []
    days = (_day(place) for place in paths.current.glob("*.csv"))
    return sorted(day for day in days if day)


def _day(place: Path) -> date | None:
    try:
        return date.fromisoformat(place.stem)
    except ValueError:
        return None


class Known(NamedTuple):
    """
    What is known of rows beside their own file.

    Attributes:
        labels: Those that came later.
        today: The day on which we look.
        cut: Where the version cuts a number into its two classes, if it does.
    """

    labels: Late
    today: date
    cut: Cut | None = None


def recorded_cut(card: Card) -> Cut | None:
    """
    Read where a version cuts its target; None if it does not.

    Raises:
        RegistryError: The card says something else.
    """
    found = card.fields.get("cut")
    if found is None:
        return None
    if isinstance(found, dict) and found.get("relation") in ("at_least", "above"):
        value = found.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Cut(found["relation"], float(value))
    message = f"the card of {card.version} has a `cut` that is none"
    raise RegistryError(message, hint="restore it from Git")


def read_arrived(
    paths: Paths, block: ModelBlock, signature: Signature, day: date, known: Known
) -> Arrived:
    """Read a day's file."""
    place = paths.current / f"{day.isoformat()}.csv"
    if not place.exists():
        return Arrived(day, _no_rows(signature))
    try:
        table = read_table(place)
    except DataError as error:
        return Arrived(day, _no_rows(signature), error.message)
    arrived = Arrived(day, _no_rows(signature))
    features = {field.name: _feature(block, field, table, arrived) for field in signature.inputs}
    ids = _ids(table, day)
    target = _target(block, signature, table, (ids, known), arrived)
    moment = _moments(table, arrived)
    arrived.rows = Rows(features, target, _groups(features), moment, np.array(ids, np.object_))
    return arrived


def _no_rows(signature: Signature) -> Rows:
    none = np.empty(0, np.int64)
    no_numbers, no_words = np.empty(0, np.float32), np.empty(0, np.object_)
    features: dict[str, Column] = {
        x.name: no_numbers if x.kind == "numeric" else no_words for x in signature.inputs
    }
    target = none if signature.classes else none.astype(np.float64)
    return Rows(features, target, none, none, none.astype(np.object_))


def _feature(block: ModelBlock, wanted: Input, table: Table, arrived: Arrived) -> Column:
    declared = block.features.get(wanted.name)
    names = (wanted.name, *(declared.aliases if declared else ()))
    column = next((name for name in names if name in table.columns), None)
    if column is None:
        arrived.absent.append(wanted.name)
        table.columns[column := wanted.name] = [""] * table.rows
    values, bad = read_leniently(wanted.kind, table, column)
    if bad:
        arrived.unreadable[wanted.name] = bad
    return values


def _ids(table: Table, day: date) -> list[str]:
    numbered = [f"{day.isoformat()}#{i + 1}" for i in range(table.rows)]
    given = table.columns.get(ROW_ID, numbered)
    return [name or number for name, number in zip(given, numbered, strict=True)]


def _target(
    block: ModelBlock,
    signature: Signature,
    table: Table,
    told: tuple[list[str], Known],
    arrived: Arrived,
) -> NDArray[np.int64] | NDArray[np.float64]:
    ids, known = told
    names = (block.target.column, *block.target.aliases)
    there = next((table.columns[name] for name in names if name in table.columns), [""] * len(ids))
    texts = [known.labels.of(row, x, known.today) for row, x in zip(ids, there, strict=True)]
    if not signature.classes:
        as_table = Table(table.path, {"target": texts})
        numbers, arrived.strange_labels = read_leniently("numeric", as_table, "target")
        return numbers.astype(np.float64)
    if known.cut is not None:
        texts = [_side(known.cut, text) for text in texts]
    words = [block.target.classes.get(text, text) for text in texts]
    codes = {label: code for code, label in enumerate(signature.classes)}
    arrived.strange_labels = sum(1 for word in words if word and word not in codes)
    return np.array([codes.get(word, -1) for word in words], np.int64)


def _side(cut: Cut, text: str) -> str:
    """Tell the class of a number; what is none stays as it is, and is counted as strange."""
    try:
        number = float(text)
    except ValueError:
        return text
    return cut.label(number) if math.isfinite(number) else text


def _moments(table: Table, arrived: Arrived) -> NDArray[np.int64]:
    """Read the timestamps; a row from after its day is one of a clock that has jumped."""
    try:
        moment = read_moments(table)
    except DataError as error:
        arrived.fault = error.message
        return np.full(table.rows, NO_MOMENT, np.int64)
    # Days begin at other hours elsewhere: a day's grace.
    end = (arrived.day.toordinal() - date(1970, 1, 1).toordinal() + 2) * _SECONDS_A_DAY
    arrived.ahead = int((moment >= end).sum())
    return moment


def _groups(features: dict[str, Column]) -> NDArray[np.int64]:
    """Give rows of equal features one number."""
    numbers: dict[tuple[object, ...], int] = {}
    columns = [
        np.nan_to_num(column, nan=-1e38) if column.dtype == np.float32 else column
        for column in features.values()
    ]
    keys = zip(*(column.tolist() for column in columns), strict=True)
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
