"""Models from a folder, as they change: swapped, damaged, removed, pinned, reloaded."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY
from serving import ROWS, Running, add_version, checkout, point, serving

IRIS = ROWS["iris"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Running]:
    with serving(checkout(tmp_path, "iris", "spam"), "--reload-token", "t") as running:
        yield running


def version_of(found: Any) -> str:
    return str(found["models"]["iris"]["version"])


def test_a_promotion_is_seen_and_a_rollback_too(own: Running) -> None:
    add_version(own.root, "iris", "v1.1.0")
    point(own.root, "iris", "production", "v1.1.0")
    own.wait_for("the promotion", "/health", lambda x: version_of(x) == "v1.1.0")
    assert own.predict("iris", IRIS).json["version"] == "v1.1.0"
    assert own.predict("iris@v1.0.0", IRIS).json["version"] == "v1.0.0"
    assert own.predict("iris@staging", IRIS).json["version"] == "v1.0.0"
    point(own.root, "iris", "production", "v1.0.0")
    own.wait_for("the rollback", "/health", lambda x: version_of(x) == "v1.0.0")
    assert own.predict("iris", IRIS).json["version"] == "v1.0.0"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"garbage",
        b"version https://git-lfs.github.com/spec/v1\n",
        (REPOSITORY / "models/iris/v1.0.0/model.onnx").read_bytes()[:900],
        (REPOSITORY / "models/spam/v1.0.0/model.onnx").read_bytes(),
    ],
    ids=["empty", "garbage", "a pointer", "cut", "another model"],
)
def test_a_version_that_does_not_load_leaves_the_last_good_one(own: Running, damage: bytes) -> None:
    (add_version(own.root, "iris", "v1.1.0") / "model.onnx").write_bytes(damage)
    point(own.root, "iris", "production", "v1.1.0")
    told = own.wait_for("the refusal", "/health", lambda x: "fault" in x["models"]["iris"])
    assert "v1.1.0" in told["models"]["iris"]["fault"]
    assert own.predict("iris", IRIS).json["version"] == "v1.0.0"
    assert own.metric('modelpress_model_loads_total{model="iris",result="refused"}') >= 1
    assert own.predict("iris@v1.1.0", IRIS).status == 503
    assert own.predict("spam", ROWS["spam"]).status == 200


def test_a_forged_card_does_not_make_other_answers_right(own: Running) -> None:
    folder = add_version(own.root, "iris", "v1.1.0")
    card = json.loads((folder / "card.json").read_text("utf-8"))
    card["golden"][0]["label"] = "setosa"
    (folder / "card.json").write_text(json.dumps(card), "utf-8")
    point(own.root, "iris", "production", "v1.1.0")
    told = own.wait_for("the refusal", "/health", lambda x: "fault" in x["models"]["iris"])
    assert "golden rows are answered otherwise" in told["models"]["iris"]["fault"]
    assert own.predict("iris", IRIS).json["version"] == "v1.0.0"


def test_a_model_that_is_taken_out_is_gone_and_one_that_is_added_is_there(own: Running) -> None:
    shutil.copytree(REPOSITORY / "models" / "credit", own.root / "models" / "credit")
    own.wait_for("the new one", "/models", lambda x: len(x["models"]) == 3)
    shutil.rmtree(own.root / "models" / "spam")
    own.wait_for("its end", "/models", lambda x: len(x["models"]) == 2)
    assert own.predict("spam", ROWS["spam"]).status == 404


def test_an_empty_pointer_takes_it_out_of_production(own: Running) -> None:
    point(own.root, "iris", "production", "")
    own.wait_for("the end", "/health", lambda x: x["models"]["iris"]["version"] is None)
    reply = own.predict("iris", IRIS)
    assert (reply.status, reply.json["detail"]) == (404, "`iris` has no version in production")


def test_one_version_in_two_stages_is_loaded_once(own: Running) -> None:
    assert own.predict("iris@staging", IRIS).json["version"] == "v1.0.0"
    assert own.metric('modelpress_model_loads_total{model="iris",result="loaded"}') == 1


def test_reloading_needs_the_token(own: Running) -> None:
    assert own.ask("POST", "/reload").status == 401
    reply = own.ask("POST", "/reload", headers={"Authorization": "Bearer t"})
    assert reply.status == 200
    assert reply.json["models"]["iris"]["version"] == "v1.0.0"


def test_without_a_token_reloading_is_off(fast: Running) -> None:
    assert fast.ask("POST", "/reload", headers={"Authorization": "Bearer "}).status == 404


def test_a_signal_reloads(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris"), "--poll", "0") as running:
        add_version(running.root, "iris", "v1.1.0")
        point(running.root, "iris", "production", "v1.1.0")
        assert running.predict("iris", IRIS).json["version"] == "v1.0.0"
        running.process.send_signal(signal.SIGHUP)
        running.wait_for("the promotion", "/health", lambda x: version_of(x) == "v1.1.0")


def test_counts_outlive_a_reload_of_the_same_version(own: Running) -> None:
    own.predict("iris", [IRIS] * 5)
    name = 'modelpress_rows_total{model="iris",version="v1.0.0"}'
    before = own.metric(name)
    own.ask("POST", "/reload", headers={"Authorization": "Bearer t"})
    assert own.metric(name) == before == 5


def test_the_short_forms_ask_the_only_model(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris")) as one:
        assert one.ask("POST", "/predict", IRIS).json["model"] == "iris"
        assert one.ask("POST", "/predict", {"features": [5.7, 3.0, 4.5, 1.3]}).status == 200
        for path in ("/meta", "/model", "/model-info"):
            assert one.get(path).json["version"] == "v1.0.0"
        assert one.get("/drift-status").json["state"] == "unknown"
        told = one.ask("POST", "/explain", IRIS).json
        assert told["label"] == one.ask("POST", "/predict", IRIS).json["label"]


def test_the_short_forms_ask_the_chosen_model(root: Path) -> None:
    with serving(root, MODELPRESS_MODEL="spam") as chosen:
        assert chosen.ask("POST", "/predict", {"text": "hello"}).json["model"] == "spam"


def test_of_several_models_none_is_guessed(fast: Running) -> None:
    reply = fast.ask("POST", "/predict", IRIS)
    assert reply.status == 404
    assert "MODELPRESS_MODEL" in reply.json["hint"]


def test_an_empty_row_is_the_newest_snapshot(tmp_path: Path) -> None:
    root = checkout(tmp_path, "bikes")
    (root / "data" / "bikes").mkdir(parents=True)
    place = shutil.copy(REPOSITORY / "data/bikes/latest.json", root / "data" / "bikes")
    rows = [told["row"] for told in json.loads(Path(place).read_text("utf-8"))["rows"]]
    with serving(root) as running:
        told = running.ask("POST", "/predict", {}).json
        assert told == running.ask("POST", "/models/bikes/predict", rows).json
        assert len(told["predictions"]) == 10
        assert running.ask("POST", "/models/bikes/predict", {"features": {}}).json == told


def test_what_monitoring_said_last_is_told(tmp_path: Path) -> None:
    root = checkout(tmp_path, "iris")
    folder = root / "monitoring" / "iris"
    folder.mkdir(parents=True)
    (folder / "2026-11-01.json").write_text('{"date": "2026-11-01", "alert": {}}', "utf-8")
    with serving(root) as running:
        assert running.get("/models/iris/drift").json["state"] == "ok"
        alert = {"drift:petal_width": {"state": "alert"}, "prior": {"state": "suspect"}}
        day = {"date": "2026-11-02", "alert": alert}
        (folder / "2026-11-02.json").write_text(json.dumps(day), "utf-8")
        told = running.get("/drift-status").json
        assert (told["state"], told["monitoring"]["date"]) == ("alert", "2026-11-02")
        assert running.metric('modelpress_drift_state{model="iris",state="alert"}') == 1
        assert running.metric('modelpress_drifted_features{model="iris"}') == 1
        (folder / "2026-11-02.json").write_text('{"date": "20', "utf-8")
        assert running.get("/models/iris/drift").json["state"] == "alert"


def test_a_folder_without_models_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="models"), serving(tmp_path):
        pass
