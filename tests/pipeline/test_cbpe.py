"""Performance without labels: equal to what is expected, and close to what turns out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.cbpe import EDGES, calibrated, estimate_metrics, fit_curves
from pipeline.metrics import value
from pipeline.outcome import Outcome


def drawn(seed: int, rows: int, wrong: float = 1.0) -> Outcome:
    """Rows whose truth follows a probability; told are its odds, raised to a power."""
    dice = np.random.default_rng(seed)
    p = dice.beta(0.6, 1.4, rows)
    truth = (dice.random(rows) < p).astype(np.int64)
    odds = (p / (1 - p)) ** wrong
    told = odds / (1 + odds)
    return Outcome(truth, (told >= 0.5).astype(np.int64), np.column_stack([1 - told, told]))


@pytest.mark.parametrize("wrong", [1.0, 2.5, 0.4])
def test_estimates_meet_the_later_truth_even_if_the_model_is_too_sure(wrong: float) -> None:
    curves = fit_curves(drawn(1, 8000, wrong))
    later = drawn(2, 8000, wrong)
    metrics = ["accuracy", "roc_auc", "f1", "average_precision"]
    found = estimate_metrics(metrics, later, curves, 7)  # type: ignore[arg-type]

    for name, estimate in zip(metrics, found, strict=True):
        assert estimate.value == pytest.approx(value(name, later), abs=0.03), name  # type: ignore[arg-type]
        assert estimate.low < estimate.value < estimate.high


def test_the_expected_accuracy_is_the_mean_probability_of_what_was_told() -> None:
    sure = [{"rows": [0] * 18, "hits": [0] * 18, "expected": [0.0] * 18}]
    later = drawn(3, 500)
    (accuracy,) = estimate_metrics(["accuracy"], later, sure, 7)
    told = later.probabilities[np.arange(500), later.told]

    assert accuracy.value == pytest.approx(float(told.mean()), abs=1e-6)


def test_three_classes() -> None:
    dice = np.random.default_rng(4)
    p = dice.dirichlet([0.5, 0.7, 0.9], 6000)
    truth = (dice.random(6000)[:, None] > np.cumsum(p, axis=1)[:, :-1]).sum(axis=1)
    outcome = Outcome(truth, p.argmax(axis=1), p)
    curves = fit_curves(outcome.take(np.arange(3000)))
    later = outcome.take(np.arange(3000, 6000))
    accuracy, macro = estimate_metrics(["accuracy", "f1_macro"], later, curves, 7)

    assert len(curves) == 3
    assert accuracy.value == pytest.approx(value("accuracy", later), abs=0.02)
    assert macro.value == pytest.approx(value("f1_macro", later), abs=0.02)


def test_the_same_seed_gives_the_same_interval() -> None:
    curves, later = fit_curves(drawn(1, 500)), drawn(2, 500)

    assert estimate_metrics(["f1"], later, curves, 7) == estimate_metrics(["f1"], later, curves, 7)


COLUMN = arrays(np.float64, 30, elements=st.floats(0, 1, width=32))


@given(COLUMN, COLUMN)
def test_what_is_calibrated_is_a_probability_in_the_same_order_within_a_bin(
    seen: np.ndarray, told: np.ndarray
) -> None:
    truth = (np.arange(30) % 3 == 0).astype(np.int64)
    curves = fit_curves(Outcome(truth, truth, np.column_stack([1 - seen, seen])))
    p = calibrated(np.column_stack([1 - told, told]), curves)

    assert np.isfinite(p).all()
    assert ((p >= 0) & (p <= 1)).all()
    assert p.sum(axis=1) == pytest.approx(np.ones(30))
    bins = np.searchsorted(EDGES, told, side="right")
    for place in set(bins):
        inside = np.argsort(told[bins == place], kind="stable")
        assert (np.diff(p[bins == place, 1][inside]) >= -1e-9).all()
