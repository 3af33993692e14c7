"""What a model was made from, as digests: two runs with equal ones should give equal models."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.artifacts import shown
from pipeline.config import ModelBlock
from pipeline.errors import RegistryError, in_words

LOCK = "requirements/pipeline.lock"
_REMEDY = "restore it from Git"
_MAKERS = ("prepare", "train", "export")
_KEYS = ("task", "target", "features", "contract", "split", "estimator", "tune", "threshold")


def digests(root: Path, block: ModelBlock) -> dict[str, str]:
    """Digest parameters, code and lock file; the table's digest is in the schema."""
    made_of = block.model_dump(mode="json", include=set(_KEYS))
    return {
        "params_sha256": _sha256(json.dumps(made_of, sort_keys=True).encode()),
        "code_sha256": _sha256(*(_read(root / file) for file in code_files(root))),
        "lock_sha256": _sha256(_read(root / LOCK)),
    }


def code_files(root: Path) -> list[str]:
    """
    List the sources that make a model, as `dvc.yaml` declares them: files, and folders of files.

    A test holds those equal to what the stages really import.

    Raises:
        RegistryError: It is damaged.
    """
    content = _read(root / "dvc.yaml")
    try:
        stages: dict[str, Any] = YAML(typ="safe", pure=True).load(content)["stages"]
        declared = {str(place) for stage in _MAKERS for place in stages[stage]["do"]["deps"]}
    except (YAMLError, KeyError, TypeError) as error:
        message = f"this does not declare the stages {', '.join(_MAKERS)}"
        raise RegistryError(message, hint=_REMEDY, path="dvc.yaml") from error
    files = {place for place in declared if place.endswith(".py")}
    for folder in (root / place for place in declared if (root / place).is_dir()):
        files |= {str(file.relative_to(root)) for file in folder.rglob("*.py")}
    return sorted(files)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {in_words(error)}"
        raise RegistryError(message, hint=_REMEDY, path=shown(path)) from error


def _sha256(*contents: bytes) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()
