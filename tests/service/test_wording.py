"""An endpoint words explanations if it can; the template does whenever it cannot."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from modelpress.explanation import Contribution, Explanation, sentences
from modelpress.model import Prediction
from service import wording
from service.wording import AT_ONCE, Endpoint, Wording, read_endpoint

EXPLANATION = Explanation(
    Prediction("v1.2.0", label="spam", probabilities={"ham": 0.03, "spam": 0.97}),
    "log-odds",
    exact=True,
    margin=3.5,
    baseline=-2.0,
    contributions=(
        Contribution("text", 3.6, word="winner"),
        Contribution("text", 2.4, word="call"),
        Contribution("text", -0.5, word="later"),
        *(Contribution("text", 0.0, word=f"word{i}") for i in range(200)),
        Contribution("text", 0.0, others=7),
    ),
    positive="spam",
    threshold=0.86,
)
TEMPLATE = sentences(EXPLANATION)
PATIENT = 30.0

Reply = Callable[["Handler"], None]


class Server(ThreadingHTTPServer):
    """A chat endpoint of this machine, which does what the test says."""

    daemon_threads = True

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.over = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of those who have hung up."""


class Handler(BaseHTTPRequestHandler):
    """One question."""

    server: Server

    def do_POST(self) -> None:
        """Write the question down and do what the test says."""
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        self.server.asked.append((self.path, dict(self.headers.items()), body))
        self.server.reply(self)

    def send(self, content: bytes, status: int = 200) -> None:
        """Answer with a body."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def say(self, text: object) -> None:
        """Answer in the protocol's form."""
        self.send(json.dumps({"choices": [{"message": {"content": text}}]}).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
        """Say nothing."""


Serve = Callable[[Reply], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start endpoints."""
    running: list[tuple[Server, threading.Thread]] = []

    def start(reply: Reply) -> Server:
        server = Server(reply)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def endpoint(server: Server, seconds: float = PATIENT, **changes: str) -> Endpoint:
    url = f"http://127.0.0.1:{server.server_port}/v1"
    return Endpoint(**({"url": url, "model": "small"} | changes), seconds=seconds)


def worded(asked: Endpoint | None) -> list[str]:
    return asyncio.run(Wording(asked).word(EXPLANATION))


def test_the_endpoints_lines_are_told(serve: Serve) -> None:
    server = serve(lambda handler: handler.say("\n`spam`, 97 %.\n\n  `winner` spricht dafür. \n"))
    assert worded(endpoint(server)) == ["`spam`, 97 %.", "`winner` spricht dafür."]


def test_without_an_endpoint_the_template_is_told() -> None:
    assert worded(None) == TEMPLATE
    assert TEMPLATE[0] == "`spam` with 0.97."


def test_the_template_is_all_that_is_sent(serve: Serve) -> None:
    server = serve(lambda handler: handler.say("Yes."))
    worded(endpoint(server, key="secret", language="German"))
    ((path, headers, body),) = server.asked
    task, told = body["messages"]

    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert set(body) == {"model", "messages"}
    assert body["model"] == "small"
    assert (task["role"], told) == ("system", {"role": "user", "content": "\n".join(TEMPLATE)})
    assert "German" in task["content"]
    assert not any(part in json.dumps(body) for part in ("word1", "v1.2.0", "secret"))


def test_a_key_is_sent_only_if_there_is_one(serve: Serve) -> None:
    server = serve(lambda handler: handler.say("Yes."))
    assert worded(endpoint(server)) == ["Yes."]
    assert "Authorization" not in server.asked[0][1]


def test_an_address_may_end_in_a_slash_and_have_a_query(serve: Serve) -> None:
    server = serve(lambda handler: handler.say("Yes."))
    url = f"http://127.0.0.1:{server.server_port}"
    assert worded(Endpoint(f"{url}/openai/?version=1", "small", seconds=PATIENT)) == ["Yes."]
    assert worded(Endpoint(url, "small", seconds=PATIENT)) == ["Yes."]
    assert [path for path, _, _ in server.asked] == [
        "/openai/chat/completions?version=1",
        "/chat/completions",
    ]


def drip(handler: Handler, part: bytes) -> None:
    """Send a little now and then, until nobody listens."""
    while not handler.server.over.wait(0.02):
        handler.wfile.write(part)


def hello(handler: Handler) -> None:
    handler.wfile.write(b"hello\r\n\r\n")


def wait(handler: Handler) -> None:
    handler.server.over.wait()


def drip_line(handler: Handler) -> None:
    drip(handler, b"H")


def drip_head(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    drip(handler, b"X: 1\r\n")


def drip_body(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "60000")
    handler.end_headers()
    drip(handler, b" ")


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 65536)


def cut(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')


def elsewhere(handler: Handler) -> None:
    handler.send_response(307)
    handler.send_header("Location", f"http://127.0.0.1:{handler.server.server_port}/other")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


FAILING: dict[str, Reply] = {
    "hangs up": lambda handler: handler.connection.close(),
    "is no HTTP": hello,
    "breaks off": cut,
    "is too large": endless,
    "fails": lambda handler: handler.send(b'{"choices": []}', 500),
    "wants a key": lambda handler: handler.send(b"{}", 401),
    "points elsewhere": elsewhere,
    "is empty": lambda handler: handler.send(b""),
    "is no JSON": lambda handler: handler.send(b"<html>"),
    "is no UTF-8": lambda handler: handler.send(b'"\xff\xfe\xfd"'),
    "is nested too deep": lambda handler: handler.send(b"[" * 60_000),
    "is a list": lambda handler: handler.send(b"[]"),
    "has no choices": lambda handler: handler.send(b'{"choices": []}'),
    "has no message": lambda handler: handler.send(b'{"choices": [{"text": "Yes."}]}'),
    "says nothing": lambda handler: handler.say(None),
    "says a number": lambda handler: handler.say(7),
    "says white space": lambda handler: handler.say(" \n\t\n"),
    "says what cannot be seen": lambda handler: handler.say("\u200b\n\x1b\n"),
    "says too many lines": lambda handler: handler.say("Yes.\n" * 13),
    "says too long a line": lambda handler: handler.say("Yes. " * 100),
}


@pytest.mark.parametrize("failure", FAILING)
def test_whatever_an_endpoint_does_the_template_is_told(
    serve: Serve, failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(FAILING[failure])
    with caplog.at_level(logging.WARNING):
        assert worded(endpoint(server, key="secret")) == TEMPLATE

    assert len(server.asked) == 1
    (message,) = caplog.messages
    assert message.startswith("wording: ")
    assert "winner" not in message
    assert "secret" not in message


SLOW: dict[str, Reply] = {
    "never answers": wait,
    "drips its first line": drip_line,
    "drips its head": drip_head,
    "drips its body": drip_body,
}


@pytest.mark.parametrize("slowness", SLOW)
def test_a_slow_endpoint_is_not_waited_for_and_its_thread_ends(
    serve: Serve, slowness: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = threading.active_count()
    server = serve(SLOW[slowness])
    with caplog.at_level(logging.WARNING):
        assert worded(endpoint(server, seconds=0.3)) == TEMPLATE
    assert "Timeout" in caplog.text
    # Its own thread; the server's are two.
    while threading.active_count() > before + 2:
        assert not server.over.wait(0.01)


def test_a_refused_connection_is_no_matter(serve: Serve) -> None:
    server = serve(lambda handler: handler.say("Yes."))
    address = endpoint(server)
    server.shutdown()
    server.server_close()
    assert worded(address) == TEMPLATE


@pytest.mark.parametrize(
    "url", ["http://nowhere.invalid/v1", "https://127.0.0.1:1/v1", "http://127.0.0.1:99999999999"]
)
def test_an_address_that_nobody_has_is_no_matter(url: str) -> None:
    try:
        address = Endpoint(url, "small", seconds=5.0)
    except ValueError:
        return
    assert worded(address) == TEMPLATE


def test_an_endpoint_without_tls_behind_https_is_no_matter(serve: Serve) -> None:
    server = serve(lambda handler: handler.say("Yes."))
    address = Endpoint(f"https://127.0.0.1:{server.server_port}/v1", "small", seconds=PATIENT)
    assert worded(address) == TEMPLATE


def test_no_more_than_a_few_wait_at_once_and_later_ones_are_asked_again(serve: Serve) -> None:
    """A hanging endpoint costs a bounded number of threads."""
    go = threading.Event()

    def reply(handler: Handler) -> None:
        go.wait()
        handler.say("Yes.")

    server = serve(reply)
    told = Wording(endpoint(server))

    async def ask() -> tuple[list[str], list[list[str]]]:
        waiting = [asyncio.create_task(told.word(EXPLANATION)) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)
        refused = await told.word(EXPLANATION)
        go.set()
        return refused, await asyncio.gather(*waiting)

    refused, answers = asyncio.run(ask())
    assert refused == TEMPLATE
    assert answers == [["Yes."]] * AT_ONCE
    assert asyncio.run(told.word(EXPLANATION)) == ["Yes."]


def test_others_are_served_while_one_waits(serve: Serve) -> None:
    """The loop goes on: the endpoint answers only after it was called from there."""
    go, asked = threading.Event(), asyncio.Event()

    async def ask() -> list[str]:
        loop = asyncio.get_running_loop()

        def reply(handler: Handler) -> None:
            loop.call_soon_threadsafe(asked.set)
            go.wait()
            handler.say("Yes.")

        waiting = asyncio.create_task(Wording(endpoint(serve(reply))).word(EXPLANATION))
        await asked.wait()
        go.set()
        return await waiting

    assert asyncio.run(ask()) == ["Yes."]


def test_what_is_told_is_plain_text(serve: Serve) -> None:
    hostile = "<b>`spam`</b> & l'autre\u202e\x1b[31m\x00 \ud800"
    server = serve(lambda handler: handler.say(hostile))
    assert worded(endpoint(server)) == ["b`spam`/b  l'autre[31m"]


def test_the_endpoint_is_read_from_the_environment() -> None:
    told = {
        "MODELPRESS_LLM_URL": " https://llm.example/v1 ",
        "MODELPRESS_LLM_MODEL": "small",
        "MODELPRESS_LLM_KEY": "secret",
        "MODELPRESS_LLM_LANGUAGE": "French",
    }
    read = read_endpoint(told)
    assert read == Endpoint("https://llm.example/v1", "small", "secret", "French", 2.0)
    assert "secret" not in repr(read)


def test_only_address_and_model_are_needed() -> None:
    told = {"MODELPRESS_LLM_URL": "http://127.0.0.1:11434/v1", "MODELPRESS_LLM_MODEL": "small"}
    assert read_endpoint(told) == Endpoint("http://127.0.0.1:11434/v1", "small", "", "English")
    assert read_endpoint({"MODELPRESS_LLM_MODEL": "small"}) is None
    assert read_endpoint(told | {"MODELPRESS_LLM_URL": "  "}) is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"MODELPRESS_LLM_URL": "ftp://llm.example"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_URL": "llm.example/v1"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_URL": "http://"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_URL": "http://[::1/v1"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_URL": "http://llm.example:port/v1"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_URL": "http://llm.example:0/v1"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_URL": "http://me:hidden@llm.example/v1"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_URL": "http://llm.example/a b"}, "MODELPRESS_LLM_URL"),
        ({"MODELPRESS_LLM_MODEL": ""}, "MODELPRESS_LLM_MODEL"),
        ({"MODELPRESS_LLM_KEY": "a\r\nX: b"}, "MODELPRESS_LLM_KEY"),
        ({"MODELPRESS_LLM_KEY": "schlüssel"}, "MODELPRESS_LLM_KEY"),
    ],
)
def test_what_could_never_be_asked_is_refused_by_its_name(
    changes: dict[str, str], named: str
) -> None:
    told = {"MODELPRESS_LLM_URL": "http://llm.example/v1", "MODELPRESS_LLM_MODEL": "small"}
    with pytest.raises(ValueError, match=named) as caught:
        read_endpoint(told | changes)
    assert "hidden" not in str(caught.value)


def test_a_thread_that_the_system_does_not_give_is_no_matter(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(lambda handler: handler.say("Yes."))
    told = Wording(endpoint(server))

    class Refused(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    for _ in range(AT_ONCE + 1):
        with monkeypatch.context() as patched:
            patched.setattr(wording.threading, "Thread", Refused)
            assert asyncio.run(told.word(EXPLANATION)) == TEMPLATE
    assert asyncio.run(told.word(EXPLANATION)) == ["Yes."]
