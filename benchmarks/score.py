"""
How fast `modelpress score` is beside scikit-learn in pandas chunks, and how much memory it takes.

    python -P benchmarks/score.py [MODEL ...]

The table of each model is repeated until it is long enough. Both sides read the same CSV file and
write row_id, label, probabilities and version to another; each runs as a program of its own, in
turns, and the fastest of its turns counts. Times begin after the imports. The candidate's ONNX file
answers on one side, `artifacts/<model>/estimator.skops` on the other (`make run` makes both).
Memory is the highest that the process ever had (VmHWM).
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from modelpress.model import Model
from modelpress.signature import Signature
from pipeline.artifacts import Paths
from pipeline.config import load_block
from pipeline.estimators import build, frame
from pipeline.export.graph import convert
from pipeline.rows import Rows, join, read_rows
from pipeline.schema import read_schema
from pipeline.score.sparse import SparsePlan, sparse_plan
from pipeline.scoring import answer_rows
from pipeline.table import ROW_ID, read_table, table_bytes

ROOT = Path(__file__).parent.parent
ROWS = {"spam": 20_000, "credit": 40_000, "iris": 200_000}
TURNS = 3
VERSION = "v0.0.0"
SMALLEST, GROWTH = 5_000, (1, 10, 100)
BATCHES = (1, 16, 64, 256, 1024, 4096)

_OURS = """
import argparse, os, sys, time
from pathlib import Path
from pipeline import score
os.chdir(sys.argv[1])
parser = argparse.ArgumentParser()
score.add_arguments(parser)
options = parser.parse_args([*sys.argv[2:], "--quiet"])
begin = time.perf_counter()
score.command(Path.cwd(), options)
print(time.perf_counter() - begin)
"""


class Told(NamedTuple):
    """What one run says: seconds, and its highest memory in MB."""

    seconds: float
    megabytes: float


def house(place: Path, models: list[str]) -> Path:
    """Lay out a repository in which the candidates are in production."""
    shutil.copy(ROOT / "params.yaml", place)
    for model in models:
        version = place / "models" / model / VERSION
        version.mkdir(parents=True)
        shutil.copy(Paths(ROOT, model).onnx, version)
        record = json.loads(Paths(ROOT, model).export.read_text("utf-8"))
        card = dict.fromkeys(("params_sha256", "code_sha256", "lock_sha256"), "")
        more = {"sha256": record["sha256"], "data": {}, "golden": [], "gate": {}}
        (version / "card.json").write_text(json.dumps(card | more), "utf-8")
        (version.parent / "production").write_text(f"{VERSION}\n", "utf-8")
        shutil.copytree(Paths(ROOT, model).artifacts, place / "artifacts" / model)
    return place


def table(model: str, rows: int, place: Path) -> Path:
    """Write a model's table again and again, with ids that differ."""
    columns = read_table(Paths(ROOT, model).table).columns
    columns.pop(ROW_ID)
    rests = [table_bytes(row, []) for row in zip(*columns.values(), strict=True)]
    with place.open("wb") as file:
        file.write(table_bytes([ROW_ID, *columns], []))
        file.writelines(b"n%09d,%b" % (row, rests[row % len(rests)]) for row in range(rows))
    return place


def told_by(words: list[str]) -> Told:
    """Run a program, and ask it in the end how much memory it has had."""
    watched = "print(next(x.split()[1] for x in open('/proc/self/status') if x[:6] == 'VmHWM:'))"
    code = f"{words[0]}\n{watched}"
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", code, *words[1:]],
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    seconds, kilobytes = done.stdout.split()[-2:]
    return Told(float(seconds), float(kilobytes) / 1024)


def ours(root: Path, model: str, source: Path) -> Told:
    """Score by the verb itself."""
    return told_by([_OURS, str(root), model, str(source), str(root / "ours.csv")])


def theirs(root: Path, model: str, source: Path) -> Told:
    """Score by the peer."""
    code = (ROOT / "benchmarks" / "score_peer.py").read_text("utf-8")
    return told_by([code, str(root), model, str(source), str(root / "theirs.csv")])


def rates(root: Path, models: list[str]) -> None:
    """Print rows a second, in turns."""
    print(f"{'model':8} {'rows':>9} {'score':>14} {'scikit-learn':>14} {'ratio':>6}")
    for model in models:
        source = table(model, ROWS[model], root / "in.csv")
        turns = [(ours(root, model, source), theirs(root, model, source)) for _ in range(TURNS)]
        best = [min(told.seconds for told in side) for side in zip(*turns, strict=True)]
        rows = [f"{ROWS[model] / seconds:,.0f} rows/s" for seconds in best]
        print(
            f"{model:8} {ROWS[model]:9,} {rows[0]:>14} {rows[1]:>14} {best[1] / best[0]:6.2f}",
            flush=True,
        )


def memory(root: Path, models: list[str]) -> None:
    """Print the highest memory as the input grows."""
    print(f"\n{'model':8} " + " ".join(f"{SMALLEST * x:>12,} rows" for x in GROWTH))
    for model in models:
        told = [
            ours(root, model, table(model, SMALLEST * x, root / "in.csv")).megabytes for x in GROWTH
        ]
        print(f"{model:8} " + " ".join(f"{megabytes:>14,.0f} MB" for megabytes in told), flush=True)


def texts() -> Rows:
    """All rows of spam."""
    return join([read_rows(Paths(ROOT, "spam").part(x)) for x in ("train", "validation", "test")])


def words_alone(rows: Rows) -> tuple[Any, bytes]:
    """Fit a model of single words and pairs, without a choice among them: a large vocabulary."""
    block, schema = load_block(ROOT, "spam"), read_schema(Paths(ROOT, "spam").schema)
    every = {"words": (1, 2), "chars": None, "select_words": 1_000_000, "min_df": 1}
    text = block.estimator.text.model_copy(update=every)
    pipeline = build(block.estimator.model_copy(update={"text": text}), schema, 7)
    pipeline.fit(frame(rows), rows.target)
    signature = Signature("spam", "binary", schema.inputs, schema.classes, schema.positive, 0.5)
    return pipeline, convert(pipeline, signature)


def fastest(ask: Callable[[Rows], object], parts: list[Rows]) -> float:
    """Microseconds a row, the best of some turns."""
    rows, found = sum(map(len, parts)), []
    for _ in range(TURNS):
        begin = time.perf_counter()
        for part in parts:
            ask(part)
        found.append(time.perf_counter() - begin)
    return 1e6 * min(found) / rows


def batches(rows: Rows) -> None:
    """Print what a text costs by the size of the batch, without reading and normalising."""
    import skops.io  # noqa: PLC0415 - the other parts do without

    from pipeline.estimators import TRUSTED_TYPES  # noqa: PLC0415

    paths = Paths(ROOT, "spam")
    shipped = skops.io.load(paths.estimator, trusted=list(TRUSTED_TYPES)), paths.onnx.read_bytes()
    for name, (pipeline, content) in (
        ("spam as shipped", shipped),
        ("words and pairs alone, all of them", words_alone(rows)),
    ):
        model = Model(content)
        plan = sparse_plan(model, content)
        if plan is None:
            raise SystemExit(f"{name}: the plan does not know its graph; nothing to compare")
        print(f"\n{name}: microseconds a row")
        print(f"{'batch':>6} {'onnxruntime':>12} {'sparse plan':>12} {'scikit-learn':>12}")
        for size in BATCHES:
            told = _costs(model, plan, pipeline, list(_parts(rows, size)))
            print(f"{size:6,} " + " ".join(f"{x:12.1f}" for x in told), flush=True)


def _costs(model: Model, plan: SparsePlan, pipeline: Any, parts: list[Rows]) -> tuple[float, ...]:  # noqa: ANN401 - scikit-learn's
    """Microseconds a row: onnxruntime, the plan, scikit-learn."""
    return (
        fastest(lambda part: answer_rows(model, part), parts),
        fastest(lambda part: plan.answer(part.feeds()), parts),
        fastest(lambda part: pipeline.predict_proba(frame(part)), parts),
    )


def _parts(rows: Rows, size: int) -> Iterator[Rows]:
    """Cut some rows into batches; few of them where scikit-learn would take minutes."""
    some = np.arange(min(len(rows), 100 * size if size < 64 else 4096))
    for start in range(0, len(some), size):
        yield rows.take(some[start : start + size])


def main() -> int:
    """Print every figure."""
    models = sys.argv[1:] or list(ROWS)
    if lacking := [name for name in models if not Paths(ROOT, name).estimator.exists()]:
        print(f"no estimator of {', '.join(lacking)}: `make run` makes it", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as place:
        root = house(Path(place), models)
        rates(root, models)
        memory(root, models)
    if "spam" in models:
        batches(texts())
    return 0


if __name__ == "__main__":
    sys.exit(main())
