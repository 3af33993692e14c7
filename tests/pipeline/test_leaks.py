"""A feature that determines the target is refused; one that merely helps is not."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import REPOSITORY, House, block
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline import prepare
from pipeline.cli import main
from pipeline.errors import DataError
from pipeline.prepare.groups import number_groups, row_keys
from pipeline.prepare.leaks import Leak, class_leaks, number_leaks
from pipeline.rows import Column

Table = dict[str, list[Any]]

ROWS = 1_000


def columns(table: Table) -> dict[str, Column]:
    return {
        name: np.array(values, np.object_ if isinstance(values[0], str) else np.float32)
        for name, values in table.items()
    }


def distinct(features: dict[str, Column], target: NDArray[Any]) -> NDArray[np.int64]:
    pairs = np.column_stack([number_groups(row_keys(features)), target])
    return np.unique(pairs, axis=0, return_index=True)[1]


def found(table: Table, target: list[int]) -> set[tuple[str, ...]]:
    """The leaks of a classification."""
    features, codes = columns(table), np.array(target, np.int64)
    return {leak.features for leak in class_leaks(features, codes, distinct(features, codes))}


def found_in_numbers(table: Table, target: list[float]) -> set[tuple[str, ...]]:
    """The leaks of a regression."""
    features, numbers = columns(table), np.array(target, np.float64)
    return {leak.features for leak in number_leaks(features, numbers, distinct(features, numbers))}


def noise(dice: random.Random, rows: int = ROWS) -> Table:
    return {
        "measure": [dice.gauss(0, 1) for _ in range(rows)],
        "count": [float(dice.randrange(40)) for _ in range(rows)],
        "colour": [dice.choice(("red", "green", "blue")) for _ in range(rows)],
        "name": [f"n{i}" for i in range(rows)],
        "number": [float(i) for i in range(rows)],
    }


def classes(dice: random.Random, shares: tuple[float, ...], rows: int = ROWS) -> list[int]:
    return dice.choices(range(len(shares)), shares, k=rows)


BALANCES = {"even": (0.5, 0.5), "rare": (0.97, 0.03), "three": (0.6, 0.3, 0.1)}

every_balance = pytest.mark.parametrize("shares", BALANCES.values(), ids=BALANCES)

LEAKS: dict[str, Callable[[random.Random, list[int]], Table]] = {
    "its name": lambda _, y: {"leak": [f"class {code}" for code in y]},
    "many words for each": lambda dice, y: {"leak": [f"{c} {dice.randrange(9)}" for c in y]},
    "hundreds of words for each": lambda dice, y: {
        "leak": [f"{c} {dice.randrange(150)}" for c in y]
    },
    "its code": lambda _, y: {"leak": [float(code) for code in y]},
    "a scale apart": lambda dice, y: {"leak": [10 * code + dice.random() for code in y]},
    "two places each": lambda dice, y: {
        "leak": [10 * c + 50 * (dice.random() < 0.5) + dice.random() for c in y]
    },
    "a number known of one class": lambda dice, y: {
        "leak": [dice.random() if code == 0 else 100.0 * code for code in y]
    },
}


@every_balance
@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_one_feature_that_determines_the_class_is_found(
    leak: Callable[[random.Random, list[int]], Table], shares: tuple[float, ...]
) -> None:
    dice = random.Random(1)
    target = classes(dice, shares)

    assert found(noise(dice) | leak(dice, target), target) == {("leak",)}


def test_a_number_that_is_missing_for_one_class_only_is_found() -> None:
    """It is written down once the answer is known."""
    dice = random.Random(2)
    target = classes(dice, (0.7, 0.3))
    closed_after = [dice.choice((1.0, 2.0)) if code else float("nan") for code in target]

    assert found({"closed_after": closed_after} | noise(dice), target) == {("closed_after",)}


def paired(dice: random.Random, rows: int = ROWS) -> tuple[Table, list[int]]:
    """Two codes that say the class only together, as impact and urgency say the priority."""
    left = [dice.choice("123") for _ in range(rows)]
    right = [dice.choice("123") for _ in range(rows)]
    target = [(int(a) + int(b)) % 3 for a, b in zip(left, right, strict=True)]
    return {"left": left, "right": right}, target


def test_two_features_that_determine_the_class_together_are_found() -> None:
    dice = random.Random(3)
    codes, target = paired(dice)
    as_numbers = {name: [float(x) for x in values] for name, values in codes.items()}

    assert found(noise(dice) | codes, target) == {("left", "right")}
    assert found(noise(dice) | as_numbers, target) == {("left", "right")}
    assert found(codes, target) == {("left", "right")}


def test_a_leak_stands_beside_a_few_wrong_labels() -> None:
    dice = random.Random(4)
    target = classes(dice, (0.5, 0.5), 10_000)
    told = [str(code) for code in target]
    for row in dice.sample(range(10_000), 5):
        told[row] = "1" if told[row] == "0" else "0"

    assert found({"told": told}, target) == {("told",)}


def test_in_a_small_table_only_a_copy_of_the_target_is_a_leak() -> None:
    """Forty rows are soon in order by a feature that is merely good."""
    dice = random.Random(6)
    target = classes(dice, (0.5, 0.5), 40)
    good = [round(4 * code + dice.gauss(0, 0.5), 1) for code in target]
    copy = [2.0 * code + 1 for code in target]

    assert found({"good": good} | noise(dice, 40), target) == set()
    assert found({"good": good, "copy": copy} | noise(dice, 40), target) == {("copy",)}


def test_a_strong_feature_is_no_leak() -> None:
    """One wrong row in a hundred is strong, not certain."""
    dice = random.Random(5)
    target = classes(dice, (0.5, 0.5))
    told = [code if dice.random() < 0.99 else 1 - code for code in target]
    strong = {"word": [str(x) for x in told], "number": [2.0 * x + dice.random() for x in told]}

    assert found(noise(dice) | strong, target) == set()


@every_balance
@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_leak(seed: int, shares: tuple[float, ...]) -> None:
    dice = random.Random(seed)

    assert found(noise(dice), classes(dice, shares)) == set()


@pytest.mark.parametrize("rare", [3, 20, 300])
def test_a_rare_class_and_features_that_say_nothing_are_no_leak(rare: int) -> None:
    """Who never says `fraud` is right in 999 of 1,000 rows, and determines nothing."""
    dice = random.Random(6)
    rows = 50_000
    target = [1] * rare + [0] * (rows - rare)
    dice.shuffle(target)
    table = {
        "flag": [dice.choice(("yes", "no")) for _ in range(rows)],
        "bit": [float(dice.random() < 0.01) for _ in range(rows)],
        "amount": [dice.lognormvariate(3, 1) for _ in range(rows)],
        "branch": [f"b{dice.randrange(90)}" for _ in range(rows)],
    }

    assert found(table, target) == set()


@pytest.mark.parametrize("rare", [1, 2, 4])
def test_few_rows_of_a_class_prove_nothing(rare: int) -> None:
    """One row is always in one place; the split will say that there are too few."""
    dice = random.Random(7)
    target = [1] * rare + [0] * (ROWS - rare)

    assert found(noise(dice) | {"told": [str(code) for code in target]}, target) == set()


@pytest.mark.parametrize("times", [2, 10])
def test_copies_of_rows_are_no_leak(times: int) -> None:
    """Rare rows are often repeated to balance a table; a copy agrees with itself in everything."""
    dice = random.Random(8)
    target = classes(dice, (0.5, 0.5), 200)
    table = {name: values * times for name, values in noise(dice, 200).items()}

    assert found(table, target * times) == set()
    numbers = [dice.gauss(0, 1) for _ in range(200)]
    assert found_in_numbers(table, numbers * times) == set()


def test_a_table_of_one_feature_leaks_although_its_rows_are_copies() -> None:
    dice = random.Random(9)
    target = classes(dice, (0.5, 0.5))

    assert found({"told": [str(code) for code in target]}, target) == {("told",)}


def test_a_long_text_costs_no_more_than_its_length() -> None:
    """As an array of text, every row would be as long as the longest: 20 gigabytes here."""
    dice = random.Random(10)
    texts = [f"note {i}" for i in range(50_000)]
    texts[7] = "x" * 100_000

    assert found({"text": texts}, classes(dice, (0.5, 0.5), 50_000)) == set()


@settings(deadline=None)
@given(
    target=st.lists(st.integers(0, 2), min_size=4, max_size=60).filter(lambda y: len(set(y)) > 1),
    seed=st.integers(0, 2**32),
)
def test_the_target_itself_is_always_found_and_a_name_of_each_row_never(
    target: list[int], seed: int
) -> None:
    dice = random.Random(seed)
    # The classes are codes without a gap, as `prepare` makes them.
    codes = [sorted(set(target)).index(code) for code in target]
    order = dice.sample(range(len(codes)), len(codes))
    table: Table = {"name": [f"n{i}" for i in order]}
    assert found(table, codes) == set()

    table["told"] = [f"c{code}" for code in codes]
    proven = min(codes.count(code) for code in codes) >= 5
    assert found(table, codes) == ({("told",)} if proven else set())


# Numbers


def parts(dice: random.Random, rows: int = ROWS) -> Table:
    return {
        "casual": [float(dice.randrange(300)) for _ in range(rows)],
        "registered": [float(dice.randrange(800)) for _ in range(rows)],
        "warmth": [dice.gauss(20, 5) for _ in range(rows)],
        "hour": [float(i % 24) for i in range(rows)],
    }


def total(table: Table) -> list[float]:
    return [a + b for a, b in zip(table["casual"], table["registered"], strict=True)]


def test_a_sum_of_two_numbers_is_found_with_the_two_that_make_it() -> None:
    table = parts(random.Random(11))

    assert found_in_numbers(table, total(table)) == {("casual", "registered")}


def test_the_target_in_another_unit_is_found() -> None:
    dice = random.Random(12)
    celsius = [dice.gauss(15, 8) for _ in range(ROWS)]
    table = {
        "fahrenheit": [1.8 * x + 32 for x in celsius],
        "hour": [float(i % 24) for i in range(ROWS)],
    }

    assert found_in_numbers(table, celsius) == {("fahrenheit",)}


def test_a_word_that_stands_for_one_number_each_is_found() -> None:
    dice = random.Random(13)
    price = {"small": 3.5, "middle": 4.25, "large": 7.0}
    sizes = [dice.choice(list(price)) for _ in range(ROWS)]

    assert found_in_numbers({"size": sizes}, [price[size] for size in sizes]) == {("size",)}


def test_a_sum_is_found_among_rows_with_gaps_and_copies_of_its_parts() -> None:
    table = parts(random.Random(14))
    target = total(table)
    table["casual"][::7] = [float("nan")] * len(table["casual"][::7])
    table["registered, again"] = table["registered"]

    (names,) = found_in_numbers(table, target)
    assert "casual" in names


def test_one_part_of_a_sum_or_a_sum_with_noise_is_no_leak() -> None:
    dice = random.Random(15)
    table = parts(dice)
    target = total(table)
    noisy = [y + dice.gauss(0, 5) for y in target]

    assert found_in_numbers(table, noisy) == set()
    del table["casual"]
    assert found_in_numbers(table, target) == set()


def test_few_rows_that_any_line_would_fit_are_no_leak() -> None:
    dice = random.Random(16)
    table = {f"x{i}": [dice.gauss(0, 1) for _ in range(12)] for i in range(11)}

    assert found_in_numbers(table, [dice.gauss(0, 1) for _ in range(12)]) == set()


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_numbers_of_any_size_are_judged_without_a_warning(scale: float) -> None:
    table = parts(random.Random(17))
    target = [scale * y for y in total(table)]

    assert found_in_numbers({"wet": [0.0] * ROWS}, target) == set()
    assert found_in_numbers(table, target) == {("casual", "registered")}


def test_a_certainty_is_a_share() -> None:
    dice = random.Random(18)
    target = classes(dice, (0.5, 0.5))
    features = columns({"told": [str(code) for code in target]})

    assert list(class_leaks(features, np.array(target), np.arange(ROWS))) == [Leak(("told",), 1.0)]


# As `prepare` refuses them


def laid(house: House, table: Table, **changes: Any) -> None:
    kinds = {
        name: {"kind": "categorical" if isinstance(values[0], str) else "numeric"}
        for name, values in table.items()
        if name != "answer"
    }
    names = list(table)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*table.values(), strict=True)]
    house.add("m", block(**({"features": kinds} | changes)), rows)


MULTICLASS: dict[str, Any] = {
    "task": "multiclass",
    "target": {"column": "answer"},
    "gate": {"metric": "f1_macro", "promote_on": "not_worse"},
}


def priorities() -> Table:
    dice = random.Random(19)
    codes, target = paired(dice, 300)
    caller = [f"c{dice.randrange(40)}" for _ in range(300)]
    return {"caller": caller, **codes, "answer": [f"p{code}" for code in target]}


def test_prepare_names_the_features_the_figures_and_the_way_out(house: House) -> None:
    laid(house, priorities(), **MULTICLASS)
    with pytest.raises(DataError) as caught:
        prepare.run(house.root, "m")

    assert caught.value.message == (
        "the target `answer` is determined in 300 rows by `left` with `right` (100.00%)"
    )
    assert "determines_target: true" in caught.value.hint
    assert not house.artifact("m", "schema.json").exists()


def test_a_feature_that_may_determine_the_target_passes(house: House) -> None:
    """Both of a pair must be let pass, or the other is judged alone, and passes."""
    table = priorities()
    kinds = {name: {"kind": "categorical"} for name in ("caller", "left", "right")}
    kinds["left"]["determines_target"] = True  # type: ignore[assignment]
    laid(house, table, features=kinds, **MULTICLASS)

    prepare.run(house.root, "m")
    assert house.artifact("m", "schema.json").exists()


def test_of_many_leaks_five_are_named(house: House) -> None:
    dice = random.Random(20)
    answer = [dice.choice(("yes", "no")) for _ in range(100)]
    laid(house, {f"copy{i}": answer for i in range(8)} | {"answer": answer})
    with pytest.raises(DataError) as caught:
        prepare.run(house.root, "m")

    assert caught.value.message.count("(100.00%)") == 5
    assert caught.value.message.endswith("; and 3 more")


def test_a_regression_s_leak_is_refused_too(house: House) -> None:
    table = parts(random.Random(21))
    laid(house, table | {"answer": total(table)}, **REGRESSION)
    with pytest.raises(DataError, match="`casual` with `registered`"):
        prepare.run(house.root, "m")


REGRESSION: dict[str, Any] = {
    "task": "regression",
    "target": {"column": "answer"},
    "estimator": {"name": "ridge"},
    "gate": {"metric": "r2", "promote_on": "not_worse"},
}


@pytest.mark.parametrize("model", ["iris", "spam", "credit", "tickets"])
def test_the_shipped_samples_are_not_refused(house: House, model: str) -> None:
    shutil.copy(REPOSITORY / "params.yaml", house.root)
    shutil.copytree(REPOSITORY / "data" / model, house.root / "data" / model)

    prepare.run(house.root, model)
    assert house.artifact(model, "schema.json").exists()


# The public tables


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("model", "file"),
    [
        ("spam", "spam/smsspamcollection.zip"),
        ("spam", "spam/spam.csv"),
        ("credit", "credit/UCI_Credit_Card.csv.zip"),
        ("tickets", "tickets/hadoop_timed.csv.gz"),
        ("tickets", "tickets/hadoop_bugs.csv.gz"),
    ],
    ids=["spam zip", "spam csv", "credit", "tickets by time", "tickets raw"],
)
def test_real_tables_without_a_leak_are_not_refused(
    house: House, realdata: Path, monkeypatch: pytest.MonkeyPatch, model: str, file: str
) -> None:
    shutil.copy(REPOSITORY / "params.yaml", house.root)
    monkeypatch.chdir(house.root)

    assert main(["ingest", model, "--from", str(realdata / file)]) == 0
    assert main(["prepare", model]) == 0


SOURCE = {"encoding": "utf-8", "delimiter": ",", "quoting": "standard"}


def bikes(*more: str) -> dict[str, Any]:
    words = ("season", "weathersit", "weekday")
    numbers = ("hr", "temp", "hum", "windspeed", *more)
    return block(
        **{
            **REGRESSION,
            "target": {"column": "cnt"},
            "data": {
                "row_id": "instant",
                "timestamp": {"column": "dteday", "timezone": "UTC"},
                "sources": {"uci": {**SOURCE, "member": "*/hour.csv"}},
            },
            "features": {name: {"kind": "categorical"} for name in words}
            | {name: {"kind": "numeric"} for name in numbers},
            "split": {"method": "time", "validation": 0.2, "test": 0.2, "seed": 7},
        }
    )


@pytest.mark.realdata
def test_the_riders_of_two_kinds_that_make_the_total_are_refused(
    house: House,
    realdata: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(house.root)
    file = str(realdata / "bikes/Bike-Sharing-Dataset.zip")
    house.write_params({"bikes": bikes("casual", "registered")})
    assert main(["ingest", "bikes", "--from", file]) == 0
    assert main(["prepare", "bikes"]) == 2
    assert "determined in 17,379 rows by `casual` with `registered`" in capsys.readouterr().err

    house.write_params({"bikes": bikes()})
    assert main(["ingest", "bikes", "--from", file]) == 0
    assert main(["prepare", "bikes"]) == 0


def incidents(*more: str) -> dict[str, Any]:
    words = ("contact_type", "caller_id", "location", "category", "subcategory", *more)
    return block(
        **MULTICLASS
        | {
            "target": {"column": "priority"},
            "data": {
                "row_id": "number",
                "timestamp": {"column": "opened_at", "timezone": "UTC"},
                "missing": ["?"],
                "sources": {"uci": SOURCE},
            },
            "features": {name: {"kind": "categorical"} for name in words},
        }
    )


@pytest.mark.realdata
def test_impact_and_urgency_that_make_the_priority_are_refused(
    house: House,
    realdata: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(house.root)
    file = str(realdata / "tickets/incidents_first_event.csv.gz")
    house.write_params({"tickets": incidents("impact", "urgency")})
    assert main(["ingest", "tickets", "--from", file]) == 0
    assert main(["prepare", "tickets"]) == 2
    assert "in 24,918 rows by `impact` with `urgency` (100.00%)" in capsys.readouterr().err

    house.write_params({"tickets": incidents()})
    assert main(["ingest", "tickets", "--from", file]) == 0
    assert main(["prepare", "tickets"]) == 0
    schema = json.loads(house.artifact("tickets", "schema.json").read_text("utf-8"))
    assert schema["classes"] == ["1", "2", "3", "4"]
