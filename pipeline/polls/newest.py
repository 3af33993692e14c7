"""The newest row of every station, as the model takes it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.config import ModelBlock
from pipeline.config.polls import Polls
from pipeline.polls.days import Days
from pipeline.polls.poll import Poll
from pipeline.polls.series import Places, header_of, rows_of
from pipeline.source.cells import text_of
from pipeline.table import resolve_columns

Value = float | str | None


def newest_rows(
    block: ModelBlock, polls: Polls, days: Days, places: Places
) -> tuple[str, list[dict[str, Any]]]:
    """
    Give the moment of the newest poll, and of each of its stations id, status and features.

    Raises:
        DataError: The block asks for columns that polls do not have.
    """
    told = _recent(polls, days)
    if not told:
        return "", []
    header = header_of(polls)
    names = resolve_columns(block, header, Path("data.polls"))
    wanted = {name: (names[name], feature.kind) for name, feature in block.features.items()}
    rows = [dict(zip(header, row, strict=True)) for row in rows_of(polls, told, places, told[-1:])]
    return told[-1].at, [
        {
            "station": row["station"],
            "status": row["status"],
            "row": {name: _value(row[own], kind) for name, (own, kind) in wanted.items()},
        }
        for row in rows
    ]


def _recent(polls: Polls, days: Days) -> list[Poll]:
    """Read the newest poll, and as far back as a row looks."""
    known = days.known()
    if not known:
        return []
    newest = days.polls(known[-1])
    reach = max(polls.lags_minutes, default=0) + polls.tolerance_minutes
    first = newest[-1].moment - timedelta(minutes=reach)
    older = [day for day in known[:-1] if day >= first.date().isoformat()]
    return [poll for day in older for poll in days.polls(day)] + newest


def _value(value: Value, kind: str) -> Value:
    if kind == "numeric" or value is None:
        return value
    return text_of(value) or ""
