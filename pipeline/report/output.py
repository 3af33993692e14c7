"""
The tree that is written: a file only when its bytes change, and no other file is touched.

A record in the folder says which files are ours, and how we left them. A name stands in it before
its file does, so that a report that was cut off has left nothing that the next one does not know.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.artifacts import shown, writing
from pipeline.errors import PipelineError

RECORD = ".modelpress-report.jsonl"

_SOURCES = ("artifacts", "data", "models", "monitoring", "site")


STAMP = ""
"""What the record says of the folder as a whole stands under no name."""


class _Mark(NamedTuple):
    """A file as we left it."""

    digest: str
    moment: int = 0
    size: int = -1


@dataclass(frozen=True)
class Written:
    """How many files were wanted, how many of them had to be written, how many were removed."""

    files: int
    written: int
    removed: int


def refuse_foreign(root: Path, out: Path) -> None:
    """
    Refuse a folder that is not ours to write into.

    Raises:
        PipelineError: It holds sources, or what somebody else has put there.
    """
    hint = "name a folder that is empty, or that `modelpress report` has written"
    place = out.resolve()
    for source in (root / name for name in _SOURCES):
        if place == source.resolve() or source.resolve() in place.parents:
            raise PipelineError(f"`{source.name}/` holds sources", hint=hint, path=shown(out))
    if out.exists() and not out.is_dir():
        raise PipelineError("this is no folder", hint=hint, path=shown(out))
    if out.is_dir() and not (out / RECORD).exists() and any(out.iterdir()):
        raise PipelineError("there are files here that are not ours", hint=hint, path=shown(out))


class Tree:
    """A folder, as the last report left it."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._known = _read_record(out / RECORD)
        self._folders: set[Path] = set()

    def is_as_left(self, stamp: str) -> bool:
        """Whether the last report had this stamp, and nobody has touched its files since."""
        known = self._known
        if not stamp or known.get(STAMP, _Mark("")).digest != stamp:
            return False
        return all(
            _mark(self._out / place, mark.digest) == mark
            for place, mark in known.items()
            if place != STAMP
        )

    def write(self, files: Iterable[tuple[str, bytes]], stamp: str = "") -> Written:
        """
        Make the folder hold these files, and none that was ours before and is not among them.

        Args:
            files: Path below the folder and content; the first of one path counts.
            stamp: Of what the files were made of, for `is_as_left`.

        Raises:
            DiskError: The system refuses.
            PipelineError: A path leads out of the folder.
        """
        with writing(self._out):
            self._out.mkdir(parents=True, exist_ok=True)
        marks: dict[str, _Mark] = {}
        changed: set[str] = set()
        with _writing_record(self._out / RECORD) as journal:
            for place, content in files:
                if place in marks:
                    continue
                digest = hashlib.blake2b(content, digest_size=16).hexdigest()
                marks[place] = _Mark(digest, *_state(self._out / place))
                if self._known.get(place) != marks[place]:
                    journal(place)
                    if self._put(place, content):
                        changed.add(place)
                    marks[place] = _Mark(digest, *_state(self._out / place))
            stale = sorted(set(self._known) - set(marks) - {STAMP})
            for place in stale:
                self._remove(place)
        marks[STAMP] = _Mark(stamp)
        if marks != self._known:
            _write_record(self._out / RECORD, marks)
        self._known = marks
        return Written(len(marks) - 1, len(changed), len(stale))

    def _put(self, place: str, content: bytes) -> bool:
        """Write a file, unless it is there with these bytes."""
        target = self._out / place
        with writing(target):
            self._lay_folder(target.parent)
            if target.is_file() and not target.is_symlink() and target.read_bytes() == content:
                return False
            beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
            try:
                # Not flushed to the disk, as sources are: all of it can be made again.
                beside.write_bytes(content)
                beside.replace(target)
            finally:
                beside.unlink(missing_ok=True)
        return True

    def _lay_folder(self, folder: Path) -> None:
        """Make a folder below ours; a link on the way could lead anywhere."""
        if folder in self._folders:
            return
        below = folder.relative_to(self._out)
        steps = [self._out.joinpath(*below.parts[: i + 1]) for i in range(len(below.parts))]
        if ".." in below.parts or any(step.is_symlink() for step in steps):
            raise PipelineError(
                "this leads out of the folder", hint="remove the link", path=shown(folder)
            )
        folder.mkdir(parents=True, exist_ok=True)
        self._folders.add(folder)

    def _remove(self, place: str) -> None:
        target = self._out / place
        with writing(target):
            if any(parent.is_symlink() for parent in target.parents if self._out in parent.parents):
                return
            target.unlink(missing_ok=True)
            for folder in target.parents:
                if folder == self._out or not folder.is_dir() or any(folder.iterdir()):
                    break
                folder.rmdir()


def _state(place: Path) -> tuple[int, int]:
    """Look at a file without reading it; what is not there has no size."""
    try:
        found = place.stat(follow_symlinks=False)
    except OSError:
        return 0, -1
    return found.st_mtime_ns, found.st_size


def _mark(place: Path, digest: str) -> _Mark:
    return _Mark(digest, *_state(place))


def _read_record(place: Path) -> dict[str, _Mark]:
    """Read what we know of our files; a line that was cut off names none."""
    found: dict[str, _Mark] = {}
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return found
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):
            name, digest, moment, size = json.loads(line)
            if _is_below(name):
                found[name] = _Mark(str(digest), int(moment), int(size))
    return found


def _is_below(name: object) -> bool:
    """Whether a name of the record may be one of ours: nothing else is ever removed."""
    if not isinstance(name, str):
        return False
    return name == STAMP or not (name.startswith("/") or ".." in name.split("/"))


@contextlib.contextmanager
def _writing_record(place: Path) -> Iterator[Callable[[str], None]]:
    """Note the names of files before they are written."""
    with writing(place), place.open("a", encoding="utf-8") as file:

        def note(name: str) -> None:
            file.write(_line(name, _Mark("")))
            file.flush()

        yield note


def _write_record(place: Path, marks: Mapping[str, _Mark]) -> None:
    beside = place.with_name(f"{place.name}.{os.getpid()}.tmp")
    with writing(place):
        lines = (_line(name, mark) for name, mark in sorted(marks.items()))
        beside.write_text("".join(lines), encoding="utf-8")
        beside.replace(place)


def _line(name: str, mark: _Mark) -> str:
    return json.dumps([name, *mark], ensure_ascii=False) + "\n"
