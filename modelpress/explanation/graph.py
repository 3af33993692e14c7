"""
What the bytes of an ONNX file say that onnxruntime does not: operators, weights, vocabularies.

Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from modelpress.explanation.protobuf import Message, embedded

_GRAPH = 7  # of ModelProto
_NODE, _INITIALIZER, _OUTPUT = 1, 5, 12  # of GraphProto
_INPUTS, _OUTPUTS, _OP, _ATTRIBUTE = 1, 2, 4, 5  # of NodeProto
_ATTRIBUTE_NAME, _TEXT, _FLOATS, _INTS, _STRINGS = 1, 4, 7, 8, 9  # of AttributeProto
_DIMS, _TYPE, _FLOAT_DATA, _NAME, _RAW_DATA = 1, 2, 4, 8, 9  # of TensorProto
_VALUE_NAME = 1  # of ValueInfoProto
_FLOAT32 = 1  # of TensorProto.DataType


class Node:
    """An operator with the names of what it takes and makes."""

    def __init__(self, message: Message) -> None:
        self.op = "".join(message.texts(_OP))
        self.inputs = tuple(message.texts(_INPUTS))
        self.outputs = tuple(message.texts(_OUTPUTS))
        self._message = message

    @cached_property
    def _attributes(self) -> dict[str, Message]:
        attributes = self._message.messages(_ATTRIBUTE)
        return {"".join(entry.texts(_ATTRIBUTE_NAME)): entry for entry in attributes}

    def text(self, name: str) -> str:
        """Read a string attribute; an absent one is empty."""
        return "".join(self._attribute(name).texts(_TEXT))

    def floats(self, name: str) -> NDArray[np.float64]:
        """Read an attribute of 32-bit numbers; an absent one has none."""
        return self._attribute(name).floats(_FLOATS).astype(np.float64)

    def integers(self, name: str) -> list[int]:
        """Read an attribute of integers; an absent one has none."""
        return self._attribute(name).integers(_INTS)

    def strings(self, name: str) -> list[str]:
        """Read an attribute of strings; an absent one has none."""
        return self._attribute(name).texts(_STRINGS)

    def _attribute(self, name: str) -> Message:
        return self._attributes.get(name) or Message(b"")


class Graph:
    """
    The operators of an ONNX file.

    Raises:
        ValueError: The bytes are none; also in a method, which reads them further.
    """

    def __init__(self, content: bytes) -> None:
        (graph,) = Message(content).messages(_GRAPH)
        self.nodes = [Node(message) for message in graph.messages(_NODE)]
        self._makers = {name: node for node in self.nodes for name in node.outputs}
        self._initializers = graph.blocks(_INITIALIZER)

    def maker(self, name: str) -> Node | None:
        """Find the operator that makes a tensor; inputs and constants have none."""
        return self._makers.get(name)

    def behind(self, name: str) -> list[Node]:
        """List the operators that a tensor depends on."""
        found: dict[int, Node] = {}
        waiting = [name]
        while waiting:
            node = self.maker(waiting.pop())
            if node is not None and id(node) not in found:
                found[id(node)] = node
                waiting += node.inputs
        return list(found.values())

    def constant(self, name: str) -> NDArray[np.float64]:
        """
        Read a constant of 32-bit numbers.

        Raises:
            ValueError: There is none of that name.
        """
        for tensor in map(Message, self._initializers):
            if tensor.texts(_NAME) == [name] and tensor.integers(_TYPE) == [_FLOAT32]:
                raw = b"".join(tensor.blocks(_RAW_DATA))
                values = np.frombuffer(raw, "<f4") if raw else tensor.floats(_FLOAT_DATA)
                return values.astype(np.float64).reshape(tensor.integers(_DIMS))
        raise ValueError(f"the graph has no constant `{name}`")


def with_outputs(content: bytes, names: Sequence[str]) -> bytes:
    """
    Let a model answer inner tensors, too.

    Messages written one after the other are one message: what a later one says of an embedded
    message is added to it. So nothing has to be taken apart.
    """
    outputs = [embedded(_OUTPUT, embedded(_VALUE_NAME, name.encode())) for name in names]
    return content + embedded(_GRAPH, b"".join(outputs))
