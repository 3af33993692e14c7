"""
Write what arrived after the samples: 14 days of rows of each model, in data/<model>/current/.

They come from the generators of the samples, by another seed and moved on in time; of the real
flowers there are no more than 150, so that iris meets some of them again. Bikes have a
`latest.json`, too. `modelpress monitor` has read them day by day: monitoring/ holds what it saw.
"""

import csv
import random
import runpy
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths, write_json
from pipeline.config import ModelBlock, load_block
from pipeline.config.polls import Polls
from pipeline.polls import table_of
from pipeline.polls.series import Place
from pipeline.source import canonical

DATA = Path(__file__).parent
FIRST = datetime(2026, 11, 9, tzinfo=UTC)
DAYS = 14
LATER = timedelta(days=25)
"""From the last day of every sample to the last of these."""
OTHER_SEED = 1_000
FLOWERS_A_DAY = 20
BIKES = ("bikes", "bikes-count")

Rows = list[dict[str, str]]


def generator(model: str, **settings: object) -> dict[str, Any]:
    """Read a sample's script, with settings of our own for its functions."""
    script: dict[str, Any] = runpy.run_path(str(DATA / model / "sample.py"))
    script["rows" if "rows" in script else "polls"].__globals__.update(settings)
    return script


def moved_on(model: str, script: dict[str, Any]) -> Rows:
    """Draw the sample anew, and let its last days be those that follow them."""
    found: Rows = []
    for row in script["rows"]():
        moment = datetime.fromisoformat(row["timestamp"]) + LATER
        if moment >= FIRST:
            name = f"{model[0]}a{len(found):05d}"
            found.append(row | {"row_id": name, "timestamp": text(moment)})
    return found


def text(moment: datetime) -> str:
    """Write a moment as every table does."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def flowers(script: dict[str, Any]) -> Rows:
    """Pick flowers, some of them more than once."""
    dice, found, there = random.Random(OTHER_SEED), Rows(), script["flowers"]()
    for day in range(DAYS):
        for number in range(FLOWERS_A_DAY):
            moment = FIRST + timedelta(days=day, hours=8, minutes=30 * number)
            name = f"ia{len(found):05d}"
            found.append({"row_id": name, "timestamp": text(moment), **dice.choice(there)})
    return found


def bikes() -> Rows:
    """Poll the town on; give the rows whose hour is over."""
    # A row looks back a week, so the polls begin before the first day that is kept.
    script = generator("bikes", SEED=OTHER_SEED, START=FIRST - timedelta(days=8), DAYS=8 + DAYS)
    block, polls = polled_block("bikes")
    places = {place.id: Place(*place.at) for place in script["PLACES"]}
    table = canonical(block, table_of(polls, script["polls"](), places), "the sample")
    found = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    return [row for row in found if row["timestamp"] >= text(FIRST)]


def write_latest(model: str, rows: Rows) -> None:
    """Write what `ingest` would leave of the newest poll: each station's row, as the model asks."""
    block, polls = polled_block(model)
    newest = [row for row in rows if row["timestamp"] == rows[-1]["timestamp"]]
    told = {
        "schema": 1,
        "model": model,
        "at": rows[-1]["timestamp"],
        "horizon_minutes": polls.horizon_minutes,
        "rows": [
            {
                "station": row["station"],
                "status": row["status"],
                "row": {
                    name: number(row[name]) if feature.kind == "numeric" else row[name] or None
                    for name, feature in block.features.items()
                },
            }
            for row in newest
        ],
    }
    write_json(Paths(DATA.parent, model).data / "latest.json", told)


def polled_block(model: str) -> tuple[ModelBlock, Polls]:
    """Read a model's block of params.yaml, and how its polls become rows."""
    block = load_block(DATA.parent, model)
    if block.data.polls is None:
        raise SystemExit(f"params.yaml: models.{model}.data.polls is not there")
    return block, block.data.polls


def number(field: str) -> float | None:
    """Read a number; an empty field is a missing one."""
    return float(field) if field else None


def write(model: str, rows: Iterable[dict[str, str]]) -> None:
    """Write a file per day."""
    days: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        days[row["timestamp"][:10]].append(row)
    folder = DATA / model / "current"
    folder.mkdir(exist_ok=True)
    for day, told in days.items():
        write_table(folder / f"{day}.csv", list(told[0]), told)
    print(f"{model}: {sum(map(len, days.values()))} rows in {len(days)} days")


def write_table(place: Path, header: Sequence[str], rows: Rows) -> None:
    """Write a table in one step."""
    draft = place.with_name(f"{place.name}.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    draft.replace(place)


def main() -> None:
    """Write the files of every model."""
    write("iris", flowers(generator("iris")))
    for model in ("spam", "credit", "tickets"):
        write(model, moved_on(model, generator(model, SEED=OTHER_SEED)))
    polled = bikes()
    for model in BIKES:
        write(model, polled)
        write_latest(model, polled)


if __name__ == "__main__":
    main()
