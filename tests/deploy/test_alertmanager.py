"""Alertmanager's own tool on its file; what is down silences its other alerts, in the program."""

import http.client
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY

FILE = REPOSITORY / "deploy" / "alertmanager" / "alertmanager.yml"

pytestmark = pytest.mark.prometheus


def amtool(*words: str | Path) -> str:
    found = subprocess.run(["amtool", *words], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def test_the_configuration_is_sound() -> None:
    assert "SUCCESS" in amtool("check-config", FILE)


@pytest.mark.parametrize("example", ["slack", "pagerduty"])
def test_an_example_can_take_the_place_of_the_webhook(example: str, tmp_path: Path) -> None:
    text = FILE.read_text("utf-8")
    place = tmp_path / "alertmanager.yml"
    place.write_text(text.replace("receiver: webhook", f"receiver: {example}"), "utf-8")

    assert "SUCCESS" in amtool("check-config", place)
    told = amtool("config", "routes", "test", f"--config.file={place}", "severity=critical")
    assert told.strip() == example


def test_secrets_stand_in_files(load: Callable[[str], Any]) -> None:
    text = FILE.read_text("utf-8")
    ignored = (REPOSITORY / "deploy" / ".gitignore").read_text("utf-8").split()
    places = re.findall(r"_file: (\S+)", text)

    assert [Path(place).parent.name + "/" in ignored for place in places] == [True, True]
    assert not re.search(r"(?:api_url|routing_key|service_key|password|token):", text)
    assert "global" not in load("alertmanager/alertmanager.yml")


def test_every_alert_has_somewhere_to_go(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        severity = f"severity={rule['labels']['severity']}"

        assert amtool("config", "routes", "test", f"--config.file={FILE}", severity) == "webhook\n"


def test_what_is_down_has_no_other_trouble(
    start: Callable[..., int], rules: list[dict[str, Any]], poll: Callable[..., Any]
) -> None:
    port = start("alertmanager", f"--config.file={FILE}", "--cluster.listen-address=")
    every = [rule["alert"] for rule in rules]
    alerts = [
        {"labels": {"alertname": name, "job": "modelpress", "instance": instance}}
        for name, instance in [*((name, "down:8000") for name in every), ("LatencyHigh", "up:8000")]
    ]
    assert ask(port, "POST", alerts) is None

    def silenced() -> set[tuple[str, str]]:
        return {
            (found["labels"]["alertname"], found["labels"]["instance"])
            for found in ask(port, "GET")
            if found["status"]["inhibitedBy"]
        }

    assert poll(silenced) == {(name, "down:8000") for name in every if name != "ModelpressDown"}


def test_the_health_check_of_its_container_works(
    start: Callable[..., int], load: Callable[[str], Any]
) -> None:
    kind, program, *words = load("compose.yaml")["services"]["alertmanager"]["healthcheck"]["test"]
    port = start("alertmanager", f"--config.file={FILE}", "--cluster.listen-address=")
    here = [word.replace(":9093", f":{port}") for word in words]
    nobody = [word.replace(":9093", ":1") for word in words]

    assert (kind, program, here == words) == ("CMD", "amtool", False)
    assert "receiver: webhook" in amtool(*here)
    assert subprocess.run(["amtool", *nobody], capture_output=True, check=False).returncode != 0


def ask(port: int, method: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(
            method, "/api/v2/alerts", text, headers={"Content-Type": "application/json"}
        )
        reply = connection.getresponse()
        said = reply.read()
        assert reply.status == 200, said
        return json.loads(said) if said else None
    finally:
        connection.close()
