"""One built site and one Chromium for all tests of the pages that need a browser."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import chromium
from edge import serving
from house import REPOSITORY
from npm import alone_in, install
from playwright.sync_api import Browser, Page, expect
from serving import PATIENCE
from trial import build_trial

SUB_PATH = "some/path"
"""Where a project's Pages lie: never at the top."""


@dataclass
class Visitor:
    """
    A page, and what became of it.

    Attributes:
        said: What the page has complained about.
        asked: Every address that it has asked for.
    """

    page: Page
    root: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.said.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str) -> "Visitor":
        """Go to a page of the site."""
        self.page.goto(self.root + path)
        return self

    def try_model(self, name: str = "spam") -> "Visitor":
        """Open the playground, and wait until all of it is there."""
        self.open(f"playground/?model={name}")
        expect(self.page.locator("#pg[data-state=complete]")).to_be_visible()
        return self

    @property
    def hosts(self) -> set[str]:
        """Name whom it has asked."""
        return {urlsplit(url).netloc for url in self.asked if url.startswith("http")}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site built once, whatever the workers; it lies below a sub-path."""
    install(REPOSITORY / "site")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    place = shared / "trial" / "served" / SUB_PATH
    with alone_in(shared), pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_SERVER_URL", "https://github.com")
        patch.setenv("GITHUB_REPOSITORY", "owner/repository")
        if not place.exists():
            public = build_trial(shared / "trial")
            place.parent.mkdir(parents=True)
            place.symlink_to(public)
    return place


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, to every origin, as Pages does."""
    with serving(site.parents[len(Path(SUB_PATH).parts) - 1]) as port:
        yield f"http://127.0.0.1:{port}/{SUB_PATH}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with chromium() as running:
        yield running


Visiting = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visiting]:
    """Make a visitor with an empty cache; options are those of a Playwright context."""
    with contextlib.ExitStack() as stack:

        def visiting(**options: Any) -> Visitor:
            context = browser.new_context(**options)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE * 1000)
            return Visitor(context.new_page(), address)

        yield visiting


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    folder = REPOSITORY / "tests" / "site"
    install(folder)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
