"""The guide's page on the edge runtime says what is."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from edge import ASSETS, live, live_file, serving
from edge_weight import EVALUATOR, RUNTIME, fetched, zipped
from house import REPOSITORY
from playwright.sync_api import expect

from modelpress.guard import NEWEST_SETS, OPERATORS
from modelpress.model import Model

PAGE = (REPOSITORY / "site" / "content" / "guide" / "edge.md").read_text("utf-8")
SPAM = live_file("spam")
ADDRESS = "https://me.github.io/models"


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_its_operators_are_those_of_the_guard_and_of_the_evaluator(edge: Any) -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (\d+) \| (.*) \|$", PAGE, re.MULTILINE)
    told = {name: (int(newest), set(re.findall(r"`(\w+)`", rest))) for name, newest, rest in rows}
    known = {name or "ai.onnx": (NEWEST_SETS[name], set(x)) for name, x in OPERATORS.items()}
    implemented = {
        name or "ai.onnx": (newest, set(operators))
        for name, (newest, operators) in edge.ask(ask="operators").items()
    }

    assert told == known == implemented


def test_its_sizes_are_those_of_today(packed: Path) -> None:
    eager = fetched(RUNTIME / "modelpress.js")
    late = set().union(*(fetched(RUNTIME / f"{name}.js") for name in EVALUATOR)) - eager

    files = [{packed}, eager, late, {RUNTIME / "refusal.js"}, {RUNTIME / "sha256.js"}]
    # Not every zlib packs to the same byte.
    measured = pytest.approx([zipped(x) / 1000 for x in files], abs=0.1)
    assert [float(x) for x in re.findall(r"\| ([\d.]+) kB \|$", PAGE, re.MULTILINE)] == measured
    assert f"{len(eager)} files" in PAGE
    assert f"{len(late)} files" in PAGE


@pytest.mark.chromium
def test_its_page_works_as_it_stands(browser: Any, edge_port: int, tmp_path: Path) -> None:
    site = f"http://127.0.0.1:{edge_port}/some/path"
    page = block("html").replace(ADDRESS, site)
    (tmp_path / "index.html").write_text(f"<!doctype html>\n{page}", "utf-8")
    opened = browser.new_page()
    with serving(tmp_path) as port:
        opened.goto(f"http://127.0.0.1:{port}/index.html")
        expect(opened.locator("#answer")).not_to_be_empty()
        answer = opened.text_content("#answer")
    opened.close()

    assert (
        answer == Model(SPAM.read_bytes()).predict({"text": "You won a free prize, call now"}).label
    )


def test_its_program_works_as_it_stands(node: Path) -> None:
    program = block("js").replace('"./site', f'"{ASSETS.parent.as_uri()}')
    done = subprocess.run(
        [node, "--input-type=module", "--eval", program],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.count(f"version: '{live('spam')}'") == 2
