"""
The peer of `benchmarks/pipeline.py`: the same fits and conversions in one process.

No DVC, no stages, no proof, no intervals, no gate: what a script in a notebook would do.

    python -P benchmarks/one_process.py REPOSITORY MODEL...
"""

import sys
from pathlib import Path

from modelpress.signature import Signature
from pipeline.artifacts import Paths
from pipeline.config import load_block
from pipeline.estimators import build, frame
from pipeline.export.graph import convert
from pipeline.rows import read_rows
from pipeline.schema import read_schema
from pipeline.train.folds import cut_folds, out_of_fold


def train_and_convert(root: Path, model: str) -> int:
    """Fit as often as `train` does, convert as `export` does; returns the size of the file."""
    paths, block = Paths(root, model), load_block(root, model)
    schema, rows = read_schema(paths.schema), read_rows(paths.part("train"))
    pipeline = build(block.estimator, schema, block.split.seed)
    if block.threshold.policy != "none":
        folds = cut_folds(schema, rows, block.threshold.folds, block.split.seed)
        out_of_fold(pipeline, rows, folds, 2)
    pipeline.fit(frame(rows), rows.target)
    threshold = 0.5 if block.threshold.policy != "none" else None
    signature = Signature(
        schema.model, schema.task, schema.inputs, schema.classes, schema.positive, threshold
    )
    return len(convert(pipeline, signature))


if __name__ == "__main__":
    for name in sys.argv[2:]:
        train_and_convert(Path(sys.argv[1]), name)
