"""
Versions in a checkout, laid out as `modelpress run` lays them out.

    models/spam/production              one line: a version, or nothing yet; `staging` likewise
    models/spam/v1.2.0/                 model.onnx, card.json; withdrawn.json if it was taken back

A version is whole when its card is there, which comes last.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

from modelpress.errors import FileError
from modelpress.guard import refuse_unsafe
from modelpress.session import LARGEST_BYTES
from service.openat import RESTORE, folders, inside, read_plain, state
from service.record import (
    in_order,
    is_name,
    is_version,
    read_record,
    require_name,
    require_version,
    vouched,
)
from service.source import Fetched, Pointers

CARD, MODEL, WITHDRAWN = "card.json", "model.onnx", "withdrawn.json"
LARGEST_CARD = 8 * 1024 * 1024

_POINTERS = ("production", "staging")
_LONGEST_POINTER = 1024


@dataclass(frozen=True)
class Folder:
    """
    The registry in a checkout.

    Args:
        root: The folder `models`.
    """

    root: Path

    def names(self) -> list[str]:
        """
        Name the models.

        Raises:
            FileError: There is no such folder.
        """
        with inside(self.root) as folder:
            return [name for name in folders(folder) if is_name(name)]

    def line(self, name: str) -> Pointers:
        """
        Read a model's pointers, and which versions there are.

        Raises:
            FileError: There is no such model, or a pointer is no version.
        """
        require_name(name)
        with inside(self.root, name) as folder:
            production, staging = (self._pointer(folder, name, x) for x in _POINTERS)
            return Pointers(production, staging, in_order(_whole_versions(folder)))

    def fetch(self, name: str, version: str) -> Fetched:
        """
        Read a version that its card vouches for, and that is of the kind which we export.

        Raises:
            FileError: There is none, or it was withdrawn, changed or damaged.
        """
        require_version(name, version)
        place = self.root / name / version
        with inside(self.root, name, version) as folder:
            if state(WITHDRAWN, folder):
                _refuse_withdrawn(folder, place)
            card = read_plain(folder, place / CARD, LARGEST_CARD)
            content = read_plain(folder, place / MODEL, LARGEST_BYTES)
        record = read_record(card, str(place / CARD))
        fetched = vouched(Fetched(name, version, content, record), str(place))
        refuse_unsafe(content)
        return fetched

    def stamp(self) -> Hashable:
        """
        Sum up every file that counts by its inode, size and time of change.

        Raises:
            FileError: There is no such folder.
        """
        return tuple((name, self._stamp(name)) for name in self.names())

    def _stamp(self, name: str) -> Hashable:
        try:
            with inside(self.root, name) as folder:
                files = (f"{v}/{x}" for v in _versions(folder) for x in (CARD, MODEL, WITHDRAWN))
                return tuple((x, state(x, folder)) for x in (*_POINTERS, *files))
        except FileError:  # it went a moment ago
            return None

    def _pointer(self, folder: int, name: str, pointer: str) -> str:
        if not state(pointer, folder):
            return ""
        place = self.root / name / pointer
        line = read_plain(folder, place, _LONGEST_POINTER)
        version = line.strip().decode("utf-8", "replace")
        # What is left of v1.0.10 may be v1.0.1: only a whole line is a version.
        if version and not (is_version(version) and line.endswith(b"\n")):
            hint = f"{RESTORE}: one line such as v1.2.0"
            raise FileError(f"`{place}` says {version[:80]!r}, which is no version", hint=hint)
        return version


def _versions(folder: int) -> list[str]:
    return [version for version in folders(folder) if is_version(version)]


def _whole_versions(folder: int) -> list[str]:
    return [
        version
        for version in _versions(folder)
        if state(f"{version}/{CARD}", folder) and not state(f"{version}/{WITHDRAWN}", folder)
    ]


def _refuse_withdrawn(folder: int, place: Path) -> None:
    note = read_record(read_plain(folder, place / WITHDRAWN, LARGEST_CARD), str(place / WITHDRAWN))
    who, why = (str(note.get(key))[:200] for key in ("who", "why"))
    raise FileError(f"`{place}` was withdrawn by {who}: {why}", hint="point to another version")
