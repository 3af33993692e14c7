"""
A bill of materials for each version: CycloneDX 1.6, with a model card.

Of the version's card alone, so that it never changes once the version is there.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pipeline.card import Card
from pipeline.report.as_json import as_json

BOM = "bom.cdx.json"

_DIGESTS = ("params_sha256", "code_sha256", "lock_sha256")
_TASKS = {
    "binary": "binary classification",
    "multiclass": "multiclass classification",
    "regression": "regression",
}


def bill_of_materials(model: str, card: Card) -> bytes:
    """
    Write the bill of a version.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: The card is not of its shape.
    """
    fields = card.fields
    bill: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'{model}@{card.version}#{card.sha256}')}",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "modelpress"}]},
            "component": _model(model, card),
        },
        "components": [_data(model, fields), *_libraries(fields)],
    }
    if created := str(fields.get("created", "")):
        bill["metadata"]["timestamp"] = created
    bill["dependencies"] = [
        {"ref": _ref(model, card), "dependsOn": [one["bom-ref"] for one in bill["components"]]}
    ]
    return as_json(bill)


def _ref(model: str, card: Card) -> str:
    return f"{model}@{card.version}"


def _model(model: str, card: Card) -> dict[str, Any]:
    fields = card.fields
    properties = {name: str(fields[name]) for name in _DIGESTS}
    properties |= {name: str(fields[name]) for name in ("commit", "parent") if fields.get(name)}
    return {
        "type": "machine-learning-model",
        "bom-ref": _ref(model, card),
        "name": model,
        "version": card.version,
        "mime-type": "application/onnx",
        "hashes": [{"alg": "SHA-256", "content": card.sha256}],
        "properties": [
            {"name": f"modelpress:{name}", "value": value} for name, value in properties.items()
        ],
        "modelCard": {
            "modelParameters": _parameters(fields),
            "quantitativeAnalysis": {"performanceMetrics": _metrics(fields)},
        },
    }


def _parameters(fields: Mapping[str, Any]) -> dict[str, Any]:
    task = str(fields.get("task", ""))
    return {
        "approach": {"type": "supervised"},
        "task": _TASKS.get(task, task),
        "datasets": [{"ref": f"data:{fields['data']['sha256']}"}],
        "inputs": [{"format": f"{one['name']}: {one['kind']}"} for one in fields.get("inputs", ())],
        "outputs": [{"format": str(name)} for name in fields.get("outputs", ())],
    }


def _metrics(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the test metrics; a value is text in this format."""
    tested = fields.get("metrics", {}).get("test", {})
    return [_metric(name, found) for name, found in tested.items() if found["value"] is not None]


def _metric(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"type": name, "value": str(found["value"]), "slice": "test"}
    if found["low"] is not None and found["high"] is not None:
        told["confidenceInterval"] = {
            "lowerBound": str(found["low"]),
            "upperBound": str(found["high"]),
        }
    return told


def _data(model: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    digest = str(fields["data"]["sha256"])
    return {
        "type": "data",
        "bom-ref": f"data:{digest}",
        "name": f"{model}/table.csv",
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "data": [{"type": "dataset", "name": f"the table that {model} learnt from"}],
    }


def _libraries(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    environment = dict(fields.get("environment", {}))
    platform = {"machine", "system", "python"}
    found = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "name": str(name),
            "version": str(version),
            "purl": f"pkg:pypi/{name}@{version}",
        }
        for name, version in sorted(environment.items())
        if name not in platform
    ]
    if "python" in environment:
        python = str(environment["python"])
        found.append(
            {"type": "platform", "bom-ref": f"python@{python}", "name": "python", "version": python}
        )
    return found
