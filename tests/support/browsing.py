"""A real Chromium, and what its pages say and ask for."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import PATIENCE, Running

# A busy machine is no defect.
expect.set_options(timeout=PATIENCE * 1000)

EVERY = 5_000
"""Milliseconds between two looks of the dashboard."""


@contextlib.contextmanager
def chromium(*words: str) -> Iterator[Browser]:
    """
    Run the system's Chromium, told some words, until the block ends.

    For a module of tests at most: while Playwright runs, no other and no `asyncio.run` can.
    """
    program = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *words])
        yield browser
        browser.close()


@dataclass
class Visit:
    """
    A page of a service, and what became of it.

    Attributes:
        said: What the page has complained about.
        asked: Every address that it has asked for.
    """

    page: Page
    running: Running
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.said.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    @property
    def hosts(self) -> set[str]:
        """Name whom it has asked."""
        return {urlsplit(url).netloc for url in self.asked}

    def text(self, place: str) -> str:
        """Read what stands at a place."""
        return self.page.locator(place).inner_text()

    def look_again(self) -> None:
        """Let five seconds pass for the page, and wait until it shows what it then saw."""
        shown = self.page.locator("#seen")
        before = shown.text_content()
        with self.page.expect_response(lambda reply: reply.url.endswith("/metrics")):
            self.page.clock.fast_forward(EVERY)
        expect(shown).not_to_have_text(before or "")

    def overflow(self) -> Any:
        """Give how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@contextlib.contextmanager
def visiting(browser: Browser, running: Running, path: str, **options: Any) -> Iterator[Visit]:
    """Open a page of a service, with the page's clock in our hands."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.clock.install()
    visit = Visit(page, running)
    page.goto(f"http://127.0.0.1:{running.port}{path}")
    yield visit
    context.close()
