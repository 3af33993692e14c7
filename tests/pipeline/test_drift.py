"""Drift tests: what they compute, what fires them, and what does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, ks_2samp, wasserstein_distance

from modelpress.signature import Input
from pipeline.config.watch import Limits
from pipeline.drift import (
    Ask,
    Finding,
    answer_drift,
    at_prior,
    class_drift,
    class_shares,
    feature_drift,
    judge,
)
from pipeline.drift.categorical import categorical_drift
from pipeline.drift.numeric import numeric_drift
from pipeline.drift.share import Part, risen
from pipeline.drift.stability import chance
from pipeline.drift.text import text_drift
from pipeline.outcome import Outcome
from pipeline.registration.reference import _binned, _histogram
from pipeline.registry import PREDICTION, TARGET
from pipeline.rows import Column
from pipeline.sketch import Vocabulary, sketch_texts

ASK = Ask("x", Limits())


def by_test(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.test: finding for finding in findings}


def numbers(seed: int, rows: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, 1, rows).astype(np.float32)


def test_a_few_rows_are_compared_by_ks_and_many_by_wasserstein() -> None:
    reference = _binned(numbers(1, 5000))

    assert set(by_test(numeric_drift(ASK, reference, numbers(2, 500)))) == {"ks", "psi"}
    assert set(by_test(numeric_drift(ASK, reference, numbers(2, 2000)))) == {"wasserstein", "psi"}


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.5, 1.0])
def test_binned_distances_come_near_those_of_the_numbers_themselves(shift: float) -> None:
    before, few, many = numbers(1, 5000), numbers(2, 1000, shift), numbers(3, 5000, shift)
    reference = _binned(before)
    ks = by_test(numeric_drift(ASK, reference, few))["ks"]
    wasserstein = by_test(numeric_drift(ASK, reference, many))["wasserstein"]

    exact = ks_2samp(before, few)
    assert exact.statistic - 0.06 <= ks.value <= exact.statistic + 1e-9, "never above"
    assert ks.p >= exact.pvalue / 2
    assert wasserstein.value == pytest.approx(wasserstein_distance(before, many), abs=0.12)


def test_half_a_standard_deviation_fires_and_a_sure_trifle_does_not() -> None:
    reference = _binned(numbers(1, 50_000))
    half = judge(numeric_drift(ASK, reference, numbers(2, 1050, 0.5)), 0.01)
    trifle = judge(numeric_drift(ASK, reference, numbers(2, 50_000, 0.05)), 0.01)

    assert [finding.fired for finding in half] == [True, True]
    assert all(finding.p < 0.001 for finding in trifle)
    assert not any(finding.fired for finding in trifle)


SHARES = [0.1, 0.2, 0.5, 0.1, 0.08, 0.02]


def test_codes_that_move_within_their_bins_are_seen() -> None:
    codes = np.random.default_rng(3).choice([-2, -1, 0, 1, 2, 8], 12_000, p=SHARES)
    reference = _binned(codes[:9000])
    same, moved = codes[9000:].astype(np.float64), codes[9000:] + 0.5 * codes.std()

    assert not any(f.fired for f in judge(numeric_drift(ASK, reference, same), 0.01))
    found = by_test(judge(numeric_drift(ASK, reference, moved), 0.01))["wasserstein"]
    assert found.fired
    assert found.value == pytest.approx(0.5, abs=0.05)


def test_a_card_without_means_is_compared_by_the_middles_of_its_bins() -> None:
    reference = _binned(numbers(1, 5000))
    bare = {name: reference[name] for name in ("edges", "counts", "missing")}
    found = by_test(judge(numeric_drift(ASK, bare, numbers(2, 2000, 0.5)), 0.01))

    assert found["wasserstein"].fired
    assert found["wasserstein"].value == pytest.approx(0.5, abs=0.1)


def test_a_handful_of_rows_is_sure_of_nothing() -> None:
    reference = _binned(numbers(1, 5000))
    found = judge(numeric_drift(ASK, reference, numbers(2, 5, 0.8)), 0.01)

    assert any(finding.value > finding.limit for finding in found)
    assert not any(finding.fired for finding in found)


@pytest.mark.parametrize("column", [[], [np.nan, np.nan]])
def test_nothing_is_said_where_there_is_nothing(column: list[float]) -> None:
    reference = _binned(numbers(1, 100))

    assert numeric_drift(ASK, reference, np.array(column)) == []
    assert numeric_drift(ASK, _binned(np.array([])), numbers(1, 50)) == []


COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=6)


@given(COUNTS, COUNTS)
def test_the_chance_is_that_of_the_chi_square_test(before: list[int], now: list[int]) -> None:
    size = min(len(before), len(now))
    table = np.array([before[:size], now[:size]], np.float64)
    found = chance(table[0], table[1])

    assert 0 <= found <= 1
    kept = table[:, table.sum(axis=0) > 0]
    if kept.shape[1] > 1 and kept.sum(axis=1).all():
        expected = chi2_contingency(kept, correction=False).pvalue
        assert found == pytest.approx(float(expected), abs=1e-9)
    else:
        assert found == 1


def letters(seed: int, rows: int, weights: list[float]) -> np.ndarray:
    return np.random.default_rng(seed).choice(["a", "b", "c"], rows, p=weights).astype(object)


def reference_of(values: np.ndarray, names: list[str]) -> dict[str, object]:
    counts = [int((values == name).sum()) for name in names]
    return {"categories": names, "counts": [*counts, len(values) - sum(counts)], "missing": 0}


@pytest.mark.parametrize(("rows", "test"), [(400, "chi_square"), (3000, "jensen_shannon")])
def test_categories_that_change_places_fire(rows: int, test: str) -> None:
    reference = reference_of(letters(1, 20_000, [0.6, 0.3, 0.1]), ["a", "b", "c"])
    same = judge(categorical_drift(ASK, reference, letters(2, rows, [0.6, 0.3, 0.1])), 0.01)
    moved = judge(categorical_drift(ASK, reference, letters(2, rows, [0.3, 0.6, 0.1])), 0.01)

    assert not any(finding.fired for finding in same)
    assert by_test(moved)[test].fired
    assert by_test(moved)["psi"].fired


def test_unknown_categories_are_a_test_of_their_own() -> None:
    known = letters(1, 5000, [0.6, 0.3, 0.1])
    reference = reference_of(known, ["a", "b", "c"])
    now = letters(2, 1000, [0.6, 0.3, 0.1])
    now[:50] = "new"
    field = Input("x", "categorical", categories=("a", "b", "c"))
    found = by_test(judge(feature_drift(field, reference, now, Limits()), 0.01))

    assert found["unknown"].fired
    assert found["unknown"].value == pytest.approx(0.05)
    assert not found["jensen_shannon" if len(now) > 1000 else "chi_square"].fired


def test_missing_values_fire_whatever_the_kind() -> None:
    kinds: dict[str, tuple[Input, dict[str, object], Column]] = {
        "numeric": (Input("x", "numeric"), _binned(numbers(1, 500)), numbers(2, 500)),
        "categorical": (
            Input("x", "categorical", categories=("a", "b", "c")),
            reference_of(letters(1, 500, [0.4, 0.3, 0.3]), ["a", "b", "c"]),
            letters(2, 500, [0.4, 0.3, 0.3]),
        ),
    }
    for kind, (field, reference, column) in kinds.items():
        column[:60] = np.nan if kind == "numeric" else ""
        found = by_test(judge(feature_drift(field, reference, column, Limits()), 0.01))
        assert found["missing"].fired, kind
        assert found["missing"].value == pytest.approx(0.12)


@given(st.integers(0, 50), st.integers(1, 400), st.integers(0, 50), st.integers(1, 400))
def test_a_share_s_chance_is_one(some: int, more: int, now: int, others: int) -> None:
    found = risen(ASK, "missing", Part(some, some + more), Part(now, now + others))

    assert found
    assert 0 <= found.p <= 1
    assert found.value == pytest.approx(now / (now + others) - some / (some + more))


def test_the_shares_of_no_rows_are_none() -> None:
    assert risen(ASK, "missing", Part(0, 0), Part(1, 2)) is None
    assert risen(ASK, "missing", Part(0, 5), Part(0, 0)) is None


WORDS = [f"word{i}" for i in range(120)]


def texts(seed: int, rows: int, swapped: float = 0.0) -> list[str]:
    dice = np.random.default_rng(seed)
    often = np.arange(1, len(WORDS) + 1) ** -0.7
    drawn = dice.choice(WORDS, (rows, 12), p=often / often.sum())
    cut = int(swapped * len(WORDS))
    gone = set(np.random.default_rng(5).permutation(WORDS)[:cut])
    return [" ".join(f"zz{w}" if w in gone else w for w in row) for row in drawn]


def test_a_fifth_of_the_words_swapped_is_seen_and_other_texts_of_the_kind_are_not() -> None:
    reference = sketch_texts(texts(1, 2000), texts(2, 500))
    same = by_test(judge(text_drift(ASK, reference, texts(3, 700)), 0.01))
    swapped = by_test(judge(text_drift(ASK, reference, texts(3, 700, 0.2)), 0.01))

    assert not any(finding.fired for finding in same.values())
    assert swapped["vocabulary"].fired
    assert swapped["domain_auc"].fired


def test_a_card_without_a_sketch_says_nothing_of_texts() -> None:
    assert text_drift(ASK, {"edges": [1.0], "counts": [1, 2], "missing": 0}, ["a b"]) == []


@given(st.lists(st.text("abcdefgh ", max_size=30), max_size=40))
def test_a_vocabulary_has_its_words_after_writing_and_reading(told: list[str]) -> None:
    told = told * 5
    vocabulary = Vocabulary.read(Vocabulary.of(told).text())

    assert not vocabulary.unknown(told).any()
    assert vocabulary.unknown(["never-said"]).tolist() in ([1.0], [0.0])


def test_hardly_a_stranger_passes_for_a_known_word() -> None:
    vocabulary = Vocabulary.of([" ".join(WORDS)] * 5)
    strangers = vocabulary.unknown([f"stranger{i}" for i in range(5000)])

    assert strangers.mean() > 0.98


def test_a_word_of_few_texts_is_not_known() -> None:
    assert Vocabulary.of(["rare word"] * 4).unknown(["rare"]).tolist() == [1.0]


def test_a_moved_prior_is_its_largest_change() -> None:
    reference = {"categories": ["no", "yes"], "counts": [7800, 2200, 0], "missing": 0}
    truth = np.repeat([0, 1], [680, 320])
    outcome = Outcome(truth, truth, np.eye(2)[truth])
    found = judge(class_drift(reference, [outcome], Limits()), 0.01)

    assert [(f.feature, f.test, f.fired) for f in found] == [(TARGET, "prior", True)]
    assert found[0].value == pytest.approx(0.1)


def test_a_prior_that_moved_yesterday_is_told_by_the_last_days() -> None:
    reference = {"categories": ["no", "yes"], "counts": [7800, 2200, 0], "missing": 0}
    week, days = np.repeat([0, 1], [1050, 350]), np.repeat([0, 1], [400, 200])
    outcomes = [Outcome(x, x, np.eye(2)[x]) for x in (week, days)]
    (found,) = class_drift(reference, outcomes, Limits())

    assert found.value == pytest.approx(1 / 3 - 0.22)


def test_what_is_told_is_compared_in_its_own_form() -> None:
    p = np.random.default_rng(1).random(800)
    binary = Outcome((p > 0.5).astype(int), (p > 0.5).astype(int), np.column_stack([1 - p, p]))
    empty = np.empty((800, 0))
    regression = Outcome(p, p, empty)
    several = Outcome(np.zeros(800, int), np.zeros(800, int), np.tile([0.6, 0.3, 0.1], (800, 1)))
    named = {"categories": ["a", "b", "c"], "counts": [300, 300, 200, 0], "missing": 0}

    def tests_of(reference: dict[str, object], outcome: Outcome) -> set[str]:
        found = answer_drift(reference, outcome, Limits())
        assert {finding.feature for finding in found} == {PREDICTION}
        return {finding.test for finding in found}

    assert tests_of(_binned(p), binary) == {"ks", "psi"}
    assert tests_of(_binned(p), regression) == {"ks", "psi"}
    assert tests_of(named, several) == {"chi_square", "psi"}


def test_more_features_make_a_chance_less_sure_and_the_target_is_asked_by_itself() -> None:
    one = Finding("a", "ks", 0.5, 0.1, 0.008)
    many = [one, *(Finding(f"b{i}", "ks", 0.5, 0.1, 0.9) for i in range(20))]
    target = Finding(TARGET, "prior", 0.5, 0.1, 0.008)

    assert judge([one], 0.01)[0].fired
    assert not judge(many, 0.01)[0].fired
    assert judge([*many, target], 0.01)[-1].fired
    assert judge([], 0.01) == []


def test_a_hundred_clean_weeks_hardly_ever_fire() -> None:
    """The family's chance, not the single test's: 100 looks at 10 features."""
    references = [_binned(numbers(100 + i, 5000)) for i in range(10)]
    fired = 0
    for week in range(100):
        found = [
            finding
            for i, reference in enumerate(references)
            for finding in numeric_drift(
                Ask(f"x{i}", Limits(ks=0.001, psi=0.001)),
                reference,
                numbers(1000 + 10 * week + i, 600),
            )
        ]
        fired += any(finding.fired for finding in judge(found, 0.01))

    assert fired <= 6


def test_features_that_move_with_the_prior_alone_have_not_drifted() -> None:
    """Half of the rows are of class 1 now, and were a fifth; a feature lies apart by class."""
    dice = np.random.default_rng(8)

    def of(rows: int, share: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
        truth = (dice.random(rows) < share).astype(np.int64)
        return truth, (dice.normal(0, 1, rows) + 2 * truth + shift).astype(np.float32)

    def fired(truth: np.ndarray, numbers: np.ndarray, known: int) -> bool:
        outcome = Outcome(truth[:known], truth[:known], np.eye(2)[truth[:known]])
        then = at_prior(reference, class_shares(outcome, len(truth)))
        return any(f.fired for f in judge(numeric_drift(ASK, then, numbers), 0.01))

    truth, numbers = of(10_000, 0.2, 0)
    schema_of = _binned(numbers)
    parts = [
        _histogram(numbers[truth == code].astype(float), schema_of["edges"]) for code in (0, 1)
    ]
    reference = {**schema_of, "by_class": parts}
    moved, apart = of(1400, 0.5, 0), of(1400, 0.5, 0.5)

    assert sum(map(sum, parts)) == 10_000
    assert fired(*moved, known=600), "too little is known of the truth"
    assert not fired(*moved, known=1400)
    assert fired(*apart, known=1400), "what moves beside the prior is seen"
