"""The services that tests ask: one for each way through, shared by a worker's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Running, checkout, serving


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with all shipped models."""
    return checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def fast(root: Path) -> Iterator[Running]:
    """A service with the lane."""
    with serving(root) as running:
        yield running


@pytest.fixture(scope="session")
def slow(root: Path) -> Iterator[Running]:
    """A service in which everything takes the framework's way."""
    with serving(root, "--fast", "no") as running:
        yield running


@pytest.fixture(params=["fast", "slow"])
def service(request: pytest.FixtureRequest) -> Running:
    """Each of the two."""
    running: Running = request.getfixturevalue(request.param)
    return running


@pytest.fixture(scope="session", params=["fast", "slow"])
def hasty(request: pytest.FixtureRequest, root: Path) -> Iterator[Running]:
    """Each of the two, with little patience."""
    options = ("--deadline", "1", "--fast", "yes" if request.param == "fast" else "no")
    with serving(root, *options) as running:
        yield running
