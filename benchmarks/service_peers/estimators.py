"""
What the peers of `benchmarks/service.py` serve: the shipped estimators, of standard parts alone.

Our own steps are taken out: a pipeline of standard parts stays, fitted alike, that takes a matrix
of numbers or a list of texts and needs none of our packages. Limits on numbers far out and the
filling of missing values go with them; what is left does less work than ours. Its probabilities are
compared with those of the original, on the rows that will be asked: whole ones of the test part,
which are written beside it.

    python -P benchmarks/service_peers/estimators.py REPOSITORY FOLDER MODEL...
"""

import json
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OrdinalEncoder

from modelpress.text import normalize_text
from pipeline.artifacts import Paths
from pipeline.estimators import TRUSTED_TYPES, frame
from pipeline.rows import read_rows
from pipeline.schema import Schema, read_schema

ROWS = 100


def plain(original: Any, schema: Schema) -> Any:  # noqa: ANN401 - scikit-learn's
    """Rebuild a shipped pipeline from standard parts."""
    encode, predict = original.named_steps.values()
    if schema.of_kind("text"):
        terms = [(name, step.vectorizer_) for name, step, _ in encode.transformers_[:2]]
        return Pipeline([("encode", FeatureUnion(terms)), ("predict", _regression(predict))])
    if not schema.of_kind("categorical"):
        scale = encode.named_transformers_["numeric"].named_steps["scale"]
        return Pipeline([("scale", scale), ("predict", predict)])
    return Pipeline([("encode", _codes(schema)), ("predict", predict)])


def _regression(folded: Any) -> LogisticRegression:  # noqa: ANN401 - scikit-learn's
    """Give a linear model with a sigmoid its own name."""
    # The solver decides which formula gives the probabilities: liblinear's is the plain sigmoid.
    same = LogisticRegression(solver="liblinear")
    same.coef_, same.intercept_, same.classes_ = folded.coef_, folded.intercept_, folded.classes_
    return same


def _codes(schema: Schema) -> ColumnTransformer:
    """Pass numbers on, and encode categories that are numbers, too."""
    names = list(schema.names)
    numbers, words = (
        [names.index(x) for x in schema.of_kind(k)] for k in ("numeric", "categorical")
    )
    known = [[float(x) for x in schema.inputs[place].categories] for place in words]
    encoder = OrdinalEncoder(
        categories=known,
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        dtype=np.float32,
    )
    steps = [("numeric", "passthrough", numbers), ("categorical", encoder, words)]
    some = np.zeros((1, len(names)))
    some[0, words] = [codes[0] for codes in known]
    return ColumnTransformer(steps).fit(some)


def matrix(table: Any, schema: Schema) -> Any:  # noqa: ANN401 - a data frame
    """Lay rows out as the peers are sent them: numbers, or texts that are normalised."""
    if text := schema.of_kind("text"):
        return [normalize_text(x) for x in table[text[0]]]
    return table[list(schema.names)].astype(float).to_numpy()


def write(root: Path, folder: Path, model: str) -> None:
    """Rebuild one, compare it with the original, and write it with its rows."""
    paths = Paths(root, model)
    schema = read_schema(paths.schema)
    original = skops.io.load(paths.estimator, trusted=list(TRUSTED_TYPES))
    found = plain(original, schema)
    table = frame(read_rows(paths.part("test"))).replace("", None).dropna().head(ROWS)
    asked = matrix(table, schema)
    np.testing.assert_allclose(found.predict_proba(asked), original.predict_proba(table), atol=1e-5)
    joblib.dump(found, folder / f"{model}.joblib")
    rows = [_written(table.iloc[number % len(table)].to_dict()) for number in range(ROWS)]
    (folder / f"{model}.json").write_text(json.dumps(rows), "utf-8")


def _written(row: dict[str, Any]) -> dict[str, Any]:
    """Write numbers as people do: few places, none where they are whole."""
    return {
        name: value
        if isinstance(value, str)
        else round(float(value), 4)
        if value % 1
        else int(value)
        for name, value in row.items()
    }


if __name__ == "__main__":
    for name in sys.argv[3:]:
        write(Path(sys.argv[1]), Path(sys.argv[2]), name)
