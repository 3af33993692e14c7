"""
Write the iris sample: scikit-learn's own 150 flowers in a seeded order.

Measurements and species are those of `load_iris`, its one pair of identical flowers included.
Row ids, timestamps over 120 days and twelve missing measurements (2 %) are added here.
"""

import csv
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sklearn.datasets import load_iris

SEED = 20260701
DAYS = 120
START = datetime(2026, 7, 1, tzinfo=UTC)
OPENING_HOUR, CLOSING_HOUR = 8, 18
MISSING = 12
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
TARGET = "species"
COLUMNS = ("row_id", "timestamp", *FEATURES, TARGET)


def rows() -> list[dict[str, str]]:
    """Return the whole table, oldest row first."""
    rng = random.Random(SEED)
    table = flowers()
    rng.shuffle(table)
    blank_some(rng, table)
    return [
        {"row_id": f"r{number:06d}", "timestamp": stamp} | flower
        for number, (stamp, flower) in enumerate(
            zip(timestamps(rng, len(table)), table, strict=True), start=1
        )
    ]


def flowers() -> list[dict[str, str]]:
    """Return scikit-learn's flowers as text, measurements with one decimal."""
    iris = load_iris()
    return [
        dict(zip(FEATURES, (f"{value:.1f}" for value in measured), strict=True))
        | {TARGET: str(iris.target_names[species])}
        for measured, species in zip(iris.data, iris.target, strict=True)
    ]


def blank_some(rng: random.Random, table: list[dict[str, str]]) -> None:
    """Empty `MISSING` measurements, at most one of a flower."""
    for flower in rng.sample(table, MISSING):
        flower[rng.choice(FEATURES)] = ""


def timestamps(rng: random.Random, count: int) -> list[str]:
    """Return `count` ascending full hours that leave none of the days out."""
    stamps = sorted(
        START + timedelta(position * DAYS // count, hours=rng.randrange(OPENING_HOUR, CLOSING_HOUR))
        for position in range(count)
    )
    return [f"{stamp:%Y-%m-%dT%H:%M:%SZ}" for stamp in stamps]


def write(path: Path) -> None:
    """Write the table to `path` in one step and say what it holds."""
    table = rows()
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    draft.replace(path)
    balance = Counter(row[TARGET] for row in table)
    shares = ", ".join(f"{name} {count}" for name, count in sorted(balance.items()))
    print(f"{path.name}: {len(table)} rows ({shares})")


if __name__ == "__main__":
    write(Path(__file__).with_name("table.csv"))
