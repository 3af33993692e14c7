"""
The peer of `benchmarks/score.py`: the same file through scikit-learn, in pandas chunks.

What a script would do: `read_csv(chunksize)`, `predict_proba`, `to_csv`; texts are normalised as
the model wants them.

    python -P benchmarks/score_peer.py REPOSITORY MODEL INPUT OUTPUT
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import skops.io
from numpy.typing import NDArray

from modelpress.text import normalize_text
from pipeline.artifacts import Paths
from pipeline.estimators import TRUSTED_TYPES
from pipeline.schema import Schema, read_schema

CHUNK = 8192


def score(root: Path, model: str, source: Path, output: Path) -> None:
    """Answer a file, and print the seconds that it took."""
    begin = time.perf_counter()
    paths = Paths(root, model)
    schema = read_schema(paths.schema)
    estimator = skops.io.load(paths.estimator, trusted=list(TRUSTED_TYPES))
    threshold = json.loads(paths.training.read_text("utf-8"))["threshold"]
    with output.open("w", encoding="utf-8") as file:
        for number, chunk in enumerate(chunks(schema, source)):
            shares = estimator.predict_proba(chunk[list(schema.names)])
            answers(schema, chunk, shares, threshold).to_csv(file, index=False, header=not number)
    print(time.perf_counter() - begin)


def chunks(schema: Schema, source: Path) -> Any:  # noqa: ANN401 - pandas has no types
    """Read rows as the estimator takes them."""
    numbers = schema.of_kind("numeric")
    types = {name: np.float32 if name in numbers else str for name in schema.names}
    for chunk in pd.read_csv(
        source,
        chunksize=CHUNK,
        dtype=types,
        keep_default_na=False,
        na_values={name: [""] for name in numbers},
    ):
        for name in schema.of_kind("text"):
            chunk[name] = [normalize_text(text) for text in chunk[name]]
        yield chunk


def answers(
    schema: Schema,
    chunk: pd.DataFrame,
    shares: NDArray[np.float64],
    threshold: dict[str, float] | None,
) -> pd.DataFrame:
    """Lay out what `score` writes."""
    if threshold:
        code = (shares[:, 1] >= threshold["value"]).astype(np.int64)
    else:
        code = shares.argmax(axis=1)
    told = pd.DataFrame(shares.astype(np.float32), columns=list(schema.classes))
    told.insert(0, "row_id", chunk["row_id"].to_numpy())
    told.insert(1, "label", np.array(schema.classes)[code])
    told["version"] = "v0.0.0"
    return told


if __name__ == "__main__":
    score(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
