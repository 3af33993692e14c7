"""
`export`: a fitted estimator in, `model.onnx` out, proven to say the same.

Reads: artifacts/<model>/{schema.json, estimator.skops, training.json, validation.parquet}
Writes: artifacts/<model>/{model.onnx, export.json, golden.json}
"""

import gzip
import hashlib
import logging
import zipfile
from pathlib import Path
from typing import Any

import skops.io

from modelpress.golden import record_golden
from modelpress.guard import refuse_unsafe
from modelpress.model import Model
from modelpress.signature import Signature
from modelpress.text import NORMALIZER
from pipeline.artifacts import (
    Paths,
    read_fields,
    shown,
    unreadable,
    write_bytes,
    write_json,
)
from pipeline.config import load_block
from pipeline.errors import RegistryError
from pipeline.estimators import TRUSTED_TYPES
from pipeline.export.digests import digests
from pipeline.export.golden_rows import golden_rows
from pipeline.export.graph import convert
from pipeline.export.hostile import hostile_rows, terms_of
from pipeline.export.parity import Parity, prove
from pipeline.rows import read_rows
from pipeline.schema import Schema, read_schema

log = logging.getLogger(__name__)

SEED = 20


def run(root: Path, model: str) -> None:
    """
    Export one model.

    Raises:
        ParamsError: Its block has faults.
        ExportError: The ONNX file does not say what the estimator says.
        FileError: It holds what the service would refuse to load.
        RegistryError: What earlier stages wrote is not there.
    """
    paths, block = Paths(root, model), load_block(root, model)
    schema = read_schema(paths.schema)
    pipeline = _estimator(paths)
    signature = _signature(schema, read_fields(paths.training, "threshold")["threshold"])
    content = convert(pipeline, signature)
    refuse_unsafe(content)
    exported = Model(content)
    parity = {
        "validation": prove(pipeline, exported, read_rows(paths.part("validation"))),
        "hostile": prove(pipeline, exported, hostile_rows(pipeline, signature, SEED)),
    }
    write_bytes(paths.onnx, content)
    golden = record_golden(exported, golden_rows(signature, terms_of(pipeline), SEED))
    record = _record(content, signature, parity)
    made_of = {"data_sha256": schema.facts.sha256, **digests(root, block)}
    write_json(paths.golden, golden)
    write_json(paths.export, record | {"made_of": made_of})
    log.info("%s export: %s", model, _summary(record))


def _estimator(paths: Paths) -> Any:  # noqa: ANN401 - sklearn has no types
    try:
        return skops.io.load(paths.estimator, trusted=list(TRUSTED_TYPES))
    except OSError as error:
        raise unreadable(paths.estimator, error) from error
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise RegistryError(
            f"this is no estimator: {error}", hint="run again", path=shown(paths.estimator)
        ) from error


def _signature(schema: Schema, threshold: dict[str, Any] | None) -> Signature:
    return Signature(
        model=schema.model,
        task=schema.task,
        inputs=schema.inputs,
        classes=schema.classes,
        positive=schema.positive,
        threshold=threshold["value"] if threshold else None,
        normalizer=NORMALIZER if schema.of_kind("text") else "",
    )


def _record(content: bytes, signature: Signature, parity: dict[str, Parity]) -> dict[str, Any]:
    return {
        "schema": 1,
        "model": signature.model,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        # Whole kilobytes: the last bytes depend on the machine's compressor.
        "gzip_kb": -(-len(gzip.compress(content, 9, mtime=0)) // 1024),
        "parity": {name: part.record() for name, part in parity.items()},
    }


def _summary(record: dict[str, Any]) -> str:
    parts = record["parity"].values()
    rows, largest = sum(p["rows"] for p in parts), max(p["largest"] for p in parts)
    return f"{record['gzip_kb']} KB gzip, equal on {rows:,} rows (largest difference {largest:g})"
