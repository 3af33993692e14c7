"""
`ingest`: replace a model's table with a file from one of its sources, or poll its services.

Reads: params.yaml (data, features, target), the source: a file, an address, a service
Writes: data/<model>/{table.csv, source.json}; for a large table also table.csv.dvc; of polls also
    data/<model>/{raw/<day>.jsonl, raw/<day>.parquet, stations.json, latest.json}
"""

import argparse
import logging
from fnmatch import fnmatch
from pathlib import Path

from pipeline.artifacts import Paths, read_json, sha256_of
from pipeline.config import ModelBlock, load_block
from pipeline.config.sources import FileSource, Source
from pipeline.connectors import Delivery, connect, name_of
from pipeline.errors import DataError
from pipeline.polls import poll
from pipeline.source import Canonical, accept, declaration, read
from pipeline.table import read_accepted

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument(
        "--from", dest="place", metavar="PATH|URL", help="default: the source's own url"
    )
    parser.add_argument(
        "--source",
        metavar="NAME",
        help="which of data.sources wrote it; default: by the file's name",
    )
    parser.add_argument(
        "--accept-fewer-rows", action="store_true", help="take a table that has lost many rows"
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="DIR",
        help="poll what is recorded there, and not the services",
    )


def command(root: Path, options: argparse.Namespace) -> int:
    """Ingest one file, or poll."""
    block = load_block(root, options.model)
    if options.replay or (block.data.polls and not options.place and not options.source):
        log.info("%s ingest: %s", options.model, poll(root, options.model, block, options.replay))
        return 0
    return _ingest(root, options, block)


def _ingest(root: Path, options: argparse.Namespace, block: ModelBlock) -> int:
    paths = Paths(root, options.model)
    name, source = _source(block, options.source, options.place)
    known = "" if options.place else _known(paths, block, name)
    delivery = connect(source, options.place).fetch(known)
    if delivery is None:
        log.info("%s ingest: the source %s has nothing new", options.model, name)
        return 0
    _refuse_other_bytes(name, source, delivery)
    table = read(block, source, delivery)
    if not options.accept_fewer_rows:
        _refuse_fallen_rows(block, paths, name, len(table.rows))
    accept(root, block, (options.model, name), delivery, table)
    log.info("%s ingest: %s", options.model, _summary(name, delivery, table))
    return 0


def _source(block: ModelBlock, name: str | None, place: str | None) -> tuple[str, Source]:
    """
    Pick the source: by its name, or as the only one that delivers files of such a name.

    Raises:
        DataError: There is none, or more than one.
    """
    sources = block.data.sources
    fitting = [key for key, source in sources.items() if _fits(key, source, name, place)]
    if place is None and name is None and not fitting:
        raise DataError("no source has a url to fetch from", hint="say --from PATH|URL")
    if len(fitting) != 1:
        known = ", ".join(f"`{key}`" for key in sources) or "(none)"
        asked = f"--source {name}" if name else f"`{name_of(place)}`" if place else "no --from"
        raise DataError(
            f"{len(fitting)} of the sources {known} fit {asked}",
            hint="name one with --source, or describe it under data.sources in params.yaml",
        )
    if place is None and not _reachable(sources[fitting[0]]):
        raise DataError(f"the source `{fitting[0]}` has no url", hint="say --from PATH|URL")
    return fitting[0], sources[fitting[0]]


def _fits(key: str, source: Source, name: str | None, place: str | None) -> bool:
    if name is not None:
        return key == name
    if place is None:
        return _reachable(source)
    return isinstance(source, FileSource) and fnmatch(name_of(place), source.match)


def _reachable(source: Source) -> bool:
    """Whether a source can be asked without `--from`; a service always can."""
    return not isinstance(source, FileSource) or bool(source.url)


def _known(paths: Paths, block: ModelBlock, source: str) -> str:
    """Give the etag of the table that is here, if it is whole and was read as is declared now."""
    if not paths.source.exists() or not paths.table.exists():
        return ""
    record = read_json(paths.source)
    same = {"source": source, "declaration_sha256": declaration(block)}
    if not isinstance(record, dict) or any(record.get(k) != x for k, x in same.items()):
        return ""
    whole = record.get("table_sha256") == sha256_of(paths.table)
    return str(record.get("etag", "")) if whole else ""


def _refuse_other_bytes(name: str, source: Source, delivery: Delivery) -> None:
    pinned = source.sha256 if isinstance(source, FileSource) else ""
    if pinned and delivery.sha256 != pinned:
        raise DataError(
            f"its sha256 is {delivery.sha256}, and data.sources.{name}.sha256 says {pinned}",
            hint="the source has changed: look at it, then pin the new digest",
            path=delivery.name,
        )


def _refuse_fallen_rows(block: ModelBlock, paths: Paths, source: str, rows: int) -> None:
    last, share = read_accepted(paths.source), block.contract.min_rows_share
    if last and last.source == source and rows < share * last.rows:
        raise DataError(
            f"{rows:,} rows, and the last table of source `{source}` had {last.rows:,}: "
            f"{rows / last.rows:.1%}, at least {share:.1%} are asked",
            hint="the delivery was cut? if it is whole, say --accept-fewer-rows",
        )


def _summary(source: str, delivery: Delivery, table: Canonical) -> str:
    text = f"{len(table.rows):,} rows from `{delivery.name}` (source {source})"
    if table.left_out:
        text += f"; left out: {', '.join(table.left_out)}"
    if table.not_delivered:
        text += f"; not delivered, so empty: {', '.join(table.not_delivered)}"
    return text
