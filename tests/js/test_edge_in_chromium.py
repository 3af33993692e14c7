"""The edge runtime in pages of a real Chromium: of any origin, without TLS, under a policy."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edge import live, live_file, serving
from playwright.sync_api import Page, expect

from modelpress.model import Model

pytestmark = pytest.mark.chromium

SPAM = live_file("spam")
ROW = {"text": "Congratulations: you won a prize, call now"}

THIRD_PARTY = """<!doctype html>
<meta charset="utf-8"><title>Somebody's page</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="%(policy)s">
<p id="answer"></p>
<script type="module" nonce="ours">
  import { load } from "%(site)s/assets/runtime/modelpress.js";
  try {
    const model = await load("%(folder)s", %(options)s);
    const answer = await model.predict(%(row)s);
    document.getElementById("answer").textContent =
      JSON.stringify({ ...answer, runtime: model.runtime });
  } catch (error) {
    document.getElementById("answer").textContent = `${error.name}: ${error.message}`;
  }
</script>
"""


@pytest.fixture
def page(browser: Any) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


class Seen:
    """What a page asks for, and what it complains about."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.said.append(said.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))


def somebody(
    folder: Path,
    site: str,
    options: dict[str, Any],
    *,
    policy: str = "",
    model: str = "models/spam",
) -> None:
    words = {
        "site": site, "folder": f"{site}/{model}", "row": json.dumps(ROW), "policy": policy,
        "options": json.dumps(options),
    }  # fmt: skip
    (folder / "index.html").write_text(THIRD_PARTY % words, "utf-8")


def answer_of(page: Page, address: str) -> Any:
    page.goto(address)
    expect(page.locator("#answer")).not_to_be_empty()
    text = page.text_content("#answer") or ""
    assert text.startswith("{"), text
    return json.loads(text)


@pytest.mark.parametrize("runtime", ["auto", "onnxruntime"])
def test_a_page_of_another_origin_needs_one_import(
    runtime: str, page: Page, edge_port: int, tmp_path: Path
) -> None:
    somebody(tmp_path, f"http://127.0.0.1:{edge_port}/some/path", {"runtime": runtime})
    seen = Seen(page)
    with serving(tmp_path) as port:
        answer = answer_of(page, f"http://127.0.0.1:{port}/index.html")
    wanted = Model(SPAM.read_bytes()).predict(ROW)

    assert answer["version"] == live("spam")
    assert answer["label"] == wanted.label
    assert answer["probabilities"] == pytest.approx(wanted.probabilities, abs=2e-6)
    assert answer["runtime"] == ("javascript" if runtime == "auto" else runtime)
    assert seen.said == []
    assert any("onnxruntime-web" in url for url in seen.asked) == (runtime == "onnxruntime")
    assert {url.split("/")[2] for url in seen.asked if not url.startswith(("data:", "blob:"))} == {
        f"127.0.0.1:{port}",
        f"127.0.0.1:{edge_port}",
    }


def test_a_page_over_plain_http_checks_the_digest_by_itself(
    page: Page, edge_port: int, tmp_path: Path
) -> None:
    somebody(tmp_path, f"http://pages.example:{edge_port}/some/path", {})
    seen = Seen(page)
    with serving(tmp_path) as port:
        answer = answer_of(page, f"http://somebody.example:{port}/index.html")
        secure = page.evaluate("isSecureContext")

    assert not secure
    assert answer["label"] == Model(SPAM.read_bytes()).predict(ROW).label
    assert any(url.endswith("/sha256.js") for url in seen.asked)


def test_a_strict_policy_is_enough(page: Page, edge_port: int, tmp_path: Path) -> None:
    """No `unsafe-eval`, not even for WebAssembly."""
    site = f"http://127.0.0.1:{edge_port}"
    policy = (
        f"default-src 'none'; script-src 'nonce-ours' {site}; connect-src {site}; img-src data:"
    )
    somebody(tmp_path, f"{site}/some/path", {}, policy=policy)
    seen = Seen(page)
    with serving(tmp_path) as port:
        answer = answer_of(page, f"http://127.0.0.1:{port}/index.html")

    assert answer["runtime"] == "javascript"
    assert seen.said == []


def test_no_request_is_wasted(page: Page, edge_port: int, tmp_path: Path) -> None:
    """Nothing is asked for twice or in vain, and production is asked for past the cache."""
    site = f"http://127.0.0.1:{edge_port}/some/path"
    somebody(tmp_path, site, {})
    seen = Seen(page)
    with serving(tmp_path) as port:
        answer_of(page, f"http://127.0.0.1:{port}/index.html")
    asked = [url.removeprefix(site) for url in seen.asked if url.startswith(site)]

    assert len(asked) == len(set(asked))
    assert {url for url in asked if "/models/" in url} == {
        "/models/spam/production.json",
        f"/models/spam/{live('spam')}/model.onnx",
    }
    late = {"sha256", "refusal", "onnxruntime", "files"}
    assert not [url for url in asked if url.rpartition("/")[2].removesuffix(".js") in late]


def test_a_bad_row_is_refused_in_a_page_as_in_python(in_page: Any) -> None:
    answer = in_page.ask(ask="predict", folder="models/spam", rows=[{"text": 7}])

    assert answer["message"] == "row 0: field `text`: `7` is not text"


@pytest.mark.parametrize(
    "gone",
    [
        ("graph.js", ROW, "FileError: the evaluator cannot be loaded"),
        ("refusal.js", {"text": 7}, "InputError: a row does not fit the model's inputs"),
    ],
)
def test_a_module_that_cannot_be_fetched_any_more_is_a_clear_error(
    gone: tuple[str, object, str], page: Page, edge_port: int, tmp_path: Path
) -> None:
    """A laptop has left the network, or a page is open while the site is published anew."""
    file, asked, words = gone
    somebody(tmp_path, f"http://127.0.0.1:{edge_port}/some/path", {})
    text = (tmp_path / "index.html").read_text("utf-8").replace(json.dumps(ROW), json.dumps(asked))
    (tmp_path / "index.html").write_text(text, "utf-8")
    page.route(f"**/{file}", lambda route: route.abort())
    with serving(tmp_path) as port:
        page.goto(f"http://127.0.0.1:{port}/index.html")
        expect(page.locator("#answer")).to_contain_text(words)


@pytest.mark.parametrize("runtime", ["javascript", "onnxruntime"])
def test_a_module_worker_loads_as_a_page_does(runtime: str, page: Page, edge_port: int) -> None:
    page.goto(f"http://127.0.0.1:{edge_port}/some/path/edge.html")
    told = page.evaluate(
        """question => new Promise((resolve, reject) => {
          const worker = new Worker("worker.js", { type: "module" });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(question);
        })""",
        {"folder": "models/spam", "options": {"runtime": runtime}, "rows": [ROW] * 300},
    )
    wanted = Model(SPAM.read_bytes()).predict(ROW)

    assert told["runtime"] == runtime
    assert len(told["answers"]) == 300
    assert all(x["label"] == wanted.label for x in told["answers"])
