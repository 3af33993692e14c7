"""The requests to one version that were read in the same turn of the event loop, run as one."""

import time
from asyncio import AbstractEventLoop
from typing import Protocol

import msgspec

from service.answering import Answered
from service.decoder import Decoded
from service.problem import Problem
from service.served import Served
from service.state import Service

ROWS = 256
"""Rows after which a batch does not wait for the turn to end."""
ROUTE = "/models/{model}/predict"

_OK = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    b"x-request-id: %b\r\n\r\n%b"
)
_BROKEN = (
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nx-request-id: %b\r\n\r\n%b"
)
_clock = time.perf_counter


class Connection(Protocol):
    """Who waits for a reply."""

    loop: AbstractEventLoop

    def write(self, content: bytes) -> None:
        """Write a reply."""


class Waiting(msgspec.Struct, gc=False):
    """A request whose rows are in a batch; a struct of msgspec is made in a third of the time."""

    connection: Connection
    rows: Decoded
    single: bool
    start: float
    name: bytes


class Batch:
    """The requests to one version that wait for the turn to end."""

    def __init__(self, service: Service, served: Served) -> None:
        self.served = served
        self._service = service
        self._waiting: list[Waiting] = []
        self._rows = 0

    def add(self, one: Waiting) -> None:
        """Take a request; it is answered when the turn ends, or the batch is full."""
        self._waiting.append(one)
        self._rows += len(one.rows)
        if len(self._waiting) == 1:
            one.connection.loop.call_soon(self.flush)
        if self._rows >= ROWS:
            self.flush()

    def flush(self) -> None:
        """Answer everything that waits."""
        waiting, self._waiting, self._rows = self._waiting, [], 0
        if not waiting:
            return
        told: list[bytes] = []
        try:
            told = self._told(waiting)
        finally:
            # A defect of ours goes on to the event loop's log; nobody is left waiting for it.
            if told:
                self._write(waiting, told)
            else:
                self._break(waiting)

    def _told(self, waiting: list[Waiting]) -> list[bytes]:
        """Run the rows of all, and count them."""
        rows = waiting[0].rows if len(waiting) == 1 else [r for one in waiting for r in one.rows]
        feeds = self.served.decoder.feeds(rows)
        answer = self.served.answer(feeds)
        told = self.served.words.of(answer)
        # Only the prediction log wants to know whose rows they are.
        names = [(x.name, len(x.rows)) for x in waiting] if self._service.predictions else ()
        self._service.note(self.served, Answered(b"", rows, feeds, answer, names))
        return told

    def _write(self, waiting: list[Waiting], told: list[bytes]) -> None:
        at, reply = 0, self.served.reply
        for one in waiting:
            end = at + len(one.rows)
            body = reply(told[at:end], single=one.single)
            one.connection.write(_OK % (len(body), one.name, body))
            at = end
        self._count(waiting, 200)

    def _break(self, waiting: list[Waiting]) -> None:
        body = Problem(500, "a defect of the service; its log says more").body()
        for one in waiting:
            one.connection.write(_BROKEN % (len(body), one.name, body))
        self._service.host.traffic.errors["internal_server_error"] += len(waiting)
        self._count(waiting, 500)

    def _count(self, waiting: list[Waiting], status: int) -> None:
        """Count the replies after the last is written, so that none waits for it."""
        now, log = _clock(), self._service.log
        self._service.host.traffic.add(ROUTE, "POST", status, *[now - x.start for x in waiting])
        for one in waiting:
            log.add("POST", ROUTE, status, now - one.start, one.name)
