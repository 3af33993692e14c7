"""What `benchmarks/monitor.py` plays in: a version made of one heap of rows, and the other heap."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from modelpress.model import Model
from pipeline import evaluate, export, gate, prepare, train
from pipeline.arrivals import Known, read_arrived, recorded_cut
from pipeline.artifacts import Paths
from pipeline.config import load_block, load_params
from pipeline.config.metrics import MetricId, metric_ids
from pipeline.labels import Late
from pipeline.metrics import compute_all
from pipeline.registration import register
from pipeline.registry import read_champion
from pipeline.rows import Rows
from pipeline.watch import Scored, Watched, score

ROOT = Path(__file__).parent.parent
SHARE = 0.6
"""Of the rows, for the version; days are drawn from the others."""
FEWEST = 1000
"""Rows below which a table is grown, by its own rows and some noise."""
GROWN = 12_000
DAY = date(2000, 1, 1)
_MEASURED: tuple[MetricId, ...] = ("accuracy", "f1", "roc_auc")


@dataclass(frozen=True)
class World:
    """A version in production, and rows that it has never seen."""

    model: Model
    watched: Watched
    pool: Scored

    @classmethod
    def read(cls, root: Path, name: str) -> "World":
        """Read what `make` has made."""
        paths, block = Paths(root, name), load_block(root, name)
        champion = read_champion(paths)
        if champion is None:
            raise SystemExit(f"{name}: the gate accepted nothing")
        model = champion.model
        known = Known(Late({}), DAY, recorded_cut(champion.card))
        rows = read_arrived(paths, block, model.signature, DAY, known).rows
        return cls(model, Watched(block, champion.card, model.signature), score(model, rows))

    @property
    def width(self) -> int:
        """Days of the first window."""
        return self.watched.block.monitor.windows_days[0]

    @property
    def rarest(self) -> int:
        """The class of which there are fewest; the positive one, in a binary task."""
        if len(self.watched.signature.classes) == 2:
            return 1
        return int(np.argmin(np.bincount(self.pool.rows.target.astype(np.int64))))

    @property
    def measured(self) -> list[MetricId]:
        """What CBPE is held to; the gate's metric first."""
        fit = metric_ids(self.watched.signature.task, self.watched.signature.positive)
        chosen = self.watched.block.gate.metric
        return [chosen, *(x for x in _MEASURED if x in fit and x != chosen)]

    def answered(self, rows: Rows) -> Scored:
        """Let the version answer rows."""
        return score(self.model, rows)

    def truth(self, window: Scored) -> dict[str, float]:
        """Measure, without intervals."""
        values = compute_all(self.measured, window.outcome, np.ones((1, len(window))))
        return {name: float(x[0]) for name, x in zip(self.measured, values, strict=True)}


def build(root: Path, only: Sequence[str]) -> Iterator[str]:
    """Make a version of every model that has a table, or of some."""
    for name in load_params(root).blocks:
        table = ROOT / "data" / name / "table.csv"
        if table.exists() and (not only or name in only):
            with table.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            make(root, name, header, grown(root, name, header, rows))
            yield name


def make(root: Path, name: str, header: list[str], rows: list[list[str]]) -> None:
    """Deal the rows into two heaps, and make a version of the first."""
    dice = random.Random(17)  # noqa: S311 - seeded, and no cryptography
    dice.shuffle(rows)
    cut = int(SHARE * len(rows))
    write(Paths(root, name).table, header, rows[:cut])
    write(Paths(root, name).current / f"{DAY}.csv", header, rows[cut:])
    promote(root, name)


def promote(root: Path, name: str) -> None:
    """Run the stages, and put what comes out into production."""
    paths = Paths(root, name)
    paths.registry.mkdir(parents=True)
    paths.production.touch()
    for stage in (prepare, train, export, evaluate, gate):
        stage.run(root, name)
    register(root, name)


def write(place: Path, header: list[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def grown(root: Path, name: str, header: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Grow a small table: its rows drawn again, numbers within a tenth of their spread."""
    if len(rows) >= FEWEST:
        return rows
    dice = random.Random(5)  # noqa: S311 - seeded, and no cryptography
    numbers = [x for x, f in load_block(root, name).features.items() if f.kind == "numeric"]
    places = {header.index(x): spread(rows, header.index(x)) for x in numbers}
    made = []
    for i in range(GROWN):
        row = list(dice.choice(rows))
        row[header.index("row_id")] = f"g{i:06d}"
        for place, sd in places.items():
            if row[place]:
                row[place] = f"{float(row[place]) + dice.gauss(0, 0.1 * sd):.2f}"
        made.append(row)
    return made


def spread(rows: list[list[str]], place: int) -> float:
    """Give the standard deviation of a column."""
    return float(np.std([float(row[place]) for row in rows if row[place]]))
