"""The verb `prepare`: a schema and three parts, or a refusal that names its figures."""

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import House, binary_rows, block
from hypothesis import given
from hypothesis import strategies as st

from modelpress.loading import load
from modelpress.text import normalize_text
from pipeline import prepare
from pipeline.artifacts import PARTS, Paths
from pipeline.cli import main
from pipeline.columns import _number
from pipeline.errors import DataError, ParamsError, RegistryError
from pipeline.rows import Rows, read_rows
from pipeline.schema import Schema, read_schema

Table = list[dict[str, Any]]

NUMBERS: dict[str, Any] = {
    "task": "regression",
    "target": {"column": "answer"},
    "estimator": {"name": "ridge"},
    "gate": {"metric": "r2", "promote_on": "not_worse"},
}
CLASSES: dict[str, Any] = {
    "task": "multiclass",
    "target": {"column": "answer"},
    "gate": {"metric": "f1_macro", "promote_on": "not_worse"},
}
NO_OF_MANY = {"column": "answer", "positive": "no"}
BY_TIME = {"split": {"method": "time", "validation": 0.2, "test": 0.2, "seed": 7}}


def prepared(house: House, rows: Table, **changes: Any) -> tuple[Schema, dict[str, Rows]]:
    house.add("m", block(**changes), rows)
    prepare.run(house.root, "m")
    paths = Paths(house.root, "m")
    return read_schema(paths.schema), {name: read_rows(paths.part(name)) for name in PARTS}


def refusal(house: House, rows: Table, **changes: Any) -> str:
    house.add("m", block(**changes), rows)
    with pytest.raises((DataError, ParamsError)) as caught:
        prepare.run(house.root, "m")
    assert not house.artifact("m", "schema.json").exists()
    return "\n".join(caught.value.lines())


def edited(count: int, **fields: Callable[[int, dict[str, Any]], Any]) -> Table:
    """Plain rows with some fields computed from a row's number and the row."""
    rows = binary_rows(count)
    return [row | {k: make(i, row) for k, make in fields.items()} for i, row in enumerate(rows)]


# What comes out


def test_the_schema_says_what_the_training_rows_say(house: House) -> None:
    rows = edited(
        300,
        size=lambda i, row: "" if i % 10 == 0 else row["size"],
        colour=lambda i, row: "teal" if i == 7 else "" if i % 4 == 0 else row["colour"],
        words=lambda i, row: "" if i % 2 else f"Ein Wort: {row['colour']}!",
    )
    kinds = {"size": "numeric", "colour": "categorical", "words": "text"}
    features = {name: {"kind": kind} for name, kind in kinds.items()}
    schema, parts = prepared(house, rows, features=features)
    train = parts["train"]
    colour, size, words = schema.inputs

    sizes = train.features["size"]
    assert size.kind == "numeric"
    assert size.range == (
        float(str(np.nanmin(sizes))),
        float(str(np.nanmax(sizes))),
    )
    assert size.typical == float(str(np.nanmedian(sizes)))
    assert size.missing == pytest.approx(np.mean(np.isnan(sizes)), abs=1e-6)

    colours = Counter(train.features["colour"].tolist())
    assert colour.categories == ("blue", "green", "red")
    assert colour.missing == pytest.approx(colours.pop("") / len(train), abs=1e-6)
    assert colour.typical == max(colours, key=lambda name: colours[name])

    assert (words.kind, words.range, words.categories, words.typical) == ("text", None, (), "")
    assert 0.4 < words.missing < 0.6
    names = ("blue", "green", "red", "teal", "")
    told = {"", *(normalize_text(f"Ein Wort: {name}!") for name in names)}
    assert set(train.features["words"].tolist()) <= told


def test_the_schema_counts_rows_duplicates_and_contradictions(house: House) -> None:
    rows = edited(100, size=lambda i, _: str(i))
    twin = rows[0] | {"answer": "no" if rows[0]["answer"] == "yes" else "yes"}
    unlabelled = {"size": "9", "colour": "red", "answer": ""}
    schema, parts = prepared(house, [*rows, rows[1], twin, unlabelled])

    assert (schema.facts.rows, schema.facts.unlabelled) == (102, 1)
    assert (schema.facts.duplicates, schema.facts.contradictions) == (2, 1)
    assert schema.parts == {name: len(part) for name, part in parts.items()}
    assert sum(schema.parts.values()) == 102


def test_the_positive_class_comes_last(house: House) -> None:
    schema, parts = prepared(house, binary_rows(), target={"column": "answer", "positive": "no"})

    assert schema.classes == ("yes", "no")
    assert schema.positive == "no"
    assert set(parts["train"].target.tolist()) == {0, 1}


def test_of_several_classes_too_the_positive_one_comes_last(house: House) -> None:
    rows = edited(300, answer=lambda i, row: "perhaps" if i % 5 == 0 else row["answer"])
    schema, _ = prepared(house, rows, **CLASSES | {"target": NO_OF_MANY})

    assert schema.classes == ("perhaps", "yes", "no")
    assert schema.positive == "no"


def test_values_of_the_target_become_the_labels_that_the_block_gives_them(house: House) -> None:
    rows = edited(200, answer=lambda _, row: "1" if row["answer"] == "yes" else "0")
    target = {"column": "answer", "positive": "good", "classes": {"0": "bad", "1": "good"}}
    schema, parts = prepared(house, rows, target=target)

    assert schema.classes == ("bad", "good")
    good = sum(int(part.target.sum()) for part in parts.values())
    assert good == sum(row["answer"] == "1" for row in rows)


def test_columns_are_found_by_alias_and_others_left_alone(house: House) -> None:
    rows = [
        {"SIZE": r["size"], "color": r["colour"], "answer": r["answer"], "x": 1}
        for r in binary_rows()
    ]
    features = {
        "size": {"kind": "numeric", "aliases": ["SIZE"]},
        "colour": {"kind": "categorical", "aliases": ["color"]},
    }
    schema, _ = prepared(house, rows, features=features)

    assert schema.names == ("colour", "size")


def test_numbers_are_rounded_to_float32_once(house: House) -> None:
    """A value that float64 could tell apart would cross a tree's cut in ONNX."""
    sizes = [f"{16_777_216 + i}.4" for i in range(40)]
    dice = random.Random(1)
    rows = [
        {"size": s, "colour": "ab"[i % 2], "answer": dice.choice(("yes", "no"))}
        for i, s in enumerate(sizes)
    ]
    _, parts = prepared(house, rows * 2)

    for part in parts.values():
        assert part.features["size"].dtype == np.float32
        told = {name: np.float32(sizes[int(name[1:]) % 40 - 1]) for name in part.row.tolist()}
        assert part.features["size"].tolist() == [float(told[name]) for name in part.row.tolist()]


def test_text_is_normalised_and_categories_are_not(house: House) -> None:
    rows = edited(
        100, colour=lambda i, _: ("Rot ", "rot")[i % 2], words=lambda i, _: f"Rot, ROT{i}!"
    )
    features = {
        "size": {"kind": "numeric"},
        "colour": {"kind": "categorical"},
        "words": {"kind": "text"},
    }
    _, parts = prepared(house, rows, features=features)

    assert set(parts["train"].features["colour"].tolist()) == {"Rot ", "rot"}
    assert all(text.startswith("rot") for text in parts["train"].features["words"].tolist())


def test_the_same_table_gives_the_same_bytes(house: House) -> None:
    prepared(house, binary_rows())
    names = ("schema.json", *(f"{part}.parquet" for part in PARTS))
    first = {name: house.artifact("m", name).read_bytes() for name in names}
    prepare.run(house.root, "m")

    assert {name: house.artifact("m", name).read_bytes() for name in names} == first


def homes(parts: dict[str, Rows]) -> dict[str, str]:
    return {row: name for name, part in parts.items() for row in part.row.tolist()}


def test_a_shuffled_table_is_cut_the_same_and_a_longer_one_nearly(house: House) -> None:
    rows = [{"row_id": f"k{i}", **row} for i, row in enumerate(binary_rows(2_200))]
    _, parts = prepared(house, rows[:2_000])
    before = homes(parts)
    shuffled = random.Random(1).sample(rows[:2_000], 2_000)

    assert homes(prepared(house, shuffled)[1]) == before
    after = homes(prepared(house, rows)[1])
    assert sum(after[row] != before[row] for row in before) < 0.02 * 2_000


def test_the_oldest_rows_train_when_time_cuts(house: House) -> None:
    """Whatever their order in the table."""
    days = random.Random(2).sample(range(100), 100)
    rows = edited(
        100, size=lambda i, _: str(i), timestamp=lambda i, _: f"20{days[i]:02}-01-01T00:00:00Z"
    )
    schema, parts = prepared(house, rows, **BY_TIME)

    assert schema.ordered
    assert schema.parts == {"train": 60, "validation": 20, "test": 20}
    newest = {name: part.moment.max() for name, part in parts.items()}
    assert newest["train"] < parts["validation"].moment.min()
    assert newest["validation"] < parts["test"].moment.min()


def test_rare_and_surplus_categories_are_left_out_of_the_schema(house: House) -> None:
    """The most frequent ones stay; five training rows are the least for a published name."""
    names = ["a"] * 60 + ["b"] * 50 + ["c"] * 40 + ["d"] * 3
    rows = edited(153, colour=lambda i, _: names[i])
    contract = {"min_rows_share": 0.8, "max_categories": 2}

    assert prepared(house, rows)[0].inputs[0].categories == ("a", "b", "c")
    assert prepared(house, rows, contract=contract)[0].inputs[0].categories == ("a", "b")


def test_a_flag_that_is_set_or_missing_is_no_constant(house: House) -> None:
    """There is news in what is missing."""
    rows = edited(
        100,
        colour=lambda i, _: "x" if i % 3 else "",
        size=lambda i, _: "1" if i % 2 else "",
        area=lambda i, _: str(i),
    )
    kinds = {"colour": "categorical", "size": "numeric", "area": "numeric"}
    features = {name: {"kind": kind} for name, kind in kinds.items()}
    inputs = {x.name: x for x in prepared(house, rows, features=features)[0].inputs}

    assert inputs["colour"].categories == ("x",)
    assert inputs["size"].range == (1.0, 1.0)


def test_an_optional_feature_may_be_empty_throughout_but_not_constant(house: House) -> None:
    """A source that does without it; the stages behind go on, and any category counts as new."""
    features = {
        "size": {"kind": "numeric"},
        "colour": {"kind": "categorical", "optional": True},
    }
    rows = edited(300, colour=lambda *_: "")
    schema, _ = prepared(house, rows, features=features)

    colour = next(x for x in schema.inputs if x.name == "colour")
    assert (colour.categories, colour.missing) == ((), 1)
    for name in ("logistic_regression", "hist_gradient_boosting", "random_forest"):
        house.add("m", block(features=features, estimator={"name": name}), rows).stages("m")
        model = load(house.artifact("m", "model.onnx"))
        known, new = (model.predict({"size": 1.0, "colour": x}) for x in (None, "red"))
        assert known.label == new.label == "yes"

    house.artifact("m", "schema.json").unlink()
    red = edited(300, colour=lambda *_: "red")
    assert "`colour` is `red` in all 300 labelled rows" in refusal(house, red, features=features)


def test_a_regression_s_numbers_of_any_size_pass_without_a_warning(house: House) -> None:
    dice = random.Random(3)
    rows = edited(100, answer=lambda *_: f"{dice.gauss(0, 1)}e37")
    schema, parts = prepared(house, rows, **NUMBERS)

    assert schema.classes == ()
    assert np.abs(parts["train"].target).max() > 1e37


# What is refused


def test_a_target_among_the_features_is_refused(house: House) -> None:
    features = {"size": {"kind": "numeric"}, "answer": {"kind": "categorical"}}

    assert "`answer` is the target" in refusal(house, binary_rows(), features=features)


def test_a_table_that_has_lost_rows_since_it_was_accepted_is_refused(house: House) -> None:
    house.write_table("m", binary_rows(1))
    record = house.root / "data/m/source.json"
    record.write_text('{"source": "shop", "rows": 100}', "utf-8")

    text = refusal(house, binary_rows(79))
    assert "79 rows, and the last accepted table had 100: 79.0%, at least 80.0% are asked" in text
    assert "modelpress ingest" in text
    prepared(house, binary_rows(80))

    record.write_text("[]", "utf-8")
    with pytest.raises(RegistryError):
        prepare.run(house.root, "m")


REFUSALS: dict[str, tuple[Table, dict[str, Any], list[str]]] = {
    "one class": (
        edited(50, answer=lambda *_: "yes"),
        {},
        ["target `answer` has 1 classes (`yes` 50) in 50 labelled rows", "one of them `yes`"],
    ),
    "no labels": (
        edited(50, answer=lambda *_: ""),
        {},
        ["target `answer` has 0 classes (none) in 0 labelled rows"],
    ),
    "three classes in a binary task": (
        edited(50, answer=lambda i, _: ("yes", "no", "maybe")[i % 3]),
        {},
        ["has 3 classes (`maybe` 16, `no` 17, `yes` 17)", "two, one of them `yes`"],
    ),
    "no positive class": (
        edited(50, answer=lambda i, _: ("Yes", "No")[i % 2]),
        {},
        ["has 2 classes (`No` 25, `Yes` 25) in 50", "two, one of them `yes`"],
    ),
    "one class of many": (
        edited(50, answer=lambda *_: "yes"),
        CLASSES,
        ["has 1 classes (`yes` 50)", "at least two are asked"],
    ),
    "no positive class of many": (
        edited(50, answer=lambda i, _: ("yes", "maybe")[i % 2]),
        CLASSES | {"target": NO_OF_MANY},
        ["has 2 classes (`maybe` 25, `yes` 25) in 50", "at least two, one of them `no` are asked"],
    ),
    "an unknown class": (
        edited(50, answer=lambda i, row: "unsure" if i < 3 else row["answer"]),
        {"target": {"column": "answer", "positive": "y", "classes": {"yes": "y", "no": "n"}}},
        ["column `answer`: 3 rows say `unsure`, which is no class", "knows `no`, `yes`"],
    ),
    "one number": (
        edited(50, answer=lambda i, _: "" if i < 9 else "2.5"),
        NUMBERS,
        ["the target `answer` is `2.5` in all 41 rows that have one"],
    ),
    "no numbers": (
        edited(50, answer=lambda *_: ""),
        NUMBERS,
        ["the target `answer` is empty in every row"],
    ),
    "constant features": (
        edited(50, colour=lambda *_: "red", size=lambda *_: "3"),
        {},
        ["`colour` is `red`, `size` is `3.0` in all 50 labelled rows", "remove it"],
    ),
    "features without a value": (
        edited(50, colour=lambda *_: "", size=lambda *_: ""),
        {},
        ["`colour` is empty, `size` is empty in all 50 labelled rows"],
    ),
    "a column that is not there": (
        [{"size": row["size"], "answer": row["answer"]} for row in binary_rows(50)],
        {},
        ["there is no column `colour`; the columns are `size`, `answer`"],
    ),
    "words among numbers": (
        edited(50, size=lambda i, row: "n/a" if i in {4, 9} else row["size"]),
        {},
        ["column `size`: 2 of 50 values are not numbers, first `n/a` in row 5", "data.missing"],
    ),
    "a target that is no number": (
        edited(50, answer=lambda i, _: "12,5" if i == 1 else str(i)),
        NUMBERS,
        ["column `answer`: 1 of 50 values are not numbers, first `12,5` in row 2"],
    ),
    "too few rows of a class": (
        edited(100, answer=lambda i, _: "yes" if i < 2 else "no"),
        {},
        [
            "class `yes` has 2 rows, 2 of them different, too few for three parts",
            "train 2, validation 0, test 0",
            "merge rare classes",
        ],
    ),
    "too few rows for a regression": (
        edited(2, answer=lambda i, _: str(i)),
        NUMBERS,
        ["the table has 2 rows, 2 of them different, too few for three parts: train 2"],
    ),
    "no moments to cut by": (
        edited(50, timestamp=lambda i, _: "" if i < 7 else "2026-01-01T00:00:00Z"),
        BY_TIME,
        ["7 of 50 rows have no timestamp, and split.method is time", "data.timestamp"],
    ),
    "no column of moments": (binary_rows(50), BY_TIME, ["50 of 50 rows have no timestamp"]),
    "a moment without an offset": (
        edited(50, timestamp=lambda *_: "2026-01-01T00:00:00"),
        BY_TIME,
        ["row 1: `2026-01-01T00:00:00` is no moment in UTC"],
    ),
    "a feature that only the future knows": (
        edited(
            100,
            timestamp=lambda i, _: f"{2000 + i}-01-01T00:00:00Z",
            size=lambda i, row: row["size"] if i >= 80 else "",
            area=lambda i, _: str(i),
        ),
        BY_TIME | {"features": {"size": {"kind": "numeric"}, "area": {"kind": "numeric"}}},
        ["`size` is empty in all 60 training rows"],
    ),
    "one row by two names": (
        edited(50, row_id=lambda i, _: f"r{i // 2}"),
        {},
        ["two rows have the row_id `r0`"],
    ),
}


@pytest.mark.parametrize(("rows", "changes", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_table_that_breaks_its_contract_is_refused_with_the_figures(
    house: House, rows: Table, changes: dict[str, Any], words: list[str]
) -> None:
    text = refusal(house, rows, **changes)

    assert [word for word in words if word not in text] == [], text


def test_rows_that_are_alike_all_the_time_are_told_why_they_cannot_be_cut(house: House) -> None:
    """Groups go whole to the part of their latest row, so few features leave nothing to train."""
    dice = random.Random(4)
    rows = [
        {
            "timestamp": f"{2000 + i}-01-01T00:00:00Z",
            "size": str(i % 2),
            "colour": "ab"[i % 3 == 0],
            "answer": dice.choice(("yes", "no")),
        }
        for i in range(100)
    ]
    text = refusal(house, rows, **BY_TIME)

    assert "4 of them different, too few for three parts: train 0, validation 0" in text
    assert "rows with equal features stay together, where the latest of them is" in text


def test_after_a_refusal_the_parts_of_the_last_sound_table_are_still_there(house: House) -> None:
    prepared(house, binary_rows(100))
    before = {p.name: p.read_bytes() for p in house.artifact("m", "").iterdir()}
    house.write_table("m", edited(100, answer=lambda *_: "yes"))
    with pytest.raises(DataError):
        prepare.run(house.root, "m")

    assert {p.name: p.read_bytes() for p in house.artifact("m", "").iterdir()} == before


def test_the_verb_says_a_refusal_in_two_lines_and_exits_2(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.add("m", block(), edited(50, answer=lambda *_: "yes"))
    monkeypatch.chdir(house.root)

    assert main(["prepare", "m"]) == 2
    fact, hint = capsys.readouterr().err.splitlines()
    assert fact.startswith("error: data/m/table.csv: the target `answer` has 1 classes")
    assert hint.startswith("hint: bring rows of every class")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), (" -1.5e3 ", -1500.0), ("-0", 0.0), (".5", 0.5), ("1e-45", 1e-45)],
    ids=["whole", "exponent", "negative zero", "no leading zero", "tiny"],
)
def test_a_number_is_read_as_python_reads_it(text: str, value: float) -> None:
    assert _number(text) == value


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-Infinity", "1_0", "1,5", "1 000", "0x10", "½", "-", "1e", " "]
)
def test_what_is_no_number_is_never_taken_for_one_or_for_missing(text: str) -> None:
    assert np.isinf(_number(text))


@given(value=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_any_float32_written_in_full_is_read_exactly(value: float) -> None:
    assert np.float32(_number(repr(value))) == np.float32(value)


def test_json_of_the_schema_is_one_line_per_value(house: House) -> None:
    """So that a change of the table shows as a small diff."""
    prepared(house, binary_rows())
    text = house.artifact("m", "schema.json").read_text("utf-8")

    assert json.loads(text)["facts"]["rows"] == 300
    assert '\n  "rows": 300,\n' in text


def test_a_path_in_a_message_is_relative_to_where_the_user_stands(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house.root)
    house.add("m", block(), binary_rows(10))
    Path("data/m/table.csv").unlink()
    with pytest.raises(DataError) as caught:
        prepare.run(house.root, "m")

    assert caught.value.path == "data/m/table.csv"
