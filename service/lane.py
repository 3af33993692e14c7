"""
The way around the framework for the inference route, inside the server's own protocol.

Requests that are whole, small and exactly as they should be are decoded, answered and written
without a task, a scope or a queue. Those that were read in the same turn of the event loop run as
one batch. Everything else, and every refusal, takes the framework's way: so there is one place
that says what is wrong, and the answers of both ways are made by the same functions.
"""

import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.batch import Batch, Waiting
from service.state import Service

LARGEST = 64 * 1024
"""Bytes of a body; longer ones would keep others waiting."""
HEADS_AT_MOST = 1024
LONGEST_HEAD = 1024

_END = b"\r\n\r\n"
_clock = time.perf_counter


class Lanes:
    """
    The paths that have a lane, with the batch of each.

    Attributes:
        heads: Heads that were found to be plain, to the byte; with their path and the length of
            the body.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.batches: dict[bytes, Batch] = {}
        self.heads: dict[bytes, tuple[bytes, int]] = {}
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

    def learn(self, head: bytes, path: bytes, length: int) -> None:
        """Keep a head; there are few, but nobody promises that."""
        if len(self.heads) >= HEADS_AT_MOST:
            self.heads.clear()
        self.heads[head] = (path, length)


class LaneProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with lanes."""

    lanes: Lanes

    _batch: Batch | None = None
    _pending: Batch | None = None
    _reading = False
    _refused = False
    _heard = 0.0
    _length = 0

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

    # A request whose head is known

    def data_received(self, data: bytes) -> None:
        """
        Take a request whose head is known; leave all others to the parser.

        Clients send the same head again and again, and what the parser found in it once holds for
        the same bytes, where a request begins and nothing but its body follows. Reading a head
        anew takes as long as answering a row.
        """
        if self._reading or self._refused or self._pending is not None:
            super().data_received(data)
            return
        head = data[: data.find(_END) + len(_END)]
        path, length = self.lanes.heads.get(head, _UNKNOWN)
        whole = len(head) + length == len(data) and self._is_free()
        batch = self.lanes.batches.get(path) if whole else None
        if batch is not None and self._enter(batch, data[len(head) :]):
            self._heard = self.loop.time()
            self._unset_keepalive_if_required()
            return
        self._batch = None
        super().data_received(data)
        self._learn(head, len(data) - len(head))

    def _learn(self, head: bytes, length: int) -> None:
        """Keep the head of a request that was all of what has been read, and names nobody."""
        alone = self._batch is not None and not self._reading and self._length == length
        if alone and len(head) <= LONGEST_HEAD and all(x in _COMMON for x, _ in self.headers):
            self.lanes.learn(head, self.url, length)

    # One message, as the parser reads it

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
        self._length = length
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
        if self._batch is None:
            if not self._refused:
                super().on_message_complete()
            return
        name = next((value for key, value in self.headers if key == b"x-request-id"), None)
        if not self._enter(self._batch, b"".join(self._parts), name):
            self.leave_lane()

    def _enter(self, batch: Batch, body: bytes, name: bytes | None = None) -> bool:
        """Put a body into a batch; returns False if it needs the framework."""
        start, service = _clock(), self.lanes.service
        decoded = batch.served.decoder.rows(body)
        if decoded is None or len(decoded[0]) > service.limits.rows or service.faults:
            return False
        self._pending = batch
        batch.add(Waiting(self, *decoded, start, service.log.new_id(name)))
        return True

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


_UNKNOWN = (b"", 0)
_BODY = frozenset({b"content-length", b"transfer-encoding"})
_CHANGES = frozenset({b"origin", b"expect", b"transfer-encoding", b"content-encoding", b"x-caller"})
_COMMON = _BODY | {
    b"host",
    b"user-agent",
    b"accept",
    b"accept-encoding",
    b"connection",
    b"content-type",
}
