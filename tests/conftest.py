"""
What every test may lean on, and the suites that need more than Python.

A suite whose program or data is missing is left out and named at the end; with
`MODELPRESS_EVERY_SUITE=1`, as CI sets it, that is a failure.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from house import House
from hypothesis import settings

REPOSITORY = Path(__file__).parent.parent
IN_CI = os.environ.get("MODELPRESS_EVERY_SUITE") == "1"

# CI judges a change, the same way each time; looking for new cases is for people at their desks.
# No test asserts a time: a busy machine is no defect.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if IN_CI else "desk")


@cache
def _may_mount() -> bool:
    if not (shutil.which("unshare") and shutil.which("nsenter")):
        return False
    attempt = ["unshare", "--user", "--map-root-user", "--mount"]
    attempt += ["mount", "-t", "tmpfs", "none", str(REPOSITORY / "tests")]
    return subprocess.run(attempt, capture_output=True, check=False).returncode == 0


class Suite(NamedTuple):
    """Tests under one marker, and what they need."""

    available: Callable[[], bool]
    needs: str


SUITES = {
    "realdata": Suite(
        lambda: Path(os.environ.get("MODELPRESS_DATA", "/nowhere")).is_dir(),
        "the public tables: MODELPRESS_DATA names their folder",
    ),
    "strace": Suite(lambda: shutil.which("strace") is not None, "the program strace"),
    "chromium": Suite(lambda: shutil.which("chromium") is not None, "the program chromium"),
    "tmpfs": Suite(
        _may_mount,
        "the programs unshare and nsenter, and a kernel that lets us mount in a namespace of ours",
    ),
    "git": Suite(lambda: shutil.which("git") is not None, "the program git"),
    "prometheus": Suite(
        lambda: all(map(shutil.which, ("prometheus", "promtool", "amtool"))),
        "the programs prometheus, promtool, amtool and alertmanager",
    ),
}


def _left_out() -> list[str]:
    return [name for name, suite in SUITES.items() if not suite.available()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for name in _left_out():
        skip = pytest.mark.skip(reason=f"needs {SUITES[name].needs}")
        for item in items:
            if item.get_closest_marker(name):
                item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in _left_out():
        terminalreporter.write_line(f"left out: the suite `{name}`, needs {SUITES[name].needs}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    on_worker = hasattr(session.config, "workerinput")
    if _left_out() and IN_CI and not on_worker:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A repository of its own, without models."""
    return House.make(tmp_path / "house")


@pytest.fixture
def realdata() -> Path:
    """The folder of public tables."""
    return Path(os.environ["MODELPRESS_DATA"])
