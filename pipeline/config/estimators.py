"""
The `estimator` block: one class per name, each with the parameters that survive the export.

Only what scikit-learn and ONNX agree on exactly can be written here. `REFUSED` keeps the reasons
for what cannot, so that the message says more than "unknown".
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from pipeline.config.metrics import Task
from pipeline.config.strict import Strict

Family = Literal["linear", "forest", "boosting"]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


def _rising(lengths: tuple[int, int]) -> tuple[int, int]:
    if lengths[0] > lengths[1]:
        raise ValueError("the shortest comes first, then the longest")
    return lengths


Grams = Annotated[tuple[Count, Count], Field(strict=False), AfterValidator(_rising)]


class TextEncoding(Strict):
    """TF-IDF over normalised text."""

    words: Grams | None = (1, 2)
    """Shortest and longest run of words; `null`: none."""
    chars: Grams | None = None
    """Shortest and longest run of characters; `null`: none."""
    min_df: Count = 2
    """Training rows that a term must occur in."""
    max_df: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of training rows that a term may occur in."""
    sublinear_tf: bool = True
    select_words: Count | None = 3000
    """Keep the terms with the highest chi2 score; `null`: all."""
    select_chars: Count | None = 8000


class NumericEncoding(Strict):
    """Numbers; what is left out is the estimator's own default."""

    impute: Literal["median", "mean", "none"] | None = None
    scale: Literal["standard", "none"] | None = None
    clip: Positive | None = None
    """Standard deviations from the mean beyond which a scaled value is cut off."""


class CategoricalEncoding(Strict):
    """Categories; what is left out is the estimator's own default."""

    encode: Literal["one_hot", "ordinal"] | None = None


class _Estimator(Strict):
    tasks: ClassVar[frozenset[Task]]
    family: ClassVar[Family]

    text: TextEncoding = TextEncoding()
    numeric: NumericEncoding = NumericEncoding()
    categorical: CategoricalEncoding = CategoricalEncoding()


_CLASSIFIES: frozenset[Task] = frozenset({"binary", "multiclass"})
_REGRESSES: frozenset[Task] = frozenset({"regression"})

ClassWeight = Literal["balanced"] | dict[str, Positive] | None


class LinearParameters(Strict):
    """Parameters of the linear classifiers."""

    C: Positive = 1.0
    class_weight: ClassWeight = None
    max_iter: Count = 5000


class LogisticRegression(_Estimator):
    """Logistic regression with an L2 penalty."""

    tasks: ClassVar = _CLASSIFIES
    family: ClassVar = "linear"
    name: Literal["logistic_regression"]
    parameters: LinearParameters = LinearParameters()


class LinearSvm(_Estimator):
    """A linear support vector machine whose margin becomes a probability through a sigmoid."""

    tasks: ClassVar = _CLASSIFIES
    family: ClassVar = "linear"
    name: Literal["linear_svm"]
    parameters: LinearParameters = LinearParameters()
    calibration: Literal["sigmoid"] = "sigmoid"


class ForestParameters(Strict):
    """Parameters of the forests."""

    n_estimators: Count = 100
    max_depth: Count | None = 12
    min_samples_leaf: Count = 1
    max_features: Literal["sqrt", "log2"] | Annotated[float, Field(gt=0, le=1)] = "sqrt"
    class_weight: ClassWeight = None


class RandomForest(_Estimator):
    """Trees on bootstrap samples."""

    tasks: ClassVar = _CLASSIFIES
    family: ClassVar = "forest"
    name: Literal["random_forest"]
    parameters: ForestParameters = ForestParameters()


class ExtraTrees(_Estimator):
    """Trees with random cuts."""

    tasks: ClassVar = _CLASSIFIES
    family: ClassVar = "forest"
    name: Literal["extra_trees"]
    parameters: ForestParameters = ForestParameters()


class BoostingParameters(Strict):
    """Parameters of histogram gradient boosting."""

    learning_rate: Positive = 0.1
    max_iter: Count = 100
    max_leaf_nodes: Annotated[int, Field(ge=2)] = 31
    min_samples_leaf: Count = 20
    l2_regularization: Annotated[float, Field(ge=0)] = 0.0
    max_features: Annotated[float, Field(gt=0, le=1)] = 1.0


class BoostingClassifierParameters(BoostingParameters):
    """The same, with class weights."""

    class_weight: ClassWeight = None


class BoostingRegressorParameters(BoostingParameters):
    """The same, with a loss."""

    loss: Literal["squared_error", "absolute_error"] = "squared_error"


class HistGradientBoosting(_Estimator):
    """Histogram gradient boosting, for classes."""

    tasks: ClassVar = _CLASSIFIES
    family: ClassVar = "boosting"
    name: Literal["hist_gradient_boosting"]
    parameters: BoostingClassifierParameters = BoostingClassifierParameters()


class HistGradientBoostingRegressor(_Estimator):
    """Histogram gradient boosting, for numbers."""

    tasks: ClassVar = _REGRESSES
    family: ClassVar = "boosting"
    name: Literal["hist_gradient_boosting_regressor"]
    parameters: BoostingRegressorParameters = BoostingRegressorParameters()


class RidgeParameters(Strict):
    """Parameters of the linear regressors."""

    alpha: Annotated[float, Field(ge=0)] = 1.0


class Ridge(_Estimator):
    """Linear least squares with an L2 penalty."""

    tasks: ClassVar = _REGRESSES
    family: ClassVar = "linear"
    name: Literal["ridge"]
    parameters: RidgeParameters = RidgeParameters()


class Poisson(_Estimator):
    """A log-linear model for counts; the target must not be negative."""

    tasks: ClassVar = _REGRESSES
    family: ClassVar = "linear"
    name: Literal["poisson"]
    parameters: RidgeParameters = RidgeParameters()


EstimatorBlock = Annotated[
    LogisticRegression
    | LinearSvm
    | RandomForest
    | ExtraTrees
    | HistGradientBoosting
    | HistGradientBoostingRegressor
    | Ridge
    | Poisson,
    Field(discriminator="name"),
]

# Measured against scikit-learn 1.9 and skl2onnx 1.20: each of these converts without a word, or
# with a warning, and then answers differently.
REFUSED: dict[tuple[str, str], str] = {
    ("name", "lda"): "the exported linear discriminant is wrong on every row of a binary task",
    ("name", "gaussian_nb"): "the exported naive Bayes is off by 5e-6, more than the 2e-6 allowed",
    ("name", "voting"): "soft voting does not convert",
    ("name", "knn"): "exact, but a file as large as the table and 3 ms a row",
    ("name", "decision_tree"): "write random_forest with n_estimators: 1",
    ("calibration", "isotonic"): "exported isotonic steps flip labels and are off by up to 0.04",
    ("calibration", "temperature"): "temperature scaling does not convert",
    ("scale", "quantile"): "the exported quantile transform differs on every fourth row",
    ("scale", "spline"): "splines do not convert",
    ("encode", "native"): "native categories of gradient boosting export wrong on every row",
    ("encode", "infrequent"): "infrequent categories do not convert; see min_category_rows",
    ("encode", "hashing"): "hashing has no converter",
    ("text", "stop_words"): "the graph would drop stop words after building word pairs, not before",
    ("text", "strip_accents"): "text is normalised outside the graph; accents are gone already",
    ("text", "lowercase"): "text is normalised outside the graph; it is lower case already",
    ("text", "token_pattern"): "tokens are what `normalize_text` says, on every runtime",
    ("text", "analyzer"): "write words: and chars:; the analyzer char_wb does not convert",
    ("text", "hashing"): "a hashing vectorizer has no converter",
}
