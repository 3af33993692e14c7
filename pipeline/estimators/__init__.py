"""
The catalogue: from a name in `params.yaml` to a scikit-learn pipeline.

Addressed by `estimator.name`; what each name may be told stands in `pipeline.config.estimators`,
with the reasons for what is left out.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from pipeline.config.estimators import EstimatorBlock, Family
from pipeline.config.file import PARAMS_FILE
from pipeline.errors import DataError
from pipeline.estimators.clip import Clip
from pipeline.estimators.svm import SigmoidLinearSVC
from pipeline.estimators.tfidf import ChosenTfidf
from pipeline.rows import Rows
from pipeline.schema import Schema

ENCODE, PREDICT = "encode", "predict"
DEVIATIONS = 10.0

TRUSTED_TYPES = (
    *(f"{own.__module__}.{own.__qualname__}" for own in (Clip, SigmoidLinearSVC, ChosenTfidf)),
    # How an imputer was fitted.
    "numpy.dtype",
    # Node numbers that nobody checks: harmless in a file that `train` of this checkout wrote.
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)
"""What skops is asked to trust beside its own list."""

_BUILDERS: dict[str, Callable[..., Any]] = {
    "logistic_regression": LogisticRegression,
    "linear_svm": SigmoidLinearSVC,
    "random_forest": RandomForestClassifier,
    "extra_trees": ExtraTreesClassifier,
    "hist_gradient_boosting": HistGradientBoostingClassifier,
    "hist_gradient_boosting_regressor": HistGradientBoostingRegressor,
    "ridge": Ridge,
    "poisson": PoissonRegressor,
}
_SEEDED = {
    "linear_svm",
    "random_forest",
    "extra_trees",
    "hist_gradient_boosting",
    "hist_gradient_boosting_regressor",
}
_FIXED: dict[Family, dict[str, object]] = {
    "linear": {},
    "forest": {},
    # Its own early stopping would hold back rows by a cut that knows nothing of duplicates.
    "boosting": {"early_stopping": False},
}
_IMPUTE: dict[Family, str] = {"linear": "median", "forest": "median", "boosting": "none"}
_SCALE: dict[Family, str] = {"linear": "standard", "forest": "none", "boosting": "none"}
_ENCODE: dict[Family, str] = {"linear": "one_hot", "forest": "ordinal", "boosting": "ordinal"}


def build(block: EstimatorBlock, schema: Schema, seed: int) -> Pipeline:
    """
    Build the unfitted pipeline: encoders by the kind of each feature, then the estimator.

    It takes a data frame as `frame` makes it and learns class codes, not labels.

    Raises:
        DataError: A class weight is for a class that the rows do not have.
    """
    parameters = block.parameters.model_dump()
    if isinstance(weights := parameters.get("class_weight"), dict):
        parameters["class_weight"] = _by_code(weights, schema.classes)
    if block.name in _SEEDED:
        parameters["random_state"] = seed
    predict = _BUILDERS[block.name](**parameters, **_FIXED[block.family])
    return Pipeline([(ENCODE, _encoder(block, schema)), (PREDICT, predict)])


def _by_code(weights: dict[str, float], classes: tuple[str, ...]) -> dict[int, float]:
    unknown = sorted(weights.keys() - set(classes))
    if unknown:
        raise DataError(
            f"estimator.parameters.class_weight: there is no class `{unknown[0]}`",
            hint=f"the classes are {', '.join(f'`{label}`' for label in classes)}",
            path=PARAMS_FILE,
        )
    return {classes.index(label): weight for label, weight in weights.items()}


def frame(rows: Rows) -> pd.DataFrame:
    """Lay the features out as scikit-learn's column transformer wants them."""
    return pd.DataFrame(dict(rows.features), copy=False)


def _encoder(block: EstimatorBlock, schema: Schema) -> ColumnTransformer:
    steps: list[tuple[str, Any, str | list[str]]] = []
    for name in schema.of_kind("text"):
        steps += [(f"{name}_{terms}", step, name) for terms, step in _text_steps(block)]
    if numeric := schema.of_kind("numeric"):
        steps.append(("numeric", _numeric_step(block), numeric))
    if categorical := schema.of_kind("categorical"):
        steps.append(("categorical", _categorical_step(block, schema), categorical))
    return ColumnTransformer(steps)


def _text_steps(block: EstimatorBlock) -> list[tuple[str, ChosenTfidf]]:
    text = block.text
    shared: dict[str, Any] = {
        "min_df": text.min_df,
        "max_df": text.max_df,
        "sublinear_tf": text.sublinear_tf,
    }
    steps = []
    if text.words:
        step = ChosenTfidf(ngram_range=text.words, select=text.select_words, **shared)
        steps.append(("words", step))
    if text.chars:
        step = ChosenTfidf(
            analyzer="char", ngram_range=text.chars, select=text.select_chars, **shared
        )
        steps.append(("chars", step))
    return steps


def _numeric_step(block: EstimatorBlock) -> Any:  # noqa: ANN401 - sklearn has no types
    numeric = block.numeric
    steps: list[tuple[str, Any]] = []
    impute = numeric.impute or _IMPUTE[block.family]
    if impute != "none":
        steps.append(("impute", SimpleImputer(strategy=impute)))
    if block.family == "linear":
        steps.append(("clip", Clip(deviations=numeric.clip or DEVIATIONS)))
    if (numeric.scale or _SCALE[block.family]) == "standard":
        steps.append(("scale", StandardScaler()))
    return Pipeline(steps) if steps else "passthrough"


def _categorical_step(block: EstimatorBlock, schema: Schema) -> Any:  # noqa: ANN401 - as above
    # The missing category is one of its own; what the schema does not list counts as unknown.
    known = [
        np.array([*x.categories, ""], object) for x in schema.inputs if x.kind == "categorical"
    ]
    if (block.categorical.encode or _ENCODE[block.family]) == "one_hot":
        return OneHotEncoder(categories=known, handle_unknown="ignore", dtype=np.float32)
    return OrdinalEncoder(
        categories=known,
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        dtype=np.float32,
    )
