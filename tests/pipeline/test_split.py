"""Train, validation and test: shares, strata, groups that stay whole and stay where they are."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.config.data import Split
from pipeline.prepare.groups import contradictions, number_groups, row_keys
from pipeline.prepare.split import TEST, TRAIN, VALIDATION, split_at_random, split_by_time
from pipeline.rows import Column

Codes = NDArray[np.int64]

SHARES = st.tuples(st.floats(0.05, 0.45), st.floats(0.05, 0.45))


def cut_of(validation: float = 0.2, test: float = 0.2, seed: int = 7) -> Split:
    return Split(method="random", validation=validation, test=test, seed=seed)


def keys_of(numbers: Codes) -> list[bytes]:
    return row_keys({"x": numbers.astype(np.float32)})


def parts_at_random(numbers: Codes, classes: Codes, split: Split | None = None) -> Codes:
    keys = keys_of(numbers)
    return split_at_random(split or cut_of(), keys, number_groups(keys), classes)


def straddling(group: Codes, part: Codes) -> int:
    """Groups with rows in more than one part."""
    homes = {(int(g), int(p)) for g, p in zip(group, part, strict=True)}
    return len(homes) - len({g for g, _ in homes})


@st.composite
def tables(draw: st.DrawFn) -> tuple[Codes, Codes, Codes]:
    """Rows with many duplicates, classes that may contradict, and moments that may coincide."""
    size = draw(st.integers(1, 200))
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    return (
        dice.integers(0, draw(st.integers(1, 100)), size),
        dice.integers(0, draw(st.integers(1, 4)), size),
        dice.integers(0, draw(st.integers(1, 100)), size),
    )


@settings(deadline=None)
@given(table=tables(), shares=SHARES, seed=st.integers(-(2**31), 2**31))
def test_a_group_never_straddles_parts(
    table: tuple[Codes, Codes, Codes], shares: tuple[float, float], seed: int
) -> None:
    numbers, classes, moment = table
    split = cut_of(*shares, seed)
    group = number_groups(keys_of(numbers))

    assert straddling(group, parts_at_random(numbers, classes, split)) == 0
    assert straddling(group, split_by_time(split, group, moment)) == 0


@settings(deadline=None)
@given(table=tables(), shares=SHARES, seed=st.integers(0, 2**31))
def test_shuffling_the_rows_moves_none(
    table: tuple[Codes, Codes, Codes], shares: tuple[float, float], seed: int
) -> None:
    """Not even a row whose twin has another class: the order of the twins must not count."""
    numbers, classes, moment = table
    split, order = cut_of(*shares), np.random.default_rng(seed).permutation(len(numbers))
    by_time = split_by_time(split, number_groups(keys_of(numbers)), moment)
    shuffled = split_by_time(split, number_groups(keys_of(numbers[order])), moment[order])

    at_random = parts_at_random(numbers, classes, split)
    assert np.array_equal(parts_at_random(numbers[order], classes[order], split), at_random[order])
    assert np.array_equal(shuffled, by_time[order])


@pytest.mark.parametrize("seed", range(8))
def test_growth_by_a_tenth_moves_less_than_two_groups_in_a_hundred(seed: int) -> None:
    """Otherwise the champion would be scored on rows that it was trained on."""
    dice = np.random.default_rng(seed)
    numbers = dice.integers(0, 1_900, 2_200)
    classes = (dice.random(2_200) < 0.13).astype(np.int64)
    before = parts_at_random(numbers[:2_000], classes[:2_000])
    after = parts_at_random(numbers, classes)[:2_000]
    moved = {int(x) for x in numbers[:2_000][before != after]}

    assert len(moved) < 0.02 * len(np.unique(numbers[:2_000]))


@pytest.mark.parametrize("seed", range(4))
def test_every_class_is_cut_in_the_same_shares(seed: int) -> None:
    dice = np.random.default_rng(seed)
    classes = np.repeat([0, 1, 2], [1_000, 200, 20])
    part = parts_at_random(dice.permutation(len(classes)), classes)

    for code, rows in enumerate((1_000, 200, 20)):
        counts = np.bincount(part[classes == code], minlength=3)
        assert counts.tolist() == [0.6 * rows, 0.2 * rows, 0.2 * rows]


def test_another_seed_cuts_elsewhere() -> None:
    numbers, classes = np.arange(500), np.zeros(500, np.int64)
    first, second = (parts_at_random(numbers, classes, cut_of(seed=s)) for s in (1, 2))

    assert 0.3 < np.mean(first != second) < 0.7


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, [1, 0, 0]), (2, [2, 0, 0]), (3, [2, 1, 0]), (5, [3, 1, 1]), (10, [6, 2, 2])],
)
def test_a_class_too_rare_for_all_parts_is_at_least_learnt(rows: int, expected: list[int]) -> None:
    part = parts_at_random(np.arange(rows), np.zeros(rows, np.int64))

    assert np.bincount(part, minlength=3).tolist() == expected


def test_in_time_the_oldest_rows_train_and_the_newest_test() -> None:
    moment = np.array(random.Random(1).sample(range(1_000), 100))
    part = split_by_time(cut_of(), np.arange(100), moment)

    assert Counter(part.tolist()) == {TRAIN: 60, VALIDATION: 20, TEST: 20}
    assert moment[part == TRAIN].max() < moment[part == VALIDATION].min()
    assert moment[part == VALIDATION].max() < moment[part == TEST].min()


def test_rows_of_one_moment_are_not_torn_apart() -> None:
    moment = np.repeat(np.arange(10), 10)
    part = split_by_time(cut_of(0.25, 0.25), np.arange(100), moment)

    assert straddling(moment, part) == 0
    assert set(part.tolist()) == {TRAIN, VALIDATION, TEST}


def test_a_group_that_straddles_a_cut_in_time_goes_to_its_later_part() -> None:
    """A model that trains on a row of the future has seen too much."""
    group = np.arange(100)
    group[99] = group[0]
    part = split_by_time(cut_of(), group, np.arange(100))

    assert part[0] == part[99] == TEST


# What a group is


def column(*words: str) -> Column:
    return np.array(words, np.object_)


def numbers(*values: float) -> Column:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("features", "groups"),
    [
        ({"a": numbers(1, 1, 2)}, [0, 0, 1]),
        ({"a": numbers(0.0, -0.0)}, [0, 0]),
        ({"a": numbers(np.nan, np.nan, 0)}, [0, 0, 1]),
        ({"a": numbers(1, 2), "b": numbers(2, 1)}, [0, 1]),
        ({"a": column("x", "x", "X")}, [0, 0, 1]),
        ({"a": column("xy", "x"), "b": column("z", "yz")}, [0, 1]),
        ({"a": column("", "x"), "b": column("x", "")}, [0, 1]),
        ({"a": column("x", "x", "x"), "b": numbers(1, 2, 1)}, [0, 1, 0]),
        ({"a": column("£", "£", "Â£")}, [0, 0, 1]),
    ],
    ids=[
        "numbers",
        "two zeros",
        "missing numbers",
        "numbers change places",
        "words",
        "words change their border",
        "words change places",
        "numbers and words",
        "beyond ASCII",
    ],
)
def test_rows_are_one_group_when_a_model_could_not_tell_them_apart(
    features: dict[str, Column], groups: list[int]
) -> None:
    assert number_groups(row_keys(features)).tolist() == groups


def test_a_row_keeps_its_key_among_other_rows() -> None:
    alone = row_keys({"a": numbers(1.5), "b": column("x")})

    assert row_keys({"a": numbers(7, 1.5), "b": column("y", "x")})[1:] == alone


def test_groups_with_more_than_one_target_are_counted_once_each() -> None:
    group, target = np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 2, 1, 0, 1])

    assert contradictions(group, target) == 2
    assert contradictions(group, np.zeros(6, np.int64)) == 0
