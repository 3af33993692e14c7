"""The names of the metrics: scikit-learn's own, with the direction that is better."""

from dataclasses import dataclass
from typing import Literal, get_args

Task = Literal["binary", "multiclass", "regression"]

MetricId = Literal[
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "brier_score",
    "f1",
    "f1_macro",
    "log_loss",
    "matthews_corrcoef",
    "mean_absolute_error",
    "precision",
    "r2",
    "recall",
    "roc_auc",
    "roc_auc_ovr",
    "root_mean_squared_error",
]

_CLASSIFICATION: frozenset[Task] = frozenset({"binary", "multiclass"})
_BINARY: frozenset[Task] = frozenset({"binary"})
_REGRESSION: frozenset[Task] = frozenset({"regression"})


@dataclass(frozen=True)
class Fit:
    """
    Which tasks a metric fits, and how.

    Attributes:
        greater_is_better: Whether more of it is better.
        of_positive: Whether it is about one class, `target.positive`; a multiclass task may name
            one.
    """

    tasks: frozenset[Task]
    greater_is_better: bool = True
    of_positive: bool = False


METRICS: dict[MetricId, Fit] = {
    "accuracy": Fit(_CLASSIFICATION),
    "average_precision": Fit(_BINARY),
    "balanced_accuracy": Fit(_CLASSIFICATION),
    "brier_score": Fit(_BINARY, greater_is_better=False),
    "f1": Fit(_CLASSIFICATION, of_positive=True),
    "f1_macro": Fit(_CLASSIFICATION),
    "log_loss": Fit(_CLASSIFICATION, greater_is_better=False),
    "matthews_corrcoef": Fit(_CLASSIFICATION),
    "mean_absolute_error": Fit(_REGRESSION, greater_is_better=False),
    "precision": Fit(_CLASSIFICATION, of_positive=True),
    "r2": Fit(_REGRESSION),
    "recall": Fit(_CLASSIFICATION, of_positive=True),
    "roc_auc": Fit(_BINARY),
    "roc_auc_ovr": Fit(frozenset({"multiclass"})),
    "root_mean_squared_error": Fit(_REGRESSION, greater_is_better=False),
}

if set(METRICS) != set(get_args(MetricId)):  # pragma: no cover - a slip of the pen
    raise AssertionError("METRICS and MetricId name different metrics")


def metric_ids(task: Task, positive: str) -> list[MetricId]:
    """Every metric that fits the task, by name; without a positive class, none that is about it."""
    return [
        name
        for name, fit in METRICS.items()
        if task in fit.tasks and (positive or not fit.of_positive)
    ]
