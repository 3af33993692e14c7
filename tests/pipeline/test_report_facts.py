"""What the site says of a repository, fact by fact."""

import contextlib
import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fleet import Fleet, add_promotion, lay_fleet
from house import REPOSITORY

from pipeline.report.facts import Attention, Estimate, Facts, Metric, Model
from pipeline.report.facts import Test as DriftTest
from pipeline.report.gather import gather_facts
from pipeline.report.gather.attention import gather_attention

pytestmark = pytest.mark.git

IRIS, SPAM, CREDIT, TICKETS = "m000", "m001", "m002", "m003"


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return lay_fleet(tmp_path_factory.mktemp("facts") / "fleet", 4, 4, 12)


@pytest.fixture
def fleet(laid: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    root = Path(shutil.copytree(laid.root, tmp_path / "fleet", symlinks=True))
    for name in ("SOURCE_DATE_EPOCH", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    return replace(laid, root=root)


def facts_of(fleet: Fleet) -> Facts:
    with contextlib.chdir(fleet.root):
        return gather_facts(fleet.root)


def edit(place: Path, **fields: Any) -> None:
    """Change fields of a JSON file; a shipped file may be linked to, so it is written anew."""
    told = json.loads(place.read_text("utf-8")) | fields
    place.unlink()
    place.write_text(json.dumps(told), "utf-8")


def withdraw(fleet: Fleet, name: str, version: str, why: str = "it was wrong") -> None:
    note = {"schema": 1, "who": "Ada", "when": "2026-01-04T06:00:00Z", "why": why}
    place = fleet.root / "models" / name / version / "withdrawn.json"
    place.write_text(json.dumps(note), "utf-8")


def last_day(fleet: Fleet, name: str) -> Path:
    return fleet.root / "monitoring" / name / f"{fleet.last_day.isoformat()}.json"


def of(model: Model, built: str = "") -> list[Attention]:
    return list(gather_attention([model], built))


def alert(state: str, **more: str) -> dict[str, object]:
    told = {"state": state, "since": "2026-01-10", "reason": "why", "action": "retrain"}
    return {**told, "recent": [True], "opened": "2026-01-10", "closed": "", **more}


# Production and its history


def test_the_site_is_of_the_moment_of_its_commit(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = facts_of(fleet)
    assert told.built == "2026-01-04T06:00:03Z"
    assert len(told.commit) == 40

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    assert facts_of(fleet).built == "2026-05-28T20:26:40Z"


def test_terms_end_where_the_next_begins_and_a_rollback_has_its_reason(fleet: Fleet) -> None:
    withdraw(fleet, SPAM, "v1.0.3")
    add_promotion(fleet, SPAM, "v1.0.2", "modelpress rollback m001")
    model = facts_of(fleet).model(SPAM)
    *_, before, last = model.terms

    assert [term.version for term in model.terms] == [*(f"v1.0.{i}" for i in range(4)), "v1.0.2"]
    assert (before.until, last.until) == (last.since, "")
    assert (last.rollback, last.reason) == (True, "it was wrong")
    assert (before.rollback, before.reason) == (False, "m001: v1.0.3")
    assert (model.production, model.since, model.promotions) == ("v1.0.2", last.since, 5)
    withdrawn = model.version("v1.0.3")
    assert withdrawn
    assert withdrawn.withdrawn
    assert withdrawn.withdrawn.who == "Ada"


def test_a_change_that_the_gate_has_compared_is_told_with_its_interval(fleet: Fleet) -> None:
    place = fleet.root / "models" / SPAM / "v1.0.3" / "card.json"
    gate = json.loads(place.read_text("utf-8"))["gate"]
    rule = {"id": "champion:average_precision", "metric": "average_precision", "limit": 0.0}
    rule |= {"observed": 0.02, "low": 0.001, "high": 0.04, "passed": True, "reason": "better"}
    edit(place, gate={**gate, "champion": "v1.0.2", "rules": [*gate["rules"], rule]})
    headline = facts_of(fleet).model(SPAM).headline

    assert headline
    assert headline.change
    change = headline.change
    assert (change.before, change.gain, change.low, change.high) == ("v1.0.2", 0.02, 0.001, 0.04)
    assert (change.beyond_noise, change.paired) == (True, True)


@pytest.mark.parametrize(
    ("before", "gain", "beyond"),
    [((0.80, 0.78, 0.82), 0.135543, True), ((0.93, 0.88, 0.96), 0.005543, False)],
)
def test_two_values_on_different_rows_differ_only_if_their_intervals_are_apart(
    before: tuple[float, float, float], gain: float, fleet: Fleet, *, beyond: bool
) -> None:
    value, low, high = before
    tested = {"test": {"average_precision": {"value": value, "low": low, "high": high}}}
    edit(fleet.root / "models" / SPAM / "v1.0.2" / "card.json", metrics=tested)
    headline = facts_of(fleet).model(SPAM).headline

    assert headline
    assert headline.change
    assert headline.change.gain == pytest.approx(gain)
    assert (headline.change.beyond_noise, headline.change.paired) == (beyond, False)


def test_a_first_version_has_no_change(tmp_path: Path) -> None:
    fleet = lay_fleet(tmp_path / "fleet", 1, 1, 0)
    headline = facts_of(fleet).models[0].headline

    assert headline
    assert (headline.estimate, headline.change) == (Estimate(1.0, 1.0, 1.0), None)


# The gate, and the last candidate


def test_a_candidate_that_is_a_version_has_the_evidence_of_its_card(fleet: Fleet) -> None:
    gate = facts_of(fleet).model(CREDIT).gate

    assert gate
    assert (gate.verdict, gate.unchanged, gate.version) == ("accepted", True, "v1.0.3")
    assert {"parity", "size", "floor:roc_auc"} <= {rule.id for rule in gate.rules}


def test_failed_rules_come_first(fleet: Fleet) -> None:
    reject(fleet, CREDIT)
    gate = facts_of(fleet).model(CREDIT).gate

    assert gate
    assert (gate.verdict, gate.version) == ("rejected", "")
    assert [rule.id for rule in gate.failed] == ["calibration"]
    assert gate.rules[0].id == "calibration"


def reject(fleet: Fleet, name: str) -> None:
    place = fleet.root / "artifacts" / name / "gate.json"
    rules = json.loads(place.read_text("utf-8"))["rules"]
    failed = {"id": "calibration", "metric": "expected calibration error", "observed": 0.2}
    failed |= {"limit": 0.05, "low": None, "high": None, "passed": False, "reason": "0.2; 0.05"}
    edit(place, verdict="rejected", sha256="0" * 64, rules=[*rules, failed])


def test_a_threshold_does_to_the_classes_what_the_confusion_says(fleet: Fleet) -> None:
    evaluation = facts_of(fleet).model(SPAM).evaluation
    assert evaluation
    found = evaluation.thresholds
    assert found
    assert found.current is not None
    cells = {(cell.actual, cell.predicted): cell.rows for cell in evaluation.confusion}
    at = max((p for p in found.points if p.threshold >= found.current), key=lambda p: p.x + p.y)

    assert found.positives + found.negatives == sum(cells.values())
    # The curve has 200 of its points: the nearest is at most a few rows off.
    assert round(at.y * found.positives) == pytest.approx(cells["spam", "spam"], abs=8)
    assert round(at.x * found.negatives) == pytest.approx(cells["ham", "spam"], abs=8)


def test_only_a_binary_task_has_thresholds(fleet: Fleet) -> None:
    evaluation = facts_of(fleet).model(IRIS).evaluation

    assert evaluation
    assert (evaluation.thresholds, len(evaluation.confusion)) == (None, 9)
    assert evaluation.roc


def test_every_decision_is_a_run_the_newest_first(fleet: Fleet) -> None:
    place = min((fleet.root / "models" / SPAM / "decisions").iterdir())
    told = json.loads(place.read_text("utf-8"))
    told["decision"] |= {"verdict": "rejected", "sha256": "0" * 64}
    told["decision"]["rules"][0] |= {"passed": False, "reason": "too much"}
    told["changed"] = {"estimator.C": [1.0, 2.0], "owner": ["Ada", "Bob"]}
    place.write_text(json.dumps(told), "utf-8")
    runs = facts_of(fleet).model(SPAM).runs

    assert [run.date[:10] for run in runs] == [f"2026-01-0{i}" for i in (4, 3, 2, 1)]
    assert (runs[-1].verdict, runs[-1].version) == ("rejected", "")
    assert runs[-1].failed == ("parity: too much",)
    assert runs[-1].changed == (("estimator.C", "1.0", "2.0"), ("owner", "Ada", "Bob"))
    assert runs[0].version == "v1.0.3"


# Monitoring


def test_the_days_are_those_of_the_key_metric(fleet: Fleet) -> None:
    watched = facts_of(fleet).model(CREDIT).monitoring

    assert watched
    assert (watched.window, watched.limit, watched.limit_is) == ("7d", 0.7, "floor")
    assert len(watched.days) == 12
    assert watched.last == fleet.last_day.isoformat()
    told = json.loads(last_day(fleet, CREDIT).read_text("utf-8"))
    assert watched.days[-1].estimate.value == told["windows"]["7d"]["roc_auc"]["value"]
    assert watched.days[-1].expected.value == told["estimate"]["roc_auc"]["value"]


def test_without_a_floor_the_limit_is_what_an_alert_allows(fleet: Fleet) -> None:
    watched = facts_of(fleet).model(SPAM).monitoring

    assert watched
    assert watched.limit_is == "allowed loss"
    assert watched.limit == pytest.approx(0.935543 * 0.9)


def test_features_come_by_their_drift_and_an_alert_names_its_own(fleet: Fleet) -> None:
    edit(last_day(fleet, CREDIT), alert={"drift:age": alert("alert")})
    model = facts_of(fleet).model(CREDIT)

    assert model.monitoring
    assert model.drift == "drift"
    features = model.monitoring.features
    assert [one.share for one in features] == sorted((x.share for x in features), reverse=True)
    assert {one.name for one in features if one.state == "drift"} == {"age"}
    assert all(len(one.recent) == 12 for one in features)
    assert all(one.reference for one in features)


@pytest.mark.parametrize(
    ("state", "told"), [("suspect", "watch"), ("recovering", "watch"), ("ok", "stable")]
)
def test_the_word_for_drift_follows_the_alerts(state: str, told: str, fleet: Fleet) -> None:
    edit(last_day(fleet, CREDIT), alert={"missing:age": alert(state)})
    assert facts_of(fleet).model(CREDIT).drift == told


def test_an_alert_of_the_service_is_no_drift(fleet: Fleet) -> None:
    edit(last_day(fleet, CREDIT), alert={"service": alert("alert", action="look at the service")})
    assert facts_of(fleet).model(CREDIT).drift == "stable"


def test_without_tests_nothing_is_said_of_drift(fleet: Fleet) -> None:
    edit(last_day(fleet, CREDIT), drift=[])
    assert facts_of(fleet).model(CREDIT).drift == "nodata"


def test_rows_that_arrived_are_counted_in_the_bins_of_the_card(fleet: Fleet) -> None:
    with (REPOSITORY / "data" / "credit" / "table.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    folder = fleet.root / "data" / CREDIT / "current"
    folder.mkdir(parents=True)
    for day, some in ((fleet.last_day.isoformat(), rows[:300]), ("2026-01-01", rows[300:])):
        with (folder / f"{day}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *some])
    watched = facts_of(fleet).model(CREDIT).monitoring
    assert watched
    features = {one.name: one for one in watched.features}

    for name in ("age", "sex"):
        current, reference = features[name].current, features[name].reference
        assert current
        assert reference
        assert (current.edges, current.categories) == (reference.edges, reference.categories)
        assert sum(current.counts) + current.missing == 300
        assert min(current.counts[:-1]) > 0


def test_an_effect_is_told_as_a_share_of_its_limit() -> None:
    plain = DriftTest("psi", "", 0.05, 0.1, 0.5, fired=False)

    assert plain.share == pytest.approx(0.5)
    assert replace(plain, test="domain_auc", value=0.5, limit=0.65).share == 0.0
    assert replace(plain, test="domain_auc", value=0.65, limit=0.65).share == pytest.approx(1.0)
    assert replace(plain, value=-0.2).share == 0.0


# What needs action


def test_all_is_well(fleet: Fleet) -> None:
    assert facts_of(fleet).attention == ()


def test_the_most_urgent_comes_first(fleet: Fleet) -> None:
    edit(last_day(fleet, SPAM), alert={"drift:text": alert("suspect")})
    edit(last_day(fleet, CREDIT), alert={"performance": alert("alert", action="roll back")})
    reject(fleet, TICKETS)
    (fleet.root / "models" / IRIS / "v1.0.0" / "card.json").write_text("{", "utf-8")
    add_promotion(fleet, IRIS, "v1.0.2", "one back")
    told = facts_of(fleet).attention

    assert [(one.urgency, one.model, one.kind) for one in told] == [
        ("act", IRIS, "damaged"),
        ("act", CREDIT, "alert"),
        ("act", TICKETS, "rejected"),
        ("watch", SPAM, "suspect"),
        ("note", IRIS, "staging"),
    ]
    assert [one.anchor for one in told] == ["damage", "performance", "gate", "drift", "versions"]
    assert told[1].says == "alert: why"
    assert told[1].command == f'modelpress rollback {CREDIT} --reason "…"'
    assert told[2].says == "the last candidate was rejected: calibration: 0.2; 0.05"
    assert told[2].remedy.startswith("v1.0.3 stays in production")
    assert told[4].says == "v1.0.3 waits in staging; v1.0.2 is in production"
    assert told[4].command == f"modelpress promote {IRIS}"


def test_a_version_that_was_withdrawn_does_not_wait_for_promotion(fleet: Fleet) -> None:
    withdraw(fleet, SPAM, "v1.0.3")
    add_promotion(fleet, SPAM, "v1.0.2", "modelpress rollback m001")
    told = [(one.kind, one.says) for one in facts_of(fleet).attention]

    assert told == [("withdrawn", "v1.0.3, the newest version, was withdrawn: it was wrong")]


def test_a_model_that_is_not_watched_any_more_is_told_by_its_days(fleet: Fleet) -> None:
    model = facts_of(fleet).model(SPAM)

    assert of(model, "2026-01-16T23:00:00Z") == []
    (one,) = of(model, "2026-01-17T00:00:00Z")
    assert (one.kind, one.urgency, one.says) == (
        *("unwatched", "watch"),
        "the last day that was watched is 2026-01-13",
    )
    (one,) = of(replace(model, monitoring=None))
    assert one.urgency == "note"


def test_a_model_without_a_version_says_how_to_get_one(fleet: Fleet) -> None:
    model = replace(facts_of(fleet).model(SPAM), production="", versions=(), gate=None)
    (one,) = [x for x in of(model) if x.kind == "nothing_live"]

    assert (one.says, one.command) == (
        *("there is no version yet", "modelpress run --register m001"),
    )


def test_a_candidate_that_cannot_be_compared_waits_for_a_person(fleet: Fleet) -> None:
    model = facts_of(fleet).model(SPAM)
    assert model.gate
    gate = replace(model.gate, verdict="not_comparable", unchanged=False)
    (one,) = of(replace(model, gate=gate))

    assert (one.kind, one.command) == ("not_comparable", 'modelpress promote m001 --reason "…"')


# What has happened


def test_activity_has_promotions_rejections_and_alerts(fleet: Fleet) -> None:
    days = sorted((fleet.root / "monitoring" / SPAM).iterdir())
    for day in days[3:6]:
        edit(day, alert={"drift:text": alert("alert", opened="2026-01-05")})
    edit(days[6], alert={"drift:text": alert("ok", closed="2026-01-08")})
    place = max((fleet.root / "models" / SPAM / "decisions").iterdir())
    told = json.loads(place.read_text("utf-8"))
    told["decision"] |= {"verdict": "rejected"}
    told["decision"]["rules"][0] |= {"passed": False, "reason": "too much"}
    told |= {"commit": facts_of(fleet).commit}
    place.write_text(json.dumps(told), "utf-8")
    events = [event for event in facts_of(fleet).activity if event.model == SPAM]

    assert [(event.date[:10], event.what) for event in events] == [
        ("2026-01-08", "closed"),
        ("2026-01-05", "opened"),
        *[("2026-01-04", "promoted"), ("2026-01-04", "rejected")],
        *[(f"2026-01-0{i}", "promoted") for i in (3, 2, 1)],
    ]
    assert events[1].says == "alert opened: drift of `text`"
    assert events[3].says == "a candidate was rejected: parity: too much"
    assert (events[3].who, events[3].subject) == ("Fleet", "m003: v1.0.3")


# Where it comes from


def test_the_pipeline_is_the_graph_and_what_the_lock_says_of_the_last_run(fleet: Fleet) -> None:
    told = facts_of(fleet).pipeline

    assert told.kinds == ("prepare", "train", "export", "evaluate", "gate")
    assert ("export", "gate", "artifacts/{model}/model.onnx") in [
        (edge.source, edge.target, edge.path) for edge in told.edges
    ]
    assert len(told.stages) == 4 * 5
    train = next(x for x in told.stages if (x.name, x.model) == ("train", SPAM))
    assert (train.command, train.state) == (f"modelpress train {SPAM}", "ran")
    assert {file.path for file in train.deps} == {
        f"artifacts/{SPAM}/schema.json",
        f"artifacts/{SPAM}/train.parquet",
    }
    assert all(file.digest and file.size for file in (*train.deps, *train.code, *train.outs))
    assert "modelpress" in {file.path for file in train.code}
    assert f"models.{SPAM}.estimator" in train.params


def test_a_stage_that_never_ran_says_so(fleet: Fleet) -> None:
    (fleet.root / "dvc.lock").unlink()
    told = facts_of(fleet).pipeline

    assert {stage.state for stage in told.stages} == {"never"}
    assert told.stages[0].outs[0].digest == ""


@pytest.mark.parametrize(("name", "text"), [("dvc.lock", "stages: ["), ("dvc.yaml", "stages: 5")])
def test_a_damaged_graph_is_told_there(name: str, text: str, fleet: Fleet) -> None:
    (fleet.root / name).write_text(text, "utf-8")
    assert facts_of(fleet).pipeline.fault.startswith(name)


def test_words_inputs_and_golden_rows_are_those_of_block_and_card(fleet: Fleet) -> None:
    model = facts_of(fleet).model(SPAM)

    assert model.metric == Metric("average_precision", greater_is_better=True, floor=None)
    assert model.words.license == "CC-BY-4.0"
    assert model.interface
    assert (model.interface.classes, model.interface.positive) == (("ham", "spam"), "spam")
    assert [one.name for one in model.interface.inputs] == ["text"]
    assert "row" in model.interface.golden[0]
    assert model.live
    assert len(model.live.made_of.data_sha256) == 64
    assert dict(model.live.made_of.environment)["onnx"]
