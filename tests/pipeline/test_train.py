"""The verb `train`: folds, tuning, the threshold, and the file of the fitted estimator."""

import io
import json
import random
import re
import zipfile
from typing import Any

import numpy as np
import pytest
import skops.io
from house import House, binary_rows, block
from house import Rows as TableRows
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from numpy.typing import NDArray
from skops.io.exceptions import UntrustedTypesFoundException

from pipeline import train
from pipeline.config.judge import Threshold
from pipeline.errors import DataError
from pipeline.estimators import TRUSTED_TYPES, frame
from pipeline.rows import Rows, read_rows, write_rows
from pipeline.schema import Facts, Schema
from pipeline.train.folds import Fold, cut_folds
from pipeline.train.store import canonical
from pipeline.train.threshold import Chosen, choose_threshold

FEATURES = {
    "size": {"kind": "numeric"},
    "colour": {"kind": "categorical"},
    "note": {"kind": "text"},
}
SEARCH = {"C": {"low": 0.001, "high": 100.0, "log": True}}
TUNE: dict[str, Any] = {"trials": 5, "folds": 3, "search": SEARCH}


def rows_with_notes(count: int = 200) -> TableRows:
    dice = random.Random(2)
    words = ("fee", "due", "wait", "call", "café", "sky")
    return [
        {**row, "note": " ".join(dice.choices(words, k=4))} for row in binary_rows(count, seed=4)
    ]


def trained(house: House, rows: TableRows | None = None, **changes: Any) -> dict[str, Any]:
    house.add("m", block(**changes), rows or binary_rows()).stages("m", "train")
    record: dict[str, Any] = json.loads(house.artifact("m", "training.json").read_text("utf-8"))
    return record


# The threshold


def at(value: float, positive: NDArray[np.bool_], score: NDArray[np.float64]) -> tuple[float, ...]:
    """Precision, recall and F1 of what a graph tells: it compares in float32."""
    told = score.astype(np.float32) >= np.float32(value)
    hits = int(np.sum(told & positive))
    precision, recall = hits / max(int(told.sum()), 1), hits / max(int(positive.sum()), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def every_cut(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each threshold that can be told from the others would give."""
    return np.array([at(value, positive, score) for value in np.unique(score.astype(np.float32))])


SCORES = (
    st.floats(0, 1)
    | st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0))
    # Told apart by float64 alone, or by float32 just so.
    | st.integers(0, 8).map(lambda i: 0.5 + i * 2e-8)
)
ANSWERS = st.lists(st.tuples(st.booleans(), SCORES), min_size=2, max_size=30)


def split(answers: list[tuple[bool, float]]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    assume(any(positive for positive, _ in answers))
    return np.array([p for p, _ in answers]), np.array([s for _, s in answers])


def policy(name: str, **figures: Any) -> Threshold:
    return Threshold.model_validate({"policy": name, **figures})


@given(answers=ANSWERS)
def test_best_f1_finds_the_best_f1_there_is(answers: list[tuple[bool, float]]) -> None:
    positive, score = split(answers)
    chosen = choose_threshold(policy("best_f1"), positive, score)

    assert chosen.branch == "best F1"
    assert chosen.f1 == pytest.approx(every_cut(positive, score)[:, 2].max(), abs=1e-6)


@given(answers=ANSWERS, demand=st.sampled_from((0.3, 0.6, 0.9, 0.99)))
def test_precision_first_takes_the_best_f1_among_the_precise_enough(
    answers: list[tuple[bool, float]], demand: float
) -> None:
    positive, score = split(answers)
    cuts = every_cut(positive, score)
    enough = cuts[cuts[:, 0] >= demand]
    chosen = choose_threshold(policy("precision_first", min_precision=demand), positive, score)

    if len(enough):
        assert chosen.branch == f"best F1 at precision >= {demand:g}"
        assert chosen.f1 == pytest.approx(enough[:, 2].max(), abs=1e-6)
    else:
        assert chosen.branch == "best F1: no threshold is precise enough"
        assert chosen.f1 == pytest.approx(cuts[:, 2].max(), abs=1e-6)


@given(
    answers=ANSWERS,
    rule=st.sampled_from(
        (
            policy("best_f1"),
            policy("precision_first", min_precision=0.9, relax_to=0.5),
            policy("fixed", value=0.5),
            policy("fixed", value=0.1),
        )
    ),
)
def test_the_recorded_figures_are_those_of_a_graph_with_that_threshold(
    answers: list[tuple[bool, float]], rule: Threshold
) -> None:
    positive, score = split(answers)
    chosen = choose_threshold(rule, positive, score)

    assert chosen.value == float(np.float32(chosen.value))
    assert (chosen.precision, chosen.recall, chosen.f1) == pytest.approx(
        at(chosen.value, positive, score), abs=1e-6
    )


def told_of(positives: int, negatives_above: int) -> Chosen:
    """Choose where at best `positives` of `positives + negatives_above` are right."""
    score = np.array([0.9] * (positives + negatives_above) + [0.1] * 50)
    positive = np.array([True] * positives + [False] * (negatives_above + 50))
    rule = policy("precision_first", min_precision=0.97, relax_to=0.9, step=0.02)
    return choose_threshold(rule, positive, score)


@pytest.mark.parametrize(
    ("wrong", "branch"),
    [
        (3, "best F1 at precision >= 0.97"),
        (4, "best F1 at precision >= 0.95, relaxed"),
        (6, "best F1 at precision >= 0.93, relaxed"),
        (8, "best F1 at precision >= 0.91, relaxed"),
        (10, "best F1 at precision >= 0.9, relaxed"),
        (11, "best F1: no threshold is precise enough"),
    ],
)
def test_the_demand_is_relaxed_step_by_step_and_no_further_than_allowed(
    wrong: int, branch: str
) -> None:
    assert told_of(100 - wrong, wrong).branch == branch


def test_a_threshold_lies_between_two_answers_and_not_on_one() -> None:
    positive, score = np.array([True, True, False, False]), np.array([0.9, 0.8, 0.4, 0.2])

    assert choose_threshold(policy("best_f1"), positive, score).value == float(np.float32(0.6))


def test_of_equally_good_thresholds_the_highest_is_taken() -> None:
    """At 0.9 and at 0.5 F1 is 2/3; the higher one blocks less by mistake."""
    positive = np.array([True, False, True, False])
    chosen = choose_threshold(policy("best_f1"), positive[[0, 1, 3, 2]], np.array([9, 8, 7, 5]) / 9)

    assert (chosen.precision, chosen.recall) == (1.0, 0.5)


def test_without_a_policy_there_is_no_threshold(house: House) -> None:
    assert trained(house, threshold={"policy": "none"})["threshold"] is None


def test_a_fixed_threshold_is_taken_as_it_is(house: House) -> None:
    threshold = trained(house, threshold={"policy": "fixed", "value": 0.7})["threshold"]

    assert threshold["value"] == float(np.float32(0.7))
    assert threshold["branch"] == "fixed"
    assert 0 < threshold["recall"] < 1


def test_the_threshold_is_chosen_on_answers_to_rows_that_were_not_seen(house: House) -> None:
    """A forest knows its own rows by heart; on them, every threshold would look perfect."""
    forest = {"name": "random_forest", "parameters": {"n_estimators": 60, "max_depth": None}}
    threshold = trained(house, estimator=forest, threshold={"policy": "best_f1"})["threshold"]
    rows = read_rows(house.artifact("m", "train.parquet"))
    fitted = skops.io.load(house.artifact("m", "estimator.skops"), trusted=list(TRUSTED_TYPES))
    by_heart = np.mean(fitted.predict(frame(rows)) == rows.target)

    assert by_heart > 0.98
    assert threshold["f1"] < 0.95


# Folds


def schema_of(classes: int, *, ordered: bool) -> Schema:
    names = tuple(f"class {i}" for i in range(classes))
    task = "multiclass" if classes else "regression"
    facts = Facts("", 0, 0, 0, 0)
    return Schema("m", task, "answer", (), names, "", ordered, {}, facts)  # type: ignore[arg-type]


def rows_of(
    group: list[int], moment: list[int] | None = None, target: list[int] | None = None
) -> Rows:
    count = len(group)
    return Rows(
        {"x": np.arange(count, dtype=np.float32)},
        np.array(target or [0] * count, np.int64),
        np.array(group, np.int64),
        np.array(moment or [-1] * count, np.int64),
        np.array([f"r{i}" for i in range(count)], object),
    )


def straddling(rows: Rows, folds: list[Fold]) -> list[set[int]]:
    return [set(rows.group[fold.fit]) & set(rows.group[fold.answer]) for fold in folds]


GROUPS = st.lists(st.integers(0, 30), min_size=12, max_size=80)


@given(
    group=GROUPS,
    folds=st.integers(2, 5),
    seed=st.integers(0, 9),
    classes=st.sampled_from((0, 2, 3)),
)
def test_at_random_every_row_is_answered_once_and_no_group_straddles(
    group: list[int], folds: int, seed: int, classes: int
) -> None:
    assume(len(set(group)) >= folds)
    assume(all(len({g for g in group if g % classes == c}) > 1 for c in range(classes)))
    rows = rows_of(group, target=[number % max(classes, 1) for number in group])
    cut = cut_folds(schema_of(classes, ordered=False), rows, folds, seed)

    answered = np.concatenate([fold.answer for fold in cut])
    assert sorted(answered.tolist()) == list(range(len(rows)))
    assert all(len(fold.fit) + len(fold.answer) == len(rows) for fold in cut)
    assert straddling(rows, cut) == [set()] * len(cut)
    assert len(cut) == folds or classes


def test_a_fold_that_knows_one_class_only_is_left_out() -> None:
    """The one `yes` of all rows cannot be answered by a model that has seen a `yes`."""
    rows = rows_of(list(range(20)), target=[1] + [0] * 19)
    cut = cut_folds(schema_of(2, ordered=False), rows, 4, 7)

    assert len(cut) == 3
    assert all(set(rows.target[fold.fit]) == {0, 1} for fold in cut)


@pytest.mark.parametrize("ordered", [False, True])
def test_rows_of_one_group_cannot_be_cut(*, ordered: bool) -> None:
    rows = rows_of([3] * 20, list(range(20)))
    with pytest.raises(DataError, match="20 training rows cannot be cut into folds"):
        cut_folds(schema_of(0, ordered=ordered), rows, 4, 7)


def test_at_random_every_fold_has_its_share_of_a_rare_class() -> None:
    target = [int(i % 20 == 0) for i in range(400)]
    rows = rows_of(list(range(400)), target=target)
    cut = cut_folds(schema_of(2, ordered=False), rows, 5, 7)

    assert [int(rows.target[fold.answer].sum()) for fold in cut] == [4] * 5
    assert {len(fold.answer) for fold in cut} == {80}


def test_at_random_the_seed_says_which_rows_go_where() -> None:
    rows, schema = rows_of(list(range(60))), schema_of(0, ordered=False)
    first, again, other = (cut_folds(schema, rows, 3, seed)[0] for seed in (1, 1, 2))

    assert first.answer.tolist() == again.answer.tolist()
    assert first.answer.tolist() != other.answer.tolist()


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 10**6)), min_size=30, max_size=80
    ).map(lambda pairs: rows_of([g for g, _ in pairs], [m for _, m in pairs])),
    folds=st.integers(2, 5),
)
def test_in_time_a_fold_is_fitted_on_the_past_and_no_group_straddles(
    rows: Rows, folds: int
) -> None:
    try:
        cut = cut_folds(schema_of(0, ordered=True), rows, folds, 7)
    except DataError:
        reject()

    for fold in cut:
        before = rows.moment[fold.fit].max(initial=-1)
        assert before < rows.moment[fold.answer].min(initial=10**6 + 1)
    answered = np.concatenate([fold.answer for fold in cut]).tolist()
    assert len(answered) == len(set(answered))
    assert straddling(rows, cut) == [set()] * len(cut)


@given(
    moment=st.lists(st.integers(0, 3), min_size=12, max_size=40).filter(lambda m: len(set(m)) > 1),
    folds=st.integers(2, 5),
)
def test_in_time_rows_of_a_few_moments_make_no_fold_without_rows(
    moment: list[int], folds: int
) -> None:
    rows = rows_of(list(range(len(moment))), moment)
    cut = cut_folds(schema_of(0, ordered=True), rows, folds, 7)

    assert cut
    assert all(len(fold.fit) and len(fold.answer) for fold in cut)


# Tuning


def points(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        house.artifact("m", "plots/tuning.json").read_text("utf-8")
    )
    return found


def test_tuning_begins_with_the_blocks_own_parameters_and_keeps_the_best(house: House) -> None:
    own = {"name": "logistic_regression", "parameters": {"C": 0.37}}
    record = trained(house, estimator=own, tune=TUNE)
    tried = points(house)
    best = max(tried, key=lambda point: (point["score"], -point["trial"]))

    assert [point["trial"] for point in tried] == [0, 1, 2, 3, 4]
    assert tried[0]["C"] == 0.37
    assert len({point["C"] for point in tried}) == 5
    assert all(0.001 <= point["C"] <= 100 for point in tried)
    assert record["estimator"]["parameters"]["C"] == best["C"]
    assert record["trials"] == 5


def test_a_metric_that_should_be_small_is_made_small(house: House) -> None:
    record = trained(house, tune={**TUNE, "metric": "log_loss"})
    best = min(points(house), key=lambda point: point["score"])

    assert record["estimator"]["parameters"]["C"] == best["C"]


def test_tuning_with_the_same_seed_tries_the_same_and_with_another_something_else(
    house: House,
) -> None:
    def tried(seed: int) -> list[float]:
        changed = block(tune=TUNE)
        changed["split"]["seed"] = seed
        house.write_params({"m": changed})
        train.run(house.root, "m")
        return [point["C"] for point in points(house)]

    house.add("m", block(tune=TUNE), binary_rows()).stages("m", "prepare")
    first, again, other = tried(1), tried(1), tried(2)
    assert first == again
    assert first[1:] != other[1:]


def test_neither_tuning_nor_threshold_nor_fit_sees_a_row_of_validation_or_test(
    house: House,
) -> None:
    changes = {"tune": TUNE, "threshold": {"policy": "best_f1", "folds": 3}}
    trained(house, **changes)
    files = ("estimator.skops", "training.json", "plots/tuning.json")
    before = [house.artifact("m", file).read_bytes() for file in files]
    for part in ("validation", "test"):
        house.artifact("m", f"{part}.parquet").unlink()
    house.write_table("m", binary_rows(50, seed=9))
    train.run(house.root, "m")

    assert [house.artifact("m", file).read_bytes() for file in files] == before


def test_what_train_makes_follows_from_its_rows(house: House) -> None:
    """The counterpart: fewer training rows show, or the test above would prove nothing."""
    trained(house)
    before = house.artifact("m", "estimator.skops").read_bytes()
    part = house.artifact("m", "train.parquet")
    rows = read_rows(part)
    write_rows(part, rows.take(np.arange(len(rows) - 1)))
    train.run(house.root, "m")

    assert house.artifact("m", "estimator.skops").read_bytes() != before


def test_training_works_where_time_cuts_the_rows(house: House) -> None:
    """Of few moments, as a table of months has them."""
    months = [f"2024-{month:02}-01T00:00:00Z" for month in range(1, 8)]
    rows = [row | {"timestamp": months[i * 7 // 280]} for i, row in enumerate(binary_rows(280))]
    time = {"method": "time", "validation": 0.2, "test": 0.2, "seed": 7}
    record = trained(house, rows, split=time, tune=TUNE, threshold={"policy": "best_f1"})

    assert len(points(house)) == 5
    assert record["threshold"]["f1"] > 0.7


def test_rows_of_one_moment_have_no_past_to_tune_on(house: House) -> None:
    rows = [
        row | {"timestamp": f"2024-01-0{1 + i // 200}T00:00:00Z"}
        for i, row in enumerate(binary_rows(400))
    ]
    rows = [*rows, *(row | {"timestamp": "2024-01-03T00:00:00Z"} for row in rows[:100])]
    time = {"method": "time", "validation": 0.3, "test": 0.2, "seed": 7}
    with pytest.raises(DataError, match="cannot be cut into folds: earlier than the rows of each"):
        trained(house, rows, split=time, tune=TUNE)


# The file


ESTIMATORS: dict[str, dict[str, Any]] = {
    "logistic_regression": {},
    "linear_svm": {"estimator": {"name": "linear_svm", "text": {"chars": [2, 3]}}},
    "random_forest": {"estimator": {"name": "random_forest", "parameters": {"n_estimators": 5}}},
    "extra_trees": {"estimator": {"name": "extra_trees", "parameters": {"n_estimators": 5}}},
    "hist_gradient_boosting": {"parameters": {"max_iter": 5}},
    "ridge": {},
    "poisson": {},
    "hist_gradient_boosting_regressor": {"parameters": {"max_iter": 5}},
}


@pytest.fixture(scope="module", params=ESTIMATORS)
def fitted_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with one estimator of the catalogue, trained."""
    name = request.param
    regression = name in {"ridge", "poisson", "hist_gradient_boosting_regressor"}
    rows = rows_with_notes()
    if regression:
        rows = [row | {"answer": i % 7 + (row["answer"] == "yes")} for i, row in enumerate(rows)]
    features = dict(FEATURES)
    if "boosting" in name:
        del features["note"]
    changes: dict[str, Any] = {
        "features": features,
        "estimator": {"name": name, **ESTIMATORS[name].get("estimator", ESTIMATORS[name])},
    }
    if regression:
        changes |= {"task": "regression", "target": {"column": "answer"}}
        changes |= {"gate": {"metric": "r2", "promote_on": "not_worse"}}
    house = House.make(tmp_path_factory.mktemp(name))
    return house.add("m", block(**changes), rows).stages("m", "train")


def test_a_fitted_estimator_needs_no_more_trust_than_is_written_down(fitted_house: House) -> None:
    file = fitted_house.artifact("m", "estimator.skops")

    assert set(skops.io.get_untrusted_types(file=file)) <= set(TRUSTED_TYPES)
    with pytest.raises(UntrustedTypesFoundException):
        skops.io.load(file)
    loaded = skops.io.load(file, trusted=list(TRUSTED_TYPES))
    assert len(loaded.predict(frame(read_rows(fitted_house.artifact("m", "test.parquet"))))) > 20


def test_a_fitted_estimator_is_stored_without_pickle_address_or_clock(fitted_house: House) -> None:
    with zipfile.ZipFile(fitted_house.artifact("m", "estimator.skops")) as archive:
        entries = archive.infolist()
        parts = {entry.filename: archive.read(entry) for entry in entries}
    schema = parts.pop("schema.json").decode()
    ids = [int(number) for number in re.findall(r'"__id__":(\d+)', schema)]

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert all(re.fullmatch(r"\d+\.(npy|npz)", name) for name in parts)
    assert sorted(set(ids)) == list(range(1, len(set(ids)) + 1))
    assert set(re.findall('"_stop_words_id":{[^}]*"content":"([^"]*)"', schema)) <= {"0"}
    assert "_stop_words_id" in schema or "ChosenTfidf" not in schema
    for part in parts.values():
        np.load(io.BytesIO(part), allow_pickle=False)


def test_the_file_is_the_same_for_the_same_fit_at_another_place_and_time(house: House) -> None:
    trained(house, rows=rows_with_notes(), features=FEATURES)
    file = house.artifact("m", "estimator.skops")
    loaded = skops.io.load(file, trusted=list(TRUSTED_TYPES))
    elsewhere = skops.io.load(file, trusted=list(TRUSTED_TYPES))

    assert skops.io.dumps(loaded) != skops.io.dumps(elsewhere)
    assert canonical(skops.io.dumps(loaded)) == canonical(skops.io.dumps(elsewhere))


def test_words_that_are_keys_of_the_file_s_own_are_stored_like_any_other(house: House) -> None:
    """A vocabulary stands in the file as a node whose keys are its terms."""
    words = ("file", "content", "type", "class", "module", "loader")
    rows = [
        row | {"note": f"{row['note']} {words[i % 6]}"} for i, row in enumerate(rows_with_notes())
    ]
    trained(house, rows=rows, features=FEATURES)
    file = house.artifact("m", "estimator.skops")
    loaded = skops.io.load(file, trusted=list(TRUSTED_TYPES))

    terms = loaded.named_steps["encode"].named_transformers_["note_words"].terms
    assert set(words) <= set(terms)
