"""
`dvc.lock` in one order.

DVC appends a stage when it is first done, so side by side the order would follow the clock. The
entries stay as DVC wrote them, to the letter; only their places are settled.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.artifacts import read_text, write_bytes, write_text
from pipeline.errors import RegistryError

STAGES = ("prepare", "train", "export", "evaluate", "gate")

_HEAD = "schema: '2.0'\nstages:\n"
_ITEM = r"    - path: .+\n      hash: md5\n      md5: .+\n      size: \d+\n(?:      nfiles: \d+\n)?"
_FILE = re.compile(r"- path: (.+)\n      hash: md5\n      md5: (\w+)\n")
_ENTRY = re.compile(
    r"^  (\S+):\n    cmd: .+\n"
    rf"(?:    deps:\n(?:{_ITEM})+)?"
    r"(?:    params:\n(?:      .*\n)+)?"
    rf"    outs:\n(?:{_ITEM})+",
    re.MULTILINE,
)


def read_entries(path: Path) -> dict[str, str]:
    """
    Read the entries of a lock as text, by stage.

    Raises:
        RegistryError: It is not a lock as DVC writes it.
    """
    if not path.exists():
        return {}
    try:
        text = read_text(path)
    except UnicodeDecodeError as error:
        raise _no_lock(path) from error
    entries = {match[1]: match[0] for match in _ENTRY.finditer(text)}
    if write_entries(entries) != text:
        raise _no_lock(path)
    return entries


def _no_lock(path: Path) -> RegistryError:
    hint = "restore it from Git, or remove it and run again"
    return RegistryError("this is not a lock as DVC writes it", hint=hint, path=path.name)


@contextmanager
def outliving_kills(root: Path) -> Iterator[None]:
    """
    Keep the lock of before a run until the run has ended, and put it back where one was cut off.

    DVC writes the lock in place: a kill or a full disk leaves a part of it, or nothing. What the
    lock of before does not know is made again.
    """
    place, before = root / "dvc.lock", root / ".dvc" / "tmp" / "dvc.lock.before"
    if _is_whole(place):
        write_bytes(before, place.read_bytes() if place.exists() else b"")
    elif before.exists():
        _put_back(place, before.read_bytes())
    try:
        yield
    finally:
        if _is_whole(place):
            before.unlink(missing_ok=True)


def _is_whole(place: Path) -> bool:
    try:
        read_entries(place)
    except RegistryError:
        return False
    return True


def _put_back(place: Path, content: bytes) -> None:
    sys.stderr.write("a run was cut off while DVC wrote dvc.lock: the lock before it is back\n")
    if content:
        write_bytes(place, content)
    else:
        place.unlink()


def write_entries(entries: dict[str, str]) -> str:
    """Write entries as a lock."""
    return _HEAD + "".join(entries.values())


def outputs(entry: str) -> dict[str, str]:
    """Name what an entry's stage has made: MD5 digests by place; folders are left out."""
    return dict(_FILE.findall(entry.partition("\n    outs:\n")[2]))


def settle_order(path: Path, models: list[str]) -> None:
    """Order the entries by model as in params.yaml, then by stage; forgotten models go."""
    entries = read_entries(path)
    wanted = [f"{stage}@{model}" for model in models for stage in STAGES]
    kept = {name: entries[name] for name in wanted if name in entries}
    if entries and not kept:
        # DVC refuses a lock without stages, and is content without a lock.
        path.unlink()
    elif write_entries(kept) != write_entries(entries):
        write_text(path, write_entries(kept))
