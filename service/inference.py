"""Answering a request of the Open Inference Protocol v2."""

import time
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from modelpress.model import Answer
from service.answering import Answered, Limits, encoded, in_parts
from service.problem import Problem
from service.served import Served
from service.tensors import Inference, Wanted, as_bytes, output_names, read_inference

PLATFORM = "onnxruntime_onnx"


def infer(
    served: Served, body: bytes, header: str | None, limits: Limits
) -> tuple[Answered, int | None]:
    """
    Answer tensors.

    Returns:
        The reply, and how many of its bytes are JSON if others follow.

    Raises:
        Problem: The request is refused, or takes too long.
    """
    end = time.monotonic() + limits.seconds
    asked = read_inference(body, header, served.signature, limits.rows)
    feeds = encoded(served, asked.rows)
    limits.policy.check(served.signature.inputs, asked.rows)
    if not asked.rows:
        raise Problem(422, "the tensors have no row")
    answer = in_parts(served, feeds, len(asked.rows), end)
    content, length = _reply(served, asked, answer)
    return Answered(content, asked.rows, feeds, answer), length


def _reply(served: Served, asked: Inference, answer: Answer) -> tuple[bytes, int | None]:
    names = output_names(served.signature)
    wanted = asked.outputs or tuple(Wanted(name, asked.binary) for name in names)
    told = [_output(one, _values(one.name, answer)) for one in wanted]
    reply: dict[str, Any] = {
        "model_name": served.name,
        "model_version": served.version,
        "outputs": [output for output, _ in told],
    }
    if asked.id is not None:
        reply["id"] = asked.id
    content = orjson.dumps(reply, option=orjson.OPT_SERIALIZE_NUMPY)
    rest = b"".join(part for _, part in told if part is not None)
    binary = any(one.binary for one in wanted)
    return content + rest, len(content) if binary else None


def _values(name: str, answer: Answer) -> NDArray[Any]:
    return {
        "label": answer.labels,
        "probabilities": answer.probabilities,
        "value": answer.values,
    }[name]


def _output(wanted: Wanted, values: NDArray[Any]) -> tuple[dict[str, Any], bytes | None]:
    words = values.dtype == np.object_
    told: dict[str, Any] = {
        "name": wanted.name,
        "datatype": "BYTES" if words else "FP32",
        "shape": list(values.shape),
    }
    if not wanted.binary:
        told["data"] = (
            values.reshape(-1).tolist() if words else np.ascontiguousarray(values.reshape(-1))
        )
        return told, None
    content = as_bytes(values) if words else values.astype("<f4", copy=False).tobytes()
    told["parameters"] = {"binary_data_size": len(content)}
    return told, content


def metadata(served: Served, versions: tuple[str, ...]) -> dict[str, Any]:
    """Describe a model as the protocol wants it."""
    signature = served.signature
    inputs = [
        {"name": x.name, "datatype": "FP32" if x.kind == "numeric" else "BYTES", "shape": [-1, 1]}
        for x in signature.inputs
    ]
    shapes = {"label": ("BYTES", [-1]), "value": ("FP32", [-1])}
    shapes["probabilities"] = ("FP32", [-1, len(signature.classes)])
    outputs = [
        {"name": name, "datatype": shapes[name][0], "shape": shapes[name][1]}
        for name in output_names(signature)
    ]
    return {
        "name": served.name,
        "versions": list(versions),
        "platform": PLATFORM,
        "inputs": inputs,
        "outputs": outputs,
    }
