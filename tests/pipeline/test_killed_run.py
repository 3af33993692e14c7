"""A run that is killed: nothing half-written stands at its place, and a rerun makes it whole."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from house import House, binary_rows, block

from pipeline import verify
from pipeline.artifacts import Paths
from pipeline.dvc import forget_the_dead, settle_without_git, status
from pipeline.errors import RegistryError, RunError
from pipeline.lockfile import outliving_kills, read_entries
from pipeline.registry import read_champion, read_version, staging

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found through /proc"),
]

GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
MODELS = ("a", "b")
HEAD = "schema: '2.0'\nstages:\n"
ENTRY = """  gate@a:
    cmd: modelpress gate a
    outs:
    - path: artifacts/a/gate.json
      hash: md5
      md5: 0cc175b9c0f1b6a831c399e269772661
      size: 1
"""
MARK = "MODELPRESS_TEST_RUN"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Two models that nothing has been made of."""
    house = House.make(tmp_path_factory.mktemp("before") / "house")
    for seed, name in enumerate(MODELS):
        house.add(name, block(gate=GATE), binary_rows(200, seed))
    return house


def start(root: Path) -> subprocess.Popen[str]:
    """Start a run of all models in a group of its own; its processes bear a mark."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", "run", "--register"],
        cwd=root,
        env={
            **os.environ,
            "SOURCE_DATE_EPOCH": "1780000000",
            "DVC_NO_ANALYTICS": "1",
            MARK: str(root),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(root: Path) -> str:
    """Run to the end."""
    process = start(root)
    told, _ = process.communicate()
    assert process.returncode == 0, told
    return told


def made(root: Path) -> dict[str, bytes]:
    """What Git or DVC keeps of a run; not what was left beside a file, nor what a clock wrote."""
    return {str(place.relative_to(root)): place.read_bytes() for place in files(root)}


def files(root: Path) -> list[Path]:
    places = [root / "dvc.lock", *root.glob("artifacts/**/*"), *root.glob("models/**/*")]
    return [
        place
        for place in places
        if place.is_file() and place.suffix != ".tmp" and place.name != "timing.json"
    ]


def wait_for(process: subprocess.Popen[str], root: Path, wanted: float) -> None:
    """Wait until a run has made so many files, or has ended."""
    while len(files(root)) < wanted and process.poll() is None:
        time.sleep(0.02)


def orphans(root: Path) -> list[str]:
    """List processes of a run that live, wherever they have moved to."""
    mark, found = f"{MARK}={root}".encode(), []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_text("utf-8").replace("\0", " "))
        except OSError:  # it has ended meanwhile
            continue
    return found


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait for what must come by itself, as long as a busy machine may take."""
    for _ in range(1200):
        if holds():
            return True
        time.sleep(0.05)
    return False


def assert_nothing_half_written(root: Path, wanted: dict[str, bytes]) -> None:
    found = made(root)
    registered = {name for name in found if name.startswith("models/")}
    # Pointers are laid empty, and later name a version.
    assert all(found[name] in (b"", wanted[name]) for name in registered)
    for name in MODELS:
        paths = Paths(root, name)
        if paths.production.exists():
            read_champion(paths)
            assert not staging(paths) or read_version(paths, staging(paths))
            for message, _ in verify.check(paths):
                assert "without a card" in message, message


@pytest.mark.parametrize("cut", [b"", b"{", b'{"data/a/table.csv": {"read'])
def test_a_list_of_locks_that_dvc_was_killed_over_stops_no_run(
    before: House, tmp_path: Path, cut: bytes
) -> None:
    root = shutil.copytree(before.root, tmp_path / "house")
    settle_without_git(root)
    place = root / ".dvc" / "tmp" / "rwlock"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(cut)
    with pytest.raises(RunError, match="rwlock"):
        status(root)
    forget_the_dead(root)

    assert "prepare@a" in status(root)
    assert b"{" in place.read_bytes()
    forget_the_dead(root)
    assert place.exists()


def test_a_number_that_another_process_has_now_stops_no_run(before: House, tmp_path: Path) -> None:
    root = shutil.copytree(before.root, tmp_path / "house")
    settle_without_git(root)
    place = root / ".dvc" / "tmp" / "rwlock"
    place.parent.mkdir(exist_ok=True)
    dead = {"pid": os.getpid(), "cmd": "dvc repro prepare@a"}
    words = [sys.executable, "-c", "input()", "repro", "b"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as live:
        there = {"pid": live.pid, "cmd": f"{sys.executable} repro b"}
        listed = {"write": {"x": dead, "y": there}, "read": {"x": [dead], "z": [there, dead]}}
        place.write_text(json.dumps(listed), "utf-8")
        forget_the_dead(root)
        left = {"write": {"y": there}, "read": {"z": [there]}}
        assert json.loads(place.read_text("utf-8")) == left
        live.communicate(b"\n")
    assert "prepare@a" in status(root)


@pytest.mark.parametrize("lock", [b"", f"{HEAD}{ENTRY}".encode()])
def test_a_lock_that_dvc_was_killed_over_is_that_of_before(tmp_path: Path, lock: bytes) -> None:
    place, before = tmp_path / "dvc.lock", tmp_path / ".dvc" / "tmp" / "dvc.lock.before"
    for cut in range(len(HEAD)):
        before.parent.mkdir(parents=True, exist_ok=True)
        before.write_bytes(lock)  # as the run that was killed has left it
        place.write_bytes(f"{HEAD}{ENTRY}".encode()[:cut])
        with outliving_kills(tmp_path):
            assert (place.read_bytes() if place.exists() else b"") == lock
        assert not before.exists()


def test_a_lock_that_was_cut_otherwise_is_left_to_whoever_reads_it(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_bytes(b"schema")
    with outliving_kills(tmp_path), pytest.raises(RegistryError, match="not a lock"):
        read_entries(tmp_path / "dvc.lock")

    assert [place.name for place in tmp_path.iterdir()] == ["dvc.lock"]


@pytest.mark.parametrize(("whom", "times"), [("the group", 10), ("the run alone", 3)])
def test_a_run_that_was_killed_at_any_time_ends_as_if_it_had_not_been(
    before: House, tmp_path: Path, whom: str, times: int
) -> None:
    clean = shutil.copytree(before.root, tmp_path / "clean")
    finish(clean)
    wanted = made(clean)
    assert {f"models/{name}/v1.0.0/card.json" for name in MODELS} <= wanted.keys()
    dice, done, kills = random.Random(20261121), [], 0
    for number in range(times):
        root = shutil.copytree(before.root, tmp_path / str(number))
        process = start(root)
        # One kill in every tenth of the way, told by files: a busy machine's clock tells nothing.
        wait_for(process, root, len(wanted) * (number + dice.random()) / times)
        time.sleep(dice.uniform(0, 0.5))
        kills += process.poll() is None
        (os.killpg if whom == "the group" else os.kill)(process.pid, signal.SIGKILL)
        process.communicate()

        assert eventually(lambda root=root: not orphans(root)), orphans(root)
        assert_nothing_half_written(root, wanted)
        done.append(len(made(root)))
        finish(root)
        assert made(root) == wanted
    sys.stdout.write(
        f"\n{whom} killed {kills} of {times} times, with {done} of {len(wanted)} files made:"
        " nothing half-written, no orphan, each rerun = the clean run\n"
    )
    assert kills > times / 2
    assert len(set(done)) > times / 3
