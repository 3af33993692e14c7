"""
One graph per model: named inputs, then `label` and `probabilities`, or `value`.

The bytes follow from the estimator alone: whatever skl2onnx leaves to chance (names, the order of
operator sets, its own version) is settled here.
"""

import copy
import warnings
from itertools import chain
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

from modelpress.signature import METADATA_KEY, Signature
from pipeline.estimators import PREDICT
from pipeline.export.converters import register

OPSETS = {"": 17, "ai.onnx.ml": 3, "com.microsoft": 1}
# skl2onnx declares the oldest set that its own nodes need; ours need this one.
_OLDEST = 11
LABEL, PROBABILITIES, VALUE = "label", "probabilities", "value"


def convert(pipeline: Any, signature: Signature) -> bytes:  # noqa: ANN401 - sklearn has no types
    """Turn a fitted pipeline into the bytes of an ONNX file that carries its signature."""
    register()
    with warnings.catch_warnings():
        # skl2onnx writes the trees' flags as booleans; protobuf 6 takes them and says that 7 will
        # not, which is why the lock files hold protobuf below 7.
        warnings.filterwarnings("ignore", ".*Expected an int, got a boolean", DeprecationWarning)
        model = _converted(_with_float32_cuts(pipeline), signature)
    finish = _finish_value if signature.task == "regression" else _finish_classes
    finish(model, signature)
    _prune(model)
    return _canonical(model, signature)


def _with_float32_cuts(pipeline: Any) -> Any:  # noqa: ANN401 - sklearn has no types
    """
    Round the cuts of gradient boosting down to float32, in a copy.

    A float32 x lies at or below a float64 cut if, and only if, it lies at or below the largest
    float32 at or below the cut. skl2onnx rounds to the nearest, which may lie above.
    """
    if not hasattr(pipeline.named_steps[PREDICT], "_predictors"):
        return pipeline
    copied = copy.deepcopy(pipeline)
    for tree in chain.from_iterable(copied.named_steps[PREDICT]._predictors):  # noqa: SLF001
        cuts = tree.nodes["num_threshold"]
        near = cuts.astype(np.float32)
        tree.nodes["num_threshold"] = np.where(
            near > cuts, np.nextafter(near, np.float32(-np.inf)), near
        )
    return copied


def _converted(pipeline: Any, signature: Signature) -> ModelProto:  # noqa: ANN401 - sklearn
    types = {"float32": FloatTensorType, "string": StringTensorType}
    classifies = signature.task != "regression"
    model: ModelProto = convert_sklearn(
        pipeline,
        # A name left out becomes a random one.
        name=signature.model,
        initial_types=[(x.name, types[x.dtype]([None, 1])) for x in signature.inputs],
        # A sequence of maps is what runtimes in the browser cannot read.
        options={id(pipeline): {"zipmap": False}} if classifies else None,
        target_opset=OPSETS,
    )
    return model


def _finish_classes(model: ModelProto, signature: Signature) -> None:
    """Let the graph tell the label itself: by threshold, or the most probable class."""
    graph = model.graph
    # Names of ours start with @, which no feature's can.
    _rename(model, graph.output[0].name, "@estimator_label")
    _rename(model, graph.output[1].name, PROBABILITIES)
    if signature.threshold is None:
        graph.initializer.append(_strings("@classes", signature.classes))
        graph.node.extend(
            [
                helper.make_node("ArgMax", [PROBABILITIES], ["@code"], axis=1, keepdims=0),
                helper.make_node("Gather", ["@classes", "@code"], [LABEL]),
            ]
        )
    else:
        _add_threshold(model, signature, signature.threshold)
    del graph.output[:]
    shape = [None, len(signature.classes)]
    graph.output.extend(
        [
            helper.make_tensor_value_info(LABEL, TensorProto.STRING, [None]),
            helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, shape),
        ]
    )


def _add_threshold(model: ModelProto, signature: Signature, threshold: float) -> None:
    negative, positive = signature.classes
    model.graph.initializer.extend(
        [
            helper.make_tensor("@last", TensorProto.INT64, [], [1]),
            helper.make_tensor("@threshold", TensorProto.FLOAT, [], [threshold]),
            _strings("@negative", (negative,)),
            _strings("@positive", (positive,)),
        ]
    )
    model.graph.node.extend(
        [
            helper.make_node("Gather", [PROBABILITIES, "@last"], ["@score"], axis=1),
            helper.make_node("Less", ["@score", "@threshold"], ["@short"]),
            helper.make_node("Where", ["@short", "@negative", "@positive"], [LABEL]),
        ]
    )


def _finish_value(model: ModelProto, signature: Signature) -> None:  # noqa: ARG001 - as its twin
    _rename(model, model.graph.output[0].name, VALUE)
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(VALUE, TensorProto.FLOAT, [None, 1]))


def _strings(name: str, values: tuple[str, ...]) -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.STRING, dims=[len(values)])
    tensor.string_data.extend(value.encode() for value in values)
    return tensor


def _rename(model: ModelProto, old: str, new: str) -> None:
    for node in model.graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == old:
                    names[index] = new


def _prune(model: ModelProto) -> None:
    """Drop the nodes whose answers nobody asks for, such as the classifier's own label."""
    wanted = {output.name for output in model.graph.output}
    kept: list[NodeProto] = []
    for node in reversed(model.graph.node):
        if wanted & set(node.output):
            kept.insert(0, node)
            wanted |= set(node.input)
    used = [tensor for tensor in model.graph.initializer if tensor.name in wanted]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(kept)
    model.graph.initializer.extend(used)


def _canonical(model: ModelProto, signature: Signature) -> bytes:
    used = {node.domain for node in model.graph.node}
    sets = sorted(
        (o.domain, max(o.version, _OLDEST) if o.domain == "" else o.version)
        for o in model.opset_import
        if o.domain in used
    )
    del model.opset_import[:]
    model.opset_import.extend(helper.make_opsetid(*entry) for entry in sets)
    model.producer_name, model.producer_version = "modelpress", "1"
    model.domain = model.doc_string = model.graph.doc_string = ""
    model.graph.name = signature.model
    for index, node in enumerate(model.graph.node):
        node.doc_string = ""
        node.name = f"{index}_{node.op_type}"
    del model.metadata_props[:]
    helper.set_model_props(model, {METADATA_KEY: signature.to_json()})
    content: bytes = model.SerializeToString(deterministic=True)
    return content
