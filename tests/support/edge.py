"""The edge runtime, asked in Node or in a page, and Python's answers to hold it against."""

import functools
import json
import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from house import REPOSITORY
from playwright.sync_api import Page
from published import Pages

from modelpress.model import Model, Prediction

ASSETS = REPOSITORY / "site" / "assets"
WEB = REPOSITORY / "site" / "node_modules" / "onnxruntime-web" / "dist"
BUNDLE = "ort.wasm.bundle.min.mjs"
WASM = "ort-wasm-simd-threaded.wasm"
MODELS = sorted(path.name for path in (REPOSITORY / "models").iterdir())

PROBABILITY = 2e-6
RELATIVE = 1e-5
# What Python answers at once: texts are dense there.
_BATCH = 200

Row = dict[str, Any]

PAGE = """<!doctype html>
<meta charset="utf-8"><title>Edge</title><link rel="icon" href="data:,">
<script type="module">
  import * as modelpress from "%(runtime)s/modelpress.js";
  import { compile, SETS } from "%(runtime)s/graph.js";
  import { readModel } from "%(runtime)s/onnx.js";
  import { sha256 } from "%(runtime)s/sha256.js";
  import { Tensor } from "%(runtime)s/tensors.js";
  import { answering } from "%(answers)s";
  window.answer = answering({ ...modelpress, compile, readModel, SETS, sha256, Tensor });
</script>
"""

WORKER = """
import { load } from "./assets/runtime/modelpress.js";
onmessage = async ({ data: { folder, options, rows } }) => {
  const model = await load(folder, options);
  postMessage({ runtime: model.runtime, answers: await model.predict(rows) });
};
"""


def live(name: str) -> str:
    """Name the version that is in production in this checkout."""
    return (REPOSITORY / "models" / name / "production").read_text("utf-8").strip()


def live_file(name: str) -> Path:
    """Name the file of the version in production."""
    return REPOSITORY / "models" / name / live(name) / "model.onnx"


def lay_out(root: Path, packed: Path) -> Path:
    """Lay a site out below a sub-path, as Pages has it: runtimes, vendor and shipped models."""
    site = root / "some" / "path"
    pages = Pages.of(site, *MODELS)
    for name in MODELS:
        pages.promote(name, live(name), 2)
    (site / "assets" / "vendor").mkdir(parents=True)
    for name in ("runtime", "normalize_text.js"):
        (site / "assets" / name).symlink_to(ASSETS / name)
    (site / "assets" / "modelpress.js").symlink_to(packed)
    (site / "assets" / "vendor" / "onnxruntime-web").symlink_to(WEB)
    (root / "js").symlink_to(Path(__file__).parent.parent / "js")
    words = {"runtime": "assets/runtime", "answers": "/js/edge_answers.mjs"}
    (site / "edge.html").write_text(PAGE.replace("%(runtime)s", "./%(runtime)s") % words, "utf-8")
    (site / "worker.js").write_text(WORKER, "utf-8")
    return site


class _Open(SimpleHTTPRequestHandler):
    """Serves files as GitHub Pages does: to every origin."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".js": "text/javascript",
    }

    def end_headers(self) -> None:
        """Allow it."""
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *words: Any) -> None:
        """Say nothing on the terminal."""


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serve a folder, and give the port."""
    handler = functools.partial(_Open, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@dataclass(frozen=True)
class InPage:
    """The runtime in a page of a real browser."""

    page: Page

    def ask(self, **question: Any) -> Any:
        """Ask, and wait for the answer."""
        # As one text each way: Playwright takes seconds to write thousands of rows by itself.
        program = "question => window.answer(JSON.parse(question)).then(JSON.stringify)"
        return json.loads(self.page.evaluate(program, json.dumps(question)))


@dataclass(frozen=True)
class Compared:
    """
    Answers beside Python's.

    Attributes:
        flips: How many labels are others.
        largest: The largest difference of a probability, or relative difference of a value.
    """

    rows: int
    flips: int
    largest: float

    @property
    def fine(self) -> bool:
        """Say whether the two may be called the same."""
        return not self.flips and self.largest <= PROBABILITY


def references(model: Model, rows: Sequence[Row]) -> list[Prediction]:
    """Let Python's onnxruntime answer, a few rows at a time."""
    starts = range(0, len(rows), _BATCH)
    return [x for start in starts for x in model.predict(list(rows[start : start + _BATCH]))]


def compare(expected: Sequence[Prediction], answer: Any) -> Compared:
    """Hold answers of `edge_answers.mjs` against Python's."""
    assert "error" not in answer, answer
    assert len(answer["labels"]) == len(expected)
    labels = [x.label for x in expected]
    flips = sum(a != b for a, b in zip(labels, answer["labels"], strict=True))
    if expected and expected[0].value is not None:
        pairs = zip(expected, answer["values"], strict=True)
        # As a share of what PROBABILITY is for a probability: one limit serves both.
        return Compared(len(labels), 0, _largest(_apart(x.value, y) for x, y in pairs))
    rows = zip(expected, answer["probabilities"], strict=True)
    return Compared(
        len(labels),
        flips,
        _largest(
            abs(wanted - float(got))
            for x, shares in rows
            for wanted, got in zip((x.probabilities or {}).values(), shares, strict=True)
        ),
    )


def _apart(wanted: float | None, got: Any) -> float:
    assert wanted is not None
    return abs(wanted - float(got)) / max(abs(wanted), 1.0) * (PROBABILITY / RELATIVE)


def _largest(distances: Iterator[float]) -> float:
    return max((math.inf if math.isnan(x) else x for x in distances), default=0.0)
