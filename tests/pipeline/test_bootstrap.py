"""Intervals: their coverage, their pairing, their seed."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.bootstrap import Resampling, days, estimate, gain, interval
from pipeline.config.metrics import MetricId
from pipeline.metrics import value
from pipeline.outcome import Outcome

World = Callable[[np.random.Generator, int], tuple[Outcome, NDArray[np.int64]]]

CLASS_METRICS: list[MetricId] = ["accuracy", "f1", "roc_auc", "average_precision", "log_loss"]
VALUE_METRICS: list[MetricId] = ["mean_absolute_error", "r2"]


def classified(dice: np.random.Generator, groups: int) -> tuple[Outcome, NDArray[np.int64]]:
    """Rows in groups of one to four that share what makes them hard, as duplicates do."""
    group = np.repeat(np.arange(groups), dice.integers(1, 5, groups))
    shared = dice.normal(size=groups)
    chance = 1 / (1 + np.exp(1.5 - 1.6 * shared))
    truth = np.where(
        dice.random(len(group)) < 0.9,
        (dice.random(groups) < chance)[group],
        dice.random(len(group)) < chance[group],
    ).astype(np.int64)
    noise = 0.5 * dice.normal(size=len(group)) + 0.3 * dice.normal(size=groups)[group]
    score = 1 / (1 + np.exp(1.5 - 1.6 * shared[group] - noise))
    probabilities = np.column_stack([1 - score, score])
    return Outcome(truth, (score > 0.4).astype(np.int64), probabilities), group


def valued(dice: np.random.Generator, groups: int) -> tuple[Outcome, NDArray[np.int64]]:
    group = np.repeat(np.arange(groups), dice.integers(1, 5, groups))
    level = 3 * dice.normal(size=groups)
    truth = 10 + level[group] + dice.normal(size=len(group))
    told = 10 + 0.8 * level[group] + (dice.normal(size=groups) * 0.8)[group]
    return Outcome(truth, told, np.empty((len(group), 0))), group


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "metrics"),
    [(classified, CLASS_METRICS), (valued, VALUE_METRICS)],
    ids=["classes", "numbers"],
)
def test_intervals_cover_the_truth_93_to_97_times_in_100(
    world: World, metrics: list[MetricId]
) -> None:
    """
    The truth is known here: it is the value on a vast sample of the same world.

    200 worlds alone would leave the share itself uncertain by three points; four samples of each
    halve that.
    """
    dice = np.random.default_rng(5)
    vast, _ = world(dice, 1_000_000)
    truth = [value(metric, vast) for metric in metrics]
    hits = np.zeros(len(metrics))
    for _ in range(200 * 4):
        outcome, group = world(dice, 400)
        found = estimate(metrics, outcome, Resampling(group, int(dice.integers(1 << 30))))
        hits += [e.low <= t <= e.high for e, t in zip(found, truth, strict=True)]
    covered = dict(zip(metrics, (hits / 800).round(3).tolist(), strict=True))

    assert all(0.93 <= share <= 0.97 for share in covered.values()), covered


def test_rows_drawn_one_by_one_would_promise_too_much() -> None:
    dice = np.random.default_rng(2)
    outcome, group = classified(dice, 300)
    (grouped,) = estimate(["accuracy"], outcome, Resampling(group, 1))
    (alone,) = estimate(["accuracy"], outcome, Resampling(np.arange(len(outcome)), 1))

    assert grouped.high - grouped.low > 1.2 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    outcome, group = classified(np.random.default_rng(3), 100)
    first, again, other = (estimate(["f1"], outcome, Resampling(group, seed)) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_draws_do_not_depend_on_how_many_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, group = classified(np.random.default_rng(3), 100)
    whole = estimate(["f1"], outcome, Resampling(group, 1))
    monkeypatch.setattr("pipeline.bootstrap._CELLS", 5000)

    assert estimate(["f1"], outcome, Resampling(group, 1)) == whole


def test_pairing_sees_a_difference_that_separate_intervals_hide() -> None:
    """Two models that differ in a few rows only are compared on the same draws."""
    outcome, group = classified(np.random.default_rng(4), 300)
    mended = outcome.told.copy()
    wrong = np.flatnonzero(mended != outcome.truth)[:12]
    mended[wrong] = outcome.truth[wrong]
    better = Outcome(outcome.truth, mended, outcome.probabilities)
    resampling = Resampling(group, 1)
    (ours,), (theirs,) = (estimate(["accuracy"], o, resampling) for o in (better, outcome))
    found = gain("accuracy", better, outcome, resampling)

    assert ours.low < theirs.high
    assert found.low > 0
    assert found.value == pytest.approx(12 / len(outcome))


def test_a_gain_is_positive_when_a_loss_falls() -> None:
    outcome, group = valued(np.random.default_rng(4), 100)
    perfect = Outcome(outcome.truth, outcome.truth, outcome.probabilities)
    found = gain("mean_absolute_error", perfect, outcome, Resampling(group, 1))

    assert found.low > 0
    assert found.value == pytest.approx(value("mean_absolute_error", outcome))


def test_an_undefined_metric_has_no_interval() -> None:
    assert all(np.isnan(interval(np.empty(0))))
    nothing = Outcome(np.zeros(4, np.int64), np.zeros(4, np.int64), np.full((4, 2), 0.5))
    (found,) = estimate(["roc_auc"], nothing, Resampling(np.arange(4), 1))

    assert np.isnan([found.value, found.low, found.high]).all()


def test_days_begin_at_midnight_utc() -> None:
    assert list(days(np.array([0, 86_399, 86_400]))) == [0, 0, 1]
