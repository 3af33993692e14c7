"""`card.json`: what is written down about a version, for good."""

import platform
import sys
from dataclasses import asdict, replace
from importlib.metadata import version as version_of
from typing import Any

from modelpress.signature import Signature
from pipeline.artifacts import Paths, read_json, write_json
from pipeline.clock import now, stamp
from pipeline.config import load_block
from pipeline.decision import Decision
from pipeline.git import changed_files, has_git, head
from pipeline.registration.reference import reference
from pipeline.registration.shape import CardFile, DataFacts
from pipeline.registry import CARD
from pipeline.rows import read_rows
from pipeline.schema import read_schema

_LIBRARIES = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")
# What a model is made of and nothing that is made of it.
_SOURCES = ("params.yaml", "dvc.yaml", "data", "pipeline", "modelpress", "requirements")


def write_card(
    paths: Paths, version: str, decision: Decision, signature: Signature, overruled: str
) -> None:
    """Write the card of a version whose bytes are in place."""
    card = replace(_card(paths, version, decision, signature), overruled=overruled)
    write_json(paths.registry / version / CARD, asdict(card))


def _card(paths: Paths, version: str, decision: Decision, signature: Signature) -> CardFile:
    schema = read_schema(paths.schema)
    return CardFile(
        schema=1,
        model=paths.model,
        version=version,
        parent=decision.champion,
        created=stamp(now()),
        commit=head(paths.root),
        dirty=_dirty(paths),
        seed=load_block(paths.root, paths.model).split.seed,
        gate=decision,
        reference=reference(schema, read_rows(paths.part("train"))),
        golden=read_json(paths.golden),
        data=DataFacts(schema.facts.sha256, schema.facts.rows),
        environment=_environment(),
        cut=schema.cut,
        **_of_bytes(read_json(paths.export)),
        **_of_signature(signature),
        **_of_evaluation(read_json(paths.evaluation)),
    )


def _dirty(paths: Paths) -> bool:
    """Whether the commit does not hold exactly these inputs; without Git, nothing can say."""
    if not has_git(paths.root) or not head(paths.root):
        return True
    return bool(changed_files(paths.root, _SOURCES))


def _of_bytes(export: dict[str, Any]) -> dict[str, Any]:
    digests = {name: x for name, x in export["made_of"].items() if name != "data_sha256"}
    kept = {name: export[name] for name in ("sha256", "size_bytes", "gzip_kb", "parity")}
    return {**kept, **digests}


def _of_signature(signature: Signature) -> dict[str, Any]:
    inputs = [{**asdict(field), "dtype": field.dtype} for field in signature.inputs]
    return {
        "task": signature.task,
        "inputs": inputs,
        "outputs": ["label", "probabilities"] if signature.classes else ["value"],
        "classes": list(signature.classes),
        "positive": signature.positive,
        "threshold": signature.threshold,
        "normalizer": signature.normalizer,
    }


def _of_evaluation(evaluation: dict[str, Any]) -> dict[str, Any]:
    return {name: evaluation[name] for name in ("metrics", "slices", "baselines")}


def _environment() -> dict[str, str]:
    libraries = {name: version_of(name) for name in _LIBRARIES}
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "system": platform.system(),
        "machine": platform.machine(),
        **libraries,
    }
