"""The public bikes of `benchmarks/monitor.py`: 2012 against 2011, and two halves of 2011."""

import csv
import io
import random
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from monitor_world import DAY, World, promote, write
from ruamel.yaml import YAML

from pipeline.artifacts import Paths
from pipeline.watch import Scored

PLACE = "bikes/Bike-Sharing-Dataset.zip"
DAYS = 60
HOURS = 24
BLOCK: dict[str, Any] = {
    "title": "Bikes", "owner": "benchmark", "task": "regression", "data": {},
    "contract": {"min_rows_share": 0.8}, "target": {"column": "cnt"},
    "features": {
        **{x: {"kind": "categorical"} for x in ("season", "hr", "weekday", "weathersit")},
        **{x: {"kind": "numeric"} for x in ("temp", "hum", "windspeed")},
    },
    "split": {"method": "random", "validation": 0.2, "test": 0.2, "seed": 7},
    "estimator": {"name": "poisson"},
    "tune": {"trials": 0}, "threshold": {"policy": "none"}, "evaluate": {},
    "gate": {"metric": "mean_absolute_error", "promote_on": "not_worse"},
    "monitor": {}, "card": {"summary": "Bikes an hour."},
}  # fmt: skip

Play = Callable[[World, Sequence[Scored]], Any]


def bikes(root: Path, data: Path, play: Play) -> bool:
    """Print both; the year against the next must fire, the halves must not."""
    years = read(data / PLACE)
    dice = random.Random(3)  # noqa: S311 - seeded, and no cryptography
    dice.shuffle(years["0"])
    half = len(years["0"]) // 2
    fires = opened(root, "bikes-years", years["0"], years["1"], play)
    calm = opened(root, "bikes-halves", years["0"][:half], years["0"][half:], play)
    print(f"UCI bikes, 2012 against 2011: {', '.join(fires) or 'no alert'}")
    print(f"UCI bikes, two random halves of 2011: {', '.join(calm) or 'no alert'}", flush=True)
    return bool(fires) and not calm


def read(place: Path) -> dict[str, list[list[str]]]:
    """Read the hours of both years, by `yr`."""
    with zipfile.ZipFile(place) as archive:
        hours = next(name for name in archive.namelist() if name.endswith("hour.csv"))
        table = csv.DictReader(io.StringIO(archive.read(hours).decode()))
        names = [*BLOCK["features"], "cnt"]
        years: dict[str, list[list[str]]] = {"0": [], "1": []}
        for row in table:
            years[row["yr"]].append([f"h{row['instant']}", *(row[name] for name in names)])
    return years


def opened(
    root: Path, name: str, before: list[list[str]], after: list[list[str]], play: Play
) -> list[str]:
    """Make a version of some hours, and list the causes that the others open an alert for."""
    yaml = YAML(typ="safe")
    with (root / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump({"models": {name: BLOCK}}, file)
    header = ["row_id", *BLOCK["features"], "cnt"]
    write(Paths(root, name).table, header, before)
    write(Paths(root, name).current / f"{DAY}.csv", header, after)
    promote(root, name)
    world = World.read(root, name)
    order = np.random.default_rng(4).permutation(len(world.pool))
    days = [world.pool.take(order[i * HOURS : (i + 1) * HOURS]) for i in range(DAYS)]
    return [cause for _, cause in play(world, days).opened]
