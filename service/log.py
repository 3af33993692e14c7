"""A line of JSON for each request: who asked what, and how it went; never a row."""

import asyncio
import os
import re
import secrets
import sys
import time
from functools import cache
from itertools import count

import orjson

QUEUED_AT_MOST = 100_000
EVERY_SECONDS = 0.1
_ASKED = re.compile(rb"[A-Za-z0-9._-]{1,64}")

_LINE = b'{"at":"%b.%03dZ","request":"%b",%b,"ms":%.3f}\n'


class AccessLog:
    """Collects entries and writes them in the background, so that no reply waits for a disk."""

    def __init__(self, *, on: bool, file: int | None = None) -> None:
        self.on = on
        self.dropped = 0
        self._file = sys.stderr.fileno() if file is None else file
        self._lines: list[bytes] = []
        self._second = 0, b""
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
        if len(self._lines) >= QUEUED_AT_MOST:
            self.dropped += 1
            return
        # Written out here and not in the background: there it would hold up the event loop for
        # milliseconds at a time, because Python runs one thread only.
        at = time.time()
        if int(at) != self._second[0]:
            told = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
            self._second = int(at), told.encode()
        what = _what(method, route, status)
        line = _LINE % (self._second[1], int(at % 1 * 1000), name, what, 1000 * seconds)
        self._lines.append(line)

    async def run(self) -> None:
        """Write what has come in, again and again; the rest when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(EVERY_SECONDS)
                if self._lines:
                    await asyncio.to_thread(self._write, self._taken())
        finally:
            self._write(self._taken())

    def _taken(self) -> list[bytes]:
        lines, self._lines = self._lines, []
        return lines

    def _write(self, lines: list[bytes]) -> None:
        content = memoryview(b"".join(lines))
        try:
            while content:
                content = content[os.write(self._file, content) :]
        except OSError:
            # Nobody reads it, or the disk is full: what can be told, is told by the metrics.
            self.dropped += len(lines)


@cache
def _what(method: str, route: str, status: int) -> bytes:
    """Write what is the same in many lines; methods, routes and statuses are few."""
    told = {"method": method, "route": route, "status": status}
    return orjson.dumps(told)[1:-1]
