"""
One end for a whole HTTP exchange: connecting, redirects, headers, chunks, trailers.

A socket's own time-out starts anew with every byte, so that a server which sends one now and then
holds its client for ever. Here a timer shuts the sockets down, and whoever reads from one wakes up.
"""

import contextlib
import http.client
import socket
import ssl
import urllib.request
from functools import partial
from threading import Timer
from typing import Any, Self


class Deadline:
    """
    Cuts every connection of an exchange when its time is over, and closes what is left at its end.

    Args:
        seconds: Counted from entering it.

    Attributes:
        over: Whether it has cut.
        answers: Every answer that came, those to redirects included.
    """

    def __init__(self, seconds: float) -> None:
        self.over = False
        self.answers: list[http.client.HTTPResponse] = []
        self._sockets: list[socket.socket] = []
        self._timer = Timer(seconds, self._cut)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        for answer in self.answers:  # urllib forgets some
            answer.close()

    def watch(self, connection: socket.socket) -> None:
        """Cut this one, too, now if it comes too late."""
        self._sockets.append(connection)
        if self.over:
            self._cut()

    def _cut(self) -> None:
        self.over = True
        for connection in self._sockets:
            with contextlib.suppress(OSError):  # it is closed already
                # The plain socket below an encrypted one: there is no time for a farewell.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Connection(http.client.HTTPConnection):
    def __init__(self, host: str, *, deadline: Deadline, **settings: Any) -> None:  # noqa: ANN401 - urllib's
        super().__init__(host, **settings)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.watch(self.sock)

    def getresponse(self) -> http.client.HTTPResponse:
        answer = super().getresponse()
        self._deadline.answers.append(answer)
        return answer


class _EncryptedConnection(_Connection, http.client.HTTPSConnection):
    pass


class Http(urllib.request.HTTPHandler):
    """urllib's handler of `http:`, with a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Connect, and ask."""
        return self.do_open(partial(_Connection, deadline=self._deadline), req)


class Https(urllib.request.HTTPSHandler):
    """The same of `https:`; a handshake ends by the time-out of silence."""

    def __init__(self, deadline: Deadline, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._deadline, self._trusted = deadline, context

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Connect, and ask."""
        connection = partial(_EncryptedConnection, deadline=self._deadline, context=self._trusted)
        return self.do_open(connection, req)
