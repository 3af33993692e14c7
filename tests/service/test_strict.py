"""Raw sockets: what no well-meaning client sends."""

import json
import socket

import pytest
from serving import ROWS, Running, read_all

BODY = json.dumps(ROWS["iris"]).encode()


def post(body: bytes = BODY, *more: bytes, length: int | None = None) -> bytes:
    lines = [
        b"POST /models/iris/predict HTTP/1.1",
        b"Host: x",
        b"Content-Type: application/json",
        b"Content-Length: %d" % (len(body) if length is None else length),
        *more,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


CLOSE = b"Connection: close"

HOSTILE: dict[str, tuple[bytes, set[int]]] = {
    "a length and chunks": (post(b"", b"Transfer-Encoding: chunked", CLOSE), {400}),
    "two lengths": (post(BODY, b"Content-Length: 3", CLOSE), {400}),
    "a length below zero": (post(BODY, length=-1), {400}),
    "no HTTP": (b"hello\r\n\r\n", {400}),
    "a null": (b"GET /health\x00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400}),
    "a header of 200 KB": (post(BODY, b"X: " + b"a" * 200_000, CLOSE), {200, 400, 431}),
    "a traversal": (
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        {404},
    ),
    "a traversal in a name": (
        b"GET /models/..%2f..%2f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        {404},
    ),
    "another method": (
        b"BREW /models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        {400, 405},
    ),
    "DELETE": (b"DELETE /models/iris HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {405}),
    "HTTP/1.0": (b"GET /health HTTP/1.0\r\n\r\n", {200}),
    "closing": (post(BODY, CLOSE), {200}),
    "expecting": (post(BODY, b"Expect: 100-continue", CLOSE), {100, 200}),
    "gzip": (post(BODY, b"Content-Encoding: gzip", CLOSE), {200, 415}),
    "an upgrade": (post(BODY, b"Connection: Upgrade", b"Upgrade: h2c"), {400}),
    "an upgrade without a body": (
        b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
        {200},
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_requests_get_a_refusal_and_never_a_500(service: Running, what: str) -> None:
    content, allowed = HOSTILE[what]
    told = statuses(service.raw(content, wait=3))
    assert told
    assert set(told) <= allowed, told
    assert service.get("/health").status == 200


def test_chunks_are_answered(service: Running) -> None:
    head = post(b"", b"Transfer-Encoding: chunked", CLOSE).replace(b"Content-Length: 0\r\n", b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, BODY[i : i + 1]) for i in range(len(BODY)))
    answer = service.raw(head + chunks + b"0\r\n\r\n")
    assert statuses(answer) == [200]


def test_requests_in_one_packet_are_answered_in_their_order(service: Running) -> None:
    """Fast ones, refused ones and others mixed: each reply must stand at its request's place."""
    names = [b"n%d" % number for number in range(40)]
    parts = []
    for number, name in enumerate(names):
        header = b"X-Request-Id: " + name
        if number % 4 == 1:
            parts.append(post(b"{}", header))
        elif number % 4 == 2:
            parts.append(b"GET /health HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")
        else:
            parts.append(post(BODY, header))
    parts.append(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = service.raw(b"".join(parts))
    told = [line[14:] for line in answer.split(b"\r\n") if line.startswith(b"x-request-id: n")]
    assert told == names
    assert statuses(answer)[:4] == [200, 422, 200, 200]


def test_a_request_in_single_bytes_is_answered(service: Running) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post(BODY, CLOSE):
            connection.sendall(bytes([byte]))
        assert statuses(read_all(connection)) == [200]


def test_a_caller_that_goes_in_the_middle_harms_nobody(service: Running) -> None:
    for cut in range(0, len(post()), 7):
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.sendall(post()[:cut])
    assert service.predict("iris", ROWS["iris"]).status == 200
    assert "Traceback" not in service.said()


def test_a_body_that_does_not_end_is_given_up(hasty: Running) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(post(b"{", length=100))
        answer = read_all(connection)
    assert statuses(answer) in ([408], [])


def test_headers_that_do_not_end_are_given_up(hasty: Running) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(b"POST /models/iris/predict HTTP/1.1\r\nHost: x\r\n")
        # A timeout of the socket would raise.
        assert connection.recv(1) == b""
