"""Lock files: hashes everywhere, addresses nowhere, one set of versions."""

import re
from pathlib import Path

import pytest
from house import REPOSITORY

LOCKS = sorted((REPOSITORY / "requirements").glob("*.lock"))
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_hashes_and_no_line_an_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    pins = re.split(r"\n(?=[A-Za-z0-9])", text.strip())

    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_smaller_locks_are_parts_of_the_larger_at_the_same_versions() -> None:
    runtime, pipeline, dev = (
        dict(_PIN.findall((REPOSITORY / "requirements" / f"{name}.lock").read_text("utf-8")))
        for name in ("runtime", "pipeline", "dev")
    )

    assert runtime.items() <= pipeline.items() <= dev.items()


def test_protobuf_stays_below_7() -> None:
    """Version 7 breaks the conversion of gradient boosting."""
    pins = dict(_PIN.findall((REPOSITORY / "requirements" / "pipeline.lock").read_text("utf-8")))

    assert int(pins["protobuf"].split(".")[0]) < 7


def test_every_dependency_has_its_reason_in_contributing() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    block = project[project.index("dependencies = [") : project.index("[project.scripts]")]
    names = re.findall(r'^    "([A-Za-z0-9._-]+)', block, re.MULTILINE)
    reasons = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")

    assert names
    assert [name for name in names if f"`{name}`" not in reasons] == []
