"""The OpenAPI description: a path and a schema for every model, from its signature."""

from importlib.metadata import version
from typing import Any

import numpy as np

from modelpress.signature import Input, Signature
from service.catalog import Catalog
from service.served import Served
from service.tensors import NUMBERS

Json = dict[str, Any]
_LARGEST = float(np.finfo(np.float32).max)
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_REFUSALS = {
    "400": "The body is no JSON.",
    "401": "The key is absent or another one.",
    "404": "There is no such model or version.",
    "408": "The body did not end.",
    "413": "Too many bytes or rows.",
    "415": "The body says it is no JSON.",
    "422": "A row does not fit the model.",
    "429": "Too many requests.",
    "503": "It took too long, or the model cannot be loaded.",
}


def document(catalog: Catalog, *, most: int) -> Json:
    """Describe the service with the models that it has now, and how many rows a body may have."""
    live = [x for line in catalog.lines.values() if (x := line.at("production")) is not None]
    paths = dict(_PLAIN)
    for served in live:
        name = served.name
        paths[f"/models/{name}/predict"] = {"post": _predict(served, most)}
        paths[f"/models/{name}"] = {"get": _get(f"What {name} is", name)}
        paths[f"/v2/models/{name}/infer"] = {"post": _infer(served)}
        paths[f"/v2/models/{name}"] = {"get": _get(f"The tensors of {name}", name)}
    schemas = {"Problem": _problem(), **{x.name: row_schema(x.signature) for x in live}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Modelpress", "version": version("modelpress")},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def row_schema(signature: Signature) -> Json:
    """Describe a row: every input must be there, and `null` says that it is missing."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in signature.inputs],
        "properties": {field.name: _property(field) for field in signature.inputs},
    }


def example(served: Served) -> Json:
    """Give a row that the model answers: a golden one."""
    golden = served.card.get("golden") or [{}]
    row: Json = golden[0].get("row", {})
    return row


def _property(field: Input) -> Json:
    if field.kind == "numeric":
        told: Json = {"type": ["number", "null"], "minimum": -_LARGEST, "maximum": _LARGEST}
        if field.range:
            told["description"] = f"in training from {field.range[0]:g} to {field.range[1]:g}"
        return told
    told = {"type": ["string", "null"]}
    if field.kind == "categorical":
        # A code may come as a number; a word with NUL in it ends there in other languages.
        told = {
            "type": ["string", "integer", "null"],
            "pattern": "^[^\\x00]*$",
            "exclusiveMinimum": -(2**64),
            "exclusiveMaximum": 2**64,
            "examples": list(field.categories[:20]),
        }
    return told


def _predict(served: Served, most: int) -> Json:
    name = served.name
    row = {"$ref": f"#/components/schemas/{name}"}
    body = {
        "oneOf": [row, {"type": "array", "items": row, "description": f"at most {most:,} rows"}]
    }
    return _post(f"Ask {name} {served.version}", name, body, example(served), _answer(served))


def _answer(served: Served) -> Json:
    one = _prediction(served.signature)
    head = {"model": {"type": "string"}, "version": {"type": "string"}}
    return {
        "anyOf": [
            {
                "type": "object",
                "required": [*head, *one["required"]],
                "properties": {**head, **one["properties"]},
            },
            {
                "type": "object",
                "required": [*head, "predictions"],
                "properties": {**head, "predictions": {"type": "array", "items": one}},
            },
        ]
    }


def _prediction(signature: Signature) -> Json:
    if signature.task == "regression":
        return _object({"value": {"type": "number"}})
    shares = {name: {"type": "number"} for name in signature.classes}
    return _object({"label": {"enum": list(signature.classes)}, "probabilities": _object(shares)})


def _object(properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}


def _infer(served: Served) -> Json:
    row = example(served)
    inputs = [
        {
            "name": field.name,
            "shape": [1, 1],
            "datatype": "FP32" if field.kind == "numeric" else "BYTES",
            "data": [row.get(field.name)],
        }
        for field in served.signature.inputs
    ]
    tensors = [_tensor(field) for field in served.signature.inputs]
    listed = {
        "type": "array",
        "prefixItems": tensors,
        "items": False,
        "minItems": len(tensors),
        "description": "One row; more rows have a longer shape, and as many values.",
    }
    body = _object({"inputs": listed})
    reply = _object({x: {} for x in ("model_name", "model_version", "outputs")})
    return _post(f"Ask {served.name} by tensors", served.name, body, {"inputs": inputs}, reply)


def _tensor(field: Input) -> Json:
    value = _property(field)
    words = ["BYTES"] if field.kind != "numeric" else list(NUMBERS)
    one = {"type": "array", "items": value, "minItems": 1, "maxItems": 1}
    return _object(
        {
            "name": {"const": field.name},
            "shape": {"enum": [[1, 1], [1]]},
            "datatype": {"enum": words},
            "data": {"oneOf": [one, {**one, "items": one}]},
        }
    )


def _post(summary: str, tag: str, body: Json, sample: Json, reply: Json) -> Json:
    content = {"application/json": {"schema": body, "example": sample}}
    return {
        "summary": summary,
        "tags": [tag],
        "security": [{}, {"key": []}],
        "requestBody": {"required": True, "content": content},
        "responses": _responses(reply),
    }


def _get(summary: str, tag: str) -> Json:
    told = _responses({"type": "object"})
    return {"summary": summary, "tags": [tag], "security": [{}, {"key": []}], "responses": told}


def _responses(reply: Json) -> Json:
    refused = {"application/problem+json": {"schema": _PROBLEM}}
    answered = {"description": "Answered.", "content": {"application/json": {"schema": reply}}}
    refusals = {code: {"description": text, "content": refused} for code, text in _REFUSALS.items()}
    return {"200": answered, **refusals}


def _problem() -> Json:
    told = {name: {"type": "string"} for name in ("type", "title", "detail", "error")}
    return _object({**told, "status": {"type": "integer"}})


_READY = {"503": {"description": "Not every model answers."}}
_PLAIN: Json = {
    path: {
        "get": {
            "summary": text,
            "tags": ["service"],
            "responses": {"200": {"description": "Told."}, **more},
        }
    }
    for path, text, more in (
        ("/", "What this is", {}),
        ("/health", "Readiness, uptime, resources", _READY),
        ("/metrics", "Counters for Prometheus", {}),
        ("/models", "Every model", {}),
        ("/v2", "What the server can do", {}),
        ("/v2/health/live", "Whether there is somebody", {}),
        ("/v2/health/ready", "Whether every model answers", _READY),
    )
}  # fmt: skip
