"""A place is a folder or a published folder; a file in it is there, not there, or unreadable."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from modelpress import places
from modelpress.errors import FileError
from modelpress.places import open_place


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """Serve one connection: read the request, send the reply, hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            # The reader may hang up first.
            with connection, suppress(ConnectionError):
                connection.recv(65536)
                connection.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def refusal(url: str) -> str:
    with pytest.raises(FileError) as caught:
        open_place(url).read("model.onnx")
    return caught.value.message


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_a_file_of_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    assert open_place(str(tmp_path)).read("file") == b"content"


def test_a_slash_at_the_end_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    place = open_place(f"{tmp_path}//")
    assert (place.name, place.read("file")) == (str(tmp_path), b"content")


def test_the_root_is_a_folder_and_not_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-such-file").write_bytes(b"content")
    monkeypatch.chdir(tmp_path)
    assert open_place("/").read("no-such-file") is None
    assert open_place(".").read("no-such-file") == b"content"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "production").mkdir()
    assert open_place(str(tmp_path)).read("production") is None


def test_a_required_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        open_place(str(tmp_path)).require("model.onnx")
    assert caught.value.message == f"`{tmp_path}/model.onnx` does not exist"


def test_a_required_file_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert open_place(str(tmp_path)).require("file") == b""


def test_a_file_beyond_the_largest_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    monkeypatch.setattr(places, "LARGEST_BYTES", 5)
    assert open_place(str(tmp_path)).read("file") == b"12345"
    monkeypatch.setattr(places, "LARGEST_BYTES", 4)
    with pytest.raises(FileError, match="is larger than 4 bytes"):
        open_place(str(tmp_path)).read("file")


def test_a_published_file_is_read(site: Any) -> None:
    place = open_place(site.url("models/loan/"))
    assert place.read("production.json") == b'{"version": "v1.2.0"}'


def test_a_published_file_that_is_not_found_is_absent(site: Any) -> None:
    place = open_place(site.url("models/loan"))
    assert place.read("card.json") is None
    with pytest.raises(FileError, match=r"`http://.*/models/loan/card.json` does not exist"):
        place.require("card.json")


@pytest.mark.parametrize("status", [403, 410, 429, 500, 503])
def test_another_answer_is_refused_by_its_number(status: int, site: Any) -> None:
    site.failing["/models/model.onnx"] = status
    message = refusal(site.url("models"))
    assert f"answers {status} {http.client.responses[status]}" in message


def test_a_published_file_beyond_the_largest_size_is_refused(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site.folder / "model.onnx").write_bytes(b"12345")
    monkeypatch.setattr(places, "LARGEST_BYTES", 5)
    assert open_place(site.url("")).read("model.onnx") == b"12345"
    monkeypatch.setattr(places, "LARGEST_BYTES", 4)
    assert "is larger than 4 bytes" in refusal(site.url(""))


def test_a_published_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read beyond the cap, whatever length its header promises."""
    monkeypatch.setattr(places, "LARGEST_BYTES", 4)
    with answering(b"HTTP/1.0 200 OK\r\nContent-Length: 999999999999\r\n\r\n12345") as url:
        assert "is larger than 4 bytes" in refusal(url)


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "cannot be reached" in refusal(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\n\r\n",
    ],
    ids=["hangs up", "no HTTP", "no status", "broken chunk", "endless header", "to a file"],
)
def test_an_answer_that_makes_no_sense_is_refused(reply: bytes) -> None:
    with answering(reply) as url:
        message = refusal(url)
    assert message.startswith(f"`{url}/model.onnx` ")


def test_a_server_that_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        message = refusal(f"http://127.0.0.1:{server.getsockname()[1]}")
    assert "cannot be reached" in message
    assert "timed out" in message


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///models",
        "http://127.0.0.1:port",
        "http://127.0.0.1:999999",
        "http://[::1",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\N{LATIN SMALL LETTER E WITH ACUTE}",
        "http://" + "a" * 70 + ".example",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(FileError):
        open_place(url).require("model.onnx")


@pytest.mark.parametrize("scheme", ["file", "ftp", "data", "HTTP+unix"])
def test_only_http_is_followed(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.onnx").write_bytes(b"content")
    monkeypatch.chdir(tmp_path)
    assert open_place(f"{scheme}://{tmp_path}").read("model.onnx") is None
