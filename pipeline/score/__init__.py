"""
`score`: answer a file of any size with a registered version, in constant memory.

Reads: params.yaml, models/<model>/<version>/, the input (CSV or Parquet)
Writes: the output (CSV or Parquet), and OUTPUT.rejects.csv with the rows that got no answer
"""

import argparse
import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.answer import add_format, write
from pipeline.artifacts import Paths, shown
from pipeline.config import load_block
from pipeline.errors import DataError, PipelineError, RegistryError, RunError
from pipeline.registry import MODEL, Registered, production, read_version
from pipeline.score.csv_input import CsvInput
from pipeline.score.engines import Engine, dask, in_order, threads
from pipeline.score.header import Columns, find_columns
from pipeline.score.journal import Identity, Journal
from pipeline.score.parquet_input import ParquetInput
from pipeline.score.progress import Meter
from pipeline.score.result import deliver, rejects_of
from pipeline.score.scorer import REJECTS_HEADER, Job, open_scorer
from pipeline.table import table_bytes

log = logging.getLogger(__name__)

Input = CsvInput | ParquetInput

_FORMATS = (".csv", ".parquet")
_BEGINNING = 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("input", metavar="INPUT", type=Path, help="a .csv or .parquet file")
    parser.add_argument("output", metavar="OUTPUT", type=Path, help="a .csv or .parquet file")
    parser.add_argument("--model-version", metavar="VERSION", help="default: the one in production")
    parser.add_argument("--engine", choices=("local", "dask"), default="local")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of Dask; default: a local cluster")
    parser.add_argument(
        "--restart", action="store_true", help="forget what an earlier run has done"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Score one file; 1 if not one of its rows got an answer."""
    block, paths = load_block(root, options.model), Paths(root, options.model)
    registered = _registered(paths, options.model_version)
    _check_places(options.input, options.output)
    choose = partial(find_columns, registered.model.signature, block, path=options.input)
    source = _open(options.input, choose)
    content = (paths.registry / registered.version / MODEL).read_bytes()
    columns = source.columns
    job = Job(content, registered.version, columns.features, columns.missing)
    meter, journal = _score(job, source, options)
    return _report(options, registered.version, meter, journal)


def _score(job: Job, source: Input, options: argparse.Namespace) -> tuple[Meter, Journal]:
    """
    Score what is not scored yet.

    Raises:
        RunError: A file cannot be read or written; what is done is kept.
    """
    header = open_scorer(job).header
    headers = (table_bytes(header, []), table_bytes(REJECTS_HEADER, []))
    journal = Journal(options.output, _identity(job, options.input), headers, source.start)
    if not options.restart:
        journal.resume()
    meter = Meter(journal.progress.end.rows, quiet=options.quiet)
    try:
        if not journal.progress.finished:
            _write(job, source, journal, meter, options)
        deliver(journal, options.output, header)
    except OSError as error:
        raise RunError(
            f"{error.strerror or error}",
            hint="the rows so far are kept: once that is put right, the same command goes on",
            path=shown(options.output),
        ) from error
    finally:
        meter.wipe()
    return meter, journal


def _write(
    job: Job, source: Input, journal: Journal, meter: Meter, options: argparse.Namespace
) -> None:
    with journal.open() as pen, _engine(job, options) as engine:
        for scored in in_order(engine, source.chunks(journal.progress.end)):
            pen.append(scored)
            done = journal.progress
            meter.tell(done.end.rows, source.share(done.end), done.rejects)
        pen.finish()


def _engine(job: Job, options: argparse.Namespace) -> AbstractContextManager[Engine]:
    return threads(job) if options.engine == "local" else dask(job, options.scheduler or "")


def _registered(paths: Paths, version: str | None) -> Registered:
    version = version or production(paths)
    if not version:
        raise RegistryError(
            f"the model `{paths.model}` has no version in production",
            hint="`modelpress promote` puts one there; --model-version names another",
        )
    return read_version(paths, version)


def _check_places(source: Path, output: Path) -> None:
    for path in (source, output):
        if path.suffix not in _FORMATS:
            raise PipelineError("this is neither .csv nor .parquet", path=shown(path))
    if not source.is_file():
        raise DataError("there is no such file", path=shown(source))
    if source.resolve() in (output.resolve(), rejects_of(output).resolve()):
        raise PipelineError("the output would replace the input", path=shown(source))


def _open(path: Path, choose: Callable[[Sequence[str]], Columns]) -> Input:
    return CsvInput(path, choose) if path.suffix == ".csv" else ParquetInput(path, choose)


def _identity(job: Job, source: Path) -> Identity:
    """Say what must not change while a run is interrupted."""
    with source.open("rb") as file:
        beginning = hashlib.sha256(file.read(_BEGINNING)).hexdigest()
    status = source.stat()
    return {
        "an input of bytes": status.st_size,
        "an input modified at": status.st_mtime_ns,
        "an input that begins with": beginning,
        "columns": list(job.names),
        "missing values": sorted(job.missing),
        "version": job.version,
        "model file": hashlib.sha256(job.content).hexdigest(),
    }


def _report(options: argparse.Namespace, version: str, meter: Meter, journal: Journal) -> int:
    done, refused = journal.progress, rejects_of(options.output)
    answer: dict[str, Any] = {
        "model": options.model,
        "version": version,
        "rows": done.end.rows,
        "rejected": done.rejects,
        "output": str(options.output),
        "rejects": str(refused) if done.rejects else None,
    }
    log.info(
        "%s score: %s rows by %s, %s rows/s: %s",
        *(options.model, f"{done.end.rows:,}", version, f"{meter.rate:,.0f}"),
        shown(options.output),
    )
    if done.rejects:
        log.warning("%s score: %s rejected: %s", options.model, f"{done.rejects:,}", shown(refused))
    write(options, answer)
    return int(0 < done.rejects == done.end.rows)
