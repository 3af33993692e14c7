"""
The prediction log: what was asked and what was told, kept without ever keeping a reply waiting.

Off unless the operator names a file. Replies hand over what they have and go on; one thread turns
it into rows and writes them, a few times a second. What it cannot keep up with, or cannot write, is
counted and gone. `modelpress monitor --log` and `modelpress ab` read the file while it is written.
"""

import logging
import math
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from modelpress.errors import FileError
from service.prediction_file import PredictionFile, is_busy, is_full
from service.prediction_rows import Told, records
from service.prediction_table import Record

__all__ = ["PredictionLog", "Told"]

log = logging.getLogger(__name__)

SECONDS_A_COMMIT = 0.2
ROWS_A_COMMIT = 500
ROWS_A_TURN = 100
"""Rows that are prepared before replies get their turn."""
LARGEST_QUEUE = 16 * 1024**2
"""Bytes of bodies that may wait, however few rows they are."""
_SECONDS_BETWEEN = 0.01
_GRACE = 1.0

_Offer = tuple[float, Told]


class PredictionLog:
    """
    The log of one process.

    Args:
        path: An SQLite file; several processes may share it.
        limit_rows: Rows that the file keeps; the oldest go.
        redact: Fields that are kept as null: `field` in all models, `model.field` in one.
        queue_size: Rows that may wait to be written.

    Attributes:
        written: Rows that are in the file.
        dropped: Rows that found the queue full, or the log closed.
        failed: Rows that could not be written.
    """

    def __init__(
        self, path: Path, *, limit_rows: int, redact: frozenset[str], queue_size: int
    ) -> None:
        self.written = self.dropped = self.failed = 0
        self._redact = redact
        self._file = PredictionFile(path, limit_rows)
        self._queue: SimpleQueue[_Offer | None] = SimpleQueue()
        self._most = (queue_size, LARGEST_QUEUE)
        self._waiting = (0, 0)
        self._lock = Lock()
        self._end = math.inf
        self._closed = self._failing = False
        self._thread = Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    def offer(self, told: Told) -> bool:
        """Hand rows over; False if they are dropped. It neither waits for the disk nor raises."""
        with self._lock:  # held for a few instructions, never while something is written
            rows, size = self._waiting[0] + len(told.rows), self._waiting[1] + told.size
            if self._closed or rows > self._most[0] or size > self._most[1]:
                self.dropped += len(told.rows)
                return False
            self._waiting = (rows, size)
            self._queue.put((time.time(), told))
        return True

    def close(self, deadline: float = 5.0) -> None:
        """Write what waits, for some seconds at most; what is left then counts as dropped."""
        with self._lock:
            self._closed = True
        self._end = min(self._end, time.monotonic() + deadline)
        self._queue.put(None)
        self._thread.join(deadline + _GRACE)

    # The thread

    def _run(self) -> None:
        while batch := self._gather():
            found = [*self._records(batch)]
            for start in range(0, len(found), ROWS_A_COMMIT):
                self._write(found[start : start + ROWS_A_COMMIT])
            with self._lock:
                rows = self._waiting[0] - sum(len(told.rows) for _, told in batch)
                self._waiting = (rows, self._waiting[1] - sum(told.size for _, told in batch))
        self._file.close()

    def _gather(self) -> list[_Offer]:
        """Wait for rows, then for those of the same commit; nothing comes after the end."""
        offer = self._queue.get()
        batch, rows, end = list[_Offer](), 0, time.monotonic() + SECONDS_A_COMMIT
        while offer is not None:
            batch.append(offer)
            rows += len(offer[1].rows)
            left = end - time.monotonic()
            if rows >= ROWS_A_COMMIT or left <= 0:
                return batch
            try:
                offer = self._queue.get(timeout=left)
            except Empty:
                return batch
        if batch:
            self._queue.put(None)  # again, for the next turn
        return batch

    def _records(self, batch: Sequence[_Offer]) -> Iterator[Record]:
        made = (record for at, told in batch for record in records(told, at, self._redact))
        for number, record in enumerate(made, 1):
            if record is None:
                self.failed += 1
            else:
                yield record
            if number % ROWS_A_TURN == 0:
                time.sleep(0)  # others wait for the interpreter

    def _write(self, part: Sequence[Record]) -> None:
        """Write, however long others hold the file; what the disk refuses is gone."""
        while time.monotonic() < self._end:
            try:
                self._file.write(part)
            except (sqlite3.Error, OSError, FileError, ValueError) as error:
                if is_busy(error):
                    time.sleep(_SECONDS_BETWEEN)
                    continue
                self._fail(len(part), error)
            else:
                self._succeed(len(part))
            return
        with self._lock:
            self.dropped += len(part)

    def _succeed(self, rows: int) -> None:
        self.written += rows
        if self._failing:
            log.warning("%s is written again; %d rows are lost", self._file.path, self.failed)
        self._failing = False

    def _fail(self, rows: int, error: Exception) -> None:
        """Count rows that are lost, and say so once, not for each."""
        self.failed += rows
        if not self._failing:
            hint = "make room there" if is_full(error) else "the service needs to write there"
            hint = error.hint if isinstance(error, FileError) else hint
            log.warning("%s cannot be written: %s; %s", self._file.path, error, hint)
        self._failing = True
