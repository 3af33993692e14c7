"""A line of JSON for each request: who asked what, and how it went; never a row."""

import asyncio
import os
import re
import secrets
import sys
import time
from collections import deque
from itertools import count

import orjson

QUEUED_AT_MOST = 100_000
EVERY_SECONDS = 0.1
_ASKED = re.compile(rb"[A-Za-z0-9._-]{1,64}")

Entry = tuple[float, str, str, int, float, bytes]
"""When (seconds since 1970), method, route, status, seconds, request id."""


class AccessLog:
    """Collects entries and writes them in the background, so that no reply waits for a disk."""

    def __init__(self, *, on: bool, file: int | None = None) -> None:
        self.on = on
        self.dropped = 0
        self._file = sys.stderr.fileno() if file is None else file
        self._queue: deque[Entry] = deque()
        self._start = secrets.token_hex(4).encode()
        self._numbers = count()

    def new_id(self, asked: bytes | None = None) -> bytes:
        """Take the caller's request id, if it is one, or make another."""
        if asked and _ASKED.fullmatch(asked):
            return asked
        return b"%b-%x" % (self._start, next(self._numbers))

    def add(self, method: str, route: str, status: int, seconds: float, name: bytes) -> None:
        """Note a reply."""
        if not self.on:
            return
        if len(self._queue) >= QUEUED_AT_MOST:
            self.dropped += 1
            return
        self._queue.append((time.time(), method, route, status, seconds, name))

    async def run(self) -> None:
        """Write what has come in, again and again; the rest when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(EVERY_SECONDS)
                if self._queue:
                    await asyncio.to_thread(self.write)
        finally:
            self.write()

    def write(self) -> None:
        """Write what has come in."""
        lines = [_line(self._queue.popleft()) for _ in range(len(self._queue))]
        content = memoryview(b"".join(lines))
        try:
            while content:
                content = content[os.write(self._file, content) :]
        except OSError:
            # Nobody reads it, or the disk is full: what can be told, is told by the metrics.
            self.dropped += len(lines)


def _line(entry: Entry) -> bytes:
    at, method, route, status, seconds, name = entry
    told = {
        "at": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at))}.{int(at % 1 * 1000):03d}Z",
        "request": name.decode(),
        "method": method,
        "route": route,
        "status": status,
        "ms": round(1000 * seconds, 3),
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
