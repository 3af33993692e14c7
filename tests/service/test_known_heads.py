"""A head that was read before is not read again: what follows it must mean the same."""

import json
import re
import socket
from collections.abc import Iterator

import pytest
from serving import ROWS, Running

HEAD = b"POST /models/iris/predict HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n"
ONE = json.dumps(ROWS["iris"]).encode()
OTHER = ONE.replace(b"5.7", b"4.9")
WRONG = ONE.replace(b"5.7", b'"a"')


@pytest.fixture
def connection(service: Running) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield one


def post(body: bytes, host: bytes = b"x") -> bytes:
    return HEAD % host + b"Content-Length: %d\r\n\r\n" % len(body) + body


def reply(connection: socket.socket) -> tuple[int, bytes]:
    """Read one reply, byte by byte, so that the next is left where it is."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        assert part, head
        head += part
    length = re.search(rb"content-length: (\d+)", head)
    assert length is not None
    body = b""
    while len(body) < int(length[1]):
        body += connection.recv(int(length[1]) - len(body))
    return int(head[9:12]), body


def ask(connection: socket.socket, *parts: bytes) -> tuple[int, bytes]:
    for part in parts:
        connection.sendall(part)
    return reply(connection)


def test_bodies_behind_the_same_head_get_their_own_answers(connection: socket.socket) -> None:
    first, second = ask(connection, post(ONE)), ask(connection, post(OTHER))
    assert first[0] == second[0] == 200
    assert first[1] != second[1]
    for _ in range(3):
        assert ask(connection, post(ONE)) == first
        assert ask(connection, post(OTHER)) == second


def test_a_refusal_behind_a_known_head_is_the_same_as_ever(connection: socket.socket) -> None:
    refused = ask(connection, post(WRONG))
    assert refused[0] == 422
    answered = ask(connection, post(ONE))
    for _ in range(3):
        assert ask(connection, post(WRONG)) == refused
        assert ask(connection, post(ONE)) == answered


def test_a_known_head_may_come_in_parts(connection: socket.socket) -> None:
    wanted = ask(connection, post(ONE))
    assert ask(connection, post(ONE)) == wanted
    content = post(ONE)
    for cut in range(1, len(content), 9):
        assert ask(connection, content[:cut], content[cut:]) == wanted


def test_requests_with_a_known_head_may_come_together(connection: socket.socket) -> None:
    first, second = ask(connection, post(ONE)), ask(connection, post(OTHER))
    connection.sendall(post(ONE) + post(OTHER) + post(WRONG) + post(ONE))
    assert [reply(connection) for _ in range(2)] == [first, second]
    assert reply(connection)[0] == 422
    assert reply(connection) == first
    assert ask(connection, post(OTHER)) == second


def test_line_ends_between_requests_teach_nothing(
    service: Running, connection: socket.socket
) -> None:
    """As many as a body and the end of a head have bytes: they are no request, read whole."""
    even = ONE + b" " * (len(ONE) % 2)
    lines = b"\r\n" * (len(even) // 2 + 2)
    # A head that nobody has sent before is read by the parser.
    assert ask(connection, post(even, b"nobody"))[0] == 200
    connection.sendall(lines)
    assert ask(connection, post(even))[0] == 200
    told = service.raw(b"\r\n\r\n" + even)
    assert told == b"" or told.startswith(b"HTTP/1.1 400 ")


def test_what_follows_a_body_is_no_part_of_it(service: Running) -> None:
    """White space would not hurt the JSON, but is no request."""
    assert service.raw(post(ONE), wait=0.5).startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 400 " in service.raw(post(ONE) + b" ")


def test_more_heads_than_are_kept_are_all_answered(connection: socket.socket) -> None:
    wanted = ask(connection, post(ONE))
    for number in range(1100):
        assert ask(connection, post(ONE, b"h%d" % number)) == wanted
    assert ask(connection, post(ONE)) == wanted


def test_a_known_head_is_answered_by_the_model_that_is_there(service: Running) -> None:
    """A name in a head is looked up each time: nothing is remembered of the model."""
    rows = {name: json.dumps(row).encode() for name, row in ROWS.items()}
    for _ in range(3):
        for name, body in rows.items():
            told = service.ask("POST", f"/models/{name}/predict", body)
            assert (told.status, told.json["model"]) == (200, name)
