"""
The way around the framework for the inference route, inside the server's own protocol.

Requests that are whole, small and exactly as they should be are decoded, answered and written
without a task, a scope or a queue. Those that were read in the same turn of the event loop run as
one batch. Everything else, and every refusal, takes the framework's way: so there is one place
that says what is wrong, and the answers of both ways are made by the same functions.
"""

import time
from typing import Any, NamedTuple

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.answering import Answered
from service.decoder import Decoded
from service.problem import Problem
from service.served import Served
from service.state import Service

LARGEST = 64 * 1024
"""Bytes of a body; longer ones would keep others waiting."""
BATCH = 256
"""Rows after which a batch does not wait for the turn to end."""

_ROUTE = "/models/{model}/predict"
_OK = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    b"x-request-id: %b\r\n\r\n%b"
)
_BROKEN = (
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nx-request-id: %b\r\n\r\n%b"
)
_clock = time.perf_counter


class _Waiting(NamedTuple):
    """A request whose rows are in a batch."""

    protocol: "LaneProtocol"
    rows: Decoded
    single: bool
    start: float
    name: bytes


class Batch:
    """The requests to one version that were read in this turn of the event loop."""

    def __init__(self, service: Service, served: Served) -> None:
        self.served = served
        self._service = service
        self._waiting: list[_Waiting] = []
        self._rows = 0

    def add(self, one: _Waiting) -> None:
        """Take a request; it is answered when the turn ends, or the batch is full."""
        self._waiting.append(one)
        self._rows += len(one.rows)
        if len(self._waiting) == 1:
            one.protocol.loop.call_soon(self.flush)
        if self._rows >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Answer everything that waits."""
        waiting, self._waiting, self._rows = self._waiting, [], 0
        if not waiting:
            return
        rows = waiting[0].rows if len(waiting) == 1 else [r for one in waiting for r in one.rows]
        told: list[bytes] = []
        try:
            feeds = self.served.decoder.feeds(rows)
            answer = self.served.model.answer(feeds)
            told = self.served.words.of(answer)
            # Only the prediction log wants to know whose rows they are.
            names = [(x.name, len(x.rows)) for x in waiting] if self._service.predictions else ()
            self._service.note(self.served, Answered(b"", rows, feeds, answer, names))
        finally:
            # A defect of ours goes on to the event loop's log; nobody is left waiting for it.
            if told:
                self._write(waiting, told)
            else:
                self._break(waiting)

    def _break(self, waiting: list[_Waiting]) -> None:
        body = Problem(500, "a defect of the service; its log says more").body()
        for one in waiting:
            one.protocol.write(_BROKEN % (len(body), one.name, body))
            self._service.host.traffic.errors["internal_server_error"] += 1
            self._service.host.traffic.add(_ROUTE, "POST", 500, _clock() - one.start)

    def _write(self, waiting: list[_Waiting], told: list[bytes]) -> None:
        at, now, service = 0, _clock(), self._service
        for one in waiting:
            end = at + len(one.rows)
            body = self.served.reply(told[at:end], single=one.single)
            one.protocol.write(_OK % (len(body), one.name, body))
            service.host.traffic.add(_ROUTE, "POST", 200, now - one.start)
            service.log.add("POST", _ROUTE, 200, now - one.start, one.name)
            at = end


class Lanes:
    """The paths that have a lane, with the batch of each."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.batches: dict[bytes, Batch] = {}
        service.host.changed.append(self.renew)
        self.renew()

    def renew(self) -> None:
        """Lead every path to the version that is live now; a batch that fills ends as it is."""
        host, found = self.service.host, {}
        for name, line in host.catalog.lines.items() if self._are_open() else ():
            served = line.at("production")
            if served is not None and name not in self.service.rollout.models:
                batch = self.batches.get(f"/models/{name}/predict".encode())
                if batch is None or batch.served is not served:
                    batch = Batch(self.service, served)
                found[f"/models/{name}/predict".encode()] = batch
                if name == host.settings.model or len(host.catalog.lines) == 1:
                    found[b"/predict"] = batch
        self.batches = found

    def _are_open(self) -> bool:
        """Whether nothing must be asked before an answer."""
        service = self.service
        asks = not service.access.open or not service.limits.policy.asks_nothing
        return service.settings.fast and not asks


class LaneProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with lanes."""

    lanes: Lanes

    _batch: Batch | None = None
    _pending: Batch | None = None
    _reading = False
    _refused = False
    _heard = 0.0

    # The connection

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as uvicorn has it
        """Begin to watch a connection."""
        super().connection_made(transport)
        self._heard = self.loop.time()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching it."""
        self._watch.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close a connection that is silent, or whose request does not come to its end."""
        deadline = self.lanes.service.settings.deadline
        left = self._heard - self.loop.time()
        left += deadline if self._reading else self.timeout_keep_alive
        if left <= 0 and self._is_free():
            self.transport.close()
        else:
            self._watch = self.loop.call_later(deadline / 2, self._look)

    def shutdown(self) -> None:
        """Answer what waits, then close."""
        if self._pending is not None:
            self._pending.flush()
        super().shutdown()

    # One message

    def on_message_begin(self) -> None:
        """Begin a request; an earlier one of the same connection is answered first."""
        if self._pending is not None:
            self._pending.flush()
        super().on_message_begin()
        self._reading, self._heard = True, self.loop.time()
        self._batch = None
        self._parts: list[bytes] = []

    def on_headers_complete(self) -> None:
        """Choose the way."""
        if self.parser.should_upgrade() and any(name in _BODY for name, _ in self.headers):
            # What follows the headers would be read as a request of its own.
            self._refused = True
            self.send_400_response("an upgrade with a body")
            return
        batch = self.lanes.batches.get(self.url)
        if batch is not None and self._is_plain():
            self._batch = batch
            return
        super().on_headers_complete()

    def _is_plain(self) -> bool:
        """Whether it is a POST of JSON with a known, small length and nothing beside."""
        if self.parser.get_method() != b"POST" or not self._is_free():
            return False
        length = -1
        for name, value in self.headers:
            if name == b"content-length":
                length = int(value)
            elif (name == b"content-type" and value != b"application/json") or name in _CHANGES:
                return False
        return 0 <= length <= LARGEST and self.parser.should_keep_alive()

    def _is_free(self) -> bool:
        """Whether no earlier request of the connection is still being answered."""
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        if self._batch is not None:
            self._parts.append(body)
        elif not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer in the lane, or leave it."""
        self._reading, self._heard = False, self.loop.time()
        batch = self._batch
        if batch is None:
            if not self._refused:
                super().on_message_complete()
            return
        start = _clock()
        body = b"".join(self._parts)
        decoded = batch.served.decoder.rows(body)
        service = self.lanes.service
        if decoded is None or len(decoded[0]) > service.settings.max_rows or service.faults:
            self.leave_lane()
            return
        name = service.log.new_id(next((v for k, v in self.headers if k == b"x-request-id"), None))
        self._pending = batch
        batch.add(_Waiting(self, decoded[0], decoded[1], start, name))

    def leave_lane(self) -> None:
        """Hand the request to the framework, as if it had come that way."""
        self._batch = None
        super().on_headers_complete()
        for part in self._parts:
            super().on_body(part)
        super().on_message_complete()

    def write(self, content: bytes) -> None:
        """Write a reply of the lane."""
        self._pending = None
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.transport.write(content)


_BODY = frozenset({b"content-length", b"transfer-encoding"})
_CHANGES = frozenset({b"origin", b"expect", b"transfer-encoding", b"content-encoding", b"x-caller"})
