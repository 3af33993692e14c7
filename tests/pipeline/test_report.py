"""`modelpress report`: what is written, when, and what a damaged repository does to it."""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fleet import FIRST_DAY, Fleet, add_promotion, git, lay_fleet
from house import REPOSITORY

from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.git import changes_aside
from pipeline.report.inputs import stamp
from pipeline.report.output import RECORD
from pipeline.terms import all_terms, terms

pytestmark = pytest.mark.git


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Four models, eight versions of each, five days."""
    return lay_fleet(tmp_path_factory.mktemp("report") / "fleet", 4, 8, 5)


@pytest.fixture
def fleet(
    laid: Fleet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Fleet:
    """A copy that may be changed; one stands in it."""
    caplog.set_level("INFO")
    root = Path(shutil.copytree(laid.root, tmp_path / "fleet", symlinks=True))
    monkeypatch.chdir(root)
    for name in ("SITE_URL", "SOURCE_DATE_EPOCH", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    return Fleet(root, laid.names, laid.versions, laid.days)


def report(fleet: Fleet, *words: str) -> Path:
    """Write the site's sources, which must go well, and name their folder."""
    assert main(["report", *words]) == 0
    return fleet.root / "build" / "docs"


def read(place: Path) -> Any:
    return json.loads(place.read_text("utf-8"))


def contents(folder: Path) -> dict[str, bytes]:
    files = (place for place in folder.rglob("*") if place.is_file() and place.name != RECORD)
    return {str(place.relative_to(folder)): place.read_bytes() for place in files}


def times(folder: Path) -> dict[str, int]:
    return {str(x): x.stat().st_mtime_ns for x in folder.rglob("*") if x.is_file()}


# What is written, and when


def test_a_second_report_writes_nothing(fleet: Fleet, caplog: pytest.LogCaptureFixture) -> None:
    out = report(fleet)
    before = times(out)
    report(fleet)

    assert times(out) == before
    assert "0 written, 0 removed" in caplog.text or "nothing has changed" in caplog.text


def test_what_has_not_changed_since_is_not_even_read(
    fleet: Fleet, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.report.inputs._SETTLED_NS", -(10**18))
    out = report(fleet)
    monkeypatch.setattr("pipeline.report.gather_facts", lambda _: pytest.fail("it was read"))
    report(fleet)
    assert "nothing has changed" in caplog.text

    (out / "feed.xml").write_text("by hand", "utf-8")
    monkeypatch.undo()
    monkeypatch.chdir(fleet.root)
    report(fleet)
    assert (out / "feed.xml").read_text("utf-8").startswith("<?xml")


def test_a_stamp_is_only_trusted_once_the_files_have_settled(fleet: Fleet) -> None:
    (fleet.root / "dvc.lock").touch()
    assert stamp(fleet.root) == ""


def test_only_what_changes_is_written(fleet: Fleet) -> None:
    out = report(fleet)
    before = times(out)
    place = fleet.root / "models" / "m001" / "v1.0.3" / "withdrawn.json"
    note = {"schema": 1, "who": "Ada", "when": "2026-01-09T06:00:00Z", "why": "it was wrong"}
    place.write_text(json.dumps(note), "utf-8")
    report(fleet)
    changed = {str(Path(x).relative_to(out)) for x, at in times(out).items() if before[x] != at}

    assert "api/models/m001.json" in changed
    assert not {x for x in changed if x.startswith(("api/models/m0", "badges"))} - {
        "api/models/m001.json"
    }


def test_what_is_no_longer_wanted_is_removed_and_nothing_else(fleet: Fleet) -> None:
    out = report(fleet)
    (out / "assets" / "vendor").mkdir(parents=True, exist_ok=True)
    (out / "assets" / "vendor" / "ours.js").write_text("of another step", "utf-8")
    shutil.rmtree(fleet.root / "models" / "m003")
    text = (fleet.root / "params.yaml").read_text("utf-8")
    (fleet.root / "params.yaml").write_text(text.split("  m003:")[0], "utf-8")
    report(fleet)

    assert not (out / "models" / "m003").exists()
    assert not (out / "api" / "models" / "m003.json").exists()
    assert (out / "assets" / "vendor" / "ours.js").exists()


def test_a_report_that_was_cut_off_leaves_nothing_behind(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are known, though it never came to say that it had written them."""

    def broken(*_: object) -> Iterator[tuple[str, bytes]]:
        yield "odd.txt", b"from a report that dies"
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.report.static_registry", broken)
        assert main(["report"]) == 130
    out = fleet.root / "build" / "docs"
    assert (out / "odd.txt").exists()
    report(fleet)
    assert not (out / "odd.txt").exists()


def test_two_clones_give_the_same_bytes(fleet: Fleet, tmp_path: Path) -> None:
    first = contents(report(fleet))
    other = Path(shutil.copytree(fleet.root, tmp_path / "elsewhere" / "other", symlinks=True))
    shutil.rmtree(other / "build")
    assert main_in(other, "report") == 0

    assert contents(other / "build" / "docs") == first


def main_in(root: Path, *words: str) -> int:
    program = [sys.executable, "-m", "pipeline", *words]
    return subprocess.run(program, cwd=root / "models", check=False).returncode


# Where it may write


@pytest.mark.parametrize("place", ["site", "site/content", "models", "monitoring/x", "data"])
@pytest.mark.usefixtures("fleet")
def test_sources_are_no_place_to_write_to(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--out", place]) == 2
    assert "holds sources" in capsys.readouterr().err


@pytest.mark.parametrize("place", [".", "notes", ".."])
def test_a_folder_of_somebody_else_is_left_alone(
    place: str, fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    (fleet.root / "notes").mkdir()
    (fleet.root / "notes" / "mine.txt").write_text("mine", "utf-8")
    before = contents(fleet.root)

    assert main(["report", "--out", place]) == 2
    assert "not ours" in capsys.readouterr().err
    assert contents(fleet.root) == before


def test_a_link_leads_nowhere(
    fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = report(fleet)
    shutil.rmtree(out / "badges")
    (tmp_path / "elsewhere").mkdir()
    (out / "badges").symlink_to(tmp_path / "elsewhere")

    assert main(["report"]) == 2
    assert "leads out of the folder" in capsys.readouterr().err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_record_that_was_tampered_with_removes_nothing_outside(fleet: Fleet) -> None:
    out = report(fleet)
    precious = fleet.root / "build" / "precious.txt"
    precious.write_text("precious", "utf-8")
    with (out / RECORD).open("a") as record:
        record.write('["../precious.txt", "", 0, 0]\n["/etc/hosts", "", 0, 0]\nnot JSON\n')
    report(fleet)

    assert precious.exists()


@pytest.mark.usefixtures("fleet")
def test_any_other_folder_will_do(tmp_path: Path) -> None:
    assert main(["report", "--out", str(tmp_path / "new" / "docs")]) == 0
    assert (tmp_path / "new" / "docs" / "api" / "models.json").exists()


# Damage


@pytest.fixture(scope="module")
def healthy(laid: Fleet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What is written while nothing is damaged."""
    out = tmp_path_factory.mktemp("healthy") / "docs"
    with contextlib.chdir(laid.root):
        assert main(["report", "--out", str(out)]) == 0
    return contents(out)


Spoil = Callable[[Path], object]
DAMAGE: dict[str, tuple[str, Spoil]] = {
    "a card that is cut off": (
        "models/m001/v1.0.2/card.json",
        lambda place: place.write_text(place.read_text("utf-8")[:500], "utf-8"),
    ),
    "a card of another shape": (
        "models/m001/v1.0.2/card.json",
        lambda place: place.write_text(json.dumps(read(place) | {"metrics": {"test": 5}}), "utf-8"),
    ),
    "other bytes than the card's": (
        "models/m001/v1.0.7/model.onnx",
        lambda place: (place.unlink(), place.write_bytes(b"other")),
    ),
    "a pointer that is none": (
        "models/m001/production",
        lambda place: place.write_text("latest\n", "utf-8"),
    ),
    "a pointer to nothing": (
        "models/m001/production",
        lambda place: place.write_text("v7.0.0\n", "utf-8"),
    ),
    "a verdict that is none": (
        "artifacts/m001/gate.json",
        lambda place: place.write_text('{"verdict": 5}', "utf-8"),
    ),
    "an evaluation of another shape": (
        "artifacts/m001/evaluation.json",
        lambda place: place.write_text('["metrics"]', "utf-8"),
    ),
    "a curve of another shape": (
        "artifacts/m001/plots/roc.json",
        lambda place: place.write_text('[{"x": 1}]', "utf-8"),
    ),
    "a day that is no JSON": (
        "monitoring/m001/2026-01-09.json",
        lambda place: place.write_text("<<<<<<< ours", "utf-8"),
    ),
    "a day of another shape": (
        "monitoring/m001/2026-01-09.json",
        lambda place: place.write_text(json.dumps(read(place) | {"drift": [{}]}), "utf-8"),
    ),
    "a day that is of another": (
        "monitoring/m001/2026-01-09.json",
        lambda place: place.write_text(json.dumps(read(place) | {"date": "<b>"}), "utf-8"),
    ),
    "a moment that is none": (
        "models/m001/v1.0.2/card.json",
        lambda place: place.write_text(json.dumps(read(place) | {"created": "<b>"}), "utf-8"),
    ),
    "a commit that is none": (
        "models/m001/v1.0.2/card.json",
        lambda place: place.write_text(json.dumps(read(place) | {"commit": "../.."}), "utf-8"),
    ),
    "a decision that is none": (
        "models/m001/decisions/2026-01-01-000000000000.json",
        lambda place: place.write_text('{"date": "x", "parameters": {}}', "utf-8"),
    ),
    "a promotion that is none": (
        "models/m001/production.json",
        lambda place: place.write_text("[]", "utf-8"),
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_of_one_model_is_told_and_takes_nothing_else_down(
    what: str, healthy: dict[str, bytes], fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    name, spoil = DAMAGE[what]
    spoil(fleet.root / name)

    assert main(["report"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert name.rpartition("/")[0] in err
    out = fleet.root / "build" / "docs"
    told = read(out / "api" / "models" / "m001.json")["damage"]
    assert told
    assert told[0]["path"].startswith(name.rpartition("/")[0])
    assert not Path(told[0]["path"]).is_absolute()
    now = contents(out)
    others = [x for x in healthy if "/m000" in x or "/m002" in x or "/m003" in x]
    assert len(others) > 50
    assert {x for x in others if x.startswith("api/") and now[x] != healthy[x]} == set()
    assert [entry["name"] for entry in read(out / "api" / "models.json")["models"]] == [
        *fleet.names
    ]


def test_damage_that_was_mended_is_forgotten(fleet: Fleet) -> None:
    healthy = contents(report(fleet))
    place = fleet.root / "models" / "m001" / "v1.0.2" / "card.json"
    sound = place.read_text("utf-8")
    place.write_text("{}", "utf-8")
    assert main(["report"]) == 2
    place.write_text(sound, "utf-8")

    assert contents(report(fleet)) == healthy


def test_a_block_with_faults_is_told_on_its_page(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (fleet.root / "params.yaml").read_text("utf-8")
    (fleet.root / "params.yaml").write_text(
        text.replace("metric: f1_macro\n      promote_on", "metric: f2\n      promote_on", 1),
        "utf-8",
    )

    assert main(["report"]) == 2
    assert "models.m000.gate.metric" in capsys.readouterr().err
    told = read(fleet.root / "build" / "docs" / "api" / "models" / "m000.json")
    assert "gate.metric" in told["damage"][0]["message"]
    assert told["production"] == "v1.0.7"


# Nothing there yet


def test_a_new_repository_has_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = lay_fleet(tmp_path / "new", 2, 0, 0)
    monkeypatch.chdir(fleet.root)
    shutil.rmtree(fleet.root / ".git")
    shutil.rmtree(fleet.root / "artifacts")
    out = report(fleet)
    index = read(out / "api" / "models.json")

    assert (index["built"], index["commit"]) == ("", "")
    assert [(x["production"], x["versions"], x["drift"]) for x in index["models"]] == [
        ("", [], "nodata"),
        ("", [], "nodata"),
    ]
    assert not (out / "models" / "m000" / "production.json").exists()
    assert (out / "badges" / "m000.svg").exists()


def test_a_repository_without_models_has_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "params.yaml").write_text("models: {}\n", "utf-8")
    monkeypatch.chdir(tmp_path)

    assert main(["report"]) == 0
    assert read(tmp_path / "build" / "docs" / "api" / "models.json")["models"] == []


def test_without_git_the_registry_is_there_and_the_history_is_not(fleet: Fleet) -> None:
    shutil.rmtree(fleet.root / ".git")
    told = read(report(fleet) / "api" / "models" / "m000.json")

    assert told["promotions"] == []
    assert (told["production"], told["since"], told["counter"]) == ("v1.0.7", "", 1)


def test_a_clone_that_lacks_commits_says_so_and_promises_no_number_of_promotions(
    fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("clone", "--quiet", "--depth", "1", fleet.root.as_uri(), str(tmp_path / "clone"))
    git(tmp_path, FIRST_DAY, *words)
    shutil.rmtree(fleet.root / ".git")
    shutil.move(tmp_path / "clone" / ".git", fleet.root / ".git")

    assert main(["report"]) == 2
    assert "lacks older commits" in capsys.readouterr().err
    out = fleet.root / "build" / "docs"
    assert (out / "models" / "m000" / "v1.0.7" / "card.json").exists()
    assert not (out / "models" / "m000" / "production.json").exists()


def test_a_git_that_refuses_to_answer_is_no_new_repository(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a container that runs as somebody else than the owner of the checkout."""
    for key in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(key, "/dev/null")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")

    assert main(["report"]) == 2
    assert "dubious ownership" in capsys.readouterr().err
    out = fleet.root / "build" / "docs"
    pages = (place.read_bytes() for place in out.rglob("*.md"))
    assert not any(str(fleet.root).encode() in page for page in pages)
    assert (out / "models" / "m000" / "v1.0.7" / "card.json").exists()
    assert not (out / "models" / "m000" / "production.json").exists()


def test_a_model_that_was_retired_keeps_its_versions_on_the_site(fleet: Fleet) -> None:
    text = (fleet.root / "params.yaml").read_text("utf-8")
    (fleet.root / "params.yaml").write_text(text.split("  m003:")[0], "utf-8")
    (fleet.root / "models" / "m003" / "production").write_text("", "utf-8")
    out = report(fleet)
    told = read(out / "api" / "models" / "m003.json")

    assert (told["retired"], told["title"], len(told["versions"])) == (True, "m003", 8)
    assert read(out / "models" / "m003" / "production.json")["version"] == ""


# The production history, of all models at once


def test_the_history_of_all_is_that_of_each(fleet: Fleet) -> None:
    add_promotion(fleet, "m001", "v1.0.2", "back")
    add_promotion(fleet, "m001", "v1.0.7", "and forth")
    told = all_terms(fleet.root)

    assert set(told) == set(fleet.names)
    assert all(told[name] == terms(Paths(fleet.root, name)) for name in fleet.names)
    assert [term.version for term in told["m001"]][-3:] == ["v1.0.7", "v1.0.2", "v1.0.7"]


def test_a_history_that_came_by_a_merge_is_that_of_each_too(fleet: Fleet) -> None:
    root, moment = fleet.root, FIRST_DAY + timedelta(days=30)
    git(root, moment, "switch", "--quiet", "-c", "pull")
    add_promotion(fleet, "m002", "v1.0.4", "promoted by a pull request")
    git(root, moment, "switch", "--quiet", "main")
    add_promotion(fleet, "m000", "v1.0.5", "promoted on main meanwhile")
    git(root, moment, "merge", "--quiet", "--no-ff", "--message", "merged", "pull")
    told = all_terms(root)

    assert changes_aside(root, "models/*/production") == {"models/m002/production"}
    assert all(told[name] == terms(Paths(root, name)) for name in fleet.names)
    assert told["m002"][-1].subject == "promoted by a pull request"


# Beside the engine


def test_the_engine_s_own_repository_has_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    out = tmp_path / "docs"

    assert main(["report", "--out", str(out)]) == 0
    names = [entry["name"] for entry in read(out / "api" / "models.json")["models"]]
    assert names == ["iris", "spam", "credit", "tickets", "bikes", "bikes-count"]
    assert (out / "guide" / "index.md").exists()
    assert (out / "assets" / "normalize_text.js").exists() or any((out / "assets").rglob("*.js"))
