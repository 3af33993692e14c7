"""Sound parameters that do not go with the rows are refused by name, not by a traceback."""

import random
from typing import Any

import pytest
from house import House, block

from pipeline.errors import DataError

NOTES = {"features": {"note": {"kind": "text"}}}
AREAS: dict[str, Any] = {
    "task": "regression",
    "target": {"column": "answer"},
    "features": {"size": {"kind": "numeric"}},
    "estimator": {"name": "ridge"},
    "gate": {"metric": "r2", "promote_on": "not_worse"},
}


def answered(*, text: bool, shift: float = 0.0) -> list[dict[str, object]]:
    dice = random.Random(3)
    rows: list[dict[str, object]] = []
    for number in range(120):
        size = dice.gauss(0, 1)
        yes = size + dice.gauss(0, 0.5) > 0
        note = f"{'good' if yes else 'bad'} w{number}"
        answer = ("yes" if yes else "no") if text else f"{size + shift + dice.gauss(0, 0.3):.3f}"
        rows.append({"size": f"{size:.3f}", "note": note, "answer": answer})
    return rows


def refusal(house: House, rows: list[dict[str, object]], **changes: Any) -> str:
    with pytest.raises(DataError) as caught:
        house.add("m", block(**changes), rows).stages("m")
    assert caught.value.hint
    return "\n".join(caught.value.lines())


def test_weights_of_a_class_that_is_not_there(house: House) -> None:
    weights = {"class_weight": {"maybe": 2.0}}
    estimator = {"name": "logistic_regression", "parameters": weights}
    told = refusal(house, answered(text=True), features=AREAS["features"], estimator=estimator)

    assert "there is no class `maybe`" in told
    assert "`no`, `yes`" in told


@pytest.mark.parametrize("text", [{"min_df": 100}, {"min_df": 60, "max_df": 0.2}])
def test_terms_that_no_text_has(house: House, text: dict[str, Any]) -> None:
    told = refusal(
        house, answered(text=True), **NOTES, estimator={"name": "linear_svm", "text": text}
    )

    assert f"occurs in {text['min_df']} rows or more" in told


def test_negative_counts(house: House) -> None:
    told = refusal(house, answered(text=False), **AREAS | {"estimator": {"name": "poisson"}})

    assert "`poisson` counts, and the lowest target in the training rows is -" in told


def test_a_series_without_moments(house: House) -> None:
    series = {"series": {"horizon_minutes": 60, "season_hours": 24}}
    told = refusal(house, answered(text=False), **AREAS, evaluate=series)

    assert "rows have no timestamp" in told


def test_whole_choices_are_tried_as_they_are_written(house: House) -> None:
    search = {"max_depth": {"choices": [6, 12, None]}, "n_estimators": {"choices": [5, 100]}}
    changes = {
        "features": AREAS["features"],
        "estimator": {"name": "random_forest"},
        "tune": {"trials": 4, "folds": 2, "search": search},
    }
    house.add("m", block(**changes), answered(text=True)).stages("m", "train")

    assert house.artifact("m", "training.json").exists()
