"""`/docs` in a real browser: every example is sent, and answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import chromium, visiting
from playwright.sync_api import Browser, expect
from serving import Running, serving

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_every_example_is_answered_when_it_is_sent(fast: Running, browser: Browser) -> None:
    endpoints = sum(len(methods) for methods in fast.get("/openapi.json").json["paths"].values())
    with visiting(browser, fast, "/docs") as visit:
        rows = visit.page.locator("#paths > li > details")
        expect(rows).to_have_count(endpoints)
        for row in rows.all():
            row.locator("summary").click()
            row.get_by_role("button", name="Send").click()
            path = row.locator("summary code").inner_text()
            expect(row.get_by_role("region", name=f"Reply of {path}")).to_contain_text("200\n")
        assert visit.said == []
        assert visit.hosts == {f"127.0.0.1:{fast.port}"}


def test_what_is_typed_is_what_is_sent(fast: Running, browser: Browser) -> None:
    with visiting(browser, fast, "/docs") as visit:
        row = visit.page.locator("details", has=visit.page.get_by_text("/models/iris/predict"))
        row.locator("summary").click()
        row.locator("textarea").fill('{"x": 1}')
        row.get_by_role("button", name="Send").click()
        expect(row.locator("[role=region]")).to_contain_text("unknown field `x`")


def test_a_key_is_asked_for_and_sent(root: Path, browser: Browser) -> None:
    with (
        serving(root, "--key", "s3cret") as running,
        visiting(browser, running, "/docs") as visit,
    ):
        row = visit.page.locator("details", has=visit.page.get_by_text("/models/iris/predict"))
        row.locator("summary").click()
        row.get_by_role("button", name="Send").click()
        expect(row.locator("[role=region]")).to_contain_text("401")
        key = visit.page.get_by_label("This service wants a key.")
        expect(key).to_be_focused()
        key.fill("s3cret")
        key.press("Enter")
        row.get_by_role("button", name="Send").click()
        expect(row.locator("[role=region]")).to_contain_text("200")


@pytest.mark.parametrize("width", [320, 360, 1366])
def test_it_fits_every_window(fast: Running, browser: Browser, width: int) -> None:
    size = {"width": width, "height": 800}
    with visiting(browser, fast, "/docs", viewport=size) as visit:
        expect(visit.page.locator("#paths summary").first).to_be_visible()
        for summary in visit.page.locator("#paths summary").all():
            summary.click()
        assert visit.overflow() <= 0
