"""
Model files that somebody has made to do harm, or that damage has made what they are.

Each is the plain model, one thing apart, and shows what it is by its bytes alone.
"""

import os
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper
from plain_onnx import added, changed, declare, floats, node, plain, tagged, wholes

SECRET = b"SECRET!!" * 8
WIDTH = 16
TRUE = numpy_helper.from_array(np.array(1, np.bool_), "true")


# Data outside the file


def outside(location: str, offset: int | None = None) -> TensorProto:
    """Make a constant whose data lie in another file."""
    tensor = TensorProto(name="outside", data_type=TensorProto.FLOAT, dims=[1, WIDTH])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    if offset is not None:
        tensor.external_data.add(key="offset", value=str(offset))
        tensor.external_data.add(key="length", value=str(4 * WIDTH))
    return tensor


def read_outside(tensor: TensorProto) -> bytes:
    """Let the answer hold what lies in another file."""
    return added(node("Max", ["outside", "zero"], ["extra"]), constants=[tensor])


def external(folder: Path) -> dict[str, bytes]:
    """Reach for a secret beside, above, by a link, in a device, beyond the end."""
    secret = folder / "secret.bin"
    secret.write_bytes(SECRET)
    below = folder / "below"
    below.mkdir()
    (below / "link.bin").symlink_to(secret)
    os.link(secret, below / "hard.bin")
    places = {
        "external: above": outside("../secret.bin"),
        "external: absolute": outside(str(secret)),
        "external: symbolic link": outside("link.bin"),
        "external: hard link": outside("hard.bin"),
        "external: device": outside("/dev/zero"),
        "external: beyond the end": outside("hard.bin", offset=10**9),
        "external: of the process": outside("/proc/self/environ", offset=0),
    }
    files = {name: read_outside(tensor) for name, tensor in places.items()}
    hidden = node("Constant", [], ["extra"], value=outside("hard.bin"))
    files["hidden: data outside, inside a node"] = added(hidden)
    return files


# Loops, and graphs in graphs


def body() -> GraphProto:
    """Make the inside of a loop that goes on, with nothing but single values."""
    inside = [node("Identity", ["c"], ["co"]), node("Identity", ["v"], ["vo"])]
    kinds = {"i": TensorProto.INT64, "c": TensorProto.BOOL, "co": TensorProto.BOOL}
    starts, ends = (
        [helper.make_tensor_value_info(x, kinds.get(x, TensorProto.FLOAT), []) for x in names]
        for names in (("i", "c", "v"), ("co", "vo"))
    )
    return helper.make_graph(inside, "body", starts, ends)


def loop_forever() -> bytes:
    """Count to 2^62."""
    forever = numpy_helper.from_array(np.array(2**62, np.int64), "often")
    return added(
        node("Loop", ["often", "true", "one"], ["extra"], body=body()),
        constants=[forever, TRUE, floats("one", [], 1.0)],
    )


def branch() -> bytes:
    """Choose one of two graphs."""
    end = helper.make_tensor_value_info("vo", TensorProto.FLOAT, None)
    inside = helper.make_graph([node("Identity", ["zero"], ["vo"])], "branch", [], [end])
    chosen = node("If", ["true"], ["extra"], then_branch=inside, else_branch=inside)
    return added(chosen, constants=[TRUE])


def hidden_graph() -> bytes:
    """Hang a graph onto an operator that takes none."""

    def change(model: ModelProto) -> None:
        model.graph.node[0].attribute.append(helper.make_attribute("body", body()))

    return changed(change)


def nested(depth: int) -> bytes:
    """Wrap graphs into graphs, as protobuf's own classes would not write them."""
    inner = b""
    for _ in range(depth):
        attribute = tagged(6, inner)
        inner = tagged(1, tagged(4, b"Add") + tagged(5, attribute))
    return tagged(8, b"\x10\x0d") + tagged(7, inner)


# Sizes


def filled(*sizes: int) -> bytes:
    """Let the graph make a constant of some size by itself."""
    made = node("ConstantOfShape", ["sizes"], ["made"])
    return added(made, node("ReduceMax", ["made"], ["extra"]), constants=[wholes("sizes", *sizes)])


def constant(tensor: TensorProto) -> bytes:
    """Give the graph a constant that is not what it says."""
    return changed(lambda model: model.graph.initializer.append(tensor))


def tensor(kind: int, *sizes: int, **values: Any) -> TensorProto:
    """Make a constant that nobody has checked."""
    return TensorProto(name="odd", data_type=kind, dims=sizes, **values)


def chain(length: int) -> bytes:
    """Add nothing, again and again."""
    names = ["grown", *(f"t{i}" for i in range(length - 1)), "extra"]
    return added(*(node("Mul", [a, "zero"], [b]) for a, b in pairwise(names)))


# Parts that no model of ours has


def function(model: ModelProto) -> None:
    """Define an operator in the file itself."""
    sets = [helper.make_opsetid("", 13)]
    made = helper.make_function("mine", "F", ["a"], ["b"], [node("Exp", ["a"], ["b"])], sets)
    model.functions.append(made)
    declare(model, mine=1)


def sparse(model: ModelProto) -> None:
    """Give a constant by its places."""
    values, places = floats("odd", [1], 1.0), wholes("", 3)
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [10**12]))


def quantized(model: ModelProto) -> None:
    """Say how a tensor was rounded."""
    model.graph.quantization_annotation.add(tensor_name="grown")


def reference(model: ModelProto) -> None:
    """Let an attribute be that of a function."""
    model.graph.node[0].attribute.add(name="axis", ref_attr_name="axis")


def sequence(model: ModelProto) -> None:
    """Take a list of tensors."""
    kind = helper.make_tensor_type_proto(TensorProto.FLOAT, [1])
    made = helper.make_value_info("list", helper.make_sequence_type_proto(kind))
    model.graph.input.append(made)


def named(model: ModelProto) -> None:
    """Bring HTML to whoever shows the metadata."""
    model.metadata_props.add(key="<script>alert(1)</script>", value="<img src=x onerror=alert(1)>")


def twice(model: bytes) -> dict[str, bytes]:
    """Say again, behind it, what protobuf then takes instead, or adds."""
    loop = tagged(1, tagged(4, b"Mul") + tagged(4, b"Loop"))
    return {
        "twice: graph": model + tagged(7, tagged(1, tagged(4, b"Loop"))),
        "twice: operator": tagged(8, b"\x10\x0d") + tagged(7, loop),
    }


def encodings(model: bytes) -> dict[str, bytes]:
    """Write what protobuf may read, and we do not."""
    return {
        "wire: group": model + b"\x0b\x0c",
        "wire: field 0": model + b"\x02\x00",
        "wire: number of a field in ten bytes": model
        + b"\xfa\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00",
        "wire: endless varint": model + b"\x08" + b"\xff" * 40,
        "wire: length beyond the end": model + b"\x32\xff\xff\xff\xff\x07",
        "wire: negative length": model + b"\x32" + b"\xff" * 9 + b"\x01",
        "wire: unknown field": model + tagged(1000, b"x" * 50),
        "wire: packed sizes": model + tagged(7, tagged(5, tagged(1, b"\x01\x02"))),
    }


def guarded(folder: Path) -> dict[str, bytes]:
    """Make what the guard refuses; some of it needs files to reach for."""
    model: bytes = plain().SerializeToString()
    dice = random.Random(5)
    float_, double, string = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.STRING
    return {
        **external(folder),
        **twice(model),
        **encodings(model),
        "loop: for ever": loop_forever(),
        "loop: branch": branch(),
        "loop: graph in a plain operator": hidden_graph(),
        "loop: graphs 20,000 deep": nested(20_000),
        "size: made constant of 10^12": filled(10**6, 10**6),
        "size: made constant of 20 GB": filled(5 * 10**4, 10**5),
        "size: made constant of less than nothing": filled(-1),
        "size: negative": constant(tensor(float_, -4, float_data=[1.0])),
        "size: two negatives": constant(tensor(float_, -1, -1, float_data=[1.0])),
        "size: lies": constant(tensor(float_, 2**31, 2**31, raw_data=b"1234")),
        "size: short data": constant(tensor(float_, 1, WIDTH, raw_data=b"1234")),
        "size: data cut in a value": constant(tensor(float_, 1, raw_data=b"12345")),
        "size: strings missing": constant(tensor(string, 3, string_data=[b"a"])),
        "size: of an input": changed(
            lambda m: m.graph.input[0].type.tensor_type.shape.dim.add(dim_value=-7)
        ),
        "type: another": constant(tensor(double, 1, double_data=[1.0])),
        "type: values of another": constant(tensor(float_, 1, int64_data=[1])),
        "type: none": constant(tensor(0, 1, float_data=[1.0])),
        "type: values twice": constant(tensor(float_, 1, float_data=[1.0], raw_data=b"\0\0\0\0")),
        "nodes: 200,000": chain(200_000),
        "nodes: none": changed(lambda m: m.graph.ClearField("node")),
        "operator: custom": added(node("Evil", ["grown"], ["extra"], domain="evil"), evil=1),
        "operator: of Microsoft": added(
            node("FusedMatMul", ["grown", "zero"], ["extra"], domain="com.microsoft"),
            com_microsoft=1,
        ),
        "operator: unknown": added(node("Divine", ["grown"], ["extra"])),
        "operator: random": added(node("RandomNormalLike", ["grown"], ["extra"])),
        "operator: set of another": changed(lambda m: declare(m, evil=1)),
        "operator: set of the future": changed(lambda m: m.opset_import.add(version=99)),
        "operator: no set": changed(lambda m: m.ClearField("opset_import")),
        "part: function": changed(function),
        "part: training": changed(lambda m: m.training_info.add()),
        "part: sparse constant": changed(sparse),
        "part: quantization": changed(quantized),
        "part: reference": changed(reference),
        "part: sequence": changed(sequence),
        "part: no metadata": changed(lambda m: m.ClearField("metadata_props")),
        "part: HTML in the metadata": changed(named),
        "file: empty": b"",
        "file: pointer of LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "file: pointer of DVC": b"outs:\n- md5: 00\n  size: 1\n  path: model.onnx\n",
        "file: page": b"<!doctype html><title>404</title>",
        "file: archive": b"PK\3\4" + bytes(60),
        "file: noise": dice.randbytes(4096),
        "file: zeros": bytes(4096),
        "file: cut in the middle": model[: len(model) // 2],
    }
