"""
What the benchmarks of quality share: a repository of their own, the stages, a line per figure.

Models that only the benchmarks know stand in blocks.yaml; they are added to the repository's own.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelpress import load
from pipeline import export, prepare, train
from pipeline.artifacts import PARTS, Paths
from pipeline.config import load_block
from pipeline.connectors import fetch
from pipeline.outcome import Outcome
from pipeline.prepare.describe import describe
from pipeline.rows import Rows, join, read_rows, write_rows
from pipeline.schema import read_schema, write_schema
from pipeline.scoring import outcome_of
from pipeline.source import accept, read

ROOT = Path(__file__).parent.parent

Index = NDArray[np.int64]


class Figure(NamedTuple):
    """One line: what we measured, what it must reach, what others published."""

    what: str
    ours: float
    goal: float
    published: str
    form: str = ".4f"
    at_most: bool = False
    suspect: float = float("inf")


def show(figure: Figure) -> None:
    """Print it."""
    told, goal = (format(x, figure.form) for x in (figure.ours, figure.goal))
    met = figure.ours <= figure.goal if figure.at_most else figure.ours >= figure.goal
    verdict = "suspect" if figure.ours > figure.suspect else "ok" if met else "MISSED"
    sign = "<=" if figure.at_most else ">="
    print(
        f"{figure.what:62} {told:>8}  goal {sign} {goal:8}  "
        f"published {figure.published:23} {verdict}",
        flush=True,
    )


def house(place: Path) -> Path:
    """Lay out what the stages read: parameters, and the sources whose digests they record."""
    for folder in ("pipeline", "modelpress", "requirements"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, place / folder, ignore=ignore)
    shutil.copy(ROOT / "dvc.yaml", place)
    blocks = [ROOT / "params.yaml", Path(__file__).with_name("blocks.yaml")]
    text = "".join(file.read_text("utf-8") for file in blocks)
    (place / "params.yaml").write_text(text, "utf-8")
    return place


def ingest(root: Path, model: str, file: Path, source: str) -> None:
    """Take a public file in, as its source writes it."""
    block, delivery = load_block(root, model), fetch(str(file))
    table = read(block, block.data.sources[source], delivery)
    accept(root, block, (model, source), delivery, table)


def rows_of(root: Path, model: str) -> Rows:
    """Prepare what was taken in; all its rows, train first and test last."""
    prepare.run(root, model)
    return join([read_rows(Paths(root, model).part(name)) for name in PARTS])


def in_order(rows: Rows) -> Rows:
    """Bring rows into the file's order."""
    width = max(map(len, rows.row))
    return rows.take(np.argsort([name.zfill(width) for name in rows.row], kind="stable"))


def shipped(root: Path, model: str, rows: Rows, fit: Index, ask: Index) -> Outcome:
    """Train on some rows, export, and let the ONNX file answer others."""
    paths = Paths(root, model)
    fitted, asked = rows.take(fit), rows.take(ask)
    inputs = describe(load_block(root, model), fitted)
    write_schema(paths.schema, replace(read_schema(paths.schema), inputs=inputs))
    write_rows(paths.part("train"), fitted)
    # Nothing is chosen on them: the export proves there that both files say the same, the gate
    # judges. It sees each row twice, in the same draws, which moves no interval.
    for part in ("validation", "test"):
        write_rows(paths.part(part), asked)
    train.run(root, model)
    export.run(root, model)
    return outcome_of(load(paths.onnx), asked)
