"""What is built: by both generators, small, whole, and without a row of anybody's data."""

import csv
import gzip
import html
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

import pytest
from built_site import CONFIG, Site, build, build_all, project
from fleet import lay_fleet
from house import REPOSITORY
from playwright.sync_api import BrowserContext
from xss import MARK

from pipeline.config import read_raw
from pipeline.report.finish import finish
from pipeline.report.finish.policy import digests
from pipeline.report.gather import gather_facts
from pipeline.report.pages import render

KIB = 1024


def test_every_link_and_anchor_is_there(site: Site) -> None:
    assert site.broken == ""


def test_the_sources_are_never_where_a_site_is_built() -> None:
    config = CONFIG.read_text("utf-8")

    assert re.findall(r"^(site_dir|docs_dir): (.*)$", config, re.MULTILINE) == [
        ("docs_dir", "build/docs"),
        ("site_dir", "build/public"),
    ]
    assert re.findall(r"^strict: (.*)$", config, re.MULTILINE) == ["true"]


@pytest.mark.git
def test_git_keeps_the_sources() -> None:
    for place in ("site", "site/templates/parts.j2", "site/assets/css/tokens.css"):
        told = subprocess.run(["git", "check-ignore", "-q", place], cwd=REPOSITORY, check=False)
        assert told.returncode == 1, place


def test_every_page_of_the_guide_is_in_the_nav_once() -> None:
    listed = re.findall(r"- (guide/\S+\.md)$", CONFIG.read_text("utf-8"), re.MULTILINE)
    content = REPOSITORY / "site" / "content"

    assert sorted(listed) == sorted(
        path.relative_to(content).as_posix() for path in content.rglob("*.md")
    )


class _Parts(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_every_page_has_a_policy_that_its_own_scripts_pass(site: Site) -> None:
    for page in site.public.rglob("*.html"):
        text = page.read_text("utf-8")
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert policy, page
        scripts = re.search(r"script-src ([^;]*)", policy[1])
        assert scripts
        assert scripts[1].split() == ["'self'", "'wasm-unsafe-eval'", *digests(text)]
        assert "://" not in policy[1]


def test_hostile_words_add_no_tag_and_no_attribute(site: Site) -> None:
    for page in site.public.rglob("*.html"):
        parts = _Parts(page.read_text("utf-8"))
        assert not {name for name in parts.attributes if name.startswith("on")}, page
        assert not {"iframe", "embed", "object"} & set(parts.tags), page
    kinds = [
        sorted(set(_Parts((site.public / f"models/{name}/index.html").read_text("utf-8")).tags))
        for name in ("m001", "m002")
    ]
    assert set(kinds[1]) - set(kinds[0]) <= {"section"}  # its alert


def test_no_page_asks_another_host_for_anything(site: Site) -> None:
    fetched = re.compile(r"""(?:src|srcset|poster)=["']?(?:https?:)?//|@import|url\(["']?http""")
    for page in site.public.rglob("*.html"):
        assert not fetched.search(page.read_text("utf-8")), page
    for sheet in (site.public / "assets").rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", sheet.read_text("utf-8")), sheet


def wire(path: Path) -> int:
    """Bytes of a file as a static host sends it."""
    raw = path.read_bytes()
    return min(len(raw), len(gzip.compress(raw, 6)))


def weight(site: Site, context: BrowserContext, overview: Path) -> int:
    """Bytes of everything that the overview asks for, with that page in its place."""
    asked: set[str] = set()
    page = context.new_page()
    page.on("request", lambda request: asked.add(request.url))
    page.goto(site.address, wait_until="networkidle")
    files = [url.removeprefix(site.address).partition("?")[0] for url in asked - {site.address}]
    return wire(overview) + sum(wire(site.public / name) for name in files)


@pytest.mark.chromium
def test_the_overview_of_six_models_is_light(site: Site, desk: BrowserContext) -> None:
    assert weight(site, desk, site.public / "index.html") <= 130 * KIB


@pytest.mark.chromium
def test_the_overview_of_two_hundred_models_is_light(
    site: Site, desk: BrowserContext, tmp_path: Path
) -> None:
    """Of the two hundred, the overview alone is built; a course has 45 points at most."""
    fleet = lay_fleet(tmp_path / "fleet", 200, versions=2, days=45)
    project(tmp_path / "site")
    pages = dict(islice(render(gather_facts(fleet.root)), 1))
    alone = tmp_path / "site" / "build" / "docs"
    alone.mkdir(parents=True)
    (alone / "index.md").write_bytes(pages["index.md"])
    config = tmp_path / "site" / "mkdocs.yml"
    text = config.read_text("utf-8").replace("strict: true", "strict: false")
    config.write_text(text, "utf-8")
    public = build(tmp_path / "site", "mkdocs", "build", "--quiet")
    finish(public)

    overview = (public / "index.html").read_text("utf-8")
    assert overview.count('<tr role="row">') == 201
    assert weight(site, desk, public / "index.html") <= 250 * KIB


@pytest.mark.chromium
def test_zensical_builds_the_same_site(site: Site, desk: BrowserContext, tmp_path: Path) -> None:
    project(tmp_path)
    shutil.rmtree(tmp_path / "site" / "theme", ignore_errors=True)
    (tmp_path / "site" / "theme").unlink(missing_ok=True)
    shutil.copytree(REPOSITORY / "site" / "theme", tmp_path / "site" / "theme")
    shutil.copytree(site.public.parent / "docs", tmp_path / "build" / "docs")
    public = build(tmp_path, "zensical", "build", "--strict")

    def pages(folder: Path) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}

    assert pages(public) == pages(site.public)
    assert finish(public) == []
    for path in ("index.html", "models/m002/index.html"):
        ours, theirs = desk.new_page(), desk.new_page()
        ours.goto((site.public / path).as_uri())
        theirs.goto((public / path).as_uri())
        assert theirs.locator("article.mp").all_inner_texts() == (
            ours.locator("article.mp").all_inner_texts()
        )
        assert theirs.evaluate(f"window.{MARK}") is None


LONG = 30
"""Characters of a row's text that are no coincidence."""


def _texts() -> set[str]:
    """The beginning of every long text of the shipped tables."""
    found = set()
    for name, block in read_raw(REPOSITORY)[1]["models"].items():
        fields = [key for key, one in block["features"].items() if one["kind"] == "text"]
        with (REPOSITORY / "data" / name / "table.csv").open(encoding="utf-8", newline="") as rows:
            texts = [row[field] for row in csv.DictReader(rows) for field in fields]
        found |= {text[:LONG] for text in texts if len(text) >= LONG}
    return found


def test_the_repositorys_own_site_is_whole_and_holds_no_text_of_a_row(tmp_path: Path) -> None:
    public = build_all(REPOSITORY, tmp_path)
    texts = _texts()

    assert (tmp_path / "broken.txt").read_text("utf-8") == ""
    assert len(texts) > 1000
    kept = [
        path
        for path in [*public.rglob("*"), *(tmp_path / "build" / "docs").rglob("*.md")]
        if path.is_file() and not {"assets", "guide", "schemas"} & set(path.parts)
    ]
    assert len(kept) > 50
    for path in kept:
        text = html.unescape(path.read_bytes().decode("utf-8", "replace"))
        windows = {text[at : at + LONG] for at in range(max(len(text) - LONG + 1, 0))}
        assert not texts & windows, path
