"""A site of six models with hostile words in it, in a real Chromium."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import chromium
from built_site import Site, build_all, served
from fleet import add_promotion, lay_fleet
from npm import alone_in, install
from playwright.sync_api import Browser, BrowserContext
from xss import CORPUS, HOSTILE

HERE = Path(__file__).parent


def _spoil(root: Path) -> None:
    """Put hostile words wherever people or data put words."""
    params = root / "params.yaml"
    text = params.read_text("utf-8")
    title = re.compile(r"^(  m002:.*\n(?:    .*\n)*?    title: ).*$", re.MULTILINE)
    assert title.search(text)
    params.write_text(title.sub(lambda found: found[1] + json.dumps(HOSTILE), text), "utf-8")
    for number, card in enumerate(sorted(root.glob("models/m002/v*/card.json"))):
        fields = json.loads(card.read_text("utf-8"))
        for one in fields["inputs"]:
            if one["kind"] == "categorical":
                one["categories"] = [*CORPUS, *one["categories"]]
                one["typical"] = CORPUS[number % len(CORPUS)]
        for rule in fields["gate"]["rules"]:
            rule["reason"] = HOSTILE
        card.unlink()  # it may be a link to one that others share
        card.write_text(json.dumps(fields), "utf-8")
    for day in root.glob("monitoring/m002/*.json"):
        fields = json.loads(day.read_text("utf-8"))
        fields["alert"] = {
            "drift:" + CORPUS[1]: {
                "state": "alert", "since": fields["date"], "reason": HOSTILE,
                "action": "retrain", "recent": [True], "opened": fields["date"], "closed": "",
            }
        }  # fmt: skip
        day.unlink()
        day.write_text(json.dumps(fields), "utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Build the site once, whatever the workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "site"
    with alone_in(shared):
        if not folder.exists():
            fleet = lay_fleet(shared / "fleet", 6, versions=4, days=20)
            _spoil(fleet.root)
            add_promotion(fleet, "m002", "v1.0.0", HOSTILE)
            build_all(fleet.root, folder)
    models = tuple(f"m{number:03d}" for number in range(6))
    with served(folder / "build" / "public") as address:
        yield Site(folder / "build" / "public", address, models)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1366, "height": 860})
    yield context
    context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    install(HERE)
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
