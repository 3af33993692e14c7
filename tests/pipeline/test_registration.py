"""The registry: versions that are made, promoted, withdrawn and found again."""

import hashlib
import json
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from house import House, binary_rows, block
from jsonschema import Draft202012Validator

from pipeline import promote, rollback, verify
from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.decision import read_decision, write_decision
from pipeline.errors import RegistryError
from pipeline.gate import run as judge
from pipeline.registration import overrule, register
from pipeline.registry import (
    CARD,
    MODEL,
    find_equal,
    folders,
    production,
    read_version,
    staging,
    versions,
    withdrawn,
)

DATES = iter(range(1_780_000_000, 1_900_000_000, 86_400))


def changed(**changes: Any) -> dict[str, Any]:
    gate = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
    return block(gate=gate) | changes


CANDIDATES = {
    "first": (changed(), binary_rows(200)),
    "parameters": (
        changed(estimator={"name": "logistic_regression", "parameters": {"C": 0.5}}),
        binary_rows(200),
    ),
    "data": (changed(), binary_rows(220)),
    "interface": (changed(features={"size": {"kind": "numeric"}}), binary_rows(200)),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, House]:
    """Each candidate's house, with everything that the stages make."""
    houses = {}
    for name, (model, rows) in CANDIDATES.items():
        house = House.make(tmp_path_factory.mktemp("made") / name)
        houses[name] = house.add("m", model, rows).stages("m")
    return houses


@pytest.fixture
def registry(house: House) -> House:
    return house.add("m", *CANDIDATES["first"])


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(next(DATES)))


def bring(house: House, made: dict[str, House], name: str) -> Paths:
    """Let a candidate be the last run's, and judge it against what is in production."""
    model, rows = CANDIDATES[name]
    house.add("m", model, rows)
    shutil.copytree(made[name].root / "artifacts", house.root / "artifacts", dirs_exist_ok=True)
    judge(house.root, "m")
    return Paths(house.root, "m")


def accept(paths: Paths) -> None:
    """Overrule the gate: what follows is about the registry."""
    fields = read_decision(paths)
    write_decision(paths, type(fields)(**{**vars(fields), "verdict": "accepted"}))


def registered(house: House, made: dict[str, House], *names: str) -> Paths:
    for name in names:
        paths = bring(house, made, name)
        accept(paths)
        register(house.root, "m")
    return Paths(house.root, "m")


@contextmanager
def untouched(root: Path) -> Iterator[None]:
    before = contents(root)
    yield
    assert contents(root) == before


def contents(root: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in (root / "models").rglob("*") if p.is_file()}


def test_the_first_accepted_candidate_is_v1_0_0_and_goes_live(
    registry: House, made: dict[str, House]
) -> None:
    paths = bring(registry, made, "first")
    done = register(registry.root, "m")

    assert (done.version, done.new, done.promoted) == ("v1.0.0", True, True)
    assert paths.production.read_text("utf-8") == paths.staging.read_text("utf-8") == "v1.0.0\n"
    assert judge(registry.root, "m").verdict == "unchanged"


@pytest.mark.parametrize(
    ("candidate", "version"),
    [("parameters", "v1.1.0"), ("data", "v1.0.1"), ("interface", "v2.0.0")],
)
def test_the_number_says_what_changed(
    registry: House, made: dict[str, House], candidate: str, version: str
) -> None:
    paths = registered(registry, made, "first", candidate)

    assert versions(paths) == ["v1.0.0", version]
    assert production(paths) == version


def test_what_is_registered_already_is_not_registered_again(
    registry: House, made: dict[str, House]
) -> None:
    paths = registered(registry, made, "first", "parameters", "first")

    assert versions(paths) == ["v1.0.0", "v1.1.0"]
    assert production(paths) == "v1.0.0"


def test_an_unchanged_candidate_changes_nothing(registry: House, made: dict[str, House]) -> None:
    registered(registry, made, "first")
    judge(registry.root, "m")
    with untouched(registry.root):
        done = register(registry.root, "m")

    assert (done.version, done.new) == ("v1.0.0", False)


def test_promotion_by_hand_stops_at_staging(registry: House, made: dict[str, House]) -> None:
    registered(registry, made, "first")
    paths = bring(registry, made, "parameters")
    gate = CANDIDATES["parameters"][0]["gate"] | {"promote": "manual"}
    registry.add("m", CANDIDATES["parameters"][0] | {"gate": gate}, binary_rows(200))
    accept(paths)
    register(registry.root, "m")
    assert (production(paths), staging(paths)) == ("v1.0.0", "v1.1.0")

    assert promote.run(paths, None) == ("v1.1.0", "v1.0.0")
    assert production(paths) == "v1.1.0"


def test_a_card_tells_what_the_version_is(registry: House, made: dict[str, House]) -> None:
    paths = registered(registry, made, "first")
    card = json.loads((paths.registry / "v1.0.0" / "card.json").read_text("utf-8"))
    content = (paths.registry / "v1.0.0" / "model.onnx").read_bytes()

    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["size_bytes"] == len(content)
    assert (card["schema"], card["model"], card["version"], card["parent"]) == (
        1, "m", "v1.0.0", "",
    )  # fmt: skip
    assert card["dirty"] is True  # there is no Git to hold the inputs
    assert card["metrics"].keys() == {"train", "validation", "test"}
    assert {x["name"]: x["dtype"] for x in card["inputs"]} == {
        "colour": "string",
        "size": "float32",
    }
    assert card["gate"]["verdict"] == "accepted"
    trained = json.loads(paths.schema.read_text("utf-8"))["parts"]["train"]
    counted = [sum(card["reference"][name]["counts"]) for name in ("size", "colour")]
    assert counted == [trained, trained]
    assert card["data"]["rows"] == 200


def test_a_card_is_of_its_published_schema(registry: House, made: dict[str, House]) -> None:
    paths = registered(registry, made, "first", "interface")
    place = Path(__file__).parents[2] / "modelpress" / "schemas" / "card.schema.json"
    schema = json.loads(place.read_text("utf-8"))
    for version in versions(paths):
        card = json.loads((paths.registry / version / "card.json").read_text("utf-8"))
        Draft202012Validator(schema).validate(card)


def test_every_decision_is_kept_once_with_what_changed(
    registry: House, made: dict[str, House]
) -> None:
    paths = registered(registry, made, "first")
    bring(registry, made, "parameters")
    verdict = read_decision(paths).verdict
    register(registry.root, "m")
    register(registry.root, "m") if verdict == "rejected" else None
    entries = [json.loads(place.read_text("utf-8")) for place in paths.decisions.glob("*.json")]
    changes = [entry["changed"] for entry in entries]

    assert len(entries) == 2
    assert {"estimator.parameters.C": [1.0, 0.5]} in changes
    assert all(entry["metrics"]["roc_auc"]["low"] is not None for entry in entries)


def test_a_decision_about_other_bytes_registers_nothing(
    registry: House, made: dict[str, House]
) -> None:
    paths = bring(registry, made, "first")
    shutil.copy(made["data"].artifact("m", "model.onnx"), paths.onnx)
    shutil.copy(made["data"].artifact("m", "export.json"), paths.export)
    with untouched(registry.root), pytest.raises(RegistryError, match="other bytes"):
        register(registry.root, "m")


def test_a_decision_against_an_earlier_champion_registers_nothing(
    registry: House, made: dict[str, House]
) -> None:
    paths = registered(registry, made, "first", "parameters")
    bring(registry, made, "data")
    paths.production.write_text("v1.0.0\n", "utf-8")
    with untouched(registry.root), pytest.raises(RegistryError, match=r"judged against `v1\.1\.0`"):
        register(registry.root, "m")


def test_bytes_that_no_card_names_are_written_over(registry: House, made: dict[str, House]) -> None:
    paths = registered(registry, made, "first")
    orphan = paths.registry / "v1.1.0" / "model.onnx"
    orphan.parent.mkdir()
    orphan.write_bytes(b"cut off")
    assert [message for message, _ in verify.check(paths)] == [
        "v1.1.0: bytes without a card, of a registration that was cut off"
    ]
    registered(registry, made, "parameters")

    assert [*verify.check(paths)] == []
    assert production(paths) == "v1.1.0"


def test_a_rollback_withdraws_and_the_gate_refuses_the_same_again(
    registry: House, made: dict[str, House]
) -> None:
    paths = registered(registry, made, "first", "parameters")
    assert rollback.run(paths, None, "blocks too much") == ("v1.0.0", "v1.1.0")
    bring(registry, made, "parameters")
    decision = read_decision(paths)

    assert (production(paths), staging(paths)) == ("v1.0.0", "v1.0.0")
    assert decision.verdict == "rejected"
    assert (
        decision.rules[-1].reason == "this is v1.1.0, withdrawn: blocks too much; change an input"
    )
    bring(registry, made, "data")
    assert read_decision(paths).rules[-1].id != "withdrawn"
    with pytest.raises(RegistryError, match=r"v1\.1\.0 was withdrawn by .* on .*: blocks"):
        promote.run(paths, "v1.1.0")


def test_a_number_is_never_used_twice(registry: House, made: dict[str, House]) -> None:
    paths = registered(registry, made, "first", "parameters")
    rollback.run(paths, None, "wrong")
    registered(registry, made, "data")

    assert versions(paths) == ["v1.0.0", "v1.1.0", "v1.1.1"]


def test_a_rollback_that_was_cut_off_goes_on(registry: House, made: dict[str, House]) -> None:
    paths = registered(registry, made, "first", "parameters")
    rollback.run(paths, None, "wrong")
    paths.production.write_text("v1.1.0\n", "utf-8")
    assert ["was withdrawn" in message for message, _ in verify.check(paths)] == [True]
    note = (paths.registry / "v1.1.0" / "withdrawn.json").read_bytes()
    rollback.run(paths, None, "again")

    assert production(paths) == "v1.0.0"
    assert (paths.registry / "v1.1.0" / "withdrawn.json").read_bytes() == note


@pytest.mark.parametrize("to", [None, "v1.1.0"])
def test_the_same_rollback_again_withdraws_no_second_version(
    registry: House, made: dict[str, House], to: str | None
) -> None:
    """Whoever was not told that it ended, as by a failing disk, says the same once more."""
    paths = registered(registry, made, "first", "parameters", "data")
    assert rollback.run(paths, to, "wrong")[0] == "v1.1.0"
    with untouched(registry.root):
        assert rollback.run(paths, to, "wrong")[0] == "v1.1.0"

    assert rollback.run(paths, None, "wrong as well")[0] == "v1.0.0"
    assert withdrawn(paths) == ["v1.1.0", "v1.2.0"]


def test_a_reason_may_be_given_again_for_a_later_version(
    registry: House, made: dict[str, House]
) -> None:
    paths = registered(registry, made, "first", "parameters")
    rollback.run(paths, None, "wrong")
    registered(registry, made, "data")

    assert rollback.run(paths, None, "wrong")[0] == "v1.0.0"
    assert withdrawn(paths) == ["v1.1.0", "v1.1.1"]


@pytest.mark.parametrize(
    ("to", "message"),
    [(None, "no version before"), ("v1.0.0", "in production itself"), ("v9.0.0", "no version v9")],
)
def test_there_must_be_something_to_go_back_to(
    registry: House, made: dict[str, House], to: str | None, message: str
) -> None:
    paths = registered(registry, made, "first")
    with untouched(registry.root), pytest.raises(RegistryError, match=message):
        rollback.run(paths, to, "wrong")


def test_without_production_there_is_nothing_to_roll_back(registry: House) -> None:
    with pytest.raises(RegistryError, match="nothing in production"):
        rollback.run(Paths(registry.root, "m"), None, "wrong")


DAMAGE = {
    "other bytes": (lambda p: (p / "v1.0.0/model.onnx").write_bytes(b"x"), "v1.0.0: "),
    "no bytes": (lambda p: (p / "v1.0.0/model.onnx").unlink(), "v1.0.0: a card without bytes"),
    "empty card": (lambda p: (p / "v1.0.0/card.json").write_text("{}"), "v1.0.0: the card lacks"),
    "cut card": (lambda p: (p / "v1.0.0/card.json").write_text('{"s'), "v1.0.0: this is not JSON"),
    "no such version": (lambda p: (p / "production").write_text("v7.0.0\n"), "production: points"),
    "no pointer": (lambda p: (p / "production").unlink(), "production: there is no pointer"),
    "conflict": (lambda p: (p / "staging").write_text("<<<<<<< a\nv1\n"), "staging: `<<<<<<<"),
    "decision": (lambda p: next(p.glob("decisions/*")).write_text("[]"), "this is no decision: it"),
    "binary": (lambda p: (p / "production").write_bytes(b"\xff\xfe"), "production: what is not"),
    "LFS pointer": (
        lambda p: (p / "v1.0.0/model.onnx").write_text("version https://git-lfs.github.com/spec/v1"),
        "v1.0.0: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_verify_names_the_fault_and_what_to_do(
    registry: House,
    made: dict[str, House],
    damage: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = registered(registry, made, "first")
    monkeypatch.chdir(registry.root)
    assert main(["verify"]) == 0
    spoil, message = DAMAGE[damage]
    spoil(paths.registry)
    capsys.readouterr()

    assert main(["verify"]) == 2
    told = capsys.readouterr().out
    assert message in told
    assert "hint: " in told


def test_verify_names_what_a_killed_process_left_and_finds_no_fault_in_it(
    registry: House,
    made: dict[str, House],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paths = registered(registry, made, "first")
    (paths.registry / "v1.0.0" / ".card.json.77.tmp").write_bytes(b"{")
    monkeypatch.chdir(registry.root)

    assert main(["verify"]) == 0
    told = capsys.readouterr().out
    assert "m: no faults\n  harmless: v1.0.0/.card.json.77.tmp, of a write that was cut off" in told


def test_a_sound_version_is_found_by_its_bytes_or_by_what_it_is_made_of(
    registry: House, made: dict[str, House]
) -> None:
    paths = registered(registry, made, "first", "parameters")
    first = read_version(paths, "v1.0.0")

    assert find_equal(paths, first.model, {}) == "v1.0.0"
    assert find_equal(paths, first.model, first.card.made_of) == "v1.0.0"
    assert [str(version) for version in folders(paths)] == ["v1.0.0", "v1.1.0"]


def test_status_tells_what_is_live(
    registry: House,
    made: dict[str, House],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(registry.root)
    assert main(["status"]) == 0
    assert "nothing" in capsys.readouterr().out
    registered(registry, made, "first", "parameters")

    assert main(["status", "--format", "json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["production"], told["staging"], told["versions"]) == ("v1.1.0", "v1.1.0", 2)
    assert told["value"][1] <= told["value"][0] <= told["value"][2]
    assert main(["status"]) == 0
    assert "v1.1.0" in capsys.readouterr().out


def test_status_forecasts_a_year_at_the_pace_so_far(
    registry: House,
    made: dict[str, House],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(registry.root)
    day = 86_400

    def forecast() -> float | None:
        assert main(["status", "--format", "json"]) == 0
        found: float | None = json.loads(capsys.readouterr().out)[0]["megabytes_a_year"]
        return found

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    registered(registry, made, "first")
    assert forecast() is None
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1_780_000_000 + 5 * day))
    registered(registry, made, "parameters")
    assert forecast() is None  # two versions of one week are no pace
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1_780_000_000 + 10 * day))
    registered(registry, made, "data")
    folder = registry.root / "models" / "m" / "v1.2.0"
    once = sum(len(zlib.compress((folder / name).read_bytes())) for name in (CARD, MODEL)) / 1e6

    assert forecast() == round(2 * 36.5 * once, 1) > 0


def test_a_model_too_large_for_git_is_refused_and_leaves_nothing(
    registry: House, made: dict[str, House], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.registration.LARGEST", 1000)
    with pytest.raises(RegistryError, match="MB is the limit") as caught:
        registered(registry, made, "first")
    assert "smaller vocabulary" in caught.value.hint
    assert folders(Paths(registry.root, "m")) == []


def test_what_cannot_be_compared_goes_live_by_a_person_s_word_alone(
    registry: House,
    made: dict[str, House],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = registered(registry, made, "first")
    bring(registry, made, "interface")
    monkeypatch.chdir(registry.root)
    assert read_decision(paths).verdict == "not_comparable"
    assert register(registry.root, "m").version == ""
    assert main(["promote", "m", "--reason", "colour is gone from the source"]) == 0

    assert production(paths) == staging(paths) == "v2.0.0"
    card = json.loads((paths.registry / "v2.0.0" / "card.json").read_text("utf-8"))
    assert card["overruled"] == "colour is gone from the source"
    assert main(["promote", "m", "--reason", "again"]) == 2
    assert "the gate judged against `v1.0.0`" in capsys.readouterr().err


def test_a_person_s_word_does_not_overrule_a_rejection(
    registry: House, made: dict[str, House]
) -> None:
    registered(registry, made, "first")
    paths = bring(registry, made, "interface")
    fields = vars(read_decision(paths))
    write_decision(paths, type(read_decision(paths))(**{**fields, "verdict": "rejected"}))
    with untouched(registry.root), pytest.raises(RegistryError, match="the gate says rejected"):
        overrule(registry.root, "m", "please")


def test_two_versions_stand_side_by_side(
    registry: House,
    made: dict[str, House],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    registered(registry, made, "first", "parameters")
    monkeypatch.chdir(registry.root)
    assert main(["compare", "m", "v1.0.0", "v1.1.0"]) == 0
    assert capsys.readouterr().out.startswith("made of other params\naccuracy ")
    assert main(["compare", "m", "v1.0.0", "v1.1.0", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert told["changed"] == ["params"]
    assert {pair["metric"] for pair in told["metrics"]} >= {"roc_auc", "f1"}
    assert main(["compare", "m", "v1.0.0", "v3.0.0"]) == 2
    assert "there is no version v3.0.0\nhint: there are: v1.0.0, v1.1.0" in capsys.readouterr().err


def test_registering_again_what_is_live_changes_nothing(
    registry: House, made: dict[str, House]
) -> None:
    registered(registry, made, "first")
    with untouched(registry.root):
        assert register(registry.root, "m").version == "v1.0.0"


@pytest.mark.parametrize("key", ["gate", "golden", "data", "sha256", "metrics"])
def test_a_card_with_a_wrong_inside_is_named(
    registry: House, made: dict[str, House], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = registered(registry, made, "first")
    place = paths.registry / "v1.0.0" / "card.json"
    card = json.loads(place.read_text("utf-8"))
    place.write_text(json.dumps(card | {key: 1}), "utf-8")
    monkeypatch.chdir(registry.root)

    assert main(["status"]) == 2
    paths.gate.write_text("1", "utf-8")
    place.write_text(json.dumps(card), "utf-8")
    assert main(["status"]) == 2
