"""The guard: what `export` writes passes, and nothing else; protobuf reads what it has read."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from catalogue import NAMES, blocks, exported
from google.protobuf.descriptor import FieldDescriptor
from hostile_onnx import SECRET, guarded
from house import REPOSITORY, House
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper, onnx_ml_pb2
from plain_onnx import added, changed, floats, node, plain, tagged, wholes

from modelpress import guard
from modelpress.errors import FileError
from modelpress.guard import NEWEST_SETS, OPERATORS, refuse_unsafe
from modelpress.wire import Kind, Wire
from pipeline.export.graph import OPSETS

SHIPPED = sorted(REPOSITORY.glob("models/*/v*/model.onnx"))
PLAIN: bytes = plain().SerializeToString()


def refusal(content: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        refuse_unsafe(content)
    return caught.value


# What export writes


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parts[-3])
def test_every_shipped_model_passes(file: Path) -> None:
    refuse_unsafe(file.read_bytes())


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """What every estimator of the catalogue comes down to."""
    house = House.make(tmp_path_factory.mktemp("exports") / "house")
    return {name: [exported(house, x) for x in blocks(name)] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_estimator_of_the_catalogue_passes(
    name: str, exports: dict[str, list[bytes]]
) -> None:
    assert exports[name]
    for content in exports[name]:
        refuse_unsafe(content)


def test_the_list_of_operators_is_that_of_the_catalogue(exports: dict[str, list[bytes]]) -> None:
    """Nothing is allowed that no estimator needs."""
    files = [ModelProto.FromString(content) for some in exports.values() for content in some]
    found = {(x.domain, x.op_type) for file in files for x in file.graph.node}

    assert found == {(domain, x) for domain, names in OPERATORS.items() for x in names}


def test_the_operator_sets_are_those_that_export_writes() -> None:
    assert NEWEST_SETS == OPSETS


# What it refuses


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return guarded(tmp_path_factory.mktemp("hostile"))


def test_the_plain_model_passes() -> None:
    """What the next tests refuse is refused for the one thing that was changed."""
    refuse_unsafe(PLAIN)
    refuse_unsafe(added(node("Exp", ["zero"], ["extra"])))


def test_every_hostile_file_is_refused_and_no_secret_is_told(hostile: dict[str, bytes]) -> None:
    assert len(hostile) >= 21
    for name, content in hostile.items():
        error = refusal(content)
        assert SECRET.decode() not in "".join(error.lines()), name
        assert len(error.message) < 300, name


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("external", "data outside the file"),
        ("loop: for ever", "the operator `Loop`"),
        ("loop: branch", "the operator `If`"),
        ("loop: graph", "a graph inside a graph"),
        ("size: made", "the operator `ConstantOfShape`"),
        ("size: lies", "its sizes want 4,611,686,018,427,387,904"),
        ("size: short", "has 1 values, and its sizes want 16"),
        ("nodes: 200,000", "more parts than any model of ours"),
        ("operator: custom", "operators of `evil`"),
        ("operator: of Microsoft", "the operator `com.microsoft.FusedMatMul`"),
        ("operator: set of the future", "wants version 99"),
        ("part: function", "functions of its own"),
        ("part: training", "training parts"),
        ("part: HTML", "`modelpress` and `<script>.*` for metadata"),
        ("twice", "twice"),
    ],
)
def test_a_refusal_names_what_is_wrong(kind: str, words: str, hostile: dict[str, bytes]) -> None:
    chosen = {name: content for name, content in hostile.items() if name.startswith(kind)}
    assert chosen
    for name, content in chosen.items():
        assert re.search(words, refusal(content).message), name


def test_a_file_cut_anywhere_is_refused() -> None:
    for length in range(len(PLAIN)):
        refusal(PLAIN[:length])


def test_too_many_nodes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_NODES", 1)
    assert refusal(PLAIN).message == "the model file has 2 nodes; 1 are allowed"


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LARGEST_BYTES", len(PLAIN) - 1)
    assert f"has {len(PLAIN)} bytes" in refusal(PLAIN).message


@pytest.mark.parametrize(
    "constant",
    [
        floats("a", [2, 0, 3]),
        wholes("a"),
        numpy_helper.from_array(np.ones((2, 3), np.float32), "a"),
        numpy_helper.from_array(np.arange(-3, 3), "a"),
        helper.make_tensor("a", TensorProto.INT64, [2], [-1, 2**62]),
        helper.make_tensor("a", TensorProto.STRING, [2], [b"", b"x" * 500]),
    ],
)
def test_constants_of_our_types_pass_wherever_their_values_lie(constant: TensorProto) -> None:
    refuse_unsafe(changed(lambda model: model.graph.initializer.append(constant)))


# The same that protobuf reads

PROTOBUF_WIRES = {
    FieldDescriptor.TYPE_INT64: Wire.VARINT,
    FieldDescriptor.TYPE_INT32: Wire.VARINT,
    FieldDescriptor.TYPE_ENUM: Wire.VARINT,
    FieldDescriptor.TYPE_FLOAT: Wire.FIXED32,
    FieldDescriptor.TYPE_STRING: Wire.BYTES,
    FieldDescriptor.TYPE_BYTES: Wire.BYTES,
    FieldDescriptor.TYPE_MESSAGE: Wire.BYTES,
}
KINDS = [kind for kind in vars(guard).values() if isinstance(kind, Kind)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_lists_of_fields_are_those_of_onnx(kind: Kind) -> None:
    outer, *inner = kind.name.split(".")
    message = onnx_ml_pb2.DESCRIPTOR.message_types_by_name[outer]
    for name in inner:
        message = message.nested_types_by_name[name]
    for number, wire in {**kind.once, **kind.many, **kind.bulk}.items():
        field = message.fields_by_number[number]
        packed = field.is_packed
        assert wire == (Wire.BYTES if packed else PROTOBUF_WIRES[field.type]), field.name
        assert (number in kind.once) == (packed or not field.is_repeated), field.name
    assert set(kind.refused) <= set(message.fields_by_number)


def assert_harmless(model: ModelProto) -> None:
    """Say what the guard promises, of what protobuf has read."""
    graph = model.graph
    assert graph.node
    assert not [*model.functions, *model.training_info, *graph.sparse_initializer]
    assert {x.domain for x in model.opset_import} <= set(OPERATORS)
    for x in graph.node:
        assert x.op_type in OPERATORS[x.domain]
        for a in x.attribute:
            assert not any(a.HasField(name) for name in ("t", "g", "tp", "sparse_tensor"))
            assert not [*a.tensors, *a.graphs, *a.type_protos, *a.sparse_tensors]
    for constant in graph.initializer:
        assert not constant.external_data
        assert constant.data_location == TensorProto.DEFAULT
        values = constant.string_data or numpy_helper.to_array(constant).ravel()
        assert len(values) == math.prod(constant.dims)


def edited(content: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    made = bytearray(content)
    for how, start, length, new in edits:
        at = start % len(made) if made else 0
        end = at + length
        if how == "flip" and made:
            made[at] ^= 1 << length % 8
        elif how == "repeat":
            made[at:at] = made[at:end]
        elif how == "cut":
            del made[at:end]
        elif how == "put":
            made[at:end] = new
    return bytes(made)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(("flip", "flip", "repeat", "cut", "put")),
        st.integers(0, 1 << 16),
        st.integers(0, 40),
        st.binary(max_size=8),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=800)
@given(edits=EDITS)
def test_what_passes_is_what_protobuf_reads(edits: list[tuple[str, int, int, bytes]]) -> None:
    """No edit makes the guard see one file and onnxruntime another."""
    content = edited(PLAIN, edits)
    try:
        refuse_unsafe(content)
    except FileError:
        return
    assert_harmless(ModelProto.FromString(content))


@given(content=st.binary(max_size=200))
@example(b"\x3a\x00\x42\x00")
def test_any_bytes_are_refused_by_name(content: bytes) -> None:
    refusal(content)


def test_a_flip_of_every_bit_is_refused_or_harmless() -> None:
    for place in range(8 * len(PLAIN)):
        made = bytearray(PLAIN)
        made[place // 8] ^= 1 << place % 8
        try:
            refuse_unsafe(bytes(made))
        except FileError:
            continue
        assert_harmless(ModelProto.FromString(bytes(made)))


# Large files


def with_attribute(inside: bytes) -> bytes:
    """Write a file whose only node has one attribute."""
    graph = tagged(1, tagged(4, b"Add") + tagged(5, inside))
    return tagged(8, b"\x10\x0d") + tagged(7, graph) + tagged(14, tagged(1, b"modelpress"))


MILLIONS = 60_000_000


@pytest.mark.parametrize("field", [b"\x4a\x00", b"\x4a\x04LEAF", b"\x40\x01", b"\x3d\0\0\0\0"])
def test_millions_of_numbers_and_strings_pass(field: bytes) -> None:
    refuse_unsafe(with_attribute(field * (MILLIONS // len(field))))


@pytest.mark.parametrize(
    "content",
    [
        with_attribute(b"\xca\x00\x00" * (MILLIONS // 3)),
        with_attribute(b"\x4a\x80\x00" * (MILLIONS // 3)),
        with_attribute(b"\xc0\x00\x00" * (MILLIONS // 3)),
        tagged(7, b"\x0a\x00" * (MILLIONS // 2)),
        tagged(7, tagged(1, b"\x0a\x00" * (MILLIONS // 2))),
        tagged(7, tagged(5, b"\x08\x01" * (MILLIONS // 2))),
        b"\x72\x00" * (MILLIONS // 2),
        b"\x72\x80" * (MILLIONS // 2),
    ],
    ids=["strings", "empty strings", "numbers", "nodes", "inputs", "sizes", "entries", "lengths"],
)
def test_millions_of_other_parts_are_refused(content: bytes) -> None:
    refusal(content)
