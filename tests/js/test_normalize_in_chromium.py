"""`normalize_text` where visitors run it: in a browser."""

import functools
import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from modelpress.text import normalize_text
from pipeline.export.hard_texts import HARD_TEXTS, fuzzed

MODULE = Path(__file__).parent.parent.parent / "site" / "assets" / "normalize_text.js"

# Half of a character cannot be put into JSON's UTF-8.
TEXTS = [
    text
    for text in (*HARD_TEXTS, *fuzzed(4000, ["prize", "café", "Σας", "привет"], 5))
    if text.isascii() or not re.search("[\ud800-\udfff]", text)
]

PAGE = """<!doctype html>
<meta charset="utf-8">
<pre id="answers"></pre>
<script type="module">
  import { normalizeText } from "./normalize_text.js";
  const texts = await (await fetch("texts.json")).json();
  document.getElementById("answers").textContent = JSON.stringify(texts.map(normalizeText));
</script>
"""

QUIETLY = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's own name
        """Keep requests out of the tests' output."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    site = tmp_path / "site"
    site.mkdir()
    shutil.copy(MODULE, site)
    (site / "index.html").write_text(PAGE, "utf-8")
    (site / "texts.json").write_text(json.dumps(TEXTS), "utf-8")
    handler = functools.partial(_Silent, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


@pytest.mark.chromium
def test_a_browser_gives_the_same(address: str, tmp_path: Path) -> None:
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    done = subprocess.run(
        ["chromium", *QUIETLY, profile, "--virtual-time-budget=20000", "--dump-dom", address],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    found = re.search(r'<pre id="answers">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stdout[:500]
    answers = json.loads(html.unescape(found[1]))

    assert len(answers) > 4000
    assert answers == [normalize_text(text) for text in TEXTS]
