"""Two classes of a number: cut at a value, or at a quantile of the training rows alone."""

import datetime as dt
import json
import random
from typing import Any

import numpy as np
import pytest
from house import House, block
from hypothesis import given
from hypothesis import strategies as st

from pipeline.artifacts import PARTS, Paths
from pipeline.config import load_block, load_params
from pipeline.config.data import Target
from pipeline.errors import DataError
from pipeline.prepare.cut import cut_of
from pipeline.rows import read_rows
from pipeline.schema import read_schema

START = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
BY_TIME = {"method": "time", "validation": 0.2, "test": 0.2, "seed": 7}


def rows(count: int = 200) -> list[dict[str, object]]:
    dice = random.Random(count)
    found: list[dict[str, object]] = []
    for i in range(count):
        size = dice.gauss(0, 3)
        found.append(
            {
                "row_id": f"r{i}",
                "timestamp": (START + dt.timedelta(hours=i)).isoformat(),
                "size": f"{size:.3f}",
                "colour": dice.choice(("red", "blue")),
                "answer": "" if i % 40 == 7 else max(0, round(5 + size + dice.gauss(0, 2))),
            }
        )
    return found


def prepared(house: House, table: list[dict[str, object]], **changes: Any) -> Paths:
    house.add("m", block(**changes), table).stages("m", until="prepare")
    return Paths(house.root, "m")


def told(paths: Paths) -> dict[str, tuple[str, str]]:
    """From each row's id to its part and its class."""
    schema, found = read_schema(paths.schema), {}
    for part in PARTS:
        own = read_rows(paths.part(part))
        for row, code in zip(own.row, own.target.astype(int), strict=True):
            found[str(row)] = part, schema.classes[code]
    return found


def test_a_number_is_cut_at_a_value_that_counts_as_reached(house: House) -> None:
    table = rows()
    paths = prepared(house, table, target={"column": "answer", "at_least": 5.0, "positive": "1"})
    numbers = {row["row_id"]: row["answer"] for row in table if row["answer"] != ""}

    assert {row: label for row, (_, label) in told(paths).items()} == {
        row: "1" if int(str(number)) >= 5 else "0" for row, number in numbers.items()
    }
    schema = json.loads(paths.schema.read_text("utf-8"))
    assert schema["cut"] == {"relation": "at_least", "value": 5.0}
    assert (schema["classes"], schema["positive"]) == (["0", "1"], "1")
    assert schema["facts"]["unlabelled"] == 5


@pytest.mark.parametrize("split", [BY_TIME, {**BY_TIME, "method": "random"}])
def test_a_quantile_is_one_of_the_training_rows_alone(house: House, split: Any) -> None:
    """Other numbers in validation and test move neither the cut nor a training row."""
    target = {
        "column": "answer",
        "above_quantile": 0.7,
        "classes": {"0": "few", "1": "many"},
        "positive": "few",
    }
    table = rows()
    paths = prepared(house, table, target=target, split=split)
    schema, first = read_schema(paths.schema), told(paths)
    train = [row for row in table if first.get(str(row["row_id"]), [""])[0] == "train"]
    numbers = np.array([float(str(row["answer"])) for row in train])
    assert schema.cut is not None
    assert schema.cut.value == np.quantile(numbers, 0.7, method="lower")
    assert schema.classes == ("many", "few")

    for row in table:
        if row["answer"] != "" and first[str(row["row_id"])][0] != "train":
            row["answer"] = 10 * int(str(row["answer"]))
    second = told(prepared(house, table, target=target, split=split))
    assert read_schema(paths.schema).cut == schema.cut
    assert {r: x for r, x in second.items() if x[0] == "train"} == {
        r: x for r, x in first.items() if x[0] == "train"
    }
    assert second != first


def test_a_feature_that_is_the_number_is_a_leak_of_its_classes(house: House) -> None:
    table = [{**row, "size": row["answer"] or 0} for row in rows()]
    with pytest.raises(DataError, match="is determined in 195 rows by `size`"):
        prepared(house, table, target={"column": "answer", "at_least": 5.0, "positive": "1"})


def test_a_cut_that_nothing_reaches_is_refused(house: House) -> None:
    with pytest.raises(DataError, match="has 1 classes"):
        prepared(house, rows(), target={"column": "answer", "at_least": 500.0, "positive": "1"})


def test_a_text_has_no_cut(house: House) -> None:
    table = [{**row, "answer": "yes"} for row in rows()]
    with pytest.raises(DataError, match="200 of 200 values are not numbers, first `yes`"):
        prepared(house, table, target={"column": "answer", "at_least": 5.0, "positive": "1"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"at_least": 5.0, "above_quantile": 0.5}, "at_least cuts the number already"),
        ({"at_least": 5.0, "positive": "many"}, "there is no class `many`"),
        ({"at_least": 5.0, "classes": {"5": "1", "0": "0"}}, "becomes `0` or `1`"),
        ({"at_least": float("nan")}, "finite"),
        ({"above_quantile": 1.0}, "less than 1"),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused_by_its_key(
    house: House, changes: dict[str, Any], message: str
) -> None:
    house.add("m", block(target={"column": "answer", "positive": "1", **changes}), rows())
    faults = load_params(house.root).faults["m"]

    assert any(message in fault.message for fault in faults)


def test_a_regression_has_no_cut(house: House) -> None:
    house.add("m", block(task="regression", target={"column": "answer", "at_least": 5.0}), rows())

    assert "has no number to cut" in str(load_params(house.root).faults["m"][0].message)


@given(
    numbers=st.lists(st.integers(0, 30), min_size=1),
    share=st.floats(0.01, 0.99),
)
def test_a_quantile_is_a_number_that_occurs_and_has_its_share_below(
    numbers: list[int], share: float
) -> None:
    cut = cut_of(Target(column="x", above_quantile=share), np.array(numbers, np.float64))

    assert cut.value in numbers
    above = sum(cut.label(x) == "1" for x in numbers)
    assert above <= (1 - share) * len(numbers) + 1


def test_a_block_without_a_cut_has_none(house: House) -> None:
    table = [{**row, "answer": "yes" if i % 3 else "no"} for i, row in enumerate(rows())]

    assert read_schema(prepared(house, table).schema).cut is None
    assert not load_block(house.root, "m").target.cuts
