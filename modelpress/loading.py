"""
`load`: a model by the name of its folder, checked before it is used.

What it finds its way through, in a checkout and on a published site alike:

    models/spam/                production (a version) or production.json, and versions below
    models/spam/v1.2.0/         model.onnx, card.json
    artifacts/spam/             model.onnx, export.json: the candidate of the last run
    any/where/model.onnx        with a record beside it, or with `sha256=`
"""

import hashlib
import json
import re
from os import PathLike, fspath
from typing import Any

from modelpress.errors import FileError
from modelpress.model import Model
from modelpress.places import Place, open_place

MODEL_FILE = "model.onnx"
RECORDS = ("card.json", "export.json")

_VERSION = re.compile(r"v\d+\.\d+\.\d+")


def load(path_or_url: str | PathLike[str], *, sha256: str | None = None) -> Model:
    """
    Load a model from a folder, a file or a URL; of `models/<name>`, the version in production.

    Args:
        path_or_url: See the module's list.
        sha256: The digest that the file must have. Without it, the record beside the file
            (`card.json` or `export.json`) says it; a file that nothing vouches for is refused.

    Raises:
        FileError: There is no such model, or its bytes are not those of the record.
    """
    folder, file = _split(fspath(path_or_url))
    place, version = _in_production(open_place(folder), file)
    content = place.require(file)
    record = _record(place)
    _verify(content, sha256 or record.get("sha256"), f"{place.name}/{file}")
    return Model(content, version=version or str(record.get("version", "")))


def _split(path_or_url: str) -> tuple[str, str]:
    if path_or_url.endswith(".onnx"):
        start = path_or_url.rfind("/") + 1
        return path_or_url[:start] or ".", path_or_url[start:]
    return path_or_url, MODEL_FILE


def _in_production(place: Place, file: str) -> tuple[Place, str]:
    """Follow the pointer of a model's folder; any other folder is where the file lies itself."""
    version = _pointer(place) if file == MODEL_FILE else None
    if version is None:
        return place, ""
    if not version:
        raise FileError(f"`{place.name}` has no version in production")
    if not _VERSION.fullmatch(version):
        raise FileError(f"`{place.name}/production` says `{version[:80]}`, which is no version")
    return open_place(f"{place.name}/{version}"), version


def _pointer(place: Place) -> str | None:
    if (line := place.read("production")) is not None:
        version = line.decode("utf-8", "replace").strip()
        # What is left of v1.0.10 may be v1.0.1: only a whole line is a version.
        return version if line.endswith(b"\n") or not version else f"{version} without a line end"
    if (published := place.read("production.json")) is not None:
        return str(_json(published, f"{place.name}/production.json").get("version") or "")
    return None


def _record(place: Place) -> dict[str, Any]:
    for name in RECORDS:
        content = place.read(name)
        if content is not None:
            return _json(content, f"{place.name}/{name}")
    return {}


def _json(content: bytes, name: str) -> dict[str, Any]:
    try:
        record = json.loads(content)
    except (RecursionError, ValueError) as error:
        raise FileError(f"`{name}` is not JSON: {error}", hint="restore it from Git") from error
    if not isinstance(record, dict):
        raise FileError(f"`{name}` is not a record", hint="restore it from Git")
    return record


def _verify(content: bytes, expected: str | None, name: str) -> None:
    actual = hashlib.sha256(content).hexdigest()
    if expected is None:
        raise FileError(
            f"nothing vouches for `{name}`: there is no {' or '.join(RECORDS)} beside it",
            hint=f'if you trust it, say so: load(..., sha256="{actual}")',
        )
    if actual != expected:
        raise FileError(
            f"`{name}` has sha256 {actual}, not {expected}",
            hint="the file was changed or damaged: restore it from Git",
        )
