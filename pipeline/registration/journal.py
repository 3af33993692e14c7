"""The experiment log: every decision of a gate, the rejections too, as one small file."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths, read_fields, read_json, shown, write_json
from pipeline.clock import stamp
from pipeline.config import load_block
from pipeline.decision import Decision
from pipeline.errors import RegistryError
from pipeline.git import head


def write_entry(paths: Paths, decision: Decision, moment: datetime) -> str:
    """
    Write a decision down once; the same decision about the same bytes has been written already.

    Returns:
        The name of its file.
    """
    digest = _digest(decision)
    known = sorted(paths.decisions.glob(f"*-{digest}.json"))
    if known:
        return known[-1].name
    name = f"{moment.date().isoformat()}-{digest}.json"
    write_json(paths.decisions / name, _entry(paths, decision, moment))
    return name


def entries(paths: Paths) -> list[Path]:
    """List the decisions that were kept, the oldest day first."""
    return sorted(paths.decisions.glob("*.json"))


def read_entry(place: Path) -> dict[str, Any]:
    """
    Read a decision that was kept.

    Raises:
        RegistryError: It is damaged.
    """
    entry: Any = read_json(place, "restore it from Git")
    parameters = entry.get("parameters") if isinstance(entry, dict) else None
    if not isinstance(parameters, dict) or not isinstance(entry.get("date"), str):
        raise RegistryError(
            "this is no decision: it names no date and parameters",
            hint="restore it from Git",
            path=shown(place),
        )
    kept: dict[str, Any] = entry
    return kept


def _digest(decision: Decision) -> str:
    judged = json.dumps(asdict(decision), sort_keys=True).encode()
    return hashlib.sha256(judged).hexdigest()[:12]


def _entry(paths: Paths, decision: Decision, moment: datetime) -> dict[str, Any]:
    parameters = _flat(load_block(paths.root, paths.model).model_dump(mode="json"))
    before = _last_parameters(paths)
    names = sorted(parameters.keys() | before.keys()) if before else []
    return {
        "schema": 1,
        "date": stamp(moment),
        "commit": head(paths.root),
        "decision": asdict(decision),
        "metrics": read_fields(paths.evaluation, "metrics")["metrics"]["test"],
        "parameters": parameters,
        "changed": {
            name: [before.get(name), parameters.get(name)]
            for name in names
            if before.get(name) != parameters.get(name)
        },
    }


def _last_parameters(paths: Paths) -> dict[str, Any]:
    kept = [read_entry(place) for place in entries(paths)]
    parameters: dict[str, Any] = max(kept, key=itemgetter("date"))["parameters"] if kept else {}
    return parameters


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Name every leaf by its path."""
    if not isinstance(value, dict) or not value:
        return {prefix: value}
    return {
        path: leaf
        for key, inner in value.items()
        for path, leaf in _flat(inner, f"{prefix}.{key}" if prefix else str(key)).items()
    }
