"""The gate: what it lets pass, what it refuses, and how it says so."""

import dataclasses
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import REPOSITORY, House, binary_rows, block
from jsonschema import Draft202012Validator
from onnx import ModelProto

from modelpress.model import Model
from pipeline import gate
from pipeline.artifacts import Paths
from pipeline.bootstrap import Resampling
from pipeline.cli import main
from pipeline.config.judge import Allowance, BeatsBaseline, Gate, SliceRule
from pipeline.config.metrics import MetricId
from pipeline.decision import Decision, read_decision
from pipeline.errors import RegistryError
from pipeline.gate.judge import Candidate, Opponent, judge
from pipeline.gate.render import markdown, text
from pipeline.gate.rules import Scored, Unseen
from pipeline.metrics import value
from pipeline.outcome import Outcome
from pipeline.rows import read_rows
from pipeline.schemas import schemas
from pipeline.scoring import outcome_of
from pipeline.slices import Slice

ROWS = 2000
RECORD = {"parity": {"validation": {"largest": 1e-7}}, "gzip_kb": 3.0, "made_of": {}}


class Bytes:
    """As much of a model as a gate looks at once the rows are scored."""

    sha256 = "0" * 64


def answers(right: float, seed: int = 0, rows: int = ROWS) -> Outcome:
    """Answers of which a given share is right; the same rows are hard for every share."""
    dice = np.random.default_rng(seed)
    truth = (dice.random(rows) < 0.3).astype(np.int64)
    hard = dice.permutation(rows)
    told = np.where(hard < round(right * rows), truth, 1 - truth)
    score = np.where(told == 1, 0.9, 0.1) + 0.05 * (dice.random(rows) - 0.5)
    return Outcome(truth, told, np.column_stack([1 - score, score]))


def decide(  # noqa: PLR0913 - what a gate looks at, each optional
    candidate: Outcome,
    champion: Outcome | None = None,
    best: Outcome | None = None,
    *,
    cuts: tuple[Slice, ...] = (),
    record: dict[str, Any] | None = None,
    draws: int = 1000,
    **rules: Any,
) -> Decision:
    settings = Gate(**({"metric": "accuracy", "promote_on": "not_worse"} | rules))
    scored = Scored(candidate, Resampling(np.arange(len(candidate)), 1, draws), cuts)
    constant = Outcome(
        candidate.truth,
        np.zeros(len(candidate), np.int64),
        np.tile([0.7, 0.3], (len(candidate), 1)),
    )
    unseen = Unseen(scored.outcome, {"majority": constant}, scored.resampling)
    case = Candidate(Bytes(), record or RECORD, scored, unseen)  # type: ignore[arg-type]
    opponents = (
        []
        if champion is None
        else [Opponent("v1.1.0", champion), Opponent("v1.0.0", best or champion)]
    )
    return judge("m", settings, case, opponents)


def failed(decision: Decision) -> list[str]:
    return [rule.id for rule in decision.rules if not rule.passed]


def test_a_first_model_needs_only_floors_and_baselines() -> None:
    decision = decide(
        answers(0.9), floors={"accuracy": 0.85}, beats_baseline=BeatsBaseline(metric="accuracy")
    )

    assert (decision.verdict, decision.comparison, decision.champion) == ("accepted", "first", "")
    assert {rule.id for rule in decision.rules} == {
        "parity", "size", "floor:accuracy", "baseline:chance", "baseline:majority",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "record", "rule"),
    [
        ({"floors": {"accuracy": 0.95}}, RECORD, "floor:accuracy"),
        ({"floors": {"log_loss": 0.1}}, RECORD, "floor:log_loss"),
        ({"max_gzip_kb": 2}, RECORD, "size"),
        ({"max_calibration_error": 0.001}, RECORD, "calibration"),
        ({}, {**RECORD, "parity": {}}, "parity"),
    ],
)
def test_each_rule_can_refuse(rules: dict[str, Any], record: dict[str, Any], rule: str) -> None:
    decision = decide(answers(0.9), record=record, **rules)

    assert decision.verdict == "rejected"
    assert failed(decision) == [rule]


def test_a_metric_that_cannot_be_computed_fails_its_rule() -> None:
    """Without positives there is no ROC; a comparison that cannot be made is no pass."""
    nothing = Outcome(np.zeros(50, np.int64), np.zeros(50, np.int64), np.full((50, 2), 0.5))
    rules: dict[str, Any] = {
        "metric": "roc_auc",
        "floors": {"roc_auc": 0.1},
        "max_regression": {"roc_auc": Allowance(absolute=1.0)},
        "beats_baseline": BeatsBaseline(metric="roc_auc"),
    }
    decision = decide(nothing, nothing, **rules)

    assert set(failed(decision)) == {
        "floor:roc_auc", "baseline:chance", "baseline:majority", "regression:roc_auc",
        "slide:roc_auc", "champion:roc_auc",
    }  # fmt: skip
    assert all(rule.reason == "it cannot be computed" for rule in decision.rules if not rule.passed)


def test_a_slice_may_not_hide_behind_the_whole() -> None:
    outcome = answers(0.97)
    weak = np.zeros(ROWS, bool)
    weak[np.flatnonzero(outcome.told != outcome.truth)] = True
    weak[:40] = True
    slices = (Slice("region", "north", weak), Slice("region", "tiny", np.arange(ROWS) < 5))
    rule = SliceRule(feature="region", metric="accuracy", limit=0.8)

    assert decide(outcome, cuts=slices).verdict == "accepted"
    assert failed(decide(outcome, cuts=slices, slices=(rule,))) == ["slice:region=north:accuracy"]


@pytest.mark.parametrize(
    ("ours", "theirs", "comparison"),
    [(0.93, 0.90, "better"), (0.90, 0.93, "worse"), (0.901, 0.90, "same"), (0.90, 0.90, "same")],
)
def test_better_same_and_worse_are_told_by_the_interval(
    ours: float, theirs: float, comparison: str
) -> None:
    decision = decide(answers(ours), answers(theirs), max_slide=1)

    assert decision.comparison == comparison
    assert decision.verdict == ("rejected" if comparison == "worse" else "accepted")


@pytest.mark.parametrize(
    ("promote_on", "verdict"), [("better", "rejected"), ("not_worse", "accepted")]
)
def test_the_same_promotes_only_under_not_worse(promote_on: str, verdict: str) -> None:
    assert decide(answers(0.9), answers(0.9), promote_on=promote_on).verdict == verdict


@pytest.mark.parametrize(
    ("allowance", "passes"),
    [
        (Allowance(absolute=0.0), False),
        (Allowance(absolute=0.01), False),
        (Allowance(absolute=0.03), True),
        (Allowance(relative=0.01), False),
        (Allowance(relative=0.04), True),
    ],
)
def test_a_regression_fails_when_its_interval_lies_wholly_beyond_the_limit(
    allowance: Allowance, *, passes: bool
) -> None:
    """The candidate is three points worse, and surely so."""
    decision = decide(
        answers(0.90), answers(0.93), max_regression={"accuracy": allowance}, max_slide=1
    )

    assert ("regression:accuracy" not in failed(decision)) == passes


def test_noise_is_no_regression() -> None:
    """Half a point on 2,000 rows, half of it in rows that both get wrong, is within noise."""
    worse = answers(0.90, seed=3)
    flipped = worse.told.copy()
    dice = np.random.default_rng(9)
    some = dice.permutation(ROWS)[:60]
    flipped[some] = 1 - flipped[some]
    candidate = Outcome(worse.truth, flipped, worse.probabilities)
    mended = np.flatnonzero(candidate.told != candidate.truth)[:35]
    flipped[mended] = candidate.truth[mended]
    decision = decide(
        Outcome(worse.truth, flipped, worse.probabilities),
        worse,
        max_regression={"accuracy": Allowance(absolute=0.0)},
        max_slide=1,
    )

    assert value("accuracy", candidate) < value("accuracy", worse)
    assert decision.verdict == "accepted"


def step_down(production: Outcome, dice: np.random.Generator) -> Outcome:
    """Retrain: .2 points worse on the whole, better and worse in other rows than before."""
    told = production.told.copy()
    right = np.flatnonzero(told == production.truth)
    wrong = np.flatnonzero(told != production.truth)
    lost = dice.choice(right, 44, replace=False)
    won = dice.choice(wrong, 40, replace=False)
    told[np.r_[lost, won]] = 1 - told[np.r_[lost, won]]
    score = np.where(told == 1, 0.9, 0.1)
    return Outcome(production.truth, told, np.column_stack([1 - score, score]))


def descend(metric: MetricId, **rules: Any) -> tuple[float, float, int]:
    """Offer a hundred steps down, each against what is in production then."""
    dice = np.random.default_rng(1)
    best = answers(0.9, seed=1)
    production, promoted = best, 0
    for _ in range(100):
        candidate = step_down(production, dice)
        decision = decide(candidate, production, best, metric=metric, draws=200, **rules)
        if decision.verdict == "accepted":
            assert decision.anchor == "v1.0.0"
            production, promoted = candidate, promoted + 1
    return value(metric, best), value(metric, production), promoted


@pytest.mark.parametrize("metric", ["accuracy", "f1", "roc_auc"])
def test_a_hundred_small_steps_down_never_lead_a_point_below_the_best(metric: MetricId) -> None:
    """Each candidate is .2 points worse than production, too little for any single test to see."""
    best, last, promoted = descend(metric)

    assert promoted > 0
    assert last >= best - 0.01


def test_without_the_slide_rule_they_would_lead_far_down() -> None:
    """The proof that the test above can fail."""
    best, last, promoted = descend("accuracy", max_slide=1.0)

    assert promoted > 50
    assert last < best - 0.05


def test_a_candidate_that_is_surely_better_than_the_best_becomes_the_anchor() -> None:
    decision = decide(answers(0.95), answers(0.90), answers(0.91))

    assert (decision.verdict, decision.anchor) == ("accepted", "")


@pytest.fixture
def prepared(house: House) -> House:
    """A model that has been through every stage."""
    return house.add("m", block(), binary_rows()).stages("m")


def test_the_same_bytes_as_the_champion_are_unchanged(prepared: House) -> None:
    prepared.register("m", "v1.0.0")
    decision = gate.run(prepared.root, "m")

    assert (decision.verdict, decision.champion, decision.anchor) == (
        "unchanged",
        "v1.0.0",
        "v1.0.0",
    )


def test_other_bytes_of_the_same_making_and_the_same_answers_are_unchanged(prepared: House) -> None:
    """As another processor's rounding makes them."""
    prepared.register("m", "v1.0.0")
    onnx = prepared.artifact("m", "model.onnx")
    _perturb(onnx, prepared, by=1e-7)

    assert gate.run(prepared.root, "m").verdict == "unchanged"


def test_other_answers_of_the_same_making_are_a_candidate(prepared: House) -> None:
    prepared.register("m", "v1.0.0")
    _perturb(prepared.artifact("m", "model.onnx"), prepared, by=1e-2)

    assert gate.run(prepared.root, "m").verdict in {"accepted", "rejected"}


def test_the_same_answers_of_another_making_are_a_candidate(prepared: House) -> None:
    prepared.register("m", "v1.0.0", code_sha256="1" * 64)
    _perturb(prepared.artifact("m", "model.onnx"), prepared, by=1e-7)

    assert gate.run(prepared.root, "m").comparison == "same"


def _perturb(onnx: Path, house: House, *, by: float) -> None:
    """Change the weights of a linear model by a share, and its record with them."""
    model = ModelProto.FromString(onnx.read_bytes())
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "coefficients":
                attribute.floats[0] *= 1 + by
    content = model.SerializeToString(deterministic=True)
    onnx.write_bytes(content)
    record = house.artifact("m", "export.json")
    fields = json.loads(record.read_text("utf-8"))
    fields["sha256"] = hashlib.sha256(content).hexdigest()
    record.write_text(json.dumps(fields), "utf-8")


def test_another_interface_is_not_comparable(house: House) -> None:
    house.add("m", block(), binary_rows()).stages("m").register("m", "v1.0.0")
    house.add("m", block(features={"size": {"kind": "numeric"}}), binary_rows()).stages("m")
    decision = read_decision(Paths(house.root, "m"))

    assert (decision.verdict, decision.comparison) == ("not_comparable", "none")
    assert failed(decision) == ["interface"]


def test_champion_and_candidate_answer_the_same_rows_of_today(house: House) -> None:
    """The champion's own figures are of an older table; they must not be what it is held by."""
    house.add("m", block(), binary_rows(300)).stages("m").register("m", "v1.0.0")
    house.write_table("m", binary_rows(900, seed=5))
    decision = house.stages("m") and read_decision(Paths(house.root, "m"))
    (compared,) = (rule for rule in decision.rules if rule.id == "champion:roc_auc")
    old = Model((house.root / "models/m/v1.0.0/model.onnx").read_bytes())
    test = read_rows(house.artifact("m", "test.parquet"))
    new = Model(house.artifact("m", "model.onnx").read_bytes())
    expected = value("roc_auc", outcome_of(new, test)) - value("roc_auc", outcome_of(old, test))

    assert compared.observed == pytest.approx(expected, abs=1e-6)


def test_the_anchor_is_read_from_the_champion_s_card(house: House) -> None:
    house.add("m", block(), binary_rows()).stages("m").register("m", "v1.0.0")
    house.add("m", block(estimator={"name": "linear_svm"}), binary_rows()).stages("m")
    house.register("m", "v1.1.0", anchor="v1.0.0")
    house.add("m", block(estimator={"name": "extra_trees"}), binary_rows()).stages("m")
    decision = read_decision(Paths(house.root, "m"))
    (slide,) = (rule for rule in decision.rules if rule.id == "slide:roc_auc")

    assert decision.champion == "v1.1.0"
    assert "over v1.0.0, the best so far" in slide.reason


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda m: (m / "production").write_text("v9.9.9\n"), "names v9.9.9, which is not there"),
        (lambda m: (m / "production").write_text("latest"), "`latest` is no version"),
        (lambda m: (m / "production").unlink(), "there is no pointer"),
        (lambda m: (m / "v1.0.0/model.onnx").unlink(), "v1.0.0/model.onnx`"),
        (lambda m: (m / "v1.0.0/model.onnx").write_bytes(b"x"), "has sha256"),
        (lambda m: (m / "v1.0.0/card.json").write_text('{"sha256": "x"'), "this is not JSON"),
        (lambda m: (m / "v1.0.0/card.json").write_text('{"sha256": "x"}'), "the card lacks `data`"),
        (lambda m: (m / "v1.0.0/card.json").write_text("[]"), "this is no card"),
    ],
    ids=["pointer to nothing", "no version", "no pointer", "no bytes", "other bytes", "cut card",
         "short card", "no record"],
)  # fmt: skip
def test_a_champion_that_is_not_sound_is_refused_by_name(
    prepared: House, break_it: Any, message: str
) -> None:
    prepared.register("m", "v1.0.0")
    before = prepared.artifact("m", "gate.json").read_bytes()
    break_it(prepared.root / "models" / "m")
    with pytest.raises(RegistryError) as caught:
        gate.run(prepared.root, "m")

    assert message in caught.value.message
    assert caught.value.hint
    assert prepared.artifact("m", "gate.json").read_bytes() == before


def test_the_verb_shows_the_decision_and_checks_it_on_request(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = block(gate={"metric": "roc_auc", "promote_on": "better", "floors": {"accuracy": 1.0}})
    house.add("m", strict, binary_rows()).stages("m")
    monkeypatch.chdir(house.root)

    assert main(["gate", "m"]) == 0
    assert "m: rejected (no champion yet)\n  FAIL floor:accuracy" in capsys.readouterr().out
    assert main(["gate", "m", "--check"]) == 1
    assert main(["gate", "m", "--format", "json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told[told.index("{") :])["verdict"] == "rejected"
    assert main(["gate", "m", "--format", "markdown"]) == 0
    assert "| ❌ | `floor:accuracy` |" in capsys.readouterr().out


def test_gate_json_fits_its_published_schema_and_reads_back(prepared: House) -> None:
    written = json.loads(prepared.artifact("m", "gate.json").read_text("utf-8"))
    folder = REPOSITORY / "modelpress" / "schemas"

    for name, schema in schemas().items():
        assert (folder / name).read_text("utf-8") == schema, name
    Draft202012Validator(json.loads(schemas()["gate.schema.json"])).validate(written)
    assert (
        json.loads(json.dumps(dataclasses.asdict(read_decision(Paths(prepared.root, "m")))))
        == written
    )


def test_a_hostile_slice_name_cannot_break_the_markdown_table() -> None:
    outcome = answers(0.9)
    cut = Slice("region", "a|b\n| injected |", np.ones(ROWS, bool))
    rule = SliceRule(feature="region", metric="accuracy", limit=0.99)
    decision = decide(outcome, cuts=(cut,), slices=(rule,))
    lines = markdown(decision).splitlines()

    assert len(lines) == 4 + len(decision.rules)
    assert "FAIL slice:region=" in text(decision)


def test_no_figure_of_a_decision_is_nan(prepared: House) -> None:
    prepared.register("m", "v1.0.0", code_sha256="1" * 64)
    decision = gate.run(prepared.root, "m")
    figures = [
        x for rule in decision.rules for x in (rule.observed, rule.limit, rule.low, rule.high)
    ]

    assert not any(isinstance(x, float) and math.isnan(x) for x in figures)
