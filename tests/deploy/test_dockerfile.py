"""The image: pinned, locked, without a shell or root, and only with what it needs."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY
from serving import serving

DEPLOY = REPOSITORY / "deploy"
DIGEST = re.compile(r"python:3\.\d+\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}")


def instructions() -> list[tuple[str, str]]:
    """Read the Dockerfile: each instruction on one line, without comments."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in whole.split("\n") if line]


def every(name: str) -> list[str]:
    return [text for found, text in instructions() if found == name]


def copied() -> list[str]:
    """What comes from the checkout."""
    return [text.split()[0].rstrip("/") for text in every("COPY") if not text.startswith("--from")]


def environment() -> dict[str, str]:
    """All that ENV says."""
    return dict(word.split("=", 1) for text in every("ENV") for word in shlex.split(text))


def test_the_base_is_pinned_by_its_digest() -> None:
    first, *others = [text.split() for text in every("FROM")]

    assert DIGEST.fullmatch(first[0])
    assert first[1:] == ["AS", "python"]
    assert [stage[0] for stage in others] == ["python", "python"]
    assert "ARG" not in dict(instructions())


def test_nothing_runs_in_a_shell() -> None:
    for name in ("RUN", "CMD", "ENTRYPOINT"):
        for text in every(name):
            assert all(isinstance(word, str) for word in json.loads(text))
    assert every("ENTRYPOINT") == ['["python", "-m", "service"]']
    assert "SHELL" not in dict(instructions())
    assert "ADD" not in dict(instructions())


def test_nobody_is_root() -> None:
    last = [index for index, (name, _) in enumerate(instructions()) if name == "FROM"][-1]
    final = instructions()[last:]
    users = [text for name, text in final if name == "USER"]

    assert users == ["65532:65532"]  # a number: Kubernetes cannot tell who a name is
    after = [name for name, _ in final[final.index(("USER", users[0])) :]]
    assert "RUN" not in after
    assert "COPY" not in after


def test_packages_come_from_the_lock_alone() -> None:
    installs = [json.loads(text) for text in every("RUN") if '"install"' in text]

    assert len(installs) == 1
    for word in ("--require-hashes", "--no-deps", "--only-binary", "--no-cache-dir"):
        assert word in installs[0]
    assert installs[0][-2:] == ["--requirement", "/build/service.lock"]


def test_the_service_listens_where_the_image_says() -> None:
    assert every("EXPOSE") == ["8000"]
    assert environment()["PORT"] == "8000"
    assert environment()["HOST"] == "0.0.0.0"  # noqa: S104 - within its container
    assert environment()["PATH"].startswith("/venv/bin:")


def test_docker_is_given_what_the_image_takes_and_no_more() -> None:
    text = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8")
    first, *patterns = [line for line in text.split("\n") if line and line[0] != "#"]

    assert copied() == ["requirements/service.lock", "modelpress", "service", "models"]
    assert first == "*"
    assert {line[1:] for line in patterns if line[0] == "!"} == set(copied())
    assert [line for line in patterns if line[0] != "!"] == ["**/__pycache__", "**/.*.tmp"]


def test_what_it_takes_is_there() -> None:
    assert [place for place in copied() if not (REPOSITORY / place).exists()] == []


def test_what_it_takes_is_enough_and_stays_as_it_is(tmp_path: Path) -> None:
    for place in copied()[1:]:
        shutil.copytree(
            REPOSITORY / place, tmp_path / place, ignore=shutil.ignore_patterns("__pycache__")
        )
    before = tree(tmp_path)
    python = {name: value for name, value in environment().items() if name.startswith("PYTHON")}

    with serving(tmp_path, **python) as running:
        assert running.get("/v2/health/ready").status == 200
        told = os.environ | {"PORT": str(running.port)}
        assert subprocess.run(check(), env=told, check=False).returncode == 0

    assert tree(tmp_path) == before


def tree(root: Path) -> set[str]:
    """Every file, but for what our own helper writes."""
    found = {str(path.relative_to(root)) for path in root.rglob("*")}
    return {path for path in found if not path.endswith(".log")}


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_the_health_check_tells(status: int | None, code: int, health: dict[str, Any]) -> None:
    health["status"] = status
    port = health["port"] if status else 1
    # A proxy for the world is none for the container itself.
    told = {"PORT": str(port), "http_proxy": "http://127.0.0.1:1", "no_proxy": ""}

    found = subprocess.run(check(), env=os.environ | told, capture_output=True, check=False)

    assert found.returncode == code, found.stderr


def check() -> list[str]:
    """Give the command of HEALTHCHECK."""
    (text,) = every("HEALTHCHECK")
    options, command = text.split(" CMD ")
    assert re.fullmatch(r"(--(interval|timeout|start-period|retries)=\d+s?\s*){4}", options)
    program, *words = json.loads(command)
    assert program == "python"
    return [sys.executable, *words]


@pytest.fixture
def health() -> Iterator[dict[str, Any]]:
    """A server whose /health answers with a status."""
    told: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(told["status"] if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        told["port"] = server.server_port
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
