"""
What a source brought, read as it is declared and brought into the form of `table.csv`.

Encoding, delimiter, quoting, format and archive are never guessed.
"""

import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths, read_json, sha256_of, write_json
from pipeline.config import ModelBlock
from pipeline.config.sources import (
    Bundled,
    CityBikes,
    Delimited,
    FileSource,
    OpenMeteo,
    Source,
    Workbook,
)
from pipeline.connectors import Delivery
from pipeline.source.canonical import Canonical, canonical
from pipeline.source.keep import keep, pointer, unharmed
from pipeline.source.parse import Parsed, parse
from pipeline.source.payloads import hours, stations
from pipeline.source.unpack import file_in, unpack

__all__ = [
    "Canonical",
    "Parsed",
    "accept",
    "canonical",
    "declaration",
    "file_in",
    "keep",
    "parse",
    "pointer",
    "read",
    "stands",
    "unharmed",
    "unpack",
]

_BUNDLED = Delimited(encoding="utf-8", delimiter=",", quoting="standard")


def read(block: ModelBlock, source: Source, delivery: Delivery) -> Canonical:
    """
    Read a delivery by its source's declaration.

    Raises:
        DataError: It is not what the source declares.
    """
    declared = source if isinstance(source, FileSource) else None
    return canonical(block, _parsed(source, delivery), delivery.name, declared)


def _parsed(source: Source, delivery: Delivery) -> Parsed:
    if isinstance(source, CityBikes):
        return stations(source, delivery)
    if isinstance(source, OpenMeteo):
        return hours(delivery)
    if isinstance(source, Bundled):
        source = _BUNDLED
    if isinstance(source, Delimited):
        return parse(unpack(delivery, source), source, delivery.name)
    # By name: who ingests a CSV file must not wait for libraries of other formats.
    module = import_module(
        "pipeline.source.workbook" if isinstance(source, Workbook) else "pipeline.source.records"
    )
    reader: Callable[[Source, Delivery], Parsed] = module.read
    return reader(source, delivery)


def declaration(block: ModelBlock) -> str:
    """Digest everything of a block by which a delivery becomes a table."""
    said = block.model_dump(mode="json", include={"data", "features", "target"})
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def stands(paths: Paths, block: ModelBlock, delivery: Delivery) -> bool:
    """Whether the table is what this delivery gives, read as is declared now."""
    if not paths.source.exists() or not paths.table.exists():
        return False
    record = read_json(paths.source)
    same = {
        "sha256": delivery.sha256,
        "declaration_sha256": declaration(block),
        "table_sha256": sha256_of(paths.table),
    }
    return isinstance(record, dict) and all(record.get(key) == x for key, x in same.items())


def accept(
    root: Path, block: ModelBlock, named: tuple[str, str], delivery: Delivery, table: Canonical
) -> None:
    """
    Make a table the model's own, and write down where it came from; or leave all as it was.

    Args:
        root: The repository.
        block: The model's.
        named: The model, and the source.
        delivery: What arrived.
        table: What was read of it.

    Raises:
        DataError: It is too large for Git, and there is no DVC remote.
        RunError: DVC fails.
    """
    model, source = named
    paths = Paths(root, model)
    with unharmed(paths):
        keep(paths, table)
        record: dict[str, Any] = {
            "schema": 1,
            "source": source,
            "file": delivery.name,
            "url": delivery.url,
            "sha256": delivery.sha256,
            "etag": delivery.etag,
            "declaration_sha256": declaration(block),
            "table_sha256": sha256_of(paths.table),
            "rows": len(table.rows),
            "left_out": table.left_out,
            "not_delivered": table.not_delivered,
        }
        write_json(paths.source, record)
