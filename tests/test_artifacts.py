"""Writing to a path: the old bytes or the new ones, whatever fails and whoever reads."""

import errno
import hashlib
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from house import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st

from pipeline.artifacts import Paths, read_json, sha256_of, shown, write_bytes, write_json
from pipeline.errors import DiskError, RegistryError

OLD, NEW = b"old " * 1000, b"new" * 5000
FILE = "model.onnx"

# Looks for files that are not there mark where the write begins and ends in strace's log.
WRITER = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from pipeline.artifacts import write_bytes
Path("@begin").exists()
write_bytes(Path("model.onnx"), b"new" * 5000)
Path("@end").exists()
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file in a folder of its own."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    (folder / FILE).write_bytes(OLD)
    return folder / FILE


def names(file: Path) -> list[str]:
    return sorted(entry.name for entry in file.parent.iterdir())


def python(code: str, folder: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the standard library alone: the same calls in the same order every time."""
    words = [*before, sys.executable, "-B", "-S", "-c", code, str(REPOSITORY)]
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


# Writes that end well


@given(content=st.binary(max_size=300))
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("any") / "new" / "folders" / FILE
    write_bytes(file, OLD)
    write_bytes(file, content)

    assert file.read_bytes() == content
    assert names(file) == [FILE]


def test_a_file_is_replaced_and_not_written_through_its_links(old: Path) -> None:
    """DVC's cache may be linked into the checkout: writing through would change history."""
    kept, pointer = old.with_name("kept"), old.with_name("pointer")
    kept.hardlink_to(old)
    pointer.symlink_to(kept)
    write_bytes(old, NEW)
    write_bytes(pointer, NEW)

    assert kept.read_bytes() == OLD
    assert (old.read_bytes(), pointer.read_bytes()) == (NEW, NEW)
    assert not pointer.is_symlink()


def test_a_file_may_be_read_by_whom_the_umask_lets(old: Path) -> None:
    mask = os.umask(0o022)
    try:
        write_bytes(old, NEW)
    finally:
        os.umask(mask)

    assert stat.S_IMODE(old.stat().st_mode) == 0o644


def test_what_a_killed_process_of_the_same_number_left_is_no_obstacle(old: Path) -> None:
    old.with_name(f".{FILE}.{os.getpid()}.tmp").write_bytes(NEW * 2)
    write_bytes(old, NEW)

    assert old.read_bytes() == NEW
    assert names(old) == [FILE]


def test_a_reader_never_sees_a_part(old: Path) -> None:
    done = threading.Event()
    seen = set()

    def read() -> None:
        while not done.is_set():
            seen.add(old.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(200):
        write_bytes(old, (NEW, OLD)[turn % 2])
    done.set()
    reader.join()

    assert seen <= {OLD, NEW}
    assert seen


def test_processes_that_write_the_same_file_at_once_leave_one_whole(old: Path) -> None:
    code = WRITER.replace("write_bytes(P", "for _ in range(100): write_bytes(P")
    environment = {"PATH": os.environ["PATH"]}
    writers = [
        subprocess.Popen(
            [sys.executable, "-B", "-S", "-c", code.replace("new", content), str(REPOSITORY)],
            cwd=old.parent,
            env=environment,
        )
        for content in ("one", "two", "six")
    ]

    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert old.read_bytes() in {content * 5000 for content in (b"one", b"two", b"six")}
    assert names(old) == [FILE]


# Writes that fail for real


def test_a_disk_that_takes_no_more_leaves_the_old_file_and_nothing_else(old: Path) -> None:
    """The limit of a file's size stands for a full disk: the kernel writes a part, then refuses."""
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(NEW) // 2}, resource.RLIM_INFINITY))\n"
    )
    ended = python(limit + WRITER, old.parent)

    assert "DiskError: cannot be written: file too large" in ended.stderr
    assert old.read_bytes() == OLD
    assert names(old) == [FILE]


def test_a_kill_in_the_middle_of_the_bytes_leaves_the_old_file(old: Path) -> None:
    """Without a handler, the same limit kills the process while it writes."""
    limit = (
        "import resource, signal\n"
        # Python ignores the signal, and would go on.
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(NEW) // 2}, resource.RLIM_INFINITY))\n"
    )
    ended = python(limit + WRITER, old.parent)

    assert ended.returncode == -signal.SIGXFSZ
    assert old.read_bytes() == OLD
    write_bytes(old, NEW)
    assert old.read_bytes() == NEW


def test_a_folder_that_takes_no_files_leaves_the_old_one(old: Path) -> None:
    # Root may write anywhere: it becomes nobody first, when everything is imported.
    code = WRITER.replace('Path("@begin")', "import os; os.getuid() or os.setuid(65534); Path('x')")
    old.parent.chmod(0o555)
    ended = python(code, old.parent)
    old.parent.chmod(0o755)

    assert "DiskError: cannot be written: permission denied" in ended.stderr
    assert old.read_bytes() == OLD
    assert names(old) == [FILE]


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(DiskError, match="cannot be written: is a directory") as caught:
        write_bytes(tmp_path / FILE, NEW)

    assert caught.value.path.endswith(FILE)
    assert caught.value.hint == "a folder stands where a file belongs: move it away"
    assert names(tmp_path / FILE) == [FILE]


def test_a_file_in_the_place_of_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(OLD)
    for place in ("models/production", "models/m/production"):
        with pytest.raises(DiskError) as caught:
            write_bytes(tmp_path / place, NEW)

        assert caught.value.hint == "a file stands where a folder belongs: move it away"
    assert (tmp_path / "models").read_bytes() == OLD


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ENOSPC", "make room there, then the same command goes on"),
        ("EDQUOT", "make room there, then the same command goes on"),
        ("EACCES", "give yourself the right to write there"),
        ("EPERM", "give yourself the right to write there"),
        ("EROFS", "give yourself the right to write there"),
        ("EIO", "look after the disk, then run it again"),
    ],
)
def test_what_the_system_refuses_is_said_with_the_file_and_the_remedy(
    old: Path, monkeypatch: pytest.MonkeyPatch, code: str, remedy: str
) -> None:
    number = getattr(errno, code)

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refuse)
    monkeypatch.chdir(old.parent)
    with pytest.raises(DiskError) as caught:
        write_bytes(old, NEW)

    told = os.strerror(number)
    fact = f"{FILE}: cannot be written: {told[0].lower()}{told[1:]}"
    assert caught.value.lines() == [fact, f"hint: {remedy}"]
    assert old.read_bytes() == OLD
    assert names(old) == [FILE]


def test_what_is_there_and_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    for place, why in ((FILE, "is a directory"), ("file/below", "not a directory")):
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(RegistryError, match=f"cannot be read: {why}") as caught:
            read_json(tmp_path / place)

        assert caught.value.path.endswith(place)


# Writes that fail at any call to the kernel


class Call(NamedTuple):
    """A call to the kernel, and how many of its name the process had made with it."""

    name: str
    nth: int


# Memory is the interpreter's own affair.
NO_FILES = {"brk", "mmap", "munmap", "mprotect", "madvise", "futex", "rt_sigaction"}


def log_of(folder: Path) -> list[str]:
    return (folder.parent / "log").read_text("utf-8").splitlines()


def traced(folder: Path, *settings: str, code: str = WRITER) -> subprocess.CompletedProcess[str]:
    return python(code, folder, "strace", "-f", "-qq", "-o", "../log", *settings)


def calls_of_a_write(folder: Path, code: str = WRITER) -> Iterator[tuple[Call, str]]:
    """Let a write go well, and list its calls."""
    assert traced(folder, code=code).returncode == 0
    counts: Counter[str] = Counter()
    inside = False
    for line in log_of(folder):
        found = re.match(r"\d+ +(\w+)\(", line)
        if found is None:
            continue
        counts[found[1]] += 1
        if "@end" in line:
            return
        if inside and found[1] not in NO_FILES:
            yield Call(found[1], counts[found[1]]), line
        inside = inside or '"@begin"' in line


def with_fault(file: Path, call: Call, fault: str) -> subprocess.CompletedProcess[str]:
    for entry in file.parent.iterdir():
        entry.unlink()
    file.write_bytes(OLD)
    return traced(file.parent, "-e", f"inject={call.name}:{fault}:when={call.nth}")


def hit(log: list[str], call: Call) -> bool:
    begin = next(i for i, line in enumerate(log) if '"@begin"' in line)
    return any(call.name in line and "(INJECTED)" in line for line in log[begin:])


@pytest.mark.strace
@pytest.mark.parametrize("size", [1, 5000])
def test_the_bytes_are_flushed_before_the_rename_and_the_folder_after_it(
    old: Path, size: int
) -> None:
    """Few bytes wait in Python's own buffer, many do not."""
    calls = calls_of_a_write(old.parent, WRITER.replace("5000", str(size)))
    found = (re.match("write|fsync|rename", call.name) for call, _ in calls)

    assert [call[0] for call in found if call] == ["write", "fsync", "rename", "fsync"]


@pytest.mark.strace
@pytest.mark.parametrize("code", ["ENOSPC", "EIO"])
def test_a_write_whose_any_call_fails_leaves_the_old_file_or_the_new_one(
    old: Path, code: str
) -> None:
    calls = [call for call, _ in calls_of_a_write(old.parent)]
    assert {"write", "fsync", "close"} <= {call.name for call in calls}
    told = set()
    for call in calls:
        ended = with_fault(old, call, f"error={code}")
        told.add(ended.returncode)

        assert hit(log_of(old.parent), call), call
        assert old.read_bytes() == NEW if ended.returncode == 0 else old.read_bytes() in {OLD, NEW}
        assert names(old) == [FILE], call
        assert ended.returncode == 0 or f"[Errno {getattr(errno, code)}]" in ended.stderr, call
    assert told == {0, 1}


@pytest.mark.strace
def test_a_write_that_fails_before_the_rename_says_so_and_leaves_the_old_file(old: Path) -> None:
    calls = [call for call, _ in calls_of_a_write(old.parent)]
    fatal = [call for call in calls if call.name in {"write", "rename", "renameat"}]
    fatal.append(next(call for call in calls if call.name == "fsync"))
    for call in fatal:
        ended = with_fault(old, call, "error=ENOSPC")

        assert ended.returncode == 1, call
        assert old.read_bytes() == OLD, call


@pytest.mark.strace
def test_a_write_that_is_killed_at_any_call_leaves_the_old_file_or_the_new_one(old: Path) -> None:
    calls = [call for call, _ in calls_of_a_write(old.parent)]
    found = []
    for call in calls:
        ended = with_fault(old, call, "signal=KILL")
        found.append(old.read_bytes())

        assert ended.returncode == -signal.SIGKILL, call
        write_bytes(old, NEW + OLD)
        assert old.read_bytes() == NEW + OLD, call
    # Once the new file is there, no later call brings the old one back.
    assert found == [OLD] * found.count(OLD) + [NEW] * found.count(NEW)
    assert set(found) == {OLD, NEW}


# JSON


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(value=JSON)
def test_json_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    file = tmp_path_factory.mktemp("json") / "value.json"
    write_json(file, value)

    assert read_json(file) == value


def test_json_has_sorted_keys_and_one_value_a_line(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"b": [1, "ж"], "a": None})

    assert (tmp_path / "x.json").read_bytes().decode() == (
        '{\n "a": null,\n "b": [\n  1,\n  "ж"\n ]\n}\n'
    )


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"x": {1, 2}}, "\ud800"])
def test_what_is_no_json_is_refused_and_the_old_file_stays(old: Path, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        write_json(old, value)

    assert old.read_bytes() == OLD
    assert names(old) == [FILE]


def test_a_file_that_is_not_there_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as caught:
        read_json(tmp_path / "schema.json")

    fact, hint = caught.value.lines()
    assert fact == f"{tmp_path}/schema.json: there is no such file"
    assert "modelpress run" in hint


DAMAGED = {
    "empty": b"",
    "cut off": b'{"a": [1, 2',
    "two at once": b'{"a": 1}{"a": 2}',
    "not UTF-8": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "merged badly": b"<<<<<<< HEAD\n{}\n",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "schema.json").write_bytes(content)
    with pytest.raises(RegistryError, match="this is not JSON") as caught:
        read_json(tmp_path / "schema.json")

    assert caught.value.path == f"{tmp_path}/schema.json"
    assert "restore it from Git" in caught.value.hint


# Names


def test_every_file_of_a_model_has_a_place_of_its_own(tmp_path: Path) -> None:
    paths = Paths(tmp_path, "spam")
    properties = [name for name, kind in vars(Paths).items() if isinstance(kind, property)]
    places = [getattr(paths, name) for name in properties]

    assert len(places) == len(set(places)) > 15
    assert all(place.is_relative_to(tmp_path) and "spam" in place.parts for place in places)


def test_a_path_is_shown_as_one_would_type_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")

    assert shown(tmp_path / "inside" / "data" / "x") == "data/x"
    assert shown(tmp_path / "x") == str(tmp_path / "x")


@given(content=st.binary(max_size=300))
def test_a_digest_is_that_of_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("digest") / "x"
    file.write_bytes(content)

    assert sha256_of(file) == hashlib.sha256(content).hexdigest()
