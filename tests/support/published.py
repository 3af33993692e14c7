"""A published site, as the pages lay it out, and a server that can be told to misbehave."""

import contextlib
import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from house import REPOSITORY

INDEX = "api/models.json"


def write_json(place: Path, value: object) -> None:
    """Write a JSON file; its folder is made if need be."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(value), "utf-8")


@dataclass
class Pages:
    """The files of a site."""

    root: Path

    @staticmethod
    def of(root: Path, *names: str) -> "Pages":
        """Publish shipped models."""
        pages = Pages(root)
        for name in names:
            shutil.copytree(REPOSITORY / "models" / name, root / "models" / name)
            pages.promote(name, "v1.0.0", 1)
        return pages

    def version(self, name: str, version: str) -> Path:
        """Name the folder of a version."""
        return self.root / "models" / name / version

    def release(self, name: str, version: str, /, content: bytes = b"", **fields: Any) -> Path:
        """Publish v1.0.0 under another number, or with other bytes, with a card that fits."""
        place = self.version(name, version)
        if not place.exists():
            shutil.copytree(self.version(name, "v1.0.0"), place)
        if content:
            (place / "model.onnx").write_bytes(content)
        card = json.loads((place / "card.json").read_text("utf-8"))
        digest = hashlib.sha256((place / "model.onnx").read_bytes()).hexdigest()
        write_json(place / "card.json", card | {"version": version, "sha256": digest} | fields)
        self.index()
        return place

    def promote(self, name: str, version: str, counter: int, /, **fields: Any) -> None:
        """Say what is in production."""
        digest = ""
        if version:
            content = (self.version(name, version) / "model.onnx").read_bytes()
            digest = hashlib.sha256(content).hexdigest()
        told = {"schema": 1, "model": name, "version": version, "sha256": digest}
        write_json(
            self.root / "models" / name / "production.json",
            told | {"counter": counter} | fields,
        )
        pointer = f"{version}\n" if version else ""
        (self.root / "models" / name / "production").write_text(pointer, "utf-8")
        self.index()

    def index(self, **fields: Any) -> None:
        """Write the index anew."""
        write_json(self.root / INDEX, {"schema": 1, "models": self.entries()} | fields)

    def entries(self) -> list[dict[str, Any]]:
        """Sum the models up."""
        folders = sorted(x for x in (self.root / "models").iterdir() if x.is_dir())
        return [
            {
                "name": folder.name,
                "title": "more than anybody asks for",
                "path": f"models/{folder.name}",
                "production": (folder / "production").read_text("utf-8").strip(),
                "staging": (folder / "staging").read_text("utf-8").strip(),
                "versions": sorted(x.name for x in folder.glob("v*")),
            }
            for folder in folders
        ]


Misbehaviour = Callable[["Handler"], None]


class Handler(SimpleHTTPRequestHandler):
    """Serves the files with ETags, or does what it was told for a path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # it costs 40 ms an answer
    site: "Server"

    def __init__(self, *words: Any, site: "Server") -> None:
        self.site = site
        super().__init__(*words, directory=str(site.pages.root))

    def do_GET(self) -> None:
        """Answer."""
        self.site.asked.append((self.path, dict(self.headers)))
        self.close_connection = True
        with contextlib.suppress(OSError):  # who asked has gone
            self.site.odd.get(self.path.lstrip("/"), Handler.plain)(self)

    def plain(self) -> None:
        """Give the file, unless it is known."""
        place = Path(self.translate_path(self.path))
        if not place.is_file():
            self.send_error(404)
            return
        content = place.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self.say(304, etag=etag)
        else:
            self.say(200, content, etag=etag)

    def say(self, code: int, content: bytes = b"", **headers: str) -> None:
        """Answer in one go."""
        self.send_response(code)
        for name, value in {"content_length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def write(self, content: bytes) -> None:
        """Say something that need not be HTTP."""
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *words: Any) -> None:
        """Say nothing on the terminal."""


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def server_bind(self) -> None:
        """Leave out the question after the host's full name, which may take seconds."""
        TCPServer.server_bind(self)

    def handle_error(self, *words: Any) -> None:
        """A client that breaks off is what many a test is about."""


@dataclass
class Server:
    """
    A server on a port of its own.

    Attributes:
        odd: What it does for a path instead of serving the file.
        asked: Every path that was asked for, with the headers.
        over: Set when the test is over, for those who wait.
    """

    pages: Pages
    odd: dict[str, Misbehaviour] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    host: str = ""
    scheme: str = "http"

    def url(self, path: str = INDEX) -> str:
        """Give the address of a file."""
        return f"{self.scheme}://{self.host}/{path}"

    def paths(self) -> list[str]:
        """Name what was asked for, in order, and forget it."""
        found = [path.lstrip("/") for path, _ in self.asked]
        self.asked.clear()
        return found


@contextlib.contextmanager
def published(pages: Pages, context: Any = None) -> Iterator[Server]:
    """Serve a site, encrypted if there is a context."""
    server = Server(pages, scheme="https" if context else "http")
    with _Threads(("127.0.0.1", 0), partial(Handler, site=server)) as listener:
        if context:
            listener.socket = context.wrap_socket(listener.socket, server_side=True)
        name = "localhost" if context else "127.0.0.1"
        server.host = f"{name}:{listener.server_address[1]}"
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            listener.shutdown()
            thread.join()
