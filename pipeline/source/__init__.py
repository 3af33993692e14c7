"""
A file as its source writes it, brought into the form of `table.csv`.

Read by what `data.sources` declares: encoding, delimiter, quoting and archive are never guessed.
"""

from pathlib import Path
from typing import Any

from pipeline.artifacts import Paths, sha256_of, write_json
from pipeline.config import ModelBlock
from pipeline.config.data import Source
from pipeline.source.canonical import Canonical, canonical
from pipeline.source.fetch import Delivery, fetch, name_of
from pipeline.source.keep import keep, pointer, unharmed
from pipeline.source.parse import Parsed, parse
from pipeline.source.unpack import file_in, unpack

__all__ = [
    "Canonical",
    "Delivery",
    "Parsed",
    "accept",
    "canonical",
    "fetch",
    "file_in",
    "name_of",
    "parse",
    "pointer",
    "read",
    "unharmed",
    "unpack",
]


def read(block: ModelBlock, source: Source, delivery: Delivery) -> Canonical:
    """
    Read a delivery by its source's declaration.

    Raises:
        DataError: It is not what the source declares.
    """
    parsed = parse(unpack(delivery, source), source, delivery.name)
    return canonical(block, source, parsed, delivery.name)


def accept(root: Path, model: str, source: str, delivery: Delivery, table: Canonical) -> None:
    """
    Make a table the model's own, and write down where it came from; or leave all as it was.

    Raises:
        DataError: It is too large for Git, and there is no DVC remote.
        RunError: DVC fails.
    """
    paths = Paths(root, model)
    with unharmed(paths):
        keep(paths, table)
        record: dict[str, Any] = {
            "schema": 1,
            "source": source,
            "file": delivery.name,
            "url": delivery.url,
            "sha256": delivery.sha256,
            "table_sha256": sha256_of(paths.table),
            "rows": len(table.rows),
            "left_out": table.left_out,
            "not_delivered": table.not_delivered,
        }
        write_json(paths.source, record)
