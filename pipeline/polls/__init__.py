"""
Polls: what stations said, kept day by day, and made into a table and the newest rows.

A table is made of whole days only. So it changes once a day, is the same on every clone, and a
repository that commits every hour grows by a line an hour.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from pipeline.artifacts import Paths, read_json, sha256_of, write_json
from pipeline.clock import now
from pipeline.config import ModelBlock
from pipeline.config.polls import Polls
from pipeline.connectors import Delivery
from pipeline.connectors.citybikes import Snapshot
from pipeline.errors import DataError
from pipeline.polls.ask import ask
from pipeline.polls.days import Days
from pipeline.polls.newest import newest_rows
from pipeline.polls.poll import Poll
from pipeline.polls.series import Place, Places, header_of, rows_of
from pipeline.source import Parsed, accept, canonical, stands
from pipeline.source.cells import text_of

__all__ = ["poll", "table_of"]

_RECORD = "polls"


class _Polled(NamedTuple):
    """A model, and the folder of the model whose polls it learns from."""

    paths: Paths
    owner: Paths
    block: ModelBlock
    polls: Polls

    @property
    def days(self) -> Days:
        return Days(self.owner.data / "raw")


def poll(root: Path, model: str, block: ModelBlock, replay: Path | None) -> str:
    """
    Poll, keep what is new, and bring the table and the newest rows up to date.

    Returns:
        What happened, in words.

    Raises:
        DataError: The stations cannot be had, or what is kept is damaged.
    """
    polls = block.data.polls
    if polls is None:
        raise DataError("data.polls is not there", hint="params.yaml says how polls become a table")
    own = not polls.of
    polled = _Polled(Paths(root, model), Paths(root, polls.of or model), block, polls)
    if not own and not polled.owner.data.joinpath("raw").is_dir():
        message = f"no polls of `{polls.of}` are there, and data.polls.of names it"
        raise DataError(message, hint=f"first, `modelpress ingest {polls.of}`")
    asked = list(ask(block.data.sources, replay)) if own else []
    with polled.days.alone():
        added = sum(polled.days.add(one.poll) for one in asked)
        if asked:
            _keep_stations(polled, asked[-1].snapshot)
        polled.days.compact(now().date().isoformat())
        said = [_keep_newest(polled), _keep_table(polled)]
    return "; ".join([f"{len(asked):,} polled, {added:,} new", *said] if own else said)


def _keep_stations(polled: _Polled, snapshot: Snapshot) -> None:
    """Remember names and places; a station that is gone keeps its own."""
    known = _stations(polled)
    found = {
        x.id: {"name": x.name, "latitude": x.latitude, "longitude": x.longitude}
        for x in snapshot.stations
    }
    if known | found != known:
        write_json(polled.owner.data / "stations.json", known | found)


def _stations(polled: _Polled) -> dict[str, dict[str, float | str | None]]:
    file = polled.owner.data / "stations.json"
    found: dict[str, dict[str, float | str | None]] = read_json(file) if file.exists() else {}
    return found


def _places(polled: _Polled) -> dict[str, Place]:
    return {
        station: Place(*(_degrees(said.get(name)) for name in Place._fields))
        for station, said in _stations(polled).items()
    }


def _degrees(value: float | str | None) -> float | None:
    return None if isinstance(value, str) else value


def _keep_newest(polled: _Polled) -> str:
    """Write `latest.json`: what the model is asked with now."""
    at, rows = newest_rows(polled.block, polled.polls, polled.days, _places(polled))
    if not rows:
        return "nothing has been polled yet"
    known = _stations(polled)
    value = {
        "schema": 1,
        "model": polled.paths.model,
        "at": at,
        "horizon_minutes": polled.polls.horizon_minutes,
        "rows": [{**row, **known.get(row["station"], {})} for row in rows],
    }
    write_json(polled.paths.data / "latest.json", value)
    shut = sum(row["status"] != "open" for row in rows)
    return f"{len(rows):,} stations at {at}, {shut:,} of them not open"


def _keep_table(polled: _Polled) -> str:
    """Make the table of the newest whole days, if there are enough of them."""
    polls, whole = polled.polls, polled.days.whole()
    chosen = [day for day in whole if day > _before(whole[-1], polls.window_days)]
    if not chosen or (len(chosen) < polls.least_days and polled.paths.table.exists()):
        return f"the table stays until {polls.least_days} whole days are there, now {len(chosen)}"
    places = _places(polled)
    digests = [f"{day} {sha256_of(polled.days.packed(day))}" for day in chosen]
    made_of = "\n".join([*digests, *(f"{key} {x}" for key, x in sorted(places.items()))])
    delivery = Delivery(f"{chosen[0]}..{chosen[-1]}", "", made_of.encode())
    if stands(polled.paths, polled.block, delivery):
        return f"the table of {len(chosen)} days stands"
    told = [one for day in chosen for one in polled.days.polls(day)]
    parsed = table_of(polls, told, places)
    if not parsed.rows:
        return "no row has a target yet"
    table = canonical(polled.block, parsed, delivery.name)
    accept(polled.paths.root, polled.block, (polled.paths.model, _RECORD), delivery, table)
    return f"{len(parsed.rows):,} rows of {len(chosen)} days in the table"


def _before(day: str, window: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=window)).isoformat()


def table_of(polls: Polls, told: Sequence[Poll], places: Places) -> Parsed:
    """Give the rows that have a target, as text."""
    rows = [
        [text_of(x) or "" for x in row]
        for row in rows_of(polls, told, places)
        if row[-1] is not None
    ]
    return Parsed(header_of(polls), rows)
