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
    """Which tasks a metric fits, and whether more of it is better."""

    tasks: frozenset[Task]
    greater_is_better: bool = True


METRICS: dict[MetricId, Fit] = {
    "accuracy": Fit(_CLASSIFICATION),
    "average_precision": Fit(_BINARY),
    "balanced_accuracy": Fit(_CLASSIFICATION),
    "brier_score": Fit(_BINARY, greater_is_better=False),
    "f1": Fit(_BINARY),
    "f1_macro": Fit(_CLASSIFICATION),
    "log_loss": Fit(_CLASSIFICATION, greater_is_better=False),
    "matthews_corrcoef": Fit(_CLASSIFICATION),
    "mean_absolute_error": Fit(_REGRESSION, greater_is_better=False),
    "precision": Fit(_BINARY),
    "r2": Fit(_REGRESSION),
    "recall": Fit(_BINARY),
    "roc_auc": Fit(_BINARY),
    "roc_auc_ovr": Fit(frozenset({"multiclass"})),
    "root_mean_squared_error": Fit(_REGRESSION, greater_is_better=False),
}

if set(METRICS) != set(get_args(MetricId)):  # pragma: no cover - a slip of the pen
    raise AssertionError("METRICS and MetricId name different metrics")


def metric_ids(task: Task) -> list[MetricId]:
    """Every metric that fits the task, by name."""
    return [name for name, fit in METRICS.items() if task in fit.tasks]
