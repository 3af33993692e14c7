"""Did the same come out? What Git keeps of a model, before a run and after."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from pipeline.artifacts import Paths, write_bytes, write_text
from pipeline.lockfile import STAGES, read_entries, write_entries

ROUNDING = 2e-6
"""Numbers this close come from the same model on another processor."""

_MODEL = re.compile(r"path: artifacts/[^/]+/model\.onnx\n +hash: md5\n +md5: (\w+)")
_MADE_HERE = re.compile(r"    - path: artifacts/.*\n(?:      .*\n)*")
# They say in other words what the numbers say.
_FOLLOW = {"sha256", "reason"}


@dataclass(frozen=True)
class Kept:
    """What Git keeps of a model: its entries in the lock by stage, and its files by name."""

    entries: dict[str, str]
    files: dict[str, bytes]

    @property
    def metrics(self) -> dict[str, float]:
        """The test metrics, or none."""
        try:
            found = json.loads(self.files.get("metrics.json", b"{}"))
            return {name: value for name, value in found.items() if value is not None}
        except (AttributeError, ValueError):  # cut, or merged badly: whatever comes now is news
            return {}

    @property
    def model(self) -> str:
        """The digest of the model that the lock names; empty before the first export."""
        found = _MODEL.search(self.entries.get("export", ""))
        return found[1] if found else ""


@dataclass(frozen=True)
class Happened:
    """What a run did to a model, in a word or two, and which metrics it moved."""

    word: str
    moved: tuple[str, ...] = ()


def kept(paths: Paths) -> Kept:
    """Take down what Git keeps of a model."""
    everything = read_entries(paths.root / "dvc.lock")
    named = {stage: f"{stage}@{paths.model}" for stage in STAGES}
    entries = {stage: everything[name] for stage, name in named.items() if name in everything}
    places = [paths.metrics, paths.evaluation, paths.gate, paths.golden]
    places += sorted((paths.artifacts / "plots").glob("*.json"))
    files = {
        str(place.relative_to(paths.artifacts)): place.read_bytes()
        for place in places
        if place.exists()
    }
    return Kept(entries, files)


def what_happened(before: Kept, after: Kept) -> Happened:
    """Say whether a retrain gave the same, and if not, which metrics moved."""
    if not before.files:
        return Happened("first run")
    if before == after:
        return Happened("reproduced, unchanged")
    moved = tuple(
        f"{name} {before.metrics[name]:.4f} -> {value:.4f}"
        for name, value in after.metrics.items()
        if name in before.metrics and before.metrics[name] != value
    )
    return Happened("same model" if before.model == after.model else "new model", moved)


def settle_rounding(paths: Paths, before: Kept, after: Kept) -> bool:
    """
    Put back what Git kept if the same inputs gave the same but for rounding.

    Another processor may round another way in the last place. That is no change of the model, and
    must not become one of the repository.
    """
    if before == after or not before.files or not _same_but_rounding(before, after):
        return False
    for name, content in before.files.items():
        write_bytes(paths.artifacts / name, content)
    lock = paths.root / "dvc.lock"
    entries = read_entries(lock)
    entries |= {f"{stage}@{paths.model}": text for stage, text in before.entries.items()}
    write_text(lock, write_entries(entries))
    return True


def _same_but_rounding(before: Kept, after: Kept) -> bool:
    return (
        _inputs(before) == _inputs(after)
        and before.files.keys() == after.files.keys()
        and all(_close(_parsed(before, name), _parsed(after, name)) for name in before.files)
    )


def _inputs(state: Kept) -> dict[str, str]:
    """The lock without what the stages made themselves: commands, parameters, tables, code."""
    return {stage: _MADE_HERE.sub("", text) for stage, text in state.entries.items()}


def _parsed(state: Kept, name: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(state.files[name])
    except ValueError:  # cut, or merged badly: equal to nothing
        return None


def _close(left: Any, right: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(left, dict) and isinstance(right, dict):
        same_keys = left.keys() == right.keys()
        return same_keys and all(key in _FOLLOW or _close(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_close, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=ROUNDING, abs_tol=ROUNDING)
    return bool(left == right)
