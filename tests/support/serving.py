"""A service that really runs, in a process of its own, and a client that only knows HTTP."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from house import REPOSITORY

PATIENCE = 30
"""Seconds until a test gives up waiting; a service is ready far sooner."""

ROWS: dict[str, dict[str, Any]] = {
    "iris": {"sepal_length": 5.7, "sepal_width": 3.0, "petal_length": 4.5, "petal_width": 1.3},
    "spam": {"text": "Congratulations: you won a prize, call now"},
}


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


@dataclass
class Running:
    """A service and its port."""

    process: subprocess.Popen[str]
    port: int
    root: Path
    errors: Path
    client: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask over one connection that is kept."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        told = {"Content-Type": "application/json"} if content is not None else {}
        for attempt in (1, 2):
            try:
                self.client.request(method, path, content, {**told, **(headers or {})})
                reply = self.client.getresponse()
                return Reply(reply.status, dict(reply.headers), reply.read())
            except (http.client.RemoteDisconnected, ConnectionError):
                # A connection that was closed for its silence, or by an earlier refusal.
                self.client.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def get(self, path: str, **headers: str) -> Reply:
        """Ask for a path."""
        return self.ask("GET", path, headers=headers)

    def predict(self, model: str, body: object, **headers: str) -> Reply:
        """Ask a model."""
        return self.ask("POST", f"/models/{model}/predict", body, headers)

    def raw(self, content: bytes, *, wait: float = 5.0) -> bytes:
        """Send bytes, and read until the service closes or says nothing more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(content)
            return read_all(connection)

    def metric(self, name: str) -> float:
        """Read one series of /metrics, by its name with labels; 0 if it is not there."""
        lines = self.get("/metrics").body.decode().splitlines()
        found = [line.rpartition(" ")[2] for line in lines if line.rpartition(" ")[0] == name]
        return float(found[0]) if found else 0.0

    def wait_for(self, what: str, path: str, wanted: Any) -> Any:
        """Ask until `wanted` is content with the JSON."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.get(path).json
            if wanted(found):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what}: {found}")

    def said(self) -> str:
        """What it has written to stderr."""
        return self.errors.read_text("utf-8")


def read_all(connection: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(TimeoutError, ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def checkout(place: Path, *models: str) -> Path:
    """Lay out a checkout with some of the shipped models."""
    for model in models or ("iris", "spam", "credit", "bikes", "bikes-count", "tickets"):
        shutil.copytree(REPOSITORY / "models" / model, place / "models" / model)
    return place


def add_version(root: Path, model: str, version: str) -> Path:
    """Add a version with the bytes of the first."""
    folder = root / "models" / model
    shutil.copytree(folder / "v1.0.0", folder / version)
    card = json.loads((folder / version / "card.json").read_text("utf-8"))
    (folder / version / "card.json").write_text(json.dumps(card | {"version": version}), "utf-8")
    return folder / version


def point(root: Path, model: str, stage: str, version: str) -> None:
    """Let a pointer name a version, as a promotion does."""
    beside = root / "models" / model / f".{stage}.tmp"
    beside.write_text(f"{version}\n" if version else "", "utf-8")
    beside.rename(root / "models" / model / stage)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(
    root: Path, *options: str, within: Sequence[str] = (), **environment: str
) -> Iterator[Running]:
    """
    Run the service on a folder until the block ends; it must end by SIGTERM.

    Args:
        root: The folder.
        options: Of the service.
        within: The program that starts it, with its words, where that is another one.
        environment: Of the service.
    """
    port, errors = free_port(), root / f"service-{time.monotonic_ns()}.log"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MODELPRESS_", "COVERAGE_"))}
    words = ["--root", str(root), "--port", str(port), "--poll", "0.2", *options]
    with errors.open("w") as stream:
        process = subprocess.Popen(
            [*within, sys.executable, "-W", "error", "-m", "service", *words],
            stderr=stream,
            text=True,
            cwd=root,
            env={**clean, **environment},
        )
    running = Running(process, port, root, errors)
    try:
        _wait(running)
        yield running
    finally:
        running.client.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _wait(running: Running) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and running.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", running.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"the service did not start: {running.said()}")
