"""
The registry on a disk that is full, and under a limit that makes the kernel write less than asked.

The disk is a tmpfs in a mount namespace of its own, filled to the page: whatever an operation
needs, one of the sizes is just too small for it. The verbs are the real ones, as programs.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, binary_rows, block
from small_disk import CLOCK, PAGE, ROOMY, Disk

from pipeline import verify
from pipeline.artifacts import Paths
from pipeline.registration import register
from pipeline.registry import production, read_champion, read_version, staging

pytestmark = pytest.mark.slow

GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
OTHER = {"name": "logistic_regression", "parameters": {"C": 0.5}}
STEPS = 8
STATE = ("models", "artifacts", "params.yaml")

# What there is before, and the verb.
OPERATIONS = {
    "register the first": ("candidate", ("register", "m")),
    "register the second": ("second", ("register", "m")),
    "promote": ("two", ("promote", "m", "v1.0.0")),
    "roll back": ("two", ("rollback", "m", "--reason", "a reason")),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Repositories before an operation: with a judged candidate, with one version, with two."""
    root = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*next(iter(CLOCK.items())))
        house = House.make(root / "candidate")
        house.add("m", block(gate=GATE), binary_rows(200)).stages("m")
        other = House(Path(shutil.copytree(house.root, root / "second")))
        register(other.root, "m")
        other.add("m", block(gate=GATE, estimator=OTHER), binary_rows(200)).stages("m")
        two = Path(shutil.copytree(other.root, root / "two"))
        register(two, "m")
    return {name: root / name for name in ("candidate", "second", "two")}


def lay(root: Path, before: Path) -> Paths:
    """Put what the registry reads and writes into a folder, in place of what is there."""
    for name in STATE:
        if (root / name).is_dir():
            shutil.rmtree(root / name)
        if (before / name).is_dir():
            shutil.copytree(before / name, root / name)
        else:
            shutil.copy(before / name, root / name)
    return Paths(root, "m")


def contents(paths: Paths) -> dict[str, bytes]:
    places = (place for place in paths.registry.rglob("*") if place.is_file())
    return {str(place.relative_to(paths.registry)): place.read_bytes() for place in places}


def assert_sound(paths: Paths, live: str, wanted: dict[str, bytes]) -> None:
    """Hold that nothing is half-written and production is the version before or the one after."""
    assert production(paths) in {live, wanted["production"].decode().strip()}
    assert read_champion(paths) or not live
    assert not staging(paths) or read_version(paths, staging(paths))
    for message, _ in verify.check(paths):
        assert "without a card" in message or "was withdrawn" in message
    found = contents(paths)
    assert not [name for name in found if name.endswith(".tmp")]
    # A file at its place is the old one or the new one; both hold the same rows of the same model.
    assert all(name in wanted for name in found)


def assert_named(done: subprocess.CompletedProcess[str], words: str) -> None:
    """Hold that the verb said what is wrong with which file, as an error of the user's disk."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-2].startswith("error: "), done.stderr
    assert words in done.stderr.splitlines()[-2], done.stderr
    assert done.stderr.splitlines()[-1].startswith("hint: "), done.stderr
    assert "Traceback" not in done.stderr


# A full disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    found = Disk(tmp_path)
    yield found
    found.leave()


@pytest.mark.tmpfs
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_full_disk_is_named_and_with_room_the_same_command_ends_well(
    made: dict[str, Path], disk: Disk, operation: str
) -> None:
    before, words = OPERATIONS[operation]
    wanted = outcome(disk, made[before], words)
    told: Counter[str] = Counter()
    for free in range(40):
        paths = lay(disk.seen, made[before])
        live = production(paths)
        disk.resize(disk.used + free)
        done = disk.verb(*words)
        if done.returncode == 0:
            break

        assert_named(done, "no space left on device")
        told[done.stderr.splitlines()[-2].split(":")[1].strip()] += 1
        assert_sound(paths, live, wanted)
        disk.resize(ROOMY)
        assert disk.verb(*words).returncode == 0
        assert contents(paths) == wanted
    sys.stdout.write(
        f"\n{operation}: {sum(told.values())} disks too small by pages; {dict(told)}\n"
    )
    assert told
    assert contents(paths) == wanted
    assert [*verify.check(paths)] == []


def outcome(disk: Disk, before: Path, words: tuple[str, ...]) -> dict[str, bytes]:
    """Let an operation have all the room it wants, and give what comes of it."""
    paths = lay(disk.seen, before)
    done = disk.verb(*words)
    assert done.returncode == 0, done.stderr
    return contents(paths)


@pytest.mark.tmpfs
def test_a_run_on_a_full_disk_says_so_and_with_room_it_ends_well(disk: Disk) -> None:
    """DVC's cache and its databases are on the same disk: nobody but DVC speaks for those."""
    house = House.make(disk.seen / "house").add("m", block(gate=GATE), binary_rows(200))
    disk.resize(64 * ROOMY)
    clean = shutil.copytree(house.root, disk.seen / "clean")
    words = ("run", "m", "--register")
    assert disk.verb(*words, within="clean").returncode == 0
    needed = sum(x.stat().st_blocks for x in clean.rglob("*")) - sum(
        x.stat().st_blocks for x in house.root.rglob("*")
    )
    wanted, failures = contents(Paths(clean, "m")), 0
    shutil.rmtree(clean)
    for step in range(STEPS):
        disk.resize(64 * ROOMY)
        shutil.rmtree(disk.seen / "tried", ignore_errors=True)
        tried = Path(shutil.copytree(house.root, disk.seen / "tried"))
        disk.resize(disk.used + needed * 512 // PAGE * step // STEPS)
        done = disk.verb(*words, within="tried")
        failures += done.returncode == 2
        assert done.returncode in {0, 2}, done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert done.returncode == 0 or "error: " in done.stdout + done.stderr, done.stdout

        disk.resize(64 * ROOMY)
        done = disk.verb(*words, within="tried")
        assert done.returncode == 0, done.stdout + done.stderr
        assert contents(Paths(tried, "m")) == wanted
    sys.stdout.write(f"\nrun --register: {failures} of {STEPS} disks too small\n")
    assert failures > STEPS / 2


# Short writes


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from pipeline.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_write_that_came_out_short_leaves_no_half_file(
    made: dict[str, Path], tmp_path: Path, operation: str
) -> None:
    """Under a limit of a file's size the kernel writes what fits, says how much, then refuses."""
    before, words = OPERATIONS[operation]
    wanted = contents(limited(lay(tmp_path, made[before]), None, words))
    old = contents(Paths(made[before], "m"))
    sizes = {len(content) for name, content in wanted.items() if old.get(name) != content}
    # Longer files fail first or not at all: each size is tried whole, halved, and short of a byte.
    lengths = sorted({part for size in sizes for part in (0, 1, size // 2, size - 1)})
    for length in lengths:
        paths = lay(tmp_path, made[before])
        limited(paths, length, words)
        assert_sound(paths, old["production"].decode().strip(), wanted)
        limited(paths, None, words)
        assert contents(paths) == wanted
    sys.stdout.write(f"\n{operation}: short writes at {len(lengths)} lengths\n")
    assert [*verify.check(paths)] == []


def limited(paths: Paths, length: int | None, words: tuple[str, ...]) -> Paths:
    """Run a verb under a limit, which it must name, or without any."""
    command = [sys.executable, "-m", "pipeline", *words]
    if length is not None:
        command = [sys.executable, "-c", LIMITED, str(length), *words]
    done = subprocess.run(
        command,
        cwd=paths.root,
        env={**os.environ, **CLOCK, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if length is None:
        assert done.returncode == 0, done.stderr
    else:
        assert_named(done, "file too large")
    return paths
