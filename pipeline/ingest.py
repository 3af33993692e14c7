"""
`ingest`: replace a model's table with a file from one of its sources.

Reads: params.yaml (data, features, target), the file or URL
Writes: data/<model>/{table.csv, source.json}; for a large table also table.csv.dvc
"""

import argparse
import logging
from fnmatch import fnmatch
from pathlib import Path

from pipeline.artifacts import Paths
from pipeline.config import ModelBlock, load_block
from pipeline.config.data import Source
from pipeline.errors import DataError
from pipeline.source import Canonical, Delivery, accept, fetch, name_of, read
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


def command(root: Path, options: argparse.Namespace) -> int:
    """Ingest one file."""
    paths = Paths(root, options.model)
    block = load_block(root, options.model)
    name, source = _source(block, options.source, options.place)
    delivery = fetch(options.place or source.url)
    table = read(block, source, delivery)
    if not options.accept_fewer_rows:
        _refuse_fallen_rows(block, paths, name, len(table.rows))
    accept(root, options.model, name, delivery, table)
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
    if place is None and not sources[fitting[0]].url:
        raise DataError(f"the source `{fitting[0]}` has no url", hint="say --from PATH|URL")
    return fitting[0], sources[fitting[0]]


def _fits(key: str, source: Source, name: str | None, place: str | None) -> bool:
    if name is not None:
        return key == name
    if place is None:
        return bool(source.url)
    return fnmatch(name_of(place), source.match)


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
