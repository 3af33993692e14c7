"""Each container of compose.yaml is confined, pinned and watched, and finds the others."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
PINNED = re.compile(r"[a-z0-9./-]+:[A-Za-z0-9._-]*\d[A-Za-z0-9._-]*@sha256:[0-9a-f]{64}")
# All keys that a service may have here; another is a slip, or needs a thought.
KEYS = {
    *("build", "cap_add", "cap_drop", "command", "depends_on", "env_file", "environment"),
    *("extra_hosts", "healthcheck", "image", "init", "logging", "mem_limit", "networks"),
    *("pids_limit", "ports", "profiles", "read_only", "restart", "security_opt"),
    *("stop_grace_period", "tmpfs", "user", "volumes"),
}
NAMES = ["alertmanager", "caddy", "gate", "grafana", "modelpress", "prometheus", "tunnel"]
TO_THE_WORLD = {"caddy"}


@pytest.fixture(scope="module")
def compose(load: Callable[[str], Any]) -> dict[str, Any]:
    """Read the file."""
    found: dict[str, Any] = load("compose.yaml")
    return found


@pytest.fixture(params=NAMES)
def service(request: pytest.FixtureRequest, compose: dict[str, Any]) -> dict[str, Any]:
    """One container after the other."""
    found: dict[str, Any] = compose["services"][request.param]
    return found | {"name": request.param}


def test_these_are_all(compose: dict[str, Any]) -> None:
    assert sorted(compose["services"]) == NAMES
    assert {key for key in compose if not key.startswith("x-")} == {
        *("name", "services", "networks", "volumes")
    }


def test_it_is_confined(service: dict[str, Any]) -> None:
    assert service.keys() <= KEYS | {"name"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", ["NET_BIND_SERVICE"]) == ["NET_BIND_SERVICE"]
    assert service["pids_limit"] <= 256
    assert re.fullmatch(r"\d+m", service["mem_limit"])
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert not re.match(r"(?:root|0)\b", service.get("user", ""))


def test_its_image_is_pinned(service: dict[str, Any]) -> None:
    if "build" in service:
        assert service["image"] == "modelpress:local"
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    else:
        assert PINNED.fullmatch(service["image"])


def test_it_is_watched(service: dict[str, Any]) -> None:
    check = service["healthcheck"]
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()
    if "build" in service:
        assert "\nHEALTHCHECK " in (DEPLOY / "Dockerfile").read_text("utf-8")
    else:
        assert check["test"][0] == "CMD"


def test_it_is_open_to_this_machine_only(service: dict[str, Any]) -> None:
    if service["name"] not in TO_THE_WORLD:
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_its_volumes_are_there(service: dict[str, Any], compose: dict[str, Any]) -> None:
    for volume in service.get("volumes", ()):
        if volume["type"] == "volume":
            assert volume["source"] in compose["volumes"]
            continue
        place = (DEPLOY / volume["source"]).resolve()
        assert volume["read_only"] is True
        assert place.is_relative_to(REPOSITORY)
        assert place.is_dir() or place.name == "monitoring"  # `modelpress monitor` makes it


def test_its_networks_and_those_it_waits_for_are_there(
    service: dict[str, Any], compose: dict[str, Any]
) -> None:
    assert set(service["networks"]) <= set(compose["networks"])
    for name, condition in service.get("depends_on", {}).items():
        assert condition == {"condition": "service_healthy"}
        other = compose["services"][name]
        assert set(other.get("profiles", ())) <= set(service.get("profiles", ()))
        assert set(other["networks"]) & set(service["networks"])


def test_no_secret_is_written_down(service: dict[str, Any]) -> None:
    for name, value in service.get("environment", {}).items():
        if re.search(r"TOKEN|KEY|PASSWORD|SECRET", name):
            assert value == f"${{{name}:-}}"


def test_the_gate_and_the_tunnel_see_nothing_but_the_service(compose: dict[str, Any]) -> None:
    near = {name for name, x in compose["services"].items() if "edge" in x["networks"]}

    assert near == {"modelpress", "caddy", "gate", "tunnel"}


def test_only_what_was_asked_for_is_started(compose: dict[str, Any]) -> None:
    profiles = {name: x.get("profiles") for name, x in compose["services"].items()}

    assert {name: x for name, x in profiles.items() if x} == {
        "caddy": ["tls"],
        "gate": ["tunnel"],
        "tunnel": ["tunnel"],
    }


def test_addresses_in_the_files_are_those_of_the_containers(
    compose: dict[str, Any], load: Callable[[str], Any], board: dict[str, Any]
) -> None:
    services = compose["services"]
    prometheus = load("prometheus/prometheus.yml")
    source = load("grafana/provisioning/datasources/prometheus.yml")["datasources"][0]
    caddyfile = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
    alerting = prometheus["alerting"]["alertmanagers"][0]["static_configs"]

    assert prometheus["scrape_configs"][0]["static_configs"] == [{"targets": ["modelpress:8000"]}]
    assert alerting == [{"targets": ["alertmanager:9093"]}]
    assert source["url"] == "http://prometheus:9090"
    assert "reverse_proxy modelpress:8000 {" in caddyfile
    assert services["modelpress"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
    link = services["modelpress"]["environment"]["MODELPRESS_GRAFANA"]
    assert link.endswith(f"/d/{board['uid']}")


def test_the_gate_keeps_inside_what_is_for_us() -> None:
    caddyfile = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
    inside = re.search(r"@inside path (.+)", caddyfile)

    assert inside
    assert inside[1].split() == [
        path
        for root in ("/metrics", "/reload", "/reload-model", "/debug")
        for path in (root, f"{root}/*")
        if path != "/debug/"
    ]
    assert re.search(r"handle @inside \{\s+respond 404\s+\}", caddyfile)
    assert caddyfile.count("reverse_proxy") == 1


def test_the_settings_of_one_place_are_kept_out_of_git(compose: dict[str, Any]) -> None:
    ignored = (DEPLOY / ".gitignore").read_text("utf-8").split("\n")

    assert compose["services"]["modelpress"]["env_file"] == [
        {"path": "service.env", "required": False}
    ]
    assert "service.env" in ignored


def test_compose_reads_it_as_we_do(compose: dict[str, Any]) -> None:
    """Where the plugin is installed; without it, the tests above are all there is."""
    command = ["docker", "compose", "--file", str(DEPLOY / "compose.yaml")]
    command += ["--profile", "tls", "--profile", "tunnel", "config", "--format", "json"]
    if not _has_compose():
        pytest.skip("docker has no compose here")
    found = subprocess.run(command, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stderr
    read = json.loads(found.stdout)["services"]
    assert sorted(read) == sorted(compose["services"])
    assert all(x["read_only"] for x in read.values())
    assert not read["gate"].get("ports")


def _has_compose() -> bool:
    docker = shutil.which("docker")
    words = ["compose", "version"]
    return (
        bool(docker)
        and (
            subprocess.run([str(Path(str(docker))), *words], capture_output=True, check=False)
        ).returncode
        == 0
    )
