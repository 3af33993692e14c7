"""Every metric against scikit-learn's, row for row and draw for draw."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics as sk

from pipeline.config.metrics import METRICS, MetricId, Task
from pipeline.metrics import FUNCTIONS, compute, value
from pipeline.outcome import Outcome

Reference = Callable[[Outcome, NDArray[np.float64]], float]


def of_last(outcome: Outcome) -> dict[str, Any]:
    """Ask scikit-learn about one class, the last: `prepare` puts the positive one there."""
    return {"labels": [outcome.classes - 1], "average": "macro", "zero_division": 0}


CLASS_REFERENCES: dict[MetricId, Reference] = {
    "accuracy": lambda o, w: sk.accuracy_score(o.truth, o.told, sample_weight=w),
    "average_precision": lambda o, w: sk.average_precision_score(o.truth, o.score, sample_weight=w),
    "balanced_accuracy": lambda o, w: sk.balanced_accuracy_score(o.truth, o.told, sample_weight=w),
    "brier_score": lambda o, w: sk.brier_score_loss(o.truth, o.score, sample_weight=w),
    "f1": lambda o, w: sk.f1_score(o.truth, o.told, sample_weight=w, **of_last(o)),
    "f1_macro": lambda o, w: sk.f1_score(
        o.truth, o.told, sample_weight=w, average="macro", zero_division=0
    ),
    "log_loss": lambda o, w: sk.log_loss(
        o.truth, o.probabilities, sample_weight=w, labels=list(range(o.classes))
    ),
    "matthews_corrcoef": lambda o, w: sk.matthews_corrcoef(o.truth, o.told, sample_weight=w),
    "precision": lambda o, w: sk.precision_score(o.truth, o.told, sample_weight=w, **of_last(o)),
    "recall": lambda o, w: sk.recall_score(o.truth, o.told, sample_weight=w, **of_last(o)),
    "roc_auc": lambda o, w: sk.roc_auc_score(o.truth, o.score, sample_weight=w),
}
VALUE_REFERENCES: dict[MetricId, Reference] = {
    "mean_absolute_error": lambda o, w: sk.mean_absolute_error(o.truth, o.told, sample_weight=w),
    "root_mean_squared_error": lambda o, w: sk.root_mean_squared_error(
        o.truth, o.told, sample_weight=w
    ),
    "r2": lambda o, w: sk.r2_score(o.truth, o.told, sample_weight=w),
}


def classified(classes: int, rows: int = 200, seed: int = 0) -> Outcome:
    """Scores with many ties, so that their treatment shows."""
    dice = np.random.default_rng(seed)
    truth = dice.integers(0, classes, rows)
    raw = np.round(dice.random((rows, classes)) + 0.6 * np.eye(classes)[truth], 1) + 0.01
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return Outcome(truth, np.argmax(probabilities, axis=1), probabilities)


def numbers(rows: int = 200, seed: int = 0) -> Outcome:
    dice = np.random.default_rng(seed)
    truth = dice.normal(5, 2, rows)
    return Outcome(truth, truth + dice.normal(0, 1, rows), np.empty((rows, 0)))


def outcomes(task: Task) -> list[Outcome]:
    if task == "regression":
        return [numbers(seed=seed) for seed in range(3)]
    return [classified(2 if task == "binary" else 4, seed=seed) for seed in range(3)]


CASES = [(metric, task) for metric, fit in METRICS.items() for task in sorted(fit.tasks)]


@pytest.mark.parametrize(("metric", "task"), [case for case in CASES if case[0] != "roc_auc_ovr"])
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_every_draw_equals_scikit_learn_with_those_weights(metric: MetricId, task: Task) -> None:
    reference = (CLASS_REFERENCES | VALUE_REFERENCES)[metric]
    for outcome in outcomes(task):
        weights = np.random.default_rng(1).integers(0, 4, (5, len(outcome))).astype(np.float64)
        expected = [reference(outcome, drawn) for drawn in weights]

        np.testing.assert_allclose(compute(metric, outcome, weights), expected, rtol=1e-9)


# scikit-learn's takes no weights for several classes.
def test_the_area_over_several_classes_is_the_mean_of_one_against_the_rest() -> None:
    for outcome in outcomes("multiclass"):
        expected = sk.roc_auc_score(
            outcome.truth, outcome.probabilities, multi_class="ovr", average="macro"
        )

        assert value("roc_auc_ovr", outcome) == pytest.approx(expected, rel=1e-12)


def test_every_metric_of_the_configuration_has_a_function() -> None:
    assert set(FUNCTIONS) == set(METRICS)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_a_draw_without_positives_is_undefined(metric: MetricId) -> None:
    outcome = Outcome(np.zeros(3, np.int64), np.zeros(3, np.int64), np.full((3, 2), 0.5))

    assert np.isnan(value(metric, outcome))


def test_a_class_that_nobody_saw_or_told_does_not_count_in_the_mean() -> None:
    outcome = Outcome(np.array([0, 1, 1]), np.array([0, 1, 0]), np.eye(3)[[0, 1, 0]])

    assert value("f1_macro", outcome) == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert value("balanced_accuracy", outcome) == pytest.approx((1 + 1 / 2) / 2)


def test_a_constant_answer_has_no_correlation() -> None:
    outcome = Outcome(np.array([0, 1, 1]), np.zeros(3, np.int64), np.eye(2)[[0, 0, 0]])

    assert value("matthews_corrcoef", outcome) == 0
    assert value("precision", outcome) == 0
