"""
What onnxruntime never gets to see: files that are not of the kind that `modelpress` exports.

Everything that a model file may hold is listed here, and whatever is not listed is refused: files
outside the file, loops and branches, operators of others, functions, constants of made-up sizes.
What the list cannot tell, how much time and memory an allowed graph takes, a trial run does.
"""

import math

from modelpress.errors import FileError
from modelpress.session import LARGEST_BYTES
from modelpress.signature import METADATA_KEY
from modelpress.wire import ONLY_OURS, Kind, Message, Reader, Span, Wire

MOST_NODES = 10_000
_MOST_DIMENSIONS = 8
_LONGEST_SHOWN = 60

NEWEST_SETS = {"": 17, "ai.onnx.ml": 3, "com.microsoft": 1}
"""The operator sets that `export` writes, each with the newest that it asks for."""

OPERATORS: dict[str, frozenset[str]] = {
    "": frozenset(
        {
            *("Add", "ArgMax", "Cast", "Concat", "Exp", "Flatten", "Gather", "Less", "Log"),
            *("MatMul", "Max", "Min", "Mul", "Reshape", "Sign", "TfIdfVectorizer", "Where"),
        }
    ),
    "ai.onnx.ml": frozenset(
        {
            *("Imputer", "LabelEncoder", "LinearClassifier", "LinearRegressor", "Normalizer"),
            *("OneHotEncoder", "Scaler", "TreeEnsembleClassifier", "TreeEnsembleRegressor"),
        }
    ),
    "com.microsoft": frozenset({"Tokenizer"}),
}
"""The operators that every estimator of the catalogue comes down to; all end by themselves."""

_V, _B, _F = Wire.VARINT, Wire.BYTES, Wire.FIXED32

# Field numbers are those of onnx.proto.
_MODEL = Kind(
    "ModelProto",
    once={1: _V, 2: _B, 3: _B, 4: _B, 5: _V, 6: _B, 7: _B},
    many={8: _B, 14: _B},
    refused={20: "training parts", 25: "functions of its own", 26: "devices to choose"},
)
_OPERATOR_SET = Kind("OperatorSetIdProto", once={1: _B, 2: _V})
_ENTRY = Kind("StringStringEntryProto", once={1: _B, 2: _B})
_GRAPH = Kind(
    "GraphProto",
    once={2: _B, 10: _B},
    many={1: _B, 5: _B, 11: _B, 12: _B, 13: _B},
    refused={14: "quantized parts", 15: "sparse constants", 16: "metadata inside its graph"},
)
_NODE = Kind(
    "NodeProto",
    once={3: _B, 4: _B, 6: _B, 7: _B},
    many={1: _B, 2: _B, 5: _B},
    refused={8: "overloaded operators", 9: "metadata inside a node", 10: "devices to choose"},
)
_ATTRIBUTE = Kind(
    "AttributeProto",
    once={1: _B, 2: _F, 3: _V, 4: _B, 13: _B, 20: _V},
    bulk={7: _F, 8: _V, 9: _B},
    refused={
        **dict.fromkeys((6, 11), "a graph inside a graph"),
        **dict.fromkeys((5, 10), "a tensor inside an attribute"),
        **dict.fromkeys((22, 23), "a sparse tensor inside an attribute"),
        **dict.fromkeys((14, 15), "a type inside an attribute"),
        21: "functions of its own",
    },
)
_TENSOR = Kind(
    "TensorProto",
    once={2: _V, 4: _B, 7: _B, 8: _B, 9: _B, 12: _B},
    many={1: _V, 6: _B},
    refused={
        3: "a tensor in segments",
        **dict.fromkeys((13, 14), "data outside the file"),
        **dict.fromkeys((5, 10, 11), "constants that are no float32, int64 or string"),
    },
)
_VALUE = Kind("ValueInfoProto", once={1: _B, 2: _B, 3: _B})
_TYPE = Kind("TypeProto", once={1: _B})
_TENSOR_TYPE = Kind("TypeProto.Tensor", once={1: _V, 2: _B})
_SHAPE = Kind("TensorShapeProto", once={}, many={1: _B})
_TO_DIMENSIONS = ((_VALUE, 2), (_TYPE, 1), (_TENSOR_TYPE, 2), (_SHAPE, 1))
_DIMENSION = Kind("TensorShapeProto.Dimension", once={1: _V, 2: _B})

_FLOAT, _INT64, _STRING = 1, 7, 8
# Where the values of a type may lie (`raw_data` is 9), and how many bytes each has.
_PLACES = {(_FLOAT, 4): 4, (_FLOAT, 9): 4, (_INT64, 7): 0, (_INT64, 9): 8, (_STRING, 6): 0}


def refuse_unsafe(content: bytes) -> None:
    """
    Refuse a file that is not of the kind that `modelpress` exports, in time linear to its size.

    Raises:
        FileError: It is no ONNX file, or it holds something that no model of ours has.
    """
    if not content:
        raise FileError("the model file is empty", hint="restore it from Git, or retrain")
    if len(content) > LARGEST_BYTES:
        raise FileError(f"the model file has {len(content):,} bytes; {LARGEST_BYTES:,} are allowed")
    reader = Reader(content)
    model = reader.message(Span(0, len(content)), _MODEL)
    for entry in model.spans(8):
        _refuse_operator_set(reader, reader.message(entry, _OPERATOR_SET))
    if not model.spans(7) or not model.spans(8):
        raise FileError("the model file has no graph", hint=ONLY_OURS)
    _refuse_graph(reader, reader.message(model.spans(7)[0], _GRAPH))
    keys = [_text(reader, reader.message(entry, _ENTRY), 1) for entry in model.spans(14)]
    if keys != [METADATA_KEY]:
        shown = " and ".join(f"`{key}`" for key in keys[:3]) or "nothing"
        raise FileError(
            f"the model file has {shown} for metadata, not `{METADATA_KEY}` alone", hint=ONLY_OURS
        )


def _refuse_operator_set(reader: Reader, declared: Message) -> None:
    domain, version = _domain(reader, declared, 1), declared.integer(2)
    if domain not in NEWEST_SETS:
        raise FileError(f"the model file has operators of `{domain}`", hint=ONLY_OURS)
    if not 1 <= version <= NEWEST_SETS[domain]:
        raise FileError(
            f"the model file wants version {version} of the operators `{domain or 'ai.onnx'}`; "
            f"1 to {NEWEST_SETS[domain]} are known here",
            hint="update `modelpress`, or retrain",
        )


def _refuse_graph(reader: Reader, graph: Message) -> None:
    nodes = graph.spans(1)
    if not nodes:
        raise FileError("the model file has a graph without nodes", hint=ONLY_OURS)
    if len(nodes) > MOST_NODES:
        raise FileError(f"the model file has {len(nodes):,} nodes; {MOST_NODES:,} are allowed")
    for node in nodes:
        _refuse_node(reader, reader.message(node, _NODE))
    for tensor in graph.spans(5):
        _refuse_tensor(reader, reader.message(tensor, _TENSOR))
    _refuse_sizes(reader, [*graph.spans(11), *graph.spans(12), *graph.spans(13)])


def _refuse_node(reader: Reader, node: Message) -> None:
    domain, operator = _domain(reader, node, 7), _text(reader, node, 4)
    if operator not in OPERATORS.get(domain, ()):
        named = f"{domain}.{operator}" if domain else operator
        raise FileError(f"the model file has the operator `{named}`", hint=ONLY_OURS)
    for attribute in node.spans(5):
        reader.message(attribute, _ATTRIBUTE)


def _refuse_sizes(reader: Reader, values: list[Span]) -> None:
    """Refuse inputs and outputs that are no tensors, or of no possible size."""
    inside = values
    for kind, number in _TO_DIMENSIONS:
        inside = [x for span in inside for x in reader.message(span, kind).spans(number)]
    if any(reader.message(span, _DIMENSION).integer(1) < 0 for span in inside):
        raise FileError("the model file has a negative size", hint=ONLY_OURS)


def _refuse_tensor(reader: Reader, tensor: Message) -> None:
    """Refuse a constant whose sizes say something else than its data."""
    name, sizes = _text(reader, tensor, 8), tensor.integers(1)
    if any(size < 0 for size in sizes) or len(sizes) > _MOST_DIMENSIONS:
        raise FileError(f"the constant `{name}` has no possible sizes", hint=ONLY_OURS)
    promised, there = math.prod(sizes), _elements(reader, tensor, name)
    if promised != there:
        raise FileError(
            f"the constant `{name}` has {there:,} values, and its sizes want {promised:,}",
            hint=ONLY_OURS,
        )


def _elements(reader: Reader, tensor: Message, name: str) -> int:
    """Count a constant's values, which lie in one place only, and in that of its type."""
    kind = tensor.integer(2)
    found = [number for number in (4, 6, 7, 9) if tensor.spans(number)]
    if kind not in {_FLOAT, _INT64, _STRING} or {(kind, x) for x in found} - _PLACES.keys():
        raise FileError(f"the constant `{name}` is of no type that we use", hint=ONLY_OURS)
    if len(found) > 1:
        raise FileError(f"the constant `{name}` says its values twice", hint=ONLY_OURS)
    values = tensor.spans(found[0]) if found else []
    if kind == _STRING or not values:
        return len(values)
    size = _PLACES[kind, found[0]]
    return _whole(values[0], size, name) if size else reader.varints(values[0])


def _whole(span: Span, size: int, name: str) -> int:
    count, rest = divmod(span.end - span.start, size)
    if rest:
        raise FileError(f"the constant `{name}` is cut off inside a value", hint=ONLY_OURS)
    return count


def _domain(reader: Reader, message: Message, number: int) -> str:
    domain = _text(reader, message, number)
    return "" if domain == "ai.onnx" else domain


def _text(reader: Reader, message: Message, number: int) -> str:
    """Read the start of a string, which tells it from all that we know."""
    for start, end in message.spans(number):
        return reader.text(Span(start, min(end, start + _LONGEST_SHOWN)))
    return ""
