"""The shipped models with what they have not yet (staging, a snapshot, a bad title), as a site."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import onnx
from built_site import build, project, report
from fleet import FIRST_DAY, git
from house import REPOSITORY
from onnx.numpy_helper import from_array, to_array

from pipeline.report.finish import finish

WEB = REPOSITORY / "site" / "node_modules" / "onnxruntime-web" / "dist"
VENDOR = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
STAGED = "credit"
"""The model with another version in staging: v1.1.0, which asks for twice the probability."""
POLLED = "bikes"
"""The model with a newest snapshot."""
HOSTILE_TITLE = "</script><img src=x onerror=\"document.title='owned'\">'{{ 7 * 7 }}`"
FIRST = "iris"
"""The first model, with that title."""


def lay_repository(root: Path) -> Path:
    """Copy the shipped models, and add what they have not."""
    root.mkdir(parents=True)
    for name in ("params.yaml", "dvc.yaml", "dvc.lock"):
        shutil.copy(REPOSITORY / name, root)
    for name in ("models", "artifacts"):
        shutil.copytree(REPOSITORY / name, root / name)
    _stage(root / "models" / STAGED)
    _snapshot(root)
    _title(root / "params.yaml")
    git(root, FIRST_DAY, "init", "--quiet", "--initial-branch=main")
    git(root, FIRST_DAY, "add", ".")
    git(root, FIRST_DAY, "commit", "--quiet", "--message", "All there is")
    return root


def build_trial(folder: Path) -> Path:
    """Build the site of that repository, with onnxruntime-web; gives the built folder."""
    project(folder)
    docs = report(lay_repository(folder / "repository"), folder / "build" / "docs")
    vendor = docs / "assets" / "vendor" / "onnxruntime-web"
    vendor.mkdir(parents=True, exist_ok=True)
    for name in VENDOR:
        shutil.copy(WEB / name, vendor)
    public = build(folder, "mkdocs", "build", "--strict", "--quiet")
    assert finish(public) == []
    return public


def _stage(folder: Path) -> None:
    """Make a version of the one in production, with another threshold."""
    staged = folder / "v1.1.0"
    shutil.copytree(folder / "v1.0.0", staged)
    model = onnx.load(staged / "model.onnx")
    (told,) = (entry for entry in model.metadata_props if entry.key == "modelpress")
    signature = json.loads(told.value)
    threshold = signature["threshold"]
    told.value = json.dumps(signature | {"threshold": 2 * threshold})
    for tensor in model.graph.initializer:
        values = to_array(tensor)
        if values.size == 1 and values.dtype.kind == "f" and abs(values.item() - threshold) < 1e-6:
            tensor.CopyFrom(from_array(values * 2, tensor.name))
    onnx.save(model, staged / "model.onnx")
    content = (staged / "model.onnx").read_bytes()
    _amend(
        staged / "card.json",
        version="v1.1.0",
        parent="v1.0.0",
        threshold=2 * threshold,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )
    (folder / "staging").write_text("v1.1.0\n", "utf-8")


def _amend(place: Path, **changes: Any) -> None:
    place.write_text(json.dumps(json.loads(place.read_text("utf-8")) | changes), "utf-8")


def _snapshot(root: Path) -> None:
    card = json.loads((root / "models" / POLLED / "v1.0.0" / "card.json").read_text("utf-8"))
    typical = card["golden"][0]["row"]
    rows = [
        {"station": x, "status": "open", "row": typical | {"station": x, "free_bikes": 2.0}}
        for x in ("s01", "s02")
    ]
    told = {"schema": 1, "model": POLLED, "at": "2026-11-21T10:00:00Z", "horizon_minutes": 60}
    place = root / "data" / POLLED / "latest.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(told | {"rows": rows}), "utf-8")


def _title(params: Path) -> None:
    """Give the first model a title that is up to no good."""
    text = params.read_text("utf-8")
    before, line, after = text.partition("    title: ")
    rest = after.partition("\n")[2]
    params.write_text(f"{before}{line}{json.dumps(HOSTILE_TITLE)}\n{rest}", "utf-8")
