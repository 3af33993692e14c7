"""`modelpress run`: what is run, what is said, and what the exit code is."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from house import House, binary_rows, block

from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.errors import RegistryError, RunError
from pipeline.lockfile import STAGES, read_entries, settle_order
from pipeline.run.alone import alone
from pipeline.run.plan import stale_models
from pipeline.run.reproduced import kept, settle_rounding, what_happened

QUICK = {"estimator": {"name": "logistic_regression"}}


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def modelpress(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def repository(house: House) -> House:
    """A house in Git with one model, run and committed."""
    house.add("a", block(**QUICK), binary_rows(200))
    git(house.root, "init", "-q")
    git(house.root, "config", "user.email", "tests@example.org")
    git(house.root, "config", "user.name", "tests")
    done = modelpress(house.root, "run")
    assert done.returncode == 0, done.stderr
    git(house.root, "add", "-A")
    git(house.root, "commit", "-qm", "first")
    return house


@pytest.mark.git
def test_a_forced_retrain_reproduces_and_leaves_git_clean(repository: House) -> None:
    done = modelpress(repository.root, "run", "--force")

    assert done.returncode == 0, done.stderr
    assert "reproduced, unchanged" in done.stdout
    assert git(repository.root, "status", "--porcelain") == ""


@pytest.mark.git
def test_it_reproduces_without_a_cache_and_with_another_hash_seed(
    repository: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "4242")
    shutil.rmtree(repository.root / ".dvc" / "cache")
    for file in ("model.onnx", "estimator.skops"):
        repository.artifact("a", file).unlink()
    done = modelpress(repository.root, "run", "--force")

    assert "reproduced, unchanged" in done.stdout, done.stderr
    assert git(repository.root, "status", "--porcelain") == ""


@pytest.mark.git
def test_a_fresh_clone_is_up_to_date(repository: House, tmp_path: Path) -> None:
    """Nothing of the cache is there, and nothing has changed."""
    git(tmp_path, "clone", "-q", str(repository.root), "clone")
    done = modelpress(tmp_path / "clone", "run")

    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
    assert "not measured here" in done.stdout
    assert git(tmp_path / "clone", "status", "--porcelain") == ""


@pytest.mark.git
def test_a_changed_late_stage_in_a_fresh_clone_makes_anew_what_it_needs(
    repository: House, tmp_path: Path
) -> None:
    """The rows and the model that the gate reads are neither there nor in a cache."""
    git(tmp_path, "clone", "-q", str(repository.root), "clone")
    clone = House(tmp_path / "clone")
    gate = {"metric": "f1", "promote_on": "not_worse"}
    clone.write_params({"a": block(**QUICK, gate=gate)})
    done = modelpress(clone.root, "run")

    assert done.returncode == 0, done.stderr
    assert json.loads(clone.artifact("a", "gate.json").read_text("utf-8"))["verdict"] == "accepted"


@pytest.mark.git
def test_a_changed_parameter_makes_a_new_model_and_says_what_moved(repository: House) -> None:
    estimator = {"name": "logistic_regression", "parameters": {"C": 0.001}}
    repository.write_params({"a": block(estimator=estimator)})
    done = modelpress(repository.root, "run")

    assert "new model" in done.stdout
    assert re.search(r"log_loss \d\.\d{4} -> \d\.\d{4}", done.stdout)


@pytest.mark.git
def test_without_git_it_works_and_says_what_it_leaves_out(repository: House) -> None:
    shutil.rmtree(repository.root / ".git")
    done = modelpress(repository.root, "run", "--force")

    assert done.returncode == 0, done.stderr
    assert "reproduced, unchanged" in done.stdout
    assert "no Git here: " in done.stdout


@pytest.mark.git
def test_one_model_s_failure_stops_no_other_and_the_worst_code_wins(repository: House) -> None:
    strict = {"metric": "roc_auc", "promote_on": "better", "floors": {"accuracy": 1.0}}
    repository.add("broken", block(), [{"size": "x", "colour": "red", "answer": "yes"}] * 30)
    repository.add("strict", block(gate=strict), binary_rows(200))
    repository.write_params(repository.params | {"faulty": {"title": 1}})
    done = modelpress(repository.root, "run")
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line[:1].isalpha()}

    assert done.returncode == 2
    assert "up to date" in lines["a"]
    assert "failed" in lines["broken"]
    assert "30 of 30 values are not numbers" in done.stdout
    assert "rejected" in lines["strict"]
    assert "floor:accuracy" in done.stdout
    assert "faults in params.yaml" in lines["faulty"]
    assert "models.faulty.owner: it is missing" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.git
def test_a_rejection_alone_is_exit_code_1(repository: House) -> None:
    strict = {"metric": "roc_auc", "promote_on": "better", "floors": {"accuracy": 1.0}}
    repository.write_params({"a": block(gate=strict)})

    assert modelpress(repository.root, "run").returncode == 1
    assert modelpress(repository.root, "run").returncode == 1, "also when it is up to date"


@pytest.mark.git
def test_a_slow_model_is_refused_where_it_was_measured(repository: House) -> None:
    slow = {"metric": "roc_auc", "promote_on": "not_worse", "max_latency_ms": 1e-6}
    repository.write_params({"a": block(gate=slow)})
    done = modelpress(repository.root, "run")

    assert done.returncode == 1
    assert "latency: " in done.stdout
    repository.artifact("a", "timing.json").unlink()
    assert modelpress(repository.root, "run").returncode == 0, "nothing was measured here"


def test_an_unknown_model_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.add("a", block(), binary_rows(40))
    monkeypatch.chdir(house.root)

    assert main(["run", "b"]) == 2
    assert "there is no model `b`" in capsys.readouterr().err


def test_a_second_run_refuses_by_name_or_waits(house: House) -> None:
    house.add("a", block(), binary_rows(40))
    with alone(house.root, ["a"], wait=False):
        done = modelpress(house.root, "run")
        waiting = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "run", "--wait"],
            cwd=house.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=2)

    assert done.returncode == 2
    assert re.search(r"another run is at work: process \d+, for a", done.stderr)
    assert waiting.wait(timeout=120) == 0


def test_a_killed_run_leaves_no_lock_behind(house: House) -> None:
    script = """
import sys, time
from pathlib import Path
from pipeline.run.alone import alone
with alone(Path(sys.argv[1]), ['a'], wait=False):
    print('held', flush=True)
    time.sleep(60)
"""
    command = [sys.executable, "-c", script, str(house.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunError), alone(house.root, ["b"], wait=False):
            pass
        holder.send_signal(signal.SIGKILL)
    with alone(house.root, ["b"], wait=False):
        pass


@pytest.mark.slow
def test_eight_models_side_by_side_give_the_serial_run_s_lock_four_times(house: House) -> None:
    for number in range(8):
        house.add(f"m{number}", block(**QUICK), binary_rows(120, seed=number))
    lock = house.root / "dvc.lock"
    assert modelpress(house.root, "run", "--jobs", "1").returncode == 0
    serial = lock.read_bytes()
    for _ in range(4):
        lock.unlink()
        shutil.rmtree(house.root / "artifacts")
        done = modelpress(house.root, "run", "--jobs", "4")
        assert done.returncode == 0, done.stdout + done.stderr
        assert lock.read_bytes() == serial


CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"train@a": [{"changed deps": {"x": "modified"}}]}, ["a"]),
    ({"train@a": ["changed command"]}, ["a"]),
    ({"train@a": [{"changed deps": {"params.yaml": {"models.a.tune": "modified"}}}]}, ["a"]),
    ({"train@a": [{"changed outs": {"x": "deleted"}}]}, []),
    ({"train@a": [{"changed outs": {"x": "not in cache"}}]}, []),
    ({"train@a": [{"changed deps": {"x": "deleted"}}]}, []),
    ({"data/a/table.csv.dvc": [{"changed outs": {"x": "deleted"}}]}, []),
    ({"gate@b": [{"changed outs": {"x": "new"}}]}, ["b"]),
    ({"gate@b": [{"changed outs": {"x": "deleted"}}, {"changed deps": {"y": "new"}}]}, ["b"]),
]


@pytest.mark.parametrize(("changed", "stale"), CHANGES)
def test_missing_files_alone_make_no_model_stale(changed: dict[str, Any], stale: list[str]) -> None:
    assert stale_models(changed, ["a", "b"]) == stale


LOCK = "schema: '2.0'\nstages:\n" + "".join(
    f"  {stage}@{model}:\n    cmd: modelpress {stage} {model}\n"
    "    outs:\n    - path: x\n      hash: md5\n      md5: 1\n      size: 1\n"
    for model, stage in [("b", "gate"), ("a", "train"), ("gone", "train"), ("a", "prepare")]
)


def test_the_lock_is_ordered_by_model_and_stage_to_the_letter(tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text(LOCK, "utf-8")
    entries = read_entries(lock)
    settle_order(lock, ["a", "b"])

    assert list(read_entries(lock)) == ["prepare@a", "train@a", "gate@b"]
    assert all(read_entries(lock)[name] == entries[name] for name in read_entries(lock))


@pytest.mark.parametrize("cut", range(len(LOCK)))
def test_a_lock_cut_anywhere_is_refused_by_name_or_whole_as_far_as_it_goes(
    tmp_path: Path, cut: int
) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text(LOCK[:cut], "utf-8")
    whole = "schema: '2.0'\nstages:\n"
    if LOCK[:cut].endswith("      size: 1\n") or LOCK[:cut] == whole:
        assert LOCK[:cut] == whole + "".join(read_entries(lock).values())
        return
    with pytest.raises(RegistryError) as caught:
        read_entries(lock)
    assert caught.value.path == "dvc.lock"
    assert caught.value.hint


def test_conflict_markers_in_the_lock_are_refused(tmp_path: Path) -> None:
    lock = tmp_path / "dvc.lock"
    lock.write_text(LOCK.replace("      size: 1\n", "<<<<<<< HEAD\n      size: 1\n", 1), "utf-8")
    with pytest.raises(RegistryError):
        read_entries(lock)


@pytest.fixture
def made(house: House) -> Paths:
    """A model that has been run, with a lock of its own making."""
    house.add("a", block(**QUICK), binary_rows(200)).stages("a")
    digest = "0123456789abcdef0123456789abcdef"
    entries = {
        f"{stage}@a": f"  {stage}@a:\n    cmd: modelpress {stage} a\n    deps:\n"
        f"    - path: data/a/table.csv\n      hash: md5\n      md5: {digest}\n      size: 9\n"
        f"    outs:\n    - path: artifacts/a/model.onnx\n      hash: md5\n      md5: {digest}\n"
        "      size: 9\n"
        for stage in STAGES
    }
    lock = house.root / "dvc.lock"
    lock.write_text("schema: '2.0'\nstages:\n" + "".join(entries.values()), "utf-8")
    return Paths(house.root, "a")


def rounded(paths: Paths, by: float) -> None:
    """Answer a little otherwise everywhere, as another processor would."""
    lock = paths.root / "dvc.lock"
    other = re.sub(r"(model\.onnx\n.*\n +md5: )\w+", r"\g<1>99", lock.read_text("utf-8"))
    lock.write_text(other, "utf-8")
    golden = json.loads(paths.golden.read_text("utf-8"))
    for row in golden:
        row["probabilities"]["yes"] += by
    paths.golden.write_text(json.dumps(golden), "utf-8")


def test_another_processor_s_rounding_is_settled(made: Paths) -> None:
    before = kept(made)
    rounded(made, 1e-7)

    assert settle_rounding(made, before, kept(made))
    assert kept(made) == before


def test_more_than_rounding_is_a_new_model(made: Paths) -> None:
    before = kept(made)
    rounded(made, 1e-4)
    after = kept(made)

    assert not settle_rounding(made, before, after)
    assert what_happened(before, after).word == "new model"
    assert kept(made) == after


def test_other_inputs_are_no_rounding(made: Paths) -> None:
    before = kept(made)
    lock = made.root / "dvc.lock"
    text = lock.read_text("utf-8")
    lock.write_text(text.replace("      md5: 0123", "      md5: 4444", 1), "utf-8")

    assert not settle_rounding(made, before, kept(made))


def test_what_is_missing_in_a_new_repository_is_a_first_run(made: Paths) -> None:
    nothing = kept(Paths(made.root, "other"))

    assert what_happened(nothing, kept(made)).word == "first run"
    assert what_happened(kept(made), kept(made)).word == "reproduced, unchanged"


def test_progress_moves_on_a_terminal_and_is_plain_elsewhere(repository: House) -> None:
    """`script` gives the run a terminal of its own."""
    plain = modelpress(repository.root, "run", "--force")
    command = f"{sys.executable} -m pipeline run --force"
    moving = subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "\r" not in plain.stderr
    assert plain.stderr.splitlines()[0].startswith("a prepare: 200 rows")
    assert "[0/5] a prepare" in moving.stdout
    assert "reproduced, unchanged" in moving.stdout
