"""The registry when the kernel refuses, when the process is killed, and when files are damaged."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from damage import damages
from house import REPOSITORY, House, binary_rows, block

from pipeline import promote, rollback, verify
from pipeline.artifacts import Paths
from pipeline.config import load_block
from pipeline.errors import RegistryError
from pipeline.gate import run as judge
from pipeline.registration import register
from pipeline.registry import production, read_card, read_champion, read_version, staging
from pipeline.status import status_of

GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
OTHER = {"name": "logistic_regression", "parameters": {"C": 0.5}}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Repositories before an operation: with a candidate, with one version, with two."""
    root = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1780000000")
        house = House.make(root / "candidate")
        house.add("m", block(gate=GATE), binary_rows(200)).stages("m", until="evaluate")
        other = House(Path(shutil.copytree(house.root, root / "second")))
        register_judged(other.root)
        other.add("m", block(gate=GATE, estimator=OTHER), binary_rows(200))
        other.stages("m", until="evaluate")
        register_judged(Path(shutil.copytree(other.root, root / "two")))
    return {name: root / name for name in ("candidate", "second", "two")}


def register_judged(root: Path) -> None:
    judge(root, "m")
    register(root, "m")


def roll_back(root: Path) -> None:
    rollback.run(Paths(root, "m"), None, "a reason")


# What there is before and the operation; WORDS says the same to the process.
OPERATIONS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "register the first": ("candidate", register_judged),
    "register the second": ("second", register_judged),
    "promote": ("two", lambda root: promote.run(Paths(root, "m"), "v1.0.0")),
    "roll back": ("two", roll_back),
}
WORDS = {
    "register the first": "judge(root, 'm'); register(root, 'm')",
    "register the second": "judge(root, 'm'); register(root, 'm')",
    "promote": "promote.run(Paths(root, 'm'), 'v1.0.0')",
    "roll back": "rollback.run(Paths(root, 'm'), None, 'a reason')",
}

# It imports once; each line it reads is an operation for a child that waits to be traced.
SERVER = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import pyarrow.parquet, onnxruntime
from pipeline import promote, rollback
from pipeline.artifacts import Paths
from pipeline.gate import run as judge
from pipeline.registration import register
root = Path(sys.argv[2])
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.kill(os.getpid(), signal.SIGSTOP)
        code = 1
        try:
            exec(line)
            code = 0
        finally:
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Point(NamedTuple):
    """A call to the kernel about a file of the registry, and the how manieth of its name."""

    name: str
    nth: int


class Traced:
    """
    A warm process whose children run operations under strace.

    Args:
        root: The repository that they work on.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.log = root, root.with_name("log")
        with root.with_name("stderr").open("w") as told:
            self.server = subprocess.Popen(
                [sys.executable, "-B", "-c", SERVER, str(REPOSITORY), str(root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
            )

    def run(self, words: str, *injection: str) -> int:
        """Run an operation, and give its exit code."""
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(words + "\n")
        self.server.stdin.flush()
        child = int(self.server.stdout.readline())
        wait_for(child, "State:\tT")
        trace = ["-e", "trace=openat,write,fsync,rename,renameat", *injection]
        command = ["strace", "-qq", "-y", "-s", "0", "-o", str(self.log), *trace, "-p", str(child)]
        with subprocess.Popen(command) as strace:
            wait_for(child, f"TracerPid:\t{strace.pid}\n")
            os.kill(child, signal.SIGCONT)
            return int(self.server.stdout.readline())

    def points(self) -> Iterator[Point]:
        """List the last operation's calls that could change the registry."""
        counts: Counter[str] = Counter()
        for line in self.log.read_text("utf-8").splitlines():
            if (found := re.match(r"(\w+)\(", line)) is None:
                continue
            counts[found[1]] += 1
            reads = found[1] == "openat" and "O_CREAT" not in line and "/pipeline/" in line
            if f"{self.root}/models/m" in line and not reads:
                yield Point(found[1], counts[found[1]])

    def end(self) -> None:
        """Let the process go."""
        self.server.communicate()


def wait_for(process: int, words: str) -> None:
    for _ in range(3000):
        if words in Path(f"/proc/{process}/status").read_text():
            return
        time.sleep(0.01)
    raise AssertionError(words)


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[Traced]:
    server = Traced(tmp_path / "house")
    yield server
    server.end()


def lay(root: Path, before: Path) -> Paths:
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(before, root)
    return Paths(root, "m")


def contents(paths: Paths) -> dict[str, bytes]:
    """All but what a killed process left beside a file."""
    places = (place for place in paths.registry.rglob("*") if place.is_file())
    return {
        str(place.relative_to(paths.registry)): place.read_bytes()
        for place in places
        if place.suffix != ".tmp"
    }


def faults(paths: Paths) -> list[str]:
    return [message for message, _ in verify.check(paths)]


@pytest.mark.slow
@pytest.mark.strace
@pytest.mark.parametrize("fault", ["signal=KILL", "error=ENOSPC"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_cut_off_at_any_call_leaves_a_sound_registry_and_ends_well_when_run_again(
    made: dict[str, Path], traced: Traced, operation: str, fault: str
) -> None:
    before, again = OPERATIONS[operation]
    paths = lay(traced.root, made[before])
    assert traced.run(WORDS[operation]) == 0
    points, wanted = [*traced.points()], contents(paths)
    sys.stdout.write(f"\n{operation}, {fault}: {len(points)} points\n")
    assert {point.name for point in points} >= {"openat", "write", "fsync", "rename"}
    for point in points:
        lay(traced.root, made[before])
        live = production(paths)
        code = traced.run(WORDS[operation], "-e", f"inject={point.name}:{fault}:when={point.nth}")

        assert code == (-9 if "KILL" in fault else 1), point
        assert production(paths) in {live, wanted["production"].decode().strip()}, point
        assert read_champion(paths) or not live
        assert not staging(paths) or read_version(paths, staging(paths))
        assert all("without a card" in x or "was withdrawn" in x for x in faults(paths)), point
        again(traced.root)
        assert contents(paths) == wanted, point
        assert faults(paths) == [], point


# Damaged files


@pytest.fixture
def rolled_back(made: dict[str, Path], tmp_path: Path) -> Paths:
    """v1.0.0 in production, v1.1.0 withdrawn and the candidate once more."""
    paths = lay(tmp_path / "house", made["two"])
    roll_back(paths.root)
    judge(paths.root, "m")
    return paths


def show_status(paths: Paths) -> None:
    status_of(paths, load_block(paths.root, "m"))


def decide(paths: Paths) -> None:
    judge(paths.root, "m")


def register_it(paths: Paths) -> None:
    register(paths.root, "m")


# Who reads a record, besides `verify`.
CARD, NOTE = "models/m/v1.0.0/card.json", "models/m/v1.1.0/withdrawn.json"
READERS: dict[str, tuple[Callable[[Paths], None], ...]] = {
    CARD: (show_status, decide),
    NOTE: (decide,),
    "models/m/production": (show_status, decide),
    "models/m/staging": (show_status,),
    "artifacts/m/gate.json": (show_status, register_it),
    "models/m/decisions/2026-01-02-an-earlier-one.json": (register_it,),
}


def told_by_verify(paths: Paths, place: Path) -> bool:
    return any(place.name in message for message in faults(paths))


@pytest.mark.parametrize("record", READERS)
def test_a_damaged_record_is_named_by_whoever_reads_it(rolled_back: Paths, record: str) -> None:
    place = rolled_back.root / record
    if not place.exists():
        shutil.copy(next(rolled_back.decisions.iterdir()), place)
    sound = place.read_bytes()
    for content in damages(sound):
        for reader in READERS[record]:
            place.write_bytes(content)
            with pytest.raises(RegistryError) as caught:
                reader(rolled_back)
            assert caught.value.path.endswith(record), content
        assert record == "artifacts/m/gate.json" or told_by_verify(rolled_back, place)


@pytest.mark.parametrize("record", ["production", "staging"])
def test_a_pointer_that_was_cut_is_no_version_unless_nothing_is_left(
    rolled_back: Paths, record: str
) -> None:
    place = rolled_back.registry / record
    read = {"production": production, "staging": staging}[record]
    # v1.0.1 is a version, and may be what is left of v1.0.10: the line's end tells.
    for cut in range(1, len("v1.0.10\n")):
        place.write_bytes(b"v1.0.10\n"[:cut])
        with pytest.raises(RegistryError, match="is no version"):
            read(rolled_back)
    place.write_bytes(b"v1.0.10\n")
    assert read(rolled_back) == "v1.0.10"
    # An emptied pointer says that nothing is there: so does a model before its first version.
    place.write_bytes(b"")
    assert read(rolled_back) == ""


@pytest.mark.slow
def test_a_card_that_was_cut_at_any_byte_is_no_card(rolled_back: Paths) -> None:
    place = rolled_back.root / CARD
    sound = place.read_bytes()
    for cut in range(len(sound) - 1):
        place.write_bytes(sound[:cut])
        with pytest.raises(RegistryError, match="this is not JSON"):
            read_card(rolled_back, "v1.0.0")
    place.write_bytes(sound[:-1])

    assert read_card(rolled_back, "v1.0.0").version == "v1.0.0"


POINTERS = {
    "nothing": b"",
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 1662\n"
    % (b"0" * 64),
    "DVC": b"outs:\n- md5: 0cc175b9c0f1b6a831c399e269772661\n  size: 1662\n  path: model.onnx\n",
}


def test_bytes_that_are_not_those_of_the_card_are_refused(rolled_back: Paths) -> None:
    place = rolled_back.registry / "v1.0.0" / "model.onnx"
    sound = place.read_bytes()
    cuts = [sound[: len(sound) * cut // 50] for cut in range(50)]
    for content in [*cuts, *POINTERS.values(), sound + b"\0"]:
        place.write_bytes(content)
        with pytest.raises(RegistryError, match="sha256"):
            read_champion(rolled_back)
        with pytest.raises(RegistryError, match="sha256"):
            decide(rolled_back)
        with pytest.raises(RegistryError, match="sha256"):
            promote.run(rolled_back, "v1.0.0")
        assert faults(rolled_back)[0].startswith("v1.0.0: ")
