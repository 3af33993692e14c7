"""Every page where visitors see it: no fault, no foreign host, nothing that axe finds."""

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from built_site import Site
from playwright.sync_api import Browser, BrowserContext, Page, expect
from xss import MARK

pytestmark = pytest.mark.chromium

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watched:
    """A tab, what it complained about and whom it asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", lambda said: self.said.append(f"{page.url}: {said.type}: {said.text}"))
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))
        page.on("request", lambda asked: self.hosts.add(urlsplit(asked.url).netloc))
        page.on("dialog", lambda dialog: dialog.dismiss())


_RUN = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"


def violations(page: Page) -> list[str]:
    found: Any = page.evaluate(_RUN, RULES)
    return [
        f"{page.url}: {one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def mounted(page: Page) -> None:
    """Wait until the page's scripts have seen it all: the last of them marks it."""
    expect(page.locator("html[data-mounted]")).to_be_attached()


@pytest.mark.parametrize(
    ("theme", "width"),
    [
        ("light", 1366),
        ("dark", 390),
        ("dark", 1366),
        ("light", 390),
    ],
)
def test_axe_finds_nothing_and_no_page_complains(
    site: Site, browser: Browser, axe: str, theme: Literal["light", "dark"], width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 860}, color_scheme=theme, is_mobile=width < 500
    )
    tab = Watched(context.new_page())
    found: list[str] = []
    hostile = "models/m002/"  # as long as all others together, and of a kind with m001
    pages = [*site.pages, "playground/"]
    for path in pages if theme == "light" else [one for one in pages if one != hostile]:
        tab.page.goto(site.address + path)
        tab.page.evaluate(axe)
        found += violations(tab.page)
        assert tab.page.evaluate(f"window.{MARK}") is None, path
    context.close()

    assert found == []
    assert tab.said == []
    assert tab.hosts == {urlsplit(site.address).netloc}


@pytest.mark.parametrize("width", [320, 768, 1366])
def test_nothing_has_to_be_scrolled_sideways(site: Site, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    wide = []
    for path in [*site.pages, "playground/"]:
        page.goto(site.address + path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    context.close()

    assert wide == []


def test_where_the_keyboard_is_can_be_seen(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(f"{site.address}models/m001/")
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focused: Any = page.evaluate(
            """() => {
                const one = document.activeElement;
                const style = getComputedStyle(one);
                const bare = style.outlineStyle === "none" && style.boxShadow === "none";
                return one === document.body ? null : [bare, one.outerHTML.slice(0, 120)];
            }"""
        )
        if focused and focused[0]:
            unseen.append(focused[1])

    # The theme shows the field of its search by the dialog that it opens.
    assert [html for html in unseen if "md-search__input" not in html] == []


@pytest.mark.parametrize("path", ["", "models/m001/", "drift/", "registry/", "runs/", "pipeline/"])
def test_all_is_there_without_scripts(site: Site, browser: Browser, path: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + path)
    body = page.locator("main").inner_text()
    idle = page.locator(".needs-script:visible").count()
    context.close()

    expected = {
        "": ["SMS spam", "Recent activity", "rules"],
        "models/m001/": ["Performance", "SMS spam", "floor:precision", "SHA-256", "Limitations"],
        "drift/": ["of its limit", "SMS spam"],
        "registry/": ["SMS spam", "production"],
        "runs/": ["Accepted", "SMS spam"],
        "pipeline/": ["prepare", "gate", "ran"],
    }[path]
    assert [word for word in expected if word.lower() not in body.lower()] == []
    assert idle == 0


def test_pages_from_a_disk_are_complete_and_silent(site: Site, desk: BrowserContext) -> None:
    tab = Watched(desk.new_page())
    tab.page.goto((site.public / "index.html").as_uri())
    assert "SMS spam" in tab.page.locator("main").inner_text()
    tab.page.get_by_role("rowheader", name="SMS spam").get_by_role("link").first.click()
    tab.page.wait_for_url("**/models/m001/index.html")
    assert tab.page.locator(".mp-plot svg").count() > 3
    tab.page.get_by_role("link", name="Models").first.click()
    tab.page.wait_for_url("**/public/index.html")
    assert tab.said == []


def test_a_page_says_its_age(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(site.address)
    built = page.locator("[data-stale]").first.get_attribute("data-stale")
    assert built

    young, old = desk.new_page(), desk.new_page()
    young.clock.install(time=built)
    young.goto(site.address)
    expect(young.locator("time[title]").first).to_be_attached()
    expect(young.locator("[data-stale]:visible")).to_have_count(0)
    old.clock.install(time=f"{int(built[:4]) + 1}{built[4:]}")
    old.goto(site.address)
    expect(old.locator("[data-stale]:visible")).to_contain_text("12 months ago")


def test_a_table_shows_only_what_is_asked_for(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(site.address)
    mounted(page)
    page.get_by_placeholder("Filter by name").fill("sms SPAM")

    expect(page.locator("[data-count]").first).to_contain_text("of 6")
    shown = page.locator("#fleet tbody tr:visible")
    assert 0 < shown.count() < 6
    assert {"SMS spam" in text for text in shown.all_inner_texts()} == {True}
    assert f"{shown.count()} of 6" in page.locator("[data-count]").first.inner_text()


def test_pointing_at_a_chart_tells_its_row(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(f"{site.address}models/m001/")
    mounted(page)
    plot = page.locator("[data-tips]").first
    plot.hover()
    told = plot.locator(".tip").inner_text()

    day = re.search(r"\d+ \w+ 20\d\d", told)
    assert day
    assert day[0] in page.locator(".mp-data").first.text_content() or ""


def test_the_threshold_explorer_starts_at_the_model_and_finds_the_cheapest(
    site: Site, desk: BrowserContext
) -> None:
    page = desk.new_page()
    page.goto(f"{site.address}models/m001/")
    mounted(page)
    explorer = page.locator("[data-threshold]")
    cells = explorer.locator(".mp-matrix tbody td:not(.recall)")
    before = [int(text) for text in cells.all_inner_texts()]
    precision = float(explorer.locator("[data-figure=precision]").inner_text())
    assert precision == pytest.approx(before[3] / (before[1] + before[3]), abs=6e-4)

    def cost() -> int:
        return int(explorer.locator("[data-figure=cost]").inner_text().replace(",", ""))

    assert cost() == before[1] + 5 * before[2]
    first = cost()
    explorer.get_by_role("button", name="Cheapest threshold").click()
    after = [int(text) for text in cells.all_inner_texts()]
    assert sum(after) == sum(before)
    assert cost() == after[1] + 5 * after[2] <= first


def test_a_day_and_two_versions_can_be_asked_for(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(f"{site.address}registry/")
    mounted(page)
    row = page.locator("[data-terms]").first
    now = row.locator("[data-then]").inner_text()
    page.get_by_label("In production at the end").fill("2026-01-01")
    assert row.locator("[data-then]").inner_text() not in ("", now)
    page.get_by_label("In production at the end").fill("2020-01-01")
    assert row.locator("[data-then]").inner_text() == "nothing"

    compared = page.locator("[data-compared]")
    compared.locator("tbody tr").first.wait_for()
    page.get_by_label("Model").and_(page.locator("select")).select_option("m001")
    compared.get_by_text("Average precision").wait_for()
    page.get_by_label("with").select_option("v1.0.0")
    assert compared.locator("thead").inner_text().split() == [
        "Of",
        "v1.0.2",
        "v1.0.0",
        "Difference",
    ]


def test_the_policy_stops_a_script_that_came_in(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(site.address)
    page.evaluate(
        f"""document.body.insertAdjacentHTML(
            "beforeend", "<img src=nowhere onerror='window.{MARK}=1'>")"""
    )
    page.wait_for_timeout(200)

    assert page.evaluate(f"window.{MARK}") is None


def test_paper_shows_the_page_without_its_bars(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(f"{site.address}models/m001/")
    page.emulate_media(media="print")

    assert not page.locator(".md-header").is_visible()
    assert page.locator(".needs-script:visible, .mp-data:visible").count() == 0
    assert page.locator(".mp-plot:visible").count() > 3
    assert len(page.pdf()) > 10_000


def test_hostile_words_stand_as_they_are(site: Site, desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(f"{site.address}models/m002/")
    text = page.locator("main").inner_text()

    assert f"<img src=x onerror=window.{MARK}=1>" in text
    assert page.locator("main iframe, main img, main [onerror], main [onclick]").count() == 0
    assert page.evaluate(f"window.{MARK}") is None
    assert Path(page.url).name == "m002"
