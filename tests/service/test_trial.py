"""The trial run: whatever a model file does, this process goes on and knows what it was."""

import contextlib
import json
import os
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from greedy_onnx import deep_tree, tried, weights
from hostile_onnx import SECRET, guarded, loop_forever
from house import REPOSITORY
from plain_onnx import golden, plain

from modelpress.errors import FileError
from modelpress.golden import TOLERANCE, golden_distance
from modelpress.guard import refuse_unsafe
from modelpress.model import Model
from service import trial as module
from service.trial import BOUNDS, Bounds, trial

PLAIN: bytes = plain().SerializeToString()
SHIPPED = sorted(REPOSITORY.glob("models/*/v*"))
SHORT = Bounds(seconds=20, processor=2, memory=1 << 29)


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    """What the plain model answers."""
    return golden()


def refusal(content: bytes, rows: Any, bounds: Bounds = BOUNDS) -> FileError:
    with pytest.raises(FileError) as caught:
        trial(content, rows, bounds)
    return caught.value


def golden_of(version: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((version / "card.json").read_text("utf-8"))["golden"]
    return found


@pytest.mark.parametrize("version", SHIPPED, ids=lambda place: place.parts[-2])
def test_every_shipped_model_passes(version: Path) -> None:
    trial((version / "model.onnx").read_bytes(), golden_of(version))


def test_the_plain_model_passes(answers: list[dict[str, Any]]) -> None:
    """What the next tests refuse is refused for the one thing that was changed."""
    trial(PLAIN, answers)


def test_it_runs_from_any_folder(
    answers: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that lies in the working directory, and no variable, is imported by the child."""
    for name in ("json", "numpy", "modelpress", "service"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('mine')\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
    trial(PLAIN, answers)


# Hostile files


def test_every_hostile_file_is_refused(answers: list[dict[str, Any]], tmp_path: Path) -> None:
    """Most of them by the guard, before any child is started."""
    files = guarded(tmp_path) | tried()
    assert len(files) >= 21
    for name, content in files.items():
        error = refusal(content, answers, SHORT)
        assert SECRET.decode() not in "".join(error.lines()), name


def test_the_greedy_files_pass_the_guard() -> None:
    """So that it is the trial run which refuses them."""
    for content in tried().values():
        refuse_unsafe(content)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("memory: doubled", "it fails in its trial run: Fail"),
        ("memory: a table too wide", "it fails in its trial run: Fail"),
        ("stack", "its trial run was ended by the system: segmentation fault"),
        ("answers: not a number", "answered otherwise: off by not a number"),
        ("answers: others", "answered otherwise: off by 9.6e-05"),
        ("graph: unconnected", "onnxruntime refuses the model file"),
        ("signature: no JSON", "the model's signature is damaged"),
        ("signature: other inputs", "unknown field `age`"),
    ],
)
def test_a_refusal_says_what_happened(name: str, words: str, answers: list[dict[str, Any]]) -> None:
    (content,) = (content for file, content in tried().items() if file.startswith(name))
    error = refusal(content, answers, SHORT)
    assert words in error.message
    assert error.hint


REACHING = ("external", "hidden", "loop", "size: made", "operator", "file: noise")


def unguarded(rows: list[dict[str, Any]], content: bytes) -> dict[str, Any] | FileError:
    """Run a file at which no guard has looked."""
    try:
        return module._report_of(json.dumps(rows).encode() + b"\n" + content, SHORT)
    except FileError as error:
        return error


def test_without_the_guard_the_child_is_a_second_wall(
    answers: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Some answer rightly in spite of what else they hold; none reads a file, or goes on."""
    files = {name: x for name, x in guarded(tmp_path).items() if name.startswith(REACHING)}
    with ThreadPoolExecutor(2) as pool:
        ends = dict(zip(files, pool.map(partial(unguarded, answers), files.values()), strict=True))
    told = {name: end.lines() for name, end in ends.items() if isinstance(end, FileError)}

    assert all(end == {"distance": 0.0} for name, end in ends.items() if name not in told)
    assert {name for name in files if not name.startswith(("loop", "operator"))} <= set(told)
    assert SECRET.decode() not in str(told)


def test_a_loop_for_ever_ends_by_the_processors_clock(answers: list[dict[str, Any]]) -> None:
    request = json.dumps(answers).encode() + b"\n" + loop_forever()
    with pytest.raises(FileError, match="ended by the system: cpu time limit exceeded"):
        module._report_of(request, replace(SHORT, processor=1))


def test_a_loop_for_ever_ends_by_the_clock_on_the_wall(answers: list[dict[str, Any]]) -> None:
    request = json.dumps(answers).encode() + b"\n" + loop_forever()
    with pytest.raises(FileError, match="its trial run had no end after 1 seconds"):
        module._report_of(request, Bounds(seconds=1, processor=60))


# Golden rows that are none


@pytest.mark.parametrize(
    "rows",
    [
        *([], {}, None, "golden", 7, [7], [[]], [None], [{}], [{"row": {"age": 9}}]),
        [{"row": {"age": "nine"}, "value": 1.0}],
        [{"row": {"age": 9}, "value": "a lot"}],
        [{"row": {"age": 9}, "value": None}],
        [{"row": {"age": 9}, "value": 1e999}],
        [{"row": {"age": 9}, "label": "a", "probabilities": {"a": 1.0}}],
        [{"row": {"shoe": 9}, "value": 129.0}],
        [{"row": {"age": 9}, "value": 129.0}, {"row": {"age": 1}, "value": 129.0}],
    ],
    ids=repr,
)
def test_golden_rows_that_are_none_vouch_for_nothing(rows: Any) -> None:
    refusal(PLAIN, rows)


# A child that is not itself


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("", "ended with code 0 and no report"),
        ("raise SystemExit(3)", "ended with code 3 and no report"),
        ("print('{\"distance\": ' * 10)", "ended with code 0 and no report"),
        ("print('[' * 3000)", "ended with code 0 and no report"),
        ("print('[0.0]')", "ended with code 0 and no report"),
        ("print('{}')", "off by not a number"),
        ("print('{\"distance\": true}')", "off by not a number"),
        ("print('{\"distance\": NaN}')", "off by nan"),
        ("print('{\"distance\": -Infinity}'); raise SystemExit(1)", "ended with code 1"),
        ("import os; os.close(0); os.close(1); os.abort()", "ended by the system: abort"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "by the system: killed"),
        ("import time; time.sleep(600)", "had no end after 2 seconds"),
        ("import os, time; os.close(1); time.sleep(600)", "had no end after 2 seconds"),
    ],
)
def test_a_child_that_answers_nothing_sound_is_a_refusal(
    program: str, words: str, answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_START", program)
    # More than a pipe holds: a child that does not read must not hold up who writes.
    error = refusal(PLAIN, answers * 5000, Bounds(seconds=2))
    assert words in error.message.lower()


def test_a_child_that_never_stops_talking_is_a_refusal(
    answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_START", "print('x' * 100_000_000)")
    assert "ended by the system: killed" in refusal(PLAIN, answers).message


def test_a_python_that_is_not_there_is_a_refusal(
    answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert "cannot be started" in refusal(PLAIN, answers).message


TELL = """
import json, os, resource, signal, sys
names = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_STACK")
sys.path[:] = sys.argv[2:]
from service.trial import Bounds, _bind
_bind(Bounds(**json.loads(sys.argv[1])))
told = {name: resource.getrlimit(getattr(resource, name))[0] for name in names}
told |= {"environment": sorted(os.environ), "folder": os.getcwd()}
told |= {"files": os.listdir("/proc/self/fd"), "alarm": signal.alarm(0)}
told |= {"session": os.getsid(0) == os.getpid()}
print(json.dumps(told))
"""


def test_the_child_is_bound_and_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_START", TELL)
    monkeypatch.setenv("MODELPRESS_KEY", SECRET.decode())
    read, write = os.pipe()
    os.set_inheritable(write, True)  # noqa: FBT003 - the only argument there is
    told = module._report_of(b"", BOUNDS)
    os.close(read)
    os.close(write)

    assert told["RLIMIT_AS"] == BOUNDS.memory
    assert told["RLIMIT_CPU"] == BOUNDS.processor
    assert (told["RLIMIT_CORE"], told["RLIMIT_FSIZE"]) == (0, 0)
    assert told["RLIMIT_STACK"] == BOUNDS.stack
    assert 0 < told["alarm"] <= BOUNDS.seconds + 1
    assert told["session"]
    assert not [name for name in told["environment"] if "MODELPRESS" in name]
    assert told["folder"] == "/"
    assert len(told["files"]) <= 4


def test_many_threads_may_try_at_once(answers: list[dict[str, Any]]) -> None:
    with ThreadPoolExecutor(4) as pool:
        good = [pool.submit(trial, PLAIN, answers) for _ in range(4)]
        bad = [pool.submit(trial, weights(7.0), answers) for _ in range(4)]
    assert [x.exception() for x in good] == [None] * 4
    assert all(isinstance(x.exception(), FileError) for x in bad)
    assert threading.active_count() < 10


def children() -> set[str]:
    return {
        x for file in Path("/proc/self/task").glob("*/children") for x in file.read_text().split()
    }


def test_no_child_is_left(answers: list[dict[str, Any]]) -> None:
    before = children()
    for content in (PLAIN, weights(7.0), deep_tree(300_000)):
        with contextlib.suppress(FileError):
            trial(content, answers)
    assert children() <= before


# Byte flips, with a card that was forged to fit

TRIED = 40


def flips(count: int) -> list[tuple[Path, bytes]]:
    dice = random.Random(11)
    made = []
    for _ in range(count):
        version = dice.choice(SHIPPED)
        content = bytearray((version / "model.onnx").read_bytes())
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        made.append((version, bytes(content)))
    return made


def survives(flip: tuple[Path, bytes]) -> bool:
    version, content = flip
    try:
        trial(content, golden_of(version))
    except FileError:
        return False
    return golden_distance(Model(content), golden_of(version)) <= TOLERANCE


def test_flipped_bytes_are_refused_or_harmless() -> None:
    """What passes is loaded here, and says what the golden rows say."""
    kept = []
    for flip in flips(200):
        try:
            refuse_unsafe(flip[1])
        except FileError:
            continue
        kept.append(flip)
    assert len(kept) > TRIED
    with ThreadPoolExecutor(2) as pool:
        harmless = list(pool.map(survives, kept[:TRIED]))
    assert 0 < sum(harmless) < TRIED
