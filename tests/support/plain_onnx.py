"""A model file that is sound, and the ways to change one thing about it."""

from collections.abc import Callable, Sequence
from typing import Any

from onnx import ModelProto, NodeProto, TensorProto, helper

from modelpress.golden import record_golden
from modelpress.model import Model
from modelpress.signature import METADATA_KEY, Input, Signature

HEIGHT = Signature("height", "regression", (Input("age", "numeric", (0.0, 18.0), typical=9.0),))
ROWS: list[dict[str, Any]] = [{"age": 9.0}, {"age": 0}, {"age": 3.5}, {"age": 17.0}]

node = helper.make_node
Change = Callable[[ModelProto], object]


def plain() -> ModelProto:
    """A regression that is sound: 6 a year and 75."""
    nodes = [node("Mul", ["age", "growth"], ["grown"]), node("Add", ["grown", "start"], ["value"])]
    graph = helper.make_graph(
        nodes,
        "height",
        [helper.make_tensor_value_info("age", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("value", TensorProto.FLOAT, [None, 1])],
        [floats("growth", [1], 6.0), floats("start", [1], 75.0)],
    )
    sets = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=sets, ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: HEIGHT.to_json()})
    return model


def golden() -> list[dict[str, Any]]:
    """What the plain model answers."""
    return record_golden(Model(plain().SerializeToString()), ROWS)


def floats(name: str, sizes: Sequence[int], *values: float) -> TensorProto:
    """Make a constant of 32-bit numbers."""
    return helper.make_tensor(name, TensorProto.FLOAT, sizes, values)


def wholes(name: str, *values: int) -> TensorProto:
    """Make a constant of 64-bit whole numbers."""
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], values)


def changed(change: Change) -> bytes:
    """Write the plain model with one thing changed."""
    model = plain()
    change(model)
    content: bytes = model.SerializeToString()
    return content


def added(*nodes: NodeProto, constants: Sequence[TensorProto] = (), **sets: int) -> bytes:
    """Write the plain model with nodes before its last, whose answer `extra` counts as nothing."""

    def change(model: ModelProto) -> None:
        last = model.graph.node.pop()
        none = [
            node("Min", ["extra", "zero"], ["below"]),
            node("Max", ["below", "zero"], ["none"]),
            node("Add", ["grown", "none"], ["sum"]),
        ]
        last.input[0] = "sum"
        model.graph.node.extend([*nodes, *none, last])
        model.graph.initializer.extend([floats("zero", [1], 0.0), *constants])
        declare(model, **sets)

    return changed(change)


def declare(model: ModelProto, **sets: int) -> None:
    """Declare operator sets; an underscore stands for the dot."""
    for domain, version in sets.items():
        model.opset_import.append(helper.make_opsetid(domain.replace("_", "."), version))


def tagged(number: int, content: bytes) -> bytes:
    """Write a field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """Write a whole number as protobuf does."""
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])
