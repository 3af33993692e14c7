"""More than one version at a time: canary, shadow, and the prediction log of what they said."""

import json
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest
from serving import PATIENCE, ROWS, add_version, checkout, point, serving

IRIS = ROWS["iris"]


def two_versions(place: Path) -> Path:
    root = checkout(place, "iris", "spam")
    add_version(root, "iris", "v1.1.0")
    point(root, "iris", "staging", "v1.1.0")
    return root


def test_a_canary_answers_its_share_and_each_caller_always_the_same(tmp_path: Path) -> None:
    with serving(two_versions(tmp_path), "--canary", "iris@staging=0.3") as running:
        told = Counter()
        for number in range(400):
            caller = {"X-Caller": f"caller {number}"}
            versions = {running.predict("iris", IRIS, **caller).json["version"] for _ in range(2)}
            assert len(versions) == 1
            told.update(versions)
        assert 80 < told["v1.1.0"] < 160
        name = 'modelpress_rows_total{{model="iris",version="{}"}}'
        assert running.metric(name.format("v1.1.0")) == 2 * told["v1.1.0"]
        assert running.metric(name.format("v1.0.0")) == 2 * told["v1.0.0"]
        assert running.predict("iris@production", IRIS).json["version"] == "v1.0.0"


def test_a_shadow_is_counted_and_never_told(tmp_path: Path) -> None:
    with serving(two_versions(tmp_path), "--shadow", "iris@staging") as running:
        for _ in range(5):
            assert running.predict("iris", [IRIS] * 3).json["version"] == "v1.0.0"
        name = 'modelpress_shadow_rows_total{model="iris",result="same",version="v1.1.0"}'
        assert running.metric(name) == 15
        assert running.metric('modelpress_rows_total{model="iris",version="v1.1.0"}') == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [("--canary", "iris@staging"), ("--canary", "iris@staging=2"), ("--shadow", "iris")],
)
def test_what_is_no_rollout_is_refused(tmp_path: Path, option: str, value: str) -> None:
    with (
        pytest.raises(AssertionError, match=f"`{value}` is no"),
        serving(checkout(tmp_path, "iris"), option, value),
    ):
        pass


@pytest.mark.parametrize("fast", ["yes", "no"])
def test_the_log_keeps_what_was_asked_and_told(tmp_path: Path, fast: str) -> None:
    file = tmp_path / "log.sqlite"
    options = ("--log-predictions", str(file), "--redact", "iris.sepal_width", "--fast", fast)
    with serving(checkout(tmp_path, "iris", "spam"), *options) as running:
        told = running.predict("iris", [IRIS] * 3, **{"X-Request-Id": "req"}).json
        running.predict("spam", ROWS["spam"])
        running.predict("spam", {"x": 1})
        end = time.monotonic() + PATIENCE
        while running.metric('modelpress_log_rows_total{result="written"}') < 4:
            assert time.monotonic() < end
            time.sleep(0.05)
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT row_id, model, version, row, label FROM predictions"
        ).fetchall()
    database.close()
    assert [x[0] for x in rows[:3]] == ["req-0", "req-1", "req-2"]
    assert {x[1:3] for x in rows} == {("iris", "v1.0.0"), ("spam", "v1.0.0")}
    assert json.loads(rows[0][3]) == {**IRIS, "sepal_width": None}
    assert rows[0][4] == told["predictions"][0]["label"]


def test_a_field_to_redact_that_no_model_has_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match=r"`iris\.sepal` is a field of no model"),
        serving(checkout(tmp_path, "iris"), "--redact", "iris.sepal"),
    ):
        pass


def test_what_came_in_is_compared_with_the_card(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris")) as running:
        running.predict("iris", [{**IRIS, "petal_length": 9.0}] * 300)
        live = running.get("/models/iris/drift").json["live"]
        assert live["rows"] == 300
        assert "petal_length" in live["drifted"]
