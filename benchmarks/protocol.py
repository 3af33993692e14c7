"""What the quality benchmarks share: a figure on a line, and a fit through the product's stages."""

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
    for file in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / file, place / file)
    return place


def ingest(root: Path, model: str, file: Path) -> Rows:
    """Take a public file in and prepare it; all its rows, in the file's order."""
    block, delivery = load_block(root, model), fetch(str(file))
    source = block.data.sources["uci"]
    accept(root, block, (model, "uci"), delivery, read(block, source, delivery))
    return prepared(root, model)


def prepared(root: Path, model: str) -> Rows:
    """Prepare a table that is there; all its rows, in the order of their ids."""
    prepare.run(root, model)
    rows = join([read_rows(Paths(root, model).part(name)) for name in PARTS])
    width = max(map(len, rows.row))
    return rows.take(np.argsort([name.zfill(width) for name in rows.row], kind="stable"))


def shipped(root: Path, model: str, rows: Rows, fit: Index, ask: Index) -> Outcome:
    """Train on some rows, export, and let the ONNX file answer others."""
    paths = Paths(root, model)
    fitted, asked = rows.take(fit), rows.take(ask)
    inputs = describe(load_block(root, model), fitted)
    write_schema(paths.schema, replace(read_schema(paths.schema), inputs=inputs))
    write_rows(paths.part("train"), fitted)
    # Only to prove on them that the ONNX file says what the estimator says.
    write_rows(paths.part("validation"), asked)
    train.run(root, model)
    export.run(root, model)
    return outcome_of(load(paths.onnx), asked)
