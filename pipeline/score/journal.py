"""
What `score` writes, so that a killed run goes on where it was and ends with the same bytes.

Beside the output lie, until the end:

    .OUTPUT.rows.tmp        lines of the output, appended to
    .OUTPUT.rejects.tmp     lines of the rejects, appended to
    .OUTPUT.progress.json   how far the input is read, and how long the two files are by then

The last is replaced whole, after the two were flushed; what they hold beyond it is cut off when a
run goes on. At the end they get their names, and the record goes last.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.artifacts import read_json, shown, write_json
from pipeline.errors import RegistryError, RunError
from pipeline.score.chunk import Position, Scored

SAVE_SECONDS = 1.0

Identity = dict[str, Any]
"""What must be the same for a run to go on: input, version, model file, columns."""


@dataclass(frozen=True)
class Progress:
    """
    How far a run is.

    Attributes:
        end: Where the reader stood.
        rows_bytes: Length of the rows' file.
        rejects_bytes: Length of the rejects' file.
        rejects: How many rows got no answer.
        finished: Whether all rows are in, and only the files' names are left to be given.
    """

    end: Position
    rows_bytes: int
    rejects_bytes: int
    rejects: int
    finished: bool


class Journal:
    """
    The files of one output.

    Args:
        output: Where the result shall stand.
        identity: What is scored, with what.
        headers: First lines of the rows and of the rejects.
        start: Where an input's rows begin.
    """

    def __init__(
        self, output: Path, identity: Identity, headers: tuple[bytes, bytes], start: Position
    ) -> None:
        self._output, self._identity, self._headers = output, identity, headers
        self._fresh = Progress(start, len(headers[0]), len(headers[1]), 0, finished=False)
        self.progress = self._fresh
        self._saved = time.monotonic()

    @property
    def rows(self) -> Path:
        """Lines of the output, so far."""
        return self._beside("rows.tmp")

    @property
    def rejects(self) -> Path:
        """Lines of the rejects, so far."""
        return self._beside("rejects.tmp")

    @property
    def record(self) -> Path:
        """How far the input is read."""
        return self._beside("progress.json")

    def _beside(self, ending: str) -> Path:
        return self._output.with_name(f".{self._output.name}.{ending}")

    def resume(self) -> None:
        """
        Go on from where a run was left, if one was.

        Raises:
            RunError: It had another input or version.
            RegistryError: Its record is damaged.
        """
        if not self.record.exists():
            return
        record = read_json(self.record)
        try:
            before, done = record["identity"], dict(record["progress"])
            progress = Progress(Position(*done.pop("end")), **done)
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged("this is no record of a run") from error
        for key, value in self._identity.items():
            if before.get(key) != value:
                raise RunError(
                    f"this was begun with {key} `{before.get(key)}`, and now it is `{value}`",
                    hint="finish it as it was begun, or say --restart",
                    path=shown(self._output),
                )
        whole = _size(self.rows) >= progress.rows_bytes
        if not progress.finished and not (whole and _size(self.rejects) >= progress.rejects_bytes):
            raise self._damaged("the rows that this speaks of are gone")
        self.progress = progress

    def _damaged(self, what: str) -> RegistryError:
        return RegistryError(what, hint="say --restart", path=shown(self.record))

    @contextlib.contextmanager
    def open(self) -> Iterator["Pen"]:
        """
        Take the files up where they were left, or begin.

        Raises:
            RunError: Another run writes them.
        """
        self._output.parent.mkdir(parents=True, exist_ok=True)
        with self.rows.open("ab") as rows, self.rejects.open("ab") as rejects:
            try:
                fcntl.flock(rows, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                path = shown(self._output)
                raise RunError("another `score` is writing this", path=path) from error
            self._cut(rows, self.progress.rows_bytes, self._headers[0])
            self._cut(rejects, self.progress.rejects_bytes, self._headers[1])
            yield Pen(self, rows, rejects)

    def _cut(self, file: BinaryIO, length: int, header: bytes) -> None:
        """Cut off what is not known of, or begin a file."""
        if self.progress is self._fresh:
            file.truncate(0)
            file.write(header)
        else:
            file.truncate(length)

    def save(self) -> None:
        """Write down how far the run is."""
        progress = {**vars(self.progress), "end": list(self.progress.end)}
        write_json(self.record, {"identity": self._identity, "progress": progress})
        self._saved = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._saved >= SAVE_SECONDS


class Pen:
    """
    Appends to the files of a journal.

    Args:
        journal: Their journal.
        rows: The file of the rows.
        rejects: The file of the rejects.
    """

    def __init__(self, journal: Journal, rows: BinaryIO, rejects: BinaryIO) -> None:
        self._journal, self._rows, self._rejects = journal, rows, rejects

    def append(self, scored: Scored) -> None:
        """Append what became of a chunk."""
        self._rows.write(scored.content)
        self._rejects.write(scored.refused)
        done = self._journal.progress
        self._journal.progress = Progress(
            scored.end,
            done.rows_bytes + len(scored.content),
            done.rejects_bytes + len(scored.refused),
            done.rejects + scored.rejects,
            finished=False,
        )
        if self._journal.due:
            self._save()

    def finish(self) -> None:
        """Write down that nothing is missing."""
        self._journal.progress = replace(self._journal.progress, finished=True)
        self._save()

    def _save(self) -> None:
        for file in (self._rows, self._rejects):
            file.flush()
            os.fsync(file.fileno())
        self._journal.save()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1
