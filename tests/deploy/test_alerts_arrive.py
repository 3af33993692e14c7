"""
The real Prometheus and Alertmanager watch the real service, with the files of deploy/.

Every wait and window in those files is made short. A webhook of ours hears the alerts.
"""

import http.client
import json
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from house import REPOSITORY
from serving import ROWS, Running, checkout, serving

DEPLOY = REPOSITORY / "deploy"
FEATURE = "drift:petal_width"

pytestmark = pytest.mark.prometheus


@dataclass
class Watched:
    """
    A service, what watches it, and what was told of it.

    Attributes:
        port: Where Prometheus answers.
        told: Every alert that came to the webhook, in order.
    """

    service: Running
    port: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)

    def heard(self, name: str, status: str, since: int) -> list[dict[str, Any]]:
        """Give the alerts of that name that have arrived with that status."""
        return [
            alert
            for alert in self.told[since:]
            if alert["labels"]["alertname"] == name and alert["status"] == status
        ]

    def series(self, query: str) -> list[Any]:
        """Ask Prometheus."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/api/v1/query?" + urlencode({"query": query}))
            said = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        assert said["status"] == "success", said
        found: list[Any] = said["data"]["result"]
        return found

    def ask(self, *, fail: bool = False) -> None:
        """Ask for a prediction, which may be made to fail."""
        if fail:
            assert self.service.ask("POST", "/debug/fault?status=500").status == 200
        status = self.service.predict("iris", ROWS["iris"]).status
        assert status == (500 if fail else 200)

    def monitored(self, day: str, state: str) -> None:
        """Leave a day of monitoring behind."""
        place = self.service.root / "monitoring" / "iris" / f"{day}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({"alert": {FEATURE: {"state": state}}}), "utf-8")

    @property
    def instance(self) -> str:
        """What Prometheus calls the service."""
        return f"127.0.0.1:{self.service.port}"


@contextmanager
def webhook(told: list[dict[str, Any]]) -> Iterator[int]:
    """Keep what Alertmanager sends to a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def hasten(text: str) -> str:
    """Make every wait and window one of seconds: minutes show nothing more."""
    text = re.sub(r"\[\d+m\]", "[5s]", text)
    waits = "for|scrape_interval|evaluation_interval|group_wait|group_interval|repeat_interval"
    return re.sub(rf"\b({waits}): \d+[smhd]", r"\1: 1s", text)


def write(place: Path, source: str, **addresses: str) -> Path:
    """Copy a file of deploy/, in haste and with addresses of this machine in it."""
    text = hasten((DEPLOY / source).read_text("utf-8"))
    for name, address in addresses.items():
        container = name.replace("__", ":").replace("_", ".")
        assert text.count(container) == 1
        text = text.replace(container, address)
    place.write_text(text, "utf-8")
    return place


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, start: Callable[..., int]
) -> Iterator[Watched]:
    """Start all of it, once for the tests of this file."""
    folder = tmp_path_factory.mktemp("watched")
    with serving(checkout(folder, "iris"), "--debug", "yes") as service:
        watched = Watched(service)
        watched.monitored("2026-01-01", "ok")
        with webhook(watched.told) as heard:
            watched.port = started(folder, start, watched.instance, f"127.0.0.1:{heard}")
            yield watched


def started(folder: Path, start: Callable[..., int], service: str, heard: str) -> int:
    """Start Alertmanager, and Prometheus before it; gives Prometheus' port."""
    here = {"host_docker_internal__9095": heard}
    file = write(folder / "alertmanager.yml", "alertmanager/alertmanager.yml", **here)
    port = start("alertmanager", f"--config.file={file}", "--cluster.listen-address=")
    write(folder / "rules.yml", "prometheus/rules.yml")
    here = {"modelpress__8000": service, "alertmanager__9093": f"127.0.0.1:{port}"}
    file = write(folder / "prometheus.yml", "prometheus/prometheus.yml", **here)
    return start("prometheus", f"--config.file={file}")


def test_errors_are_told_of_and_their_end(watched: Watched, poll: Callable[..., Any]) -> None:
    since = len(watched.told)

    def heard(status: str) -> list[dict[str, Any]]:
        watched.ask(fail=status == "firing")
        return watched.heard("ErrorRateHigh", status, since)

    (fired, *_), _ = poll(lambda: heard("firing")), poll(lambda: heard("resolved"))

    labels = {"alertname": "ErrorRateHigh", "severity": "critical"}
    assert fired["labels"] == labels | {"job": "modelpress", "instance": watched.instance}
    summary = fired["annotations"]["summary"]
    assert re.fullmatch(rf"{watched.instance} fails [\d.]+% of its requests", summary)


def test_silence_is_told_of_and_its_end(watched: Watched, poll: Callable[..., Any]) -> None:
    """The process is there and says nothing, as one that hangs."""
    since = len(watched.told)
    watched.service.process.send_signal(signal.SIGSTOP)
    try:
        fired, *_ = poll(lambda: watched.heard("ModelpressDown", "firing", since))
    finally:
        watched.service.process.send_signal(signal.SIGCONT)
    poll(lambda: watched.heard("ModelpressDown", "resolved", since))

    assert fired["annotations"]["summary"] == f"{watched.instance} does not answer"


def test_drift_is_told_of_and_its_end(watched: Watched, poll: Callable[..., Any]) -> None:
    since = len(watched.told)
    watched.monitored("2026-01-02", "alert")
    fired, *_ = poll(lambda: watched.heard("DriftAlert", "firing", since))
    watched.monitored("2026-01-03", "recovering")
    poll(lambda: watched.heard("DriftAlert", "resolved", since))

    assert fired["labels"]["model"] == "iris"


def test_every_panel_shows_something(
    watched: Watched, queries: dict[str, str], poll: Callable[..., Any]
) -> None:
    assert watched.service.predict("iris", {"sepals": 1}).status == 422

    def shown(query: str) -> list[Any]:
        watched.ask()
        return watched.series(query)

    for panel, query in queries.items():
        poll(lambda query=query: shown(query), lambda panel=panel: f"nothing in {panel}")


def test_the_service_has_every_name_that_is_asked_for(
    watched: Watched, names: dict[str, Any]
) -> None:
    watched.ask()
    watched.service.predict("iris", {"sepals": 1})
    told = names["exposed"](watched.service.get("/metrics").body.decode())
    asked = names["series"]()

    assert {name: told.get(name) for name in asked} == asked
