"""The verb `evaluate`: what is measured, beside what, and where it is written."""

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import House, binary_rows, block
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from modelpress.loading import load
from modelpress.model import Model
from modelpress.signature import Input, Task
from pipeline import evaluate, scoring
from pipeline.artifacts import PARTS, Paths
from pipeline.baselines import baselines
from pipeline.calibration import BINS, calibration, calibration_error
from pipeline.config.judge import Series
from pipeline.config.metrics import metric_ids
from pipeline.errors import RegistryError
from pipeline.evaluate.curves import POINTS, confusion_points, pr_points, roc_points
from pipeline.metrics import value
from pipeline.outcome import Outcome
from pipeline.rows import Rows, read_rows
from pipeline.schema import Facts, Schema
from pipeline.scoring import answer_rows, outcome_of
from pipeline.slices import cut_slices

Json = dict[str, Any]

REGRESSION: Json = {
    "task": "regression",
    "target": {"column": "answer"},
    "estimator": {"name": "ridge"},
    "gate": {"metric": "r2", "promote_on": "not_worse"},
}
MULTICLASS: Json = {
    "task": "multiclass",
    "target": {"column": "answer"},
    "gate": {"metric": "f1_macro", "promote_on": "not_worse"},
}


def rows_of(target: Sequence[float], moment: Sequence[int] = (), **features: Sequence[Any]) -> Rows:
    """Make rows of plain lists; a feature of numbers becomes float32, any other text."""
    count = len(target)
    columns = {
        name: np.array(values, object if any(isinstance(x, str) for x in values) else np.float32)
        for name, values in features.items()
    }
    return Rows(
        columns,
        np.array(target),
        np.arange(count),
        np.array(moment or [-1] * count, np.int64),
        np.array([f"r{i}" for i in range(count)], object),
    )


def schema_of(task: Task, classes: tuple[str, ...] = (), inputs: tuple[Input, ...] = ()) -> Schema:
    facts = Facts("0" * 64, 0, 0, 0, 0)
    return Schema("m", task, "answer", inputs, classes, "", False, {}, facts)  # noqa: FBT003 - the order of time


# Baselines


def test_a_classification_gets_every_constant_answer_with_the_classes_shares() -> None:
    schema = schema_of("multiclass", ("a", "b", "c", "never"))
    train, test = rows_of([1, 2, 1, 0, 2, 1, 1, 2]), rows_of([0, 1, 3])
    made = baselines(schema, None, {"train": train, "test": test}, test)

    told = {name: outcome.told.tolist() for name, outcome in made.items()}
    assert told == {
        "majority": [1, 1, 1],
        "always c": [2, 2, 2],
        "always a": [0, 0, 0],
        "always never": [3, 3, 3],
    }
    for outcome in made.values():
        assert outcome.truth.tolist() == [0, 1, 3]
        assert outcome.probabilities.tolist() == [[1 / 8, 4 / 8, 3 / 8, 0.0]] * 3


def test_a_regression_gets_the_mean_and_the_median_of_the_training_rows() -> None:
    train, test = rows_of([1.0, 2.0, 9.0]), rows_of([100.0, 200.0])
    made = baselines(schema_of("regression"), None, {"train": train, "test": test}, test)

    assert {name: outcome.told.tolist() for name, outcome in made.items()} == {
        "mean": [4.0, 4.0],
        "median": [2.0, 2.0],
    }
    assert all(outcome.classes == 0 for outcome in made.values())


Point = tuple[str, int, float]
"""The name of a series, a moment, a target."""


def part_of(points: list[Point]) -> Rows:
    keys, moments, targets = ([point[i] for point in points] for i in range(3))
    return rows_of(targets, moments, shop=keys)


def newest(known: list[Point], key: str, until: int, otherwise: float) -> float:
    """Look through everything, one by one; of one moment, the row that was written last."""
    found = [(moment, i, target) for i, (k, moment, target) in enumerate(known) if k == key]
    ripe = [entry for entry in found if entry[0] <= until]
    return max(ripe)[2] if ripe else otherwise


POINTS_OF_SERIES = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 40).map(lambda x: 1800 * x), st.integers(0, 9)),
    min_size=1,
    max_size=15,
)


@given(
    parts=st.tuples(POINTS_OF_SERIES, POINTS_OF_SERIES, POINTS_OF_SERIES),
    horizon=st.integers(1, 600),
    season=st.integers(1, 12),
    by=st.sampled_from([(), ("shop",)]),
)
@settings(deadline=None)
def test_naive_forecasts_tell_what_a_search_of_all_known_rows_tells(
    parts: tuple[list[Point], ...], horizon: int, season: int, by: tuple[str, ...]
) -> None:
    series = Series(by=by, horizon_minutes=horizon, season_hours=season)
    split = {name: part_of(points) for name, points in zip(PARTS, parts, strict=True)}
    made = baselines(schema_of("regression"), series, split, split["test"])

    known = [(key if by else "", moment, target) for part in parts for key, moment, target in part]
    asked = [(key if by else "", moment) for key, moment, _ in parts[2]]
    mean = made["mean"].told[0]
    for name, ago in (("persistence", horizon * 60), ("seasonal_naive", season * 3600)):
        wait = max(ago, horizon * 60)
        naive = [newest(known, key, moment - wait, mean) for key, moment in asked]
        assert made[name].told.tolist() == naive


def test_a_naive_forecast_never_looks_into_the_horizon() -> None:
    """A target an hour ahead is not known half an hour later; it is after the whole hour."""
    train = rows_of([10.0], [0])
    test = rows_of([20.0, 30.0, 40.0], [1800, 3600, 7200])
    series = Series(horizon_minutes=60, season_hours=1)
    made = baselines(schema_of("regression"), series, {"train": train, "test": test}, test)

    assert made["persistence"].told.tolist() == [10.0, 10.0, 30.0]


def test_a_naive_forecast_of_classes_is_sure_of_itself_and_falls_back_on_the_majority() -> None:
    schema = schema_of("binary", ("no", "yes"))
    train = rows_of([1, 1, 0], [0, 60, 3600], shop=["a", "a", "b"])
    test = rows_of([0, 0, 0], [7200, 7200, 7200], shop=["a", "b", "new"])
    series = Series(by=("shop",), horizon_minutes=60, season_hours=1)
    told = baselines(schema, series, {"train": train, "test": test}, test)["persistence"]

    assert told.told.tolist() == [1, 0, 1]
    assert told.probabilities.tolist() == [[0, 1], [1, 0], [0, 1]]


# Slices

COLOURS = ("blue", "red")


def sliced(cut: Any, values: Sequence[Any]) -> dict[str, list[int]]:
    """Cut one feature, and name the rows of each slice."""
    inputs = (Input("x", "categorical", categories=COLOURS),)
    rows = rows_of([0] * len(values), x=values)
    found = list(cut_slices(schema_of("regression", inputs=inputs), {"x": cut}, rows))
    assert {part.feature for part in found} <= {"x"}
    return {part.name: np.flatnonzero(part.mask).tolist() for part in found}


def test_categories_are_slices_and_so_are_what_is_missing_and_what_is_not_known() -> None:
    values = ["red", "", "blue", "red", "teal", "Red"]

    assert sliced("categories", values) == {
        "blue": [2],
        "red": [0, 3],
        "missing": [1],
        "other": [4, 5],
    }
    assert sliced("categories", ["red"]) == {"red": [0]}, "empty slices are left out"


def test_a_bin_holds_its_lower_edge_and_what_is_missing_is_none() -> None:
    values = [9.0, 10.0, 19.5, 20.0, math.nan, -1e30]
    bins = {"below 10": [0, 5], "10 to 20": [1, 2], "20 and more": [3], "missing": [4]}

    assert sliced((10.0, 20.0), values) == bins
    assert sliced((20.0, 10.0), values) == bins, "the order of the edges is no matter"


def test_a_text_is_binned_by_its_words() -> None:
    texts = ["", "one", "one two", "one two three", "a b c d e f"]

    assert sliced((2.0, 4.0), texts) == {
        "below 2": [0, 1],
        "2 to 4": [2, 3],
        "4 and more": [4],
    }


@given(
    values=st.lists(st.floats(width=32, allow_infinity=False), min_size=1),
    edges=st.sets(st.floats(-100, 100, width=32), min_size=1, max_size=4),
)
def test_each_number_is_in_exactly_one_slice(values: list[float], edges: set[float]) -> None:
    cut = sliced(tuple(edges), values)

    assert sorted(row for rows in cut.values() for row in rows) == list(range(len(values)))


@given(
    values=st.lists(st.sampled_from(["blue", "red", "teal", "other", "missing", ""]), min_size=1)
)
def test_each_category_is_in_exactly_one_slice(values: list[str]) -> None:
    cut = sliced("categories", values)

    assert sorted(row for rows in cut.values() for row in rows) == list(range(len(values)))


# Calibration


def classified(classes: int, count: int, seed: int) -> Outcome:
    """Probabilities in 64ths, so that there are ties, and truths that follow them."""
    dice = np.random.default_rng(seed)
    shares = dice.dirichlet(np.ones(classes), size=count)
    probabilities = dice.multinomial(64, shares) / 64
    truth = np.array([dice.choice(classes, p=row) for row in shares])
    return Outcome(truth, np.argmax(probabilities, axis=1), probabilities)


def direct_error(told: Sequence[float], observed: Sequence[float]) -> float:
    """Expected calibration error by the book: bins of equal size, the first ones longer by one."""
    ranked = sorted(zip(told, observed, strict=True), key=lambda pair: pair[0])
    bins = min(10, len(ranked))
    size, longer = divmod(len(ranked), bins)
    error, start = 0.0, 0
    for number in range(bins):
        part = ranked[start : start + size + (number < longer)]
        start += len(part)
        error += abs(sum(x for x, _ in part) - sum(y for _, y in part)) / len(ranked)
    return error


@pytest.mark.parametrize("count", [1, 9, 10, 11, 237])
def test_the_calibration_error_is_the_direct_one(count: int) -> None:
    binary, several = classified(2, count, seed=count), classified(4, count, seed=count)
    dice = np.random.default_rng(count)
    numbers = Outcome(dice.normal(size=count), dice.normal(size=count), np.empty((count, 0)))

    yes = [float(truth == 1) for truth in binary.truth]
    assert calibration_error(binary) == pytest.approx(direct_error(binary.score.tolist(), yes))
    right = [float(told == truth) for told, truth in zip(several.told, several.truth, strict=True)]
    surest = several.probabilities.max(axis=1).tolist()
    assert calibration_error(several) == pytest.approx(direct_error(surest, right))
    by_value = direct_error(numbers.told.tolist(), numbers.truth.tolist())
    assert calibration_error(numbers) == pytest.approx(by_value)


def test_bins_hold_equally_many_rows_and_all_of_them() -> None:
    rows = [part.rows for part in calibration(classified(2, 237, seed=0))]

    assert len(rows) == BINS
    assert sum(rows) == 237
    assert max(rows) - min(rows) <= 1


def test_the_threshold_is_no_part_of_calibration() -> None:
    """With a cautious threshold, the told class is not the most probable one."""
    outcome = classified(2, 200, seed=1)
    cautious = Outcome(outcome.truth, np.zeros(200, np.int64), outcome.probabilities)

    assert calibration_error(cautious) == calibration_error(outcome)


# Scoring


def with_words(count: int, seed: int = 0) -> list[dict[str, object]]:
    """Plain rows with a text of any length, and at times none."""
    dice = np.random.default_rng(seed)
    rows = binary_rows(count, seed=seed)
    for row in rows:
        words = ["good" if row["answer"] == "yes" else "bad", *"abcdefgh"]
        row["note"] = " ".join(dice.choice(words, size=dice.integers(0, 40)))
    return rows


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A model of each task, evaluated; tests read, and change only copies."""
    house = House.make(tmp_path_factory.mktemp("evaluate") / "house")
    features = {
        "size": {"kind": "numeric"},
        "colour": {"kind": "categorical"},
        "note": {"kind": "text"},
    }
    slices = {"colour": "categories", "size": [-1, 0, 1], "note": [5, 20]}
    binary = block(features=features, evaluate={"slices": slices})
    rows = with_words(400)
    for i in range(0, 400, 20):
        rows[i] |= {"colour": "grey", "answer": "no"}
    house.add("binary", binary, rows)
    sizes = [{**row, "answer": "small" if i % 3 else row["answer"]} for i, row in enumerate(rows)]
    house.add("multiclass", block(**MULTICLASS), sizes)
    numbers = [
        {**row, "answer": f"{float(str(row['size'])) + i % 7:.3f}"} for i, row in enumerate(rows)
    ]
    house.add("regression", block(**REGRESSION), numbers)
    for name in ("binary", "multiclass", "regression"):
        house.stages(name, until="evaluate")
    return house


def copied(house: House, folder: Path) -> House:
    return House(Path(shutil.copytree(house.root, folder / "copy")))


TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


def model_and_rows(house: House, name: str, part: str = "test") -> tuple[Model, Rows]:
    paths = Paths(house.root, name)
    return load(paths.onnx), read_rows(paths.part(part))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("most_rows", "most_characters"), [(2048, 400_000), (7, 150), (1, 1)])
def test_answers_come_back_in_the_rows_order_whatever_the_batch(
    house: House,
    task: Task,
    most_rows: int,
    most_characters: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, rows = model_and_rows(house, task)
    alone = [model.answer(rows.take(np.array([i])).feeds()) for i in range(len(rows))]
    monkeypatch.setattr(scoring, "_ROWS", most_rows)
    monkeypatch.setattr(scoring, "_CHARACTERS", most_characters)
    told = answer_rows(model, rows)

    assert told.labels.tolist() == [label for one in alone for label in one.labels]
    by_row = [(*one.probabilities.ravel(), *one.values) for one in alone]
    assert len(set(by_row)) > len(rows) / 2, "equal answers would show no order"
    numbers = told.probabilities if model.signature.classes else told.values.reshape(-1, 1)
    np.testing.assert_allclose(numbers, by_row, rtol=1e-5, atol=1e-6)


@given(
    lengths=st.lists(st.integers(0, 300), max_size=60),
    most_rows=st.integers(1, 20),
    most_characters=st.integers(1, 500),
)
@settings(deadline=None)
def test_batches_cover_the_rows_in_order_and_fit(
    lengths: list[int], most_rows: int, most_characters: int
) -> None:
    order = np.argsort(lengths, kind="stable")
    ranked = np.array(lengths, np.int64)[order]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "_ROWS", most_rows)
        patch.setattr(scoring, "_CHARACTERS", most_characters)
        batches = [batch.tolist() for batch in scoring._batches(order, ranked)]

    assert [row for batch in batches for row in batch] == order.tolist()
    for batch in batches:
        assert 1 <= len(batch) <= most_rows
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= most_characters


def test_an_outcome_lays_codes_beside_codes_and_numbers_beside_numbers(house: House) -> None:
    model, rows = model_and_rows(house, "multiclass")
    outcome = outcome_of(model, rows)
    labels = model.predict([plain(rows, i) for i in range(len(rows))])
    assert [model.signature.classes[code] for code in outcome.told] == [x.label for x in labels]
    assert outcome.truth.tolist() == rows.target.tolist()

    model, rows = model_and_rows(house, "regression")
    outcome = outcome_of(model, rows)
    assert outcome.probabilities.shape == (len(rows), 0)
    assert outcome.told == pytest.approx(
        [model.predict(plain(rows, i)).value for i in range(len(rows))], abs=1e-5
    )


def plain(rows: Rows, index: int) -> dict[str, Any]:
    """A row as a user would ask it: nothing for what is missing."""
    values = {name: column[index] for name, column in rows.features.items()}
    return {k: None if v == "" or v != v else v for k, v in values.items()}  # noqa: PLR0124 - NaN


# The verb


def told_by(house: House, name: str, file: str = "evaluation.json") -> Any:
    return json.loads(house.artifact(name, file).read_text("utf-8"))


@pytest.mark.parametrize("task", TASKS)
def test_every_metric_is_told_of_every_part_with_its_interval_and_the_gap(
    house: House, task: Task
) -> None:
    evaluation = told_by(house, task)
    ids = metric_ids(task, told_by(house, task, "schema.json")["positive"])
    values: dict[str, dict[str, float]] = {}
    for part in PARTS:
        outcome = outcome_of(*model_and_rows(house, task, part))
        values[part] = {name: value(name, outcome) for name in ids}
        told = evaluation["metrics"][part]
        assert {name: entry["value"] for name, entry in told.items()} == pytest.approx(
            values[part], abs=1e-6
        )
        assert all(entry["low"] < entry["high"] for entry in told.values())
    gap = {name: got - values["test"][name] for name, got in values["train"].items()}
    assert evaluation["gap"] == pytest.approx(gap, abs=2e-6)
    error = calibration_error(outcome_of(*model_and_rows(house, task)))
    assert evaluation["calibration_error"] == pytest.approx(error, abs=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_metrics_json_holds_the_bare_values_of_the_test_rows(house: House, task: Task) -> None:
    test = told_by(house, task)["metrics"]["test"]

    assert told_by(house, task, "metrics.json") == {k: v["value"] for k, v in test.items()}


def test_baselines_are_measured_on_the_test_rows(house: House) -> None:
    evaluation = told_by(house, "binary")
    truth = model_and_rows(house, "binary")[1].target

    assert set(evaluation["baselines"]) == {"majority", "always yes"}
    share = float(np.mean(truth == 1))
    assert evaluation["baselines"]["always yes"]["recall"]["value"] == 1
    assert evaluation["baselines"]["always yes"]["precision"]["value"] == round(share, 6)
    assert evaluation["baselines"]["majority"]["accuracy"]["value"] == round(1 - share, 6)
    assert set(told_by(house, "regression")["baselines"]) == {"mean", "median"}


def test_each_slice_is_measured_by_its_own_rows(house: House) -> None:
    model, rows = model_and_rows(house, "binary")
    outcome = outcome_of(model, rows)
    told = {(one["feature"], one["slice"]): one for one in told_by(house, "binary")["slices"]}
    red = rows.features["colour"] == "red"

    assert told["colour", "red"]["rows"] == red.sum()
    assert told["colour", "red"]["metrics"]["roc_auc"]["value"] == pytest.approx(
        value("roc_auc", outcome.take(red)), abs=1e-6
    )
    for feature in ("colour", "size", "note"):
        assert sum(one["rows"] for key, one in told.items() if key[0] == feature) == len(rows)
    words = np.array([len(text.split()) for text in rows.features["note"]])
    assert told["note", "below 5"]["rows"] == (words < 5).sum()


def test_a_metric_that_is_not_defined_is_null(house: House) -> None:
    """Of grey things, none is a `yes`: there is no ROC, but there is an accuracy."""
    (grey,) = [one for one in told_by(house, "binary")["slices"] if one["slice"] == "grey"]
    nothing = {"value": None, "low": None, "high": None}

    assert grey["rows"] > 0
    assert grey["metrics"]["roc_auc"] == nothing
    assert grey["metrics"]["average_precision"] == nothing
    assert None not in grey["metrics"]["accuracy"].values()


def later(count: int) -> list[dict[str, object]]:
    """Plain rows, an hour apart."""
    return [
        {**row, "timestamp": f"2026-01-{1 + i // 24:02}T{i % 24:02}:00:00Z"}
        for i, row in enumerate(binary_rows(count))
    ]


BY_TIME: Json = {"split": {"method": "time", "validation": 0.2, "test": 0.2, "seed": 7}}


def test_what_is_not_defined_on_the_test_rows_is_null_everywhere(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A target that stands still has no spread to explain, and so no r2."""
    rows = [
        {**row, "size": f"{row['size']}{i:03}", "answer": f"{i % 7 + float(str(row['size'])):.2f}"}
        for i, row in enumerate(later(300))
    ]
    for row in rows[200:]:
        row["answer"] = "2"
    house = copied(house, tmp_path).add("late", block(**REGRESSION, **BY_TIME), rows)
    with caplog.at_level("INFO"):
        house.stages("late", until="evaluate")

    evaluation = told_by(house, "late")
    nothing = {"value": None, "low": None, "high": None}
    assert evaluation["metrics"]["test"]["r2"] == nothing
    assert None not in evaluation["metrics"]["train"]["r2"].values()
    assert evaluation["baselines"]["mean"]["r2"] == nothing
    assert evaluation["gap"]["r2"] is None
    assert evaluation["gap"]["mean_absolute_error"] is not None
    assert told_by(house, "late", "metrics.json")["r2"] is None
    assert "late evaluate: r2 is not defined on the test rows" in caplog.messages


def test_r2_is_not_defined_where_the_target_stands_still_at_any_number() -> None:
    for count in range(1, 50):
        still = Outcome(np.full(count, 0.1), np.full(count, 0.2), np.empty((count, 0)))
        assert math.isnan(value("r2", still))


def test_a_series_adds_naive_forecasts_and_is_resampled_by_days(
    house: House, tmp_path: Path
) -> None:
    series = {"series": {"by": ["colour"], "horizon_minutes": 60, "season_hours": 24}}
    house = copied(house, tmp_path).add("late", block(**BY_TIME, evaluate=series), later(300))
    house.stages("late", until="evaluate")
    told = told_by(house, "late")["baselines"]
    paths = Paths(house.root, "late")
    parts = {name: read_rows(paths.part(name)) for name in PARTS}
    colours = {name: rows.features["colour"].tolist() for name, rows in parts.items()}
    known = [
        point
        for name, rows in parts.items()
        for point in zip(colours[name], rows.moment.tolist(), rows.target.tolist(), strict=True)
    ]
    test = parts["test"]

    for name, hours in (("persistence", 1), ("seasonal_naive", 24)):
        naive = [
            newest(known, colour, moment - hours * 3600, math.nan)
            for colour, moment in zip(colours["test"], test.moment.tolist(), strict=True)
        ]
        assert told[name]["accuracy"]["value"] == round(float(np.mean(naive == test.target)), 6)


def test_what_evaluate_writes_follows_from_its_inputs_alone(house: House, tmp_path: Path) -> None:
    again = copied(house, tmp_path)
    evaluate.run(again.root, "binary")

    for file in house.artifact("binary", "").rglob("*.json"):
        if file.name != "timing.json":
            assert file.read_bytes() == (again.root / file.relative_to(house.root)).read_bytes()
    assert told_by(again, "binary", "timing.json")["sha256"] == told_by(again, "binary")["sha256"]


def test_a_model_file_that_export_did_not_write_is_refused(house: House, tmp_path: Path) -> None:
    other = copied(house, tmp_path)
    shutil.copy(other.artifact("multiclass", "model.onnx"), other.artifact("binary", "model.onnx"))

    with pytest.raises(RegistryError, match="has sha256"):
        evaluate.run(other.root, "binary")


# The plots


def axes(points: list[Json], *names: str) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.array([point[name] for point in points]) for name in names)


@pytest.mark.parametrize("seed", range(5))
def test_the_area_under_the_roc_points_is_the_metric(seed: int) -> None:
    outcome = classified(2, 150, seed)
    across, up, threshold = axes(
        roc_points(outcome), "false_positive_rate", "true_positive_rate", "threshold"
    )

    assert (across[0], up[0], across[-1], up[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(up, across) == pytest.approx(value("roc_auc", outcome), abs=1e-4)
    assert (np.diff(threshold[1:]) < 0).all()


@pytest.mark.parametrize("classes", [2, 4])
def test_each_point_is_what_its_threshold_gives(classes: int) -> None:
    """Of several classes, every class against the rest is one answer."""
    outcome = classified(classes, 30, seed=3)
    if classes == 2:
        positive, score = outcome.truth == 1, outcome.score
    else:
        positive = (outcome.truth[:, None] == np.arange(classes)).ravel()
        score = outcome.probabilities.ravel()

    for point in pr_points(outcome):
        told = score >= point["threshold"] - 1e-6
        assert point["precision"] == pytest.approx(positive[told].mean(), abs=1e-6)
        assert point["recall"] == pytest.approx(told[positive].mean(), abs=1e-6)
    for point in roc_points(outcome)[1:]:
        told = score >= point["threshold"] - 1e-6
        assert point["true_positive_rate"] == pytest.approx(told[positive].mean(), abs=1e-6)
        assert point["false_positive_rate"] == pytest.approx(told[~positive].mean(), abs=1e-6)


def test_curves_are_thinned_and_keep_their_ends() -> None:
    dice = np.random.default_rng(0)
    score = dice.random(5000)
    truth = (dice.random(5000) < score).astype(np.int64)
    points = roc_points(Outcome(truth, truth, np.column_stack([1 - score, score])))

    assert len(points) == POINTS
    assert points[0]["false_positive_rate"] == 0
    assert points[-1]["false_positive_rate"] == points[-1]["true_positive_rate"] == 1


def test_without_one_of_the_classes_there_is_no_curve_to_draw() -> None:
    probabilities = np.array([[0.4, 0.6], [0.7, 0.3]])
    no, yes = np.zeros(2, np.int64), np.ones(2, np.int64)

    assert pr_points(Outcome(no, no, probabilities)) == []
    assert roc_points(Outcome(yes, yes, probabilities)) == []


def test_the_confusion_counts_every_pair_of_classes() -> None:
    outcome = Outcome(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0]), np.full((5, 2), 0.5))

    assert confusion_points(outcome, ("no", "yes")) == [
        {"actual": "no", "predicted": "no", "rows": 1},
        {"actual": "no", "predicted": "yes", "rows": 1},
        {"actual": "yes", "predicted": "no", "rows": 1},
        {"actual": "yes", "predicted": "yes", "rows": 2},
    ]


@pytest.mark.parametrize("task", TASKS)
def test_the_plots_are_files_of_the_test_rows(house: House, task: Task) -> None:
    outcome = outcome_of(*model_and_rows(house, task))
    calibration_told = told_by(house, task, "plots/calibration.json")
    confusion = told_by(house, task, "plots/confusion.json")

    assert sum(point["rows"] for point in calibration_told) == len(outcome)
    if task == "regression":
        assert [told_by(house, task, f"plots/{x}.json") for x in ("roc", "pr")] == [[], []]
        assert confusion == []
        return
    assert told_by(house, task, "plots/roc.json") == roc_points(outcome)
    assert told_by(house, task, "plots/pr.json") == pr_points(outcome)
    assert sum(point["rows"] for point in confusion) == len(outcome)
    right = sum(point["rows"] for point in confusion if point["actual"] == point["predicted"])
    assert right / len(outcome) == pytest.approx(value("accuracy", outcome))
