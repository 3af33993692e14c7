"""
Fitted estimators as skops files: no pickle, and the same bytes for the same fit.

skops names parts after memory addresses and stamps them with the clock. Both are replaced here: a
name becomes the order in which it first occurs, a stamp the first moment a zip file can say.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import skops.io

from pipeline.artifacts import write_bytes

_SCHEMA = "schema.json"
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# scikit-learn remembers which list of stop words it has checked, by its address.
_ADDRESS = "_stop_words_id"


def write_estimator(path: Path, estimator: Any) -> None:  # noqa: ANN401 - sklearn has no types
    """Write a fitted pipeline."""
    write_bytes(path, canonical(skops.io.dumps(estimator)))


def canonical(content: bytes) -> bytes:
    """Rewrite a skops file so that its bytes follow from the estimator alone."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        names: dict[str, str] = {}
        _rename(schema, names, {})
        parts = {new: archive.read(old) for old, new in names.items()}
    parts[_SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _rename(node: Any, files: dict[str, str], ids: dict[int, int]) -> None:  # noqa: ANN401 - JSON
    """Walk the schema in order, numbering addresses and the files named after them."""
    if isinstance(node, list):
        for item in node:
            _rename(item, files, ids)
    if isinstance(node, dict):
        _settle(node, files, ids)
        for value in node.values():
            _rename(value, files, ids)


def _settle(node: dict[str, Any], files: dict[str, str], ids: dict[int, int]) -> None:
    if "is_json" in node:
        # Constants are shared or not as the interpreter likes; nothing refers to them.
        node.pop("__id__", None)
    if _ADDRESS in node:
        node[_ADDRESS]["content"] = "0"
    if "__id__" in node:
        node["__id__"] = ids.setdefault(node["__id__"], len(ids) + 1)
    # A vocabulary is a node as well, and `file` a word: then another node stands there.
    if isinstance(name := node.get("file"), str):
        node["file"] = files.setdefault(name, f"{len(files) + 1}{Path(name).suffix}")
