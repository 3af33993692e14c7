"""The files of deploy/, and the programs that read them."""

import json
import re
import runpy
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY
from ruamel.yaml import YAML

DEPLOY = REPOSITORY / "deploy"
SECONDS = 60
_LISTENING = re.compile(r'msg="Listening on" address=\S+:(\d+)')


def poll(question: Callable[[], Any], told: Callable[[], str] = lambda: "") -> Any:
    """Ask until there is an answer; fails after a minute, with what was told until then."""
    deadline = time.monotonic() + SECONDS
    while not (answer := question()):
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)
    return answer


def port_of(program: subprocess.Popen[bytes], log: Path) -> int:
    """Wait until a program of the Prometheus family says on which port it listens."""

    def said() -> re.Match[str] | None:
        assert program.poll() is None, log.read_text("utf-8")
        return _LISTENING.search(log.read_text("utf-8"))

    return int(poll(said, lambda: log.read_text("utf-8"))[1])


def end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(SECONDS)
    finally:
        program.kill()
        program.wait()


@pytest.fixture(scope="session", name="poll")
def _poll() -> Callable[..., Any]:
    """Ask until there is an answer."""
    return poll


@pytest.fixture(scope="session")
def names() -> dict[str, Any]:
    """What `metric_names.py` says: tests are files, and import no file beside them."""
    return runpy.run_path(str(Path(__file__).with_name("metric_names.py")))


@pytest.fixture(scope="session")
def load() -> Callable[[Path], Any]:
    """Read a YAML file below deploy/."""
    return lambda place: YAML(typ="safe", pure=True).load(DEPLOY / place)


@pytest.fixture(scope="session")
def rules(load: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Every alert."""
    return [rule for group in load("prometheus/rules.yml")["groups"] for rule in group["rules"]]


@pytest.fixture(scope="session")
def board() -> dict[str, Any]:
    """The dashboard."""
    found: dict[str, Any] = json.loads(
        (DEPLOY / "grafana/dashboards/modelpress.json").read_text("utf-8")
    )
    return found


@pytest.fixture(scope="session")
def queries(board: dict[str, Any]) -> dict[str, str]:
    """Every query of the dashboard, with all of its variables said."""
    said = {"$__rate_interval": "5s", "$instance": ".*", "$model": ".*"}
    told = {}
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            text = target["expr"]
            for variable, value in said.items():
                text = text.replace(variable, value)
            told[f"{panel['title']} {target['refId']}"] = text
    return told


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., int]]:
    """Start Prometheus or Alertmanager on a free port, and give the port."""
    with ExitStack() as stack:

        def starting(name: str, *options: str) -> int:
            folder = tmp_path_factory.mktemp(name)
            path = shutil.which(f"prometheus-{name}") or shutil.which(name)
            assert path, f"the program {name} is not there"
            command: Sequence[str] = (path, "--web.listen-address=127.0.0.1:0", *options)
            log = folder / "log"
            with log.open("wb") as file:
                program = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file)
            stack.callback(end, program)
            return port_of(program, log)

        yield starting
