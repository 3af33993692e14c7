"""`card.json`: what is written down about a version, for good."""

import platform
import sys
from dataclasses import asdict
from importlib.metadata import version as version_of
from typing import Any

from modelpress.model import Model
from modelpress.signature import Signature
from pipeline.artifacts import PARTS, Paths, read_fields, write_json
from pipeline.candidate import read_golden
from pipeline.card import CARD
from pipeline.clock import now, stamp
from pipeline.config import load_block
from pipeline.decision import Decision
from pipeline.git import changed_files, has_git, head
from pipeline.registration.reference import reference
from pipeline.registration.shape import CardFile, DataFacts
from pipeline.rows import join, read_rows
from pipeline.schema import read_schema
from pipeline.scoring import outcome_of

_OF_BYTES = ("sha256", "size_bytes", "gzip_kb", "parity")
_LIBRARIES = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx")
# What a model is made of and nothing that is made of it.
_SOURCES = ("params.yaml", "dvc.yaml", "data", "pipeline", "modelpress", "requirements")


def write_card(paths: Paths, card: CardFile) -> None:
    """Write the card of a version whose bytes are in place."""
    write_json(paths.registry / card.version / CARD, asdict(card))


def compose_card(paths: Paths, version: str, decision: Decision, candidate: Model) -> CardFile:
    """
    Put together what will be written down; nothing is written yet.

    Raises:
        RegistryError: What it is made of is not there, or not whole.
    """
    schema = read_schema(paths.schema)
    train, *others = (read_rows(paths.part(name)) for name in PARTS)
    held_out = join(others)
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
        reference=reference(schema, train, held_out, outcome_of(candidate, held_out)),
        golden=read_golden(paths),
        data=DataFacts(schema.facts.sha256, schema.facts.rows),
        environment=_environment(),
        cut=schema.cut,
        **_of_bytes(read_fields(paths.export, "made_of", *_OF_BYTES)),
        **_of_signature(candidate.signature),
        **_of_evaluation(paths),
    )


def _dirty(paths: Paths) -> bool:
    """Whether the commit does not hold exactly these inputs; without Git, nothing can say."""
    if not has_git(paths.root) or not head(paths.root):
        return True
    return bool(changed_files(paths.root, _SOURCES))


def _of_bytes(export: dict[str, Any]) -> dict[str, Any]:
    digests = {name: x for name, x in export["made_of"].items() if name != "data_sha256"}
    kept = {name: export[name] for name in _OF_BYTES}
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


def _of_evaluation(paths: Paths) -> dict[str, Any]:
    names = ("metrics", "slices", "baselines")
    evaluation = read_fields(paths.evaluation, *names)
    return {name: evaluation[name] for name in names}


def _environment() -> dict[str, str]:
    libraries = {name: version_of(name) for name in _LIBRARIES}
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "system": platform.system(),
        "machine": platform.machine(),
        **libraries,
    }
