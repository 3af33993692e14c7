"""Small models of each task, a registry that holds one, and a site that publishes it."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper

from modelpress.model import Model
from modelpress.signature import METADATA_KEY, Input, Signature
from modelpress.text import NORMALIZER

LOAN = Signature(
    model="loan",
    task="binary",
    inputs=(
        Input("amount", "numeric", range=(-3.0, 3.0), missing=0.25, typical=0.5),
        Input("colour", "categorical", categories=("red", "7"), typical="red"),
        Input("note", "text"),
    ),
    classes=("no", "yes"),
    positive="yes",
    threshold=0.75,
    normalizer=NORMALIZER,
)
FLOWER = Signature(
    model="flower",
    task="multiclass",
    inputs=(Input("length", "numeric"), Input("width", "numeric")),
    classes=("rose", "lily", "fern"),
)
HEIGHT = Signature(model="height", task="regression", inputs=(Input("age", "numeric"),))

Outputs = Sequence[tuple[str, int, Sequence[int | None]]]


def _assemble(
    signature: Signature, nodes: list[NodeProto], constants: list[TensorProto], outputs: Outputs
) -> bytes:
    """Make a model file as `export` does: `[N, 1]` inputs, the signature in the metadata."""
    types = {"float32": TensorProto.FLOAT, "string": TensorProto.STRING}
    graph = helper.make_graph(
        nodes,
        signature.model,
        [
            helper.make_tensor_value_info(x.name, types[x.dtype], [None, 1])
            for x in signature.inputs
        ],
        [helper.make_tensor_value_info(*output) for output in outputs],
        constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: signature.to_json()})
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _floats(name: str, shape: Sequence[int], *values: float) -> TensorProto:
    return helper.make_tensor(name, TensorProto.FLOAT, shape, values)


def _strings(name: str, shape: Sequence[int], *values: str) -> TensorProto:
    return helper.make_tensor(name, TensorProto.STRING, shape, [x.encode() for x in values])


def _points(source: str, target: str, points: dict[str, float]) -> NodeProto:
    """Give some strings points; any other string, and a missing one, gets none."""
    return helper.make_node(
        "LabelEncoder",
        [source],
        [target],
        domain="ai.onnx.ml",
        keys_strings=list(points),
        values_floats=list(points.values()),
        default_float=0.0,
    )


@pytest.fixture(scope="session")
def loan_file() -> bytes:
    """
    Binary: the score is the sigmoid of amount, points of the colour, and points of the note.

    A missing amount counts as 0. The points tell a test which strings reach the graph.
    """
    node = helper.make_node
    nodes = [
        node("IsNaN", ["amount"], ["@absent"]),
        node("Where", ["@absent", "@zero", "amount"], ["@amount"]),
        _points("colour", "@colour", {"red": 1.0, "7": 2.0}),
        _points("note", "@note", {"free cash": 4.0}),
        node("Sum", ["@amount", "@colour", "@note"], ["@sum"]),
        node("Sigmoid", ["@sum"], ["@yes"]),
        node("Sub", ["@one", "@yes"], ["@no"]),
        node("Concat", ["@no", "@yes"], ["probabilities"], axis=1),
        node("Gather", ["probabilities", "@last"], ["@score"], axis=1),
        node("GreaterOrEqual", ["@score", "@threshold"], ["@reached"]),
        node("Where", ["@reached", "@positive", "@negative"], ["label"]),
    ]
    constants = [
        _floats("@zero", [], 0.0),
        _floats("@one", [], 1.0),
        helper.make_tensor("@last", TensorProto.INT64, [], [1]),
        _floats("@threshold", [], 0.75),
        _strings("@negative", [1], "no"),
        _strings("@positive", [1], "yes"),
    ]
    outputs = [
        ("label", TensorProto.STRING, [None]),
        ("probabilities", TensorProto.FLOAT, [None, 2]),
    ]
    return _assemble(LOAN, nodes, constants, outputs)


@pytest.fixture(scope="session")
def flower_file() -> bytes:
    """Multiclass: a softmax over length, width and 0; the label is the most probable class."""
    node = helper.make_node
    nodes = [
        node("Concat", ["length", "width"], ["@both"], axis=1),
        node("MatMul", ["@both", "@weights"], ["@scores"]),
        node("Softmax", ["@scores"], ["probabilities"], axis=1),
        node("ArgMax", ["probabilities"], ["@code"], axis=1, keepdims=0),
        node("Gather", ["@classes", "@code"], ["label"]),
    ]
    constants = [
        _floats("@weights", [2, 3], 1, 0, 0, 0, 1, 0),
        _strings("@classes", [3], *FLOWER.classes),
    ]
    outputs = [
        ("label", TensorProto.STRING, [None]),
        ("probabilities", TensorProto.FLOAT, [None, 3]),
    ]
    return _assemble(FLOWER, nodes, constants, outputs)


@pytest.fixture(scope="session")
def height_file() -> bytes:
    """Regression: 6 a year and 75."""
    nodes = [
        helper.make_node("Mul", ["age", "@growth"], ["@grown"]),
        helper.make_node("Add", ["@grown", "@start"], ["value"]),
    ]
    constants = [_floats("@growth", [], 6.0), _floats("@start", [], 75.0)]
    return _assemble(HEIGHT, nodes, constants, [("value", TensorProto.FLOAT, [None, 1])])


@pytest.fixture(scope="session")
def loan(loan_file: bytes) -> Model:
    return Model(loan_file, version="v1.2.0")


@pytest.fixture(scope="session")
def flower(flower_file: bytes) -> Model:
    return Model(flower_file)


@pytest.fixture(scope="session")
def height(height_file: bytes) -> Model:
    return Model(height_file)


Rewrite = Callable[[Callable[[ModelProto], object]], bytes]


@pytest.fixture
def rewritten(loan_file: bytes) -> Rewrite:
    """Change the binary model's file by a function that works on its parsed form."""

    def rewrite(change: Callable[[ModelProto], object]) -> bytes:
        model = ModelProto.FromString(loan_file)
        change(model)
        content: bytes = model.SerializeToString(deterministic=True)
        return content

    return rewrite


@pytest.fixture
def registry(tmp_path: Path, loan_file: bytes) -> Path:
    """`models/loan` of a checkout, with v1.2.0 in production."""
    folder = tmp_path / "models" / "loan"
    (folder / "v1.2.0").mkdir(parents=True)
    (folder / "production").write_text("v1.2.0\n", encoding="utf-8")
    (folder / "v1.2.0" / "model.onnx").write_bytes(loan_file)
    card = {"version": "v1.2.0", "sha256": hashlib.sha256(loan_file).hexdigest()}
    (folder / "v1.2.0" / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder


class Site:
    """A web server of this machine that publishes a folder; some paths may fail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failing: dict[str, int] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))

    def url(self, path: str) -> str:
        """Address a path on it."""
        return f"http://127.0.0.1:{self.server.server_port}/{path}"


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, site: Site, *request: Any) -> None:
        self.site = site
        super().__init__(*request, directory=str(site.folder))

    def do_GET(self) -> None:
        if status := self.site.failing.get(self.path):
            self.send_error(status)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base has it
        """Say nothing."""


@pytest.fixture
def site(registry: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The registry as a site publishes it: production.json takes the pointer's place."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (registry / "production").unlink()
    (registry / "production.json").write_text('{"version": "v1.2.0"}', encoding="utf-8")
    site = Site(registry.parent.parent)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()
